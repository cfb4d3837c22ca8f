//! Puts quarantined messages back, so that they are tried again.

use crate::{
    Error, Result,
    inbox::{Doors, Entrance, Witness},
    mailbox::Mailbox,
    message::Name,
};

/// Which messages, and whether to touch them.
#[derive(Clone, Debug, Default)]
pub struct Requeue {
    /// Only these, as they are called where they lie: in `quarantine_mailbox` when that is set. All when
    /// empty.
    pub named: Vec<String>,
    /// Only find them.
    pub dry_run: bool,
}

/// Where quarantined messages were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requeued {
    /// The mailbox's name on the server.
    pub mailbox: String,
    /// As they were called there.
    pub messages: Vec<Name>,
}

impl Requeue {
    /// Takes `\Seen` and `\Flagged` off the quarantined messages of a mailbox, and moves those back that lie
    /// in its `quarantine_mailbox`. Some may lie in the mailbox itself all the same, as they could not be
    /// moved.
    ///
    /// A message counts as quarantined when it carries the note `$MailRoomQuarantined`, and in the mailbox
    /// itself is flagged besides. The flag alone will do for one that is named, and in
    /// `quarantine_mailbox` where the server keeps no keywords. The note stays: whoever delivers the message takes
    /// it for a sign that its failures count anew.
    ///
    /// # Errors
    /// Any [`Error`] that has to do with a connection, and [`Error::Unusable`] when nothing tells which
    /// messages are quarantined.
    ///
    /// Cancelling may leave messages that are marked as unread and not moved yet; done again, it moves them.
    pub async fn run(&self, mut mailbox: Mailbox) -> Result<Vec<Requeued>> {
        let Some(elsewhere) = mailbox.quarantine_mailbox.take() else {
            return Ok(vec![self.from(&mailbox, None).await?]);
        };
        let home = mailbox.clone();
        mailbox.inbox.rename(elsewhere.clone());
        let moved = match self.from(&mailbox, Some(home.inbox.name())).await {
            // It is made when the first message is moved.
            Err(error) if error.is_missing_mailbox() => Requeued { mailbox: elsewhere, messages: Vec::new() },
            moved => moved?,
        };
        if !self.named.is_empty() {
            return Ok(vec![moved]);
        }
        match self.from(&home, None).await {
            Err(Error::Unusable(_)) => Ok(vec![moved]),
            stayed => Ok(vec![moved, stayed?]),
        }
    }

    /// What lies in `mailbox`, brought to another one when that is named.
    async fn from(&self, mailbox: &Mailbox, home: Option<&str>) -> Result<Requeued> {
        let mut inbox = Entrance::new(mailbox, &mut Doors::default()).open(mailbox, &Witness::nobody()).await?;
        let uids = inbox.quarantined(home.is_some(), &self.named).await?;
        let messages = inbox.origin().names(&uids);
        if !self.dry_run && !uids.is_empty() {
            inbox.put_back(&uids, !self.named.is_empty(), home).await?;
        }
        inbox.logout().await;
        Ok(Requeued { mailbox: mailbox.inbox.name().to_owned(), messages })
    }
}
