//! The way into a mailbox, again and again.

use std::sync::Arc;

use super::{
    Inbox, InboxSettings, Witness,
    graph::{Account, Graph},
    imap::{Imap, ImapSettings},
};
use crate::{Result, mailbox::Mailbox, oauth2::Tokens};

/// What of a mailbox outlives its sessions.
pub(crate) enum Entrance {
    Imap { settings: Box<ImapSettings>, tokens: Option<Tokens> },
    Graph(Arc<Account>),
}

impl Entrance {
    pub(crate) fn new(mailbox: &Mailbox) -> Self {
        match &mailbox.inbox {
            InboxSettings::Imap(settings) => {
                Self::Imap { settings: Box::new(settings.clone()), tokens: settings.tokens(&mailbox.timeouts) }
            }
            InboxSettings::Graph(settings) => Self::Graph(Arc::new(Account::new(settings, &mailbox.timeouts))),
        }
    }

    /// Begins a session.
    ///
    /// # Errors
    /// Any [`crate::Error`] that has to do with a connection; also when the mailbox could not be marked, because
    /// then every message would be delivered again and again.
    pub(crate) async fn open(&self, mailbox: &Mailbox, witness: &Witness) -> Result<Box<dyn Inbox>> {
        Ok(match self {
            Self::Imap { settings, tokens } => Box::new(Imap::open(settings, tokens.as_ref(), mailbox, witness).await?),
            Self::Graph(account) => Box::new(Graph::open(Arc::clone(account), mailbox, witness).await?),
        })
    }
}
