//! A look at the way into a mailbox on an IMAP server, step by step.

mod access;
pub(crate) mod arrival;
mod door;
mod idle;
mod named;
mod probe;
mod recent;

use std::sync::Arc;

use super::{Account, Imap, ImapSettings, Selected};
use crate::{
    check::{Check, Report, Stop},
    mailbox::{Mailbox, Settlement},
};

const RESOLVE: &str = "imap.resolve";
const CONNECT: &str = "imap.connect";
const TLS: &str = "imap.tls";
const AUTH: &str = "imap.auth";
const LOGIN: &str = "imap.login";
const SELECT: &str = "imap.select";

const FLAGS: &str = "imap.flags";
const UIDPLUS: &str = "imap.uidplus";
const IDLE: &str = "imap.idle";

const NAMES: [&str; 9] = [RESOLVE, CONNECT, TLS, AUTH, LOGIN, SELECT, FLAGS, UIDPLUS, IDLE];

/// How many of them it takes to be in the mailbox.
const UP_TO_SELECT: usize = 6;

/// What becomes of a message of ours.
const REMOVED: Settlement = Settlement { delete: true, expunge: true };

/// The checks that there are.
pub(crate) fn names(check: Check) -> &'static [&'static str] {
    if check.login_only { &NAMES[..UP_TO_SELECT] } else { &NAMES }
}

/// Looks, as far as it gets.
pub(crate) async fn run(
    mailbox: &Mailbox,
    settings: &ImapSettings,
    check: Check,
    report: &mut Report,
) -> Result<(), Stop> {
    let account = Account::new(Arc::new(settings.clone()), &mailbox.timeouts);
    if check.read_only && !check.login_only && account.refreshes() {
        return up_to_tls(mailbox, settings, report).await;
    }
    let connected = door::open(settings, &mailbox.timeouts, report).await?;
    let reads_only = check.read_only || recent::counts(&settings.search_command);
    let (imap, selected) = access::enter(mailbox, &account, connected, reads_only, report).await?;
    if check.login_only {
        imap.logout().await;
        return Ok(());
    }
    flags(&selected, mailbox, reads_only, report);
    uid_plus(&imap, mailbox, report);
    let no_probe = no_probe(&imap, &selected, mailbox, check);
    if let Some(imap) = idle::look(imap, &account, mailbox, no_probe, report).await {
        imap.logout().await;
    }
    Ok(())
}

/// Where a login would write: what the server gives in place of a refresh token is kept nowhere.
async fn up_to_tls(mailbox: &Mailbox, settings: &ImapSettings, report: &mut Report) -> Result<(), Stop> {
    door::open(settings, &mailbox.timeouts, report).await?;
    let detail = "not tried: read only, and the server could replace the refresh token";
    report.skipped(LOGIN, detail, Some("try it without --read-only while the daemon is stopped"));
    for name in [AUTH, SELECT, FLAGS, UIDPLUS, IDLE] {
        report.skipped(name, format!("needs {LOGIN}"), None);
    }
    Ok(())
}

/// Whether what is done with messages leaves its marks.
fn flags(selected: &Selected, mailbox: &Mailbox, reads_only: bool, report: &mut Report) {
    let Some(kept) = &selected.permanent else {
        return report.yes(FLAGS, "the server does not say which flags it keeps, which means all (no PERMANENTFLAGS)");
    };
    let kept = kept.join(" ");
    if let Some(flag) = selected.lacks(mailbox.settlement) {
        if reads_only {
            let detail =
                "the mailbox was opened for reading only, and the server tells only others which flags it keeps";
            return report.skipped(FLAGS, detail, None);
        }
        let detail = format!("{flag} is not kept (PERMANENTFLAGS {kept}), so delivered messages would come back");
        report.flaw(FLAGS, detail, "give this user the right to mark messages (ACL: s, w and t)");
        return;
    }
    let advice = "notes about messages that were delivered or failed live in this process alone: after a crash some are \
                  tried more often. A mailbox of this user's own may keep keywords";
    report.yes_but(FLAGS, format!("kept: {kept}"), Some(advice).filter(|_| !selected.keeps_keywords()));
}

/// Whether messages can be removed one by one.
fn uid_plus(imap: &Imap, mailbox: &Mailbox, report: &mut Report) {
    let Settlement { delete, expunge } = mailbox.settlement;
    if imap.uid_plus {
        return report.yes(UIDPLUS, "offered");
    }
    if mailbox.quarantine_mailbox.is_some() && !imap.moves {
        let advice =
            "leave quarantine_mailbox out: messages that cannot be delivered stay in the mailbox then, flagged";
        report.flaw(UIDPLUS, "neither UIDPLUS nor MOVE is offered, and quarantine_mailbox needs one of them", advice);
        return;
    }
    if delete && expunge {
        let detail = "not offered: EXPUNGE removes all that is marked \\Deleted, by other clients too";
        let advice = "set expunge_deleted to false, or let nobody else work in this mailbox";
        return report.yes_but(UIDPLUS, detail, Some(advice));
    }
    report.skipped(UIDPLUS, "not offered, and not needed without expunge_deleted", None);
}

/// Why no message may be put into the mailbox; there are reasons that need no more words than these.
fn no_probe(imap: &Imap, selected: &Selected, mailbox: &Mailbox, check: Check) -> Option<String> {
    let reason = if check.read_only {
        "read only, and it would need a message of ours in the mailbox"
    } else if recent::counts(&imap.search_command) {
        "search_command counts recent messages, and whoever puts one there makes all of them old"
    } else if selected.lacks(mailbox.settlement).is_some() {
        return Some(format!("needs {FLAGS}"));
    } else if selected.lacks(REMOVED).is_some() {
        "the message of ours could not be marked as seen and deleted (PERMANENTFLAGS)"
    } else if imap.wire.can("X-GM-EXT-1") {
        "Gmail keeps deleted messages in All Mail, and the message of ours with them"
    } else if !imap.uid_plus {
        "without UIDPLUS the message of ours could not be removed alone"
    } else if !never_finds_ours(&imap.search_command) {
        "search_command could find the message of ours"
    } else {
        return None;
    };
    Some(format!("offered; not tried: {reason}"))
}

/// Whether a search never finds a message that is seen and deleted. Only what is clear at first sight counts: all of
/// it holds, and its beginning rules ours out.
fn never_finds_ours(criteria: &str) -> bool {
    let criteria = criteria.to_ascii_uppercase();
    let words: Vec<&str> = criteria.split_ascii_whitespace().collect();
    match words.as_slice() {
        ["NOT", negated, ..] => matches!(*negated, "SEEN" | "DELETED"),
        [first, ..] => matches!(*first, "UNSEEN" | "UNDELETED"),
        [] => false,
    }
}

#[cfg(test)]
mod tests;
