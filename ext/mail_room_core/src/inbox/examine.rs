//! A look at the way into a mailbox.

use std::time::Duration;

use super::{InboxSettings, graph, imap};
use crate::{
    Result,
    check::{Awaited, Check, Report},
    mailbox::Mailbox,
};

/// The checks that there are.
pub(crate) fn names(mailbox: &Mailbox, check: Check) -> &'static [&'static str] {
    match &mailbox.inbox {
        InboxSettings::Imap(_) => imap::examine::names(check),
        InboxSettings::Graph(_) => &graph::examine::NAMES,
    }
}

/// Looks, as far as it gets.
pub(crate) async fn run(mailbox: &Mailbox, check: Check, report: &mut Report) {
    match &mailbox.inbox {
        InboxSettings::Imap(settings) => drop(imap::examine::run(mailbox, settings, check, report).await),
        InboxSettings::Graph(settings) => drop(graph::examine::run(mailbox, settings, report).await),
    }
}

/// Waits until a message with this `Message-ID` is in the mailbox, and removes it.
///
/// # Errors
/// Those of a session.
pub(crate) async fn await_message(mailbox: &Mailbox, message_id: &str, limit: Duration) -> Result<Awaited> {
    match &mailbox.inbox {
        InboxSettings::Imap(settings) => imap::examine::arrival::wait(mailbox, settings, message_id, limit).await,
        InboxSettings::Graph(settings) => graph::examine::await_message(mailbox, settings, message_id, limit).await,
    }
}
