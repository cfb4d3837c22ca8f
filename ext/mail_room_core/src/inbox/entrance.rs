//! The way into a mailbox, again and again.

use std::sync::Arc;

use super::{
    Inbox, InboxSettings, Witness,
    graph::{self, Gates, Graph},
    imap::{self, Imap},
};
use crate::{
    Result,
    mailbox::Mailbox,
    net::{Queue, Queues},
};

/// What of a mailbox outlives its sessions.
pub(crate) enum Entrance {
    Imap(Box<imap::Account>, Queue),
    Graph(Arc<graph::Account>),
}

/// What the mailboxes of a process have in common on their way in.
#[derive(Default)]
pub(crate) struct Doors {
    gates: Gates,
    queues: Queues,
}

impl Entrance {
    pub(crate) fn new(mailbox: &Mailbox, doors: &mut Doors) -> Self {
        match &mailbox.inbox {
            InboxSettings::Imap(settings) => {
                let queue = doors.queues.get(&settings.host, settings.port);
                Self::Imap(Box::new(imap::Account::new(Arc::clone(settings), &mailbox.timeouts)), queue)
            }
            InboxSettings::Graph(settings) => {
                Self::Graph(Arc::new(graph::Account::new(settings, &mut doors.gates, &mailbox.timeouts)))
            }
        }
    }

    /// Begins a session: on an IMAP server when it is this mailbox's turn, which may take a while where there are many.
    ///
    /// # Errors
    /// Any [`crate::Error`] that has to do with a connection; also when the mailbox could not be marked, because
    /// then every message would be delivered again and again.
    pub(crate) async fn open(&self, mailbox: &Mailbox, witness: &Witness) -> Result<Box<dyn Inbox>> {
        Ok(match self {
            Self::Imap(account, queue) => Box::new(queue.in_turn(Imap::open(account, mailbox, witness)).await?),
            Self::Graph(account) => Box::new(Graph::open(Arc::clone(account), mailbox, witness).await?),
        })
    }
}
