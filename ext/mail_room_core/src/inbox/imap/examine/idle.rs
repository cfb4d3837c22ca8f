//! Whether the server really tells of new messages.

use std::time::Duration;

use tokio::time::Instant;

use super::{IDLE, probe::Probe};
use crate::{
    Error, Result,
    check::{Check, Report},
    inbox::{
        Witness,
        imap::{Account, Imap},
    },
    mailbox::Mailbox,
};

/// How soon a server has to tell of a message, unless `idle_timeout` is shorter.
const SOON: Duration = Duration::from_secs(10);

/// What a search begins with that never finds a message which is marked as seen and deleted.
const NEVER_OURS: [&str; 3] = ["UNSEEN", "NEW", "UNDELETED"];

/// Has a second session wait while `first` puts a message into the mailbox.
pub(super) async fn look(first: &mut Imap, account: &Account, mailbox: &Mailbox, check: Check, report: &mut Report) {
    if !first.idle {
        let advice =
            "nothing to be done here: new messages wait up to a minute. A server with IDLE tells of them at once";
        report.yes_but(IDLE, "not offered: the server is asked every minute", Some(advice));
        return;
    }
    if let Some(reason) = no_probe(first, check) {
        report.skipped(IDLE, format!("offered; not tried: {reason}"), None);
        return;
    }
    let mut second = match Imap::open(account, mailbox, &Witness::nobody()).await {
        Ok(second) => second,
        Err(error) => {
            let advice = "does the server limit the sessions of one account? A daemon needs one for each mailbox";
            report.skipped(IDLE, format!("offered; not tried: no second session: {error}"), Some(advice));
            return;
        }
    };
    let mut probe = Probe::new(mailbox);
    let limit = SOON.min(mailbox.timeouts.idle);
    let told = told_of(&mut probe, first, &mut second, limit).await;
    let left = match probe.remove(first).await {
        Ok(()) => Ok(()),
        Err(_) => probe.remove(&mut second).await,
    };
    note(told, left, limit, report);
    second.logout().await;
}

/// How long it takes until the second session is told of what the first puts into the mailbox; None: too long.
async fn told_of(probe: &mut Probe, first: &mut Imap, second: &mut Imap, limit: Duration) -> Result<Option<Duration>> {
    second.wire.take_news();
    let idling = second.begin_idle().await?;
    // A server that tells of it only when IDLE begins does not tell of what comes later.
    second.wire.take_news();
    let put = probe.put(first).await;
    let since = Instant::now();
    let waited = second.idle_on(idling, since + limit, false, &mut std::future::pending()).await;
    put?;
    waited?;
    Ok(second.wire.has_news().then(|| since.elapsed()))
}

fn note(told: Result<Option<Duration>>, left: Result<()>, limit: Duration, report: &mut Report) {
    let (still, removal) = match left {
        Ok(()) => (String::new(), None),
        Err(error) => (
            format!("; a message of ours, marked as seen and deleted, could not be removed: {error}"),
            Some("remove the message \"mail_room check\" from the mailbox"),
        ),
    };
    match told {
        Ok(Some(after)) => {
            report.yes_but(
                IDLE,
                format!("offered, and told of a message after {} ms{still}", after.as_millis()),
                removal,
            );
        }
        Ok(None) => {
            let detail = format!(
                "offered, but a message that was put into the mailbox was not told of within {} s{still}",
                limit.as_secs()
            );
            let advice = "new messages wait until idle_timeout is over: lower it, to 60 perhaps, or look why the server \
                          does not notify (a mail store on NFS, inotify switched off, a proxy between)";
            report.no(IDLE, detail, advice);
        }
        Err(Error::Refused { command: "APPEND", text, .. }) => {
            let advice = "is the mailbox full, or may this user not add to it? Full mailboxes take no mail at all";
            report.skipped(
                IDLE,
                format!("offered; not tried: no message can be put there: {text}{still}"),
                Some(advice),
            );
        }
        Err(Error::Refused { command: "IDLE", text, .. }) => {
            let advice = "new messages wait up to a minute: the server is asked instead. Look at the proxy before it";
            report.yes_but(IDLE, format!("offered, and refused: {text}{still}"), Some(advice));
        }
        Err(error) => {
            report.no(IDLE, format!("offered, but: {error}{still}"), "the server's own log may tell more");
        }
    }
}

/// Why no message may be put into the mailbox.
fn no_probe(imap: &Imap, check: Check) -> Option<&'static str> {
    if check.read_only {
        return Some("read only, and it would need a message of ours in the mailbox");
    }
    if imap.wire.can("X-GM-EXT-1") {
        return Some("Gmail keeps deleted messages in All Mail, and the message of ours with them");
    }
    if !imap.uid_plus {
        return Some("without UIDPLUS the message of ours could not be removed alone");
    }
    (!never_finds_ours(&imap.search_command)).then_some("search_command could find the message of ours")
}

/// Whether a search never finds a message that is seen and deleted. Only what is clear at first sight counts: all of
/// it holds, and its beginning rules ours out.
fn never_finds_ours(criteria: &str) -> bool {
    let criteria = criteria.to_ascii_uppercase();
    let words: Vec<&str> = criteria.split_ascii_whitespace().collect();
    match words.as_slice() {
        ["NOT", negated, ..] => matches!(*negated, "SEEN" | "DELETED"),
        [first, ..] => NEVER_OURS.contains(first),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_search_that_can_never_find_it_lets_a_message_of_ours_in() {
        for criteria in
            ["UNSEEN", "unseen SINCE 1-Jan-2026", "UNDELETED", "NEW FROM a", "NOT SEEN", "NOT DELETED OR SEEN ALL"]
        {
            assert!(never_finds_ours(criteria), "{criteria}");
        }
        for criteria in
            ["ALL", "SEEN", "OR UNSEEN SEEN", "FROM UNSEEN", "(UNSEEN)", "NOT FROM a", "NOT UNSEEN", "DELETED"]
        {
            assert!(!never_finds_ours(criteria), "{criteria}");
        }
    }
}
