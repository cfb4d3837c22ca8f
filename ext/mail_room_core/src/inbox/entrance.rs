//! The way into a mailbox, again and again.

use std::sync::Arc;

use super::{
    Inbox, InboxSettings, Witness,
    graph::{self, Gates, Graph},
    imap::{self, Imap},
};
use crate::{Result, mailbox::Mailbox};

/// What of a mailbox outlives its sessions.
pub(crate) enum Entrance {
    Imap(Box<imap::Account>),
    Graph(Arc<graph::Account>),
}

impl Entrance {
    pub(crate) fn new(mailbox: &Mailbox, gates: &mut Gates) -> Self {
        match &mailbox.inbox {
            InboxSettings::Imap(settings) => Self::Imap(Box::new(imap::Account::new(settings, &mailbox.timeouts))),
            InboxSettings::Graph(settings) => {
                Self::Graph(Arc::new(graph::Account::new(settings, gates, &mailbox.timeouts)))
            }
        }
    }

    /// Begins a session.
    ///
    /// # Errors
    /// Any [`crate::Error`] that has to do with a connection; also when the mailbox could not be marked, because
    /// then every message would be delivered again and again.
    pub(crate) async fn open(&self, mailbox: &Mailbox, witness: &Witness) -> Result<Box<dyn Inbox>> {
        Ok(match self {
            Self::Imap(account) => Box::new(Imap::open(account, mailbox, witness).await?),
            Self::Graph(account) => Box::new(Graph::open(Arc::clone(account), mailbox, witness).await?),
        })
    }
}
