//! Whether the server really tells of new messages.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    IDLE,
    probe::{Probe, clear},
};
use crate::{
    Error, Result,
    check::Report,
    inbox::{
        Witness,
        imap::{Account, Imap},
    },
    mailbox::Mailbox,
};

/// How soon a server has to tell of a message, unless `idle_timeout` is shorter.
const SOON: Duration = Duration::from_secs(10);

const REMOVE: &str = "remove the message \"mail_room check\" from the mailbox";

/// Has a second session wait while the first puts a message into the mailbox, unless there is a reason against it.
/// Gives back the first one as long as it can be used.
///
/// When this is cancelled the message is removed all the same, should the process go on for so long.
pub(super) async fn look(
    first: Imap,
    account: &Account,
    mailbox: &Mailbox,
    no_probe: Option<String>,
    report: &mut Report,
) -> Option<Imap> {
    if !first.idle {
        let advice =
            "nothing to be done here: new messages wait up to a minute. A server with IDLE tells of them at once";
        report.yes_but(IDLE, "not offered: the server is asked every minute", Some(advice));
        return Some(first);
    }
    if let Some(reason) = no_probe {
        report.skipped(IDLE, reason, None);
        return Some(first);
    }
    let second = match Imap::open(account, mailbox, &Witness::nobody()).await {
        Ok(second) => second,
        Err(error) => {
            let advice = "does the server limit the sessions of one account? A daemon needs one for each mailbox";
            report.skipped(IDLE, format!("offered; not tried: no second session: {error}"), Some(advice));
            return Some(first);
        }
    };
    let (probe, limit) = (Probe::new(mailbox), SOON.min(mailbox.timeouts.idle));
    report.may_leave("remove the message \"mail_room check\" from the mailbox, should it be there");
    // A task of its own outlives whoever waits for it. Each wait in it has its limit.
    let Ok(Trial { told, left, first }) = tokio::spawn(trial(first, second, probe, limit)).await else {
        report.no(IDLE, "offered, but the trial was broken off", REMOVE);
        return None;
    };
    note(told, left, limit, report);
    first
}

/// What came of it.
struct Trial {
    /// How long it took until the second session was told of the message; None: too long.
    told: Result<Option<Duration>>,
    /// What is left of the message, in words; None when nothing is.
    left: Option<String>,
    /// The first session as long as it can be used.
    first: Option<Imap>,
}

async fn trial(mut first: Imap, mut second: Imap, mut probe: Probe, limit: Duration) -> Trial {
    let cleared = clear(&mut first).await;
    if !can_go_on(&cleared) {
        return Trial { told: cleared.map(|()| None), left: None, first: None };
    }
    second.wire.take_news();
    let idling = match second.begin_idle().await {
        Ok(idling) => idling,
        Err(error) => return Trial { told: Err(error), left: None, first: Some(first) },
    };
    // A server that tells of it only when IDLE begins does not tell of what comes later.
    second.wire.take_news();
    let put = probe.put(&mut first).await;
    let since = Instant::now();
    let until = if put.is_ok() { since + limit } else { since };
    let waited = second.idle_on(idling, until, false, &mut std::future::pending()).await;
    let told = second.wire.has_news().then(|| since.elapsed());
    let mut sessions = [can_go_on(&put).then_some(first), can_go_on(&waited).then_some(second)];
    let left = remove(&mut probe, &mut sessions).await;
    let [first, second] = sessions;
    if let Some(second) = second {
        second.logout().await;
    }
    Trial { told: put.and(waited).map(|()| told), left, first }
}

/// Has the first session remove it that can. What is left of it, in words; None when nothing is.
async fn remove(probe: &mut Probe, sessions: &mut [Option<Imap>]) -> Option<String> {
    let mut left = probe.may_be_there().then(|| "could not be removed: the connection is lost".to_owned())?;
    for session in sessions {
        let Some(imap) = session else { continue };
        match probe.remove(imap).await {
            Ok(None) => return None,
            Ok(Some(still)) => still.clone_into(&mut left),
            Err(error) => {
                left = format!("could not be removed: {error}");
                if !can_go_on(&Err(error)) {
                    *session = None;
                }
            }
        }
    }
    Some(left)
}

/// After other errors a session must be dropped.
fn can_go_on(done: &Result<()>) -> bool {
    matches!(done, Ok(()) | Err(Error::Refused { .. }))
}

fn note(told: Result<Option<Duration>>, left: Option<String>, limit: Duration, report: &mut Report) {
    let removal = left.as_ref().map(|_| REMOVE);
    let still = left.map_or_else(String::new, |left| format!("; a message of ours, seen and deleted, {left}"));
    match told {
        Ok(Some(after)) => {
            let detail = format!("offered, and told of a message after {} ms{still}", after.as_millis());
            report.yes_but(IDLE, detail, removal);
        }
        Ok(None) => {
            let detail = format!(
                "offered, but a message that was put into the mailbox was not told of within {} s{still}",
                limit.as_secs_f32()
            );
            if limit < SOON {
                let advice =
                    removal.unwrap_or("nothing to be done: with so short an idle_timeout it is seen all the same");
                return report.yes_but(IDLE, detail, Some(advice));
            }
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
            let advice = removal.unwrap_or("the server's own log may tell more");
            report.no(IDLE, format!("offered, but: {error}{still}"), advice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Outcome;

    #[test]
    fn silence_is_a_fault_unless_idle_timeout_ends_it_sooner_anyway() {
        for (seconds, outcome) in [(10, Outcome::No), (9, Outcome::Yes)] {
            let mut report = Report::new(&[IDLE]);
            note(Ok(None), None, Duration::from_secs(seconds), &mut report);
            let finding = report.finish().remove(0);
            assert_eq!(finding.outcome, outcome);
            assert!(finding.advice.is_some_and(|advice| advice.contains("idle_timeout")));
        }
    }
}
