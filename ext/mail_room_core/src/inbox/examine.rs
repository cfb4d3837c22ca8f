//! A look at the way into a mailbox.

use super::{InboxSettings, imap};
use crate::{
    check::{Check, Report},
    mailbox::Mailbox,
};

/// The checks that there are.
pub(crate) fn names(mailbox: &Mailbox, check: Check) -> &'static [&'static str] {
    match &mailbox.inbox {
        InboxSettings::Imap(_) => imap::examine::names(check),
        InboxSettings::Graph(_) => &[],
    }
}

/// Looks, as far as it gets.
pub(crate) async fn run(mailbox: &Mailbox, check: Check, report: &mut Report) {
    match &mailbox.inbox {
        InboxSettings::Imap(settings) => drop(imap::examine::run(mailbox, settings, check, report).await),
        InboxSettings::Graph(_) => {}
    }
}
