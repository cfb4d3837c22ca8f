//! Puts quarantined messages back, so that they are tried again.

use crate::{
    Error, Result,
    inbox::imap::{Imap, QUARANTINED},
    mailbox::Mailbox,
    message::Uid,
};

/// Which messages, and whether to touch them.
#[derive(Clone, Debug, Default)]
pub struct Requeue {
    /// Only these, as they are numbered where they lie; all when empty.
    pub uids: Vec<Uid>,
    /// Only find them.
    pub dry_run: bool,
}

impl Requeue {
    /// Takes `\Seen` and `\Flagged` off the quarantined messages of a mailbox, and moves them back when
    /// they lie in its `quarantine_mailbox`. Returns their UIDs, as they were before.
    ///
    /// A message counts as quarantined when it carries the keyword `$MailRoomQuarantined`; where the
    /// server keeps no keywords, when it is flagged and named in `uids`, or lies in `quarantine_mailbox`.
    /// The keyword stays: whoever delivers the message takes it for a sign that its failures count anew.
    ///
    /// # Errors
    /// Any [`Error`] that has to do with a connection, and [`Error::Unusable`] when nothing tells which
    /// messages are quarantined.
    ///
    /// Cancelling may leave messages unmarked and not moved yet; done again, it moves them.
    pub async fn run(&self, mut mailbox: Mailbox) -> Result<Vec<Uid>> {
        let home = mailbox.imap.name.clone();
        let elsewhere = mailbox.quarantine_mailbox.take();
        if let Some(name) = &elsewhere {
            mailbox.imap.name.clone_from(name);
        }
        let mut inbox = Imap::open(&mailbox, |_| (), |_| ()).await?;
        let criteria = match (inbox.keeps_keywords(), &elsewhere) {
            (true, Some(_)) => format!("KEYWORD {QUARANTINED}"),
            (true, None) => format!("KEYWORD {QUARANTINED} FLAGGED"),
            (false, Some(_)) => "ALL".to_owned(),
            (false, None) if !self.uids.is_empty() => "FLAGGED".to_owned(),
            (false, None) => {
                let reason =
                    "the server keeps no keywords, so that messages flagged by people look the same: name the UIDs";
                return Err(Error::Unusable(reason.to_owned()));
            }
        };
        let mut found = inbox.search(&criteria).await?;
        if !self.uids.is_empty() {
            found.retain(|uid| self.uids.contains(uid));
        }
        if !self.dry_run && !found.is_empty() {
            inbox.unmark(&found, "\\Seen \\Flagged").await?;
            if elsewhere.is_some() {
                inbox.move_to(&found, &home).await?;
            }
        }
        inbox.logout().await;
        Ok(found)
    }
}
