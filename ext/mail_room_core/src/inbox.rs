//! ② Where messages come from.

mod entrance;
pub(crate) mod examine;
pub(crate) mod graph;
pub(crate) mod imap;
pub(crate) mod keywords;
mod mark;
mod settings;
mod witness;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub(crate) use self::{
    entrance::{Doors, Entrance},
    mark::Mark,
    settings::InboxSettings,
    witness::Witness,
};
use crate::{
    Result,
    mailbox::Settlement,
    message::{Message, Origin, Uid},
};

/// A session with one mailbox.
///
/// After any error but a refusal (see [`crate::Error::is_refusal`]), and after a dropped future, the session must be
/// dropped. Every wait has a deadline.
#[async_trait]
pub(crate) trait Inbox: Send {
    /// What its messages have in common.
    fn origin(&self) -> &Arc<Origin>;

    /// The messages that wait to be delivered, in ascending order, which is oldest first.
    async fn unread(&mut self) -> Result<Unread>;

    /// The sizes of those of `uids`, in ascending order, that still exist, oldest first.
    async fn sizes(&mut self, uids: &[Uid]) -> Result<Vec<MessageSize>>;

    /// Those of the messages `uids`, in ascending order, that still exist, oldest first, byte for
    /// byte and unmarked.
    async fn fetch(&mut self, uids: &[Uid]) -> Result<Fetched>;

    /// Says what will be asked for next, by the same words and in this order: a server far away may be asked at once,
    /// and answers while the caller is busy with something else. What was announced and is not asked for costs time
    /// and memory, and nothing else.
    ///
    /// # Errors
    /// When the question cannot be sent. What it is answered is for who asks.
    async fn announce(&mut self, _next: Next<'_>) -> Result<()> {
        Ok(())
    }

    /// Marks messages, and notes what belongs to the mark where the server keeps such notes. Tells of those that
    /// could not be marked, for a reason that lies in them.
    async fn mark(&mut self, uids: &[Uid], mark: Mark) -> Result<Exceptions>;

    /// Removes messages that were marked as [`Mark::DeliveredAndExpunged`]. Tells of those that could not be removed,
    /// for a reason that lies in them.
    async fn expunge(&mut self, uids: &[Uid]) -> Result<Exceptions>;

    /// Moves messages into another mailbox, which is made when it is missing. Tells of those that could not be moved,
    /// for a reason that lies in them.
    ///
    /// # Errors
    /// A refusal (see [`crate::Error::is_refusal`]) may leave some of them where they are, or in both places; none is
    /// lost.
    async fn move_to(&mut self, uids: &[Uid], mailbox: &str) -> Result<Exceptions>;

    /// Notes a keyword that is good to have, and tells whether the server has it.
    async fn add_keyword(&mut self, uid: Uid, keyword: &str) -> Result<bool>;

    /// Takes keywords of ours away.
    async fn remove_keywords(&mut self, uid: Uid, keywords: &[&str]) -> Result<()>;

    /// Messages that were to be removed by a process that died before it could.
    async fn leftovers(&mut self) -> Result<Vec<Uid>>;

    /// The messages that count as quarantined, in ascending order; of these the `named`, unless none is. `aside`:
    /// this is where quarantined messages are moved to.
    ///
    /// # Errors
    /// [`crate::Error::Unusable`] when nothing tells which messages are quarantined.
    async fn quarantined(&mut self, aside: bool, named: &[String]) -> Result<Vec<Uid>>;

    /// Has quarantined messages tried again, and moves them to their `home` where that is another mailbox. Those
    /// that were found because they were `named` may carry no note of ours.
    async fn put_back(&mut self, uids: &[Uid], named: bool, home: Option<&str>) -> Result<()>;

    /// What an operator should know about this server: what follows from it, and why.
    fn shortcomings(&self, settlement: Settlement) -> Vec<(&'static str, &'static str)>;

    /// When the session has to be replaced by a new one, because its access token ends.
    fn ends_at(&self) -> Option<Instant> {
        None
    }

    /// Returns when new messages may be there, or when it is time to look in any case: `longest` shortens the
    /// wait for messages that are to be tried again.
    ///
    /// Returns at once when something came in since the last list.
    ///
    /// Not cancel safe: for an end from outside there is `stop`, which ends the wait in order.
    async fn wait(&mut self, longest: Duration, stop: &CancellationToken) -> Result<()>;

    /// Says goodbye.
    async fn logout(self: Box<Self>);
}

/// What an inbox will be asked for next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next<'a> {
    /// [`Inbox::sizes`] of these.
    Sizes(&'a [Uid]),
    /// [`Inbox::fetch`] of these.
    Messages(&'a [Uid]),
    /// [`Inbox::expunge`] of these: whoever says so may find them removed at once.
    Removal(&'a [Uid]),
}

/// Messages with which something could not be done, and why.
pub(crate) type Exceptions = Vec<(Uid, crate::Error)>;

/// A list of messages.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    /// In ascending order.
    pub(crate) uids: Vec<Uid>,
    /// How many there are. The list may end before them all.
    pub(crate) count: usize,
}

/// A message found by [`Inbox::sizes`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MessageSize {
    pub(crate) uid: Uid,
    /// Servers have been seen to be a little off.
    pub(crate) bytes: u64,
    /// Those of ours that it carries.
    pub(crate) keywords: Vec<String>,
}

/// What came of a request for messages. A message that stands nowhere here was not sent.
#[derive(Debug, Default)]
pub(crate) struct Fetched {
    /// In ascending order.
    pub(crate) messages: Vec<Message>,
    pub(crate) missing: Vec<(Uid, Missing)>,
}

/// Why a message was not sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Somebody has removed it.
    Gone,
    /// It is larger than the limit, in bytes.
    TooLarge(u64),
    /// There was no room for it beside the others: the sizes were untrue.
    NoRoom,
    /// The server cannot send this one, in its own words.
    Unreadable(String),
}
