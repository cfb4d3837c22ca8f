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
    /// Only these, as they are numbered where they lie: in `quarantine_mailbox` when that is set. All when
    /// empty.
    pub uids: Vec<Uid>,
    /// Only find them.
    pub dry_run: bool,
}

/// Where quarantined messages were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requeued {
    /// The mailbox's name on the server.
    pub mailbox: String,
    /// As they were numbered there.
    pub uids: Vec<Uid>,
}

impl Requeue {
    /// Takes `\Seen` and `\Flagged` off the quarantined messages of a mailbox, and moves those back that lie
    /// in its `quarantine_mailbox`. Some may lie in the mailbox itself all the same, as they could not be
    /// moved.
    ///
    /// A message counts as quarantined when it carries the keyword `$MailRoomQuarantined`, and in the mailbox
    /// itself is flagged besides. The flag alone will do for one that is named in `uids`, and in
    /// `quarantine_mailbox` where the server keeps no keywords. The keyword stays: whoever delivers the message takes it for a sign that its failures count
    /// anew.
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
        mailbox.imap.name = elsewhere;
        let moved = match self.from(&mailbox, Some(&home.imap.name)).await {
            // It is made when the first message is moved.
            Err(Error::Refused { command: "SELECT", .. }) => Requeued { mailbox: mailbox.imap.name, uids: Vec::new() },
            moved => moved?,
        };
        if !self.uids.is_empty() {
            return Ok(vec![moved]);
        }
        match self.from(&home, None).await {
            Err(Error::Unusable(_)) => Ok(vec![moved]),
            stayed => Ok(vec![moved, stayed?]),
        }
    }

    /// What lies in `mailbox`, brought to another one when that is named.
    async fn from(&self, mailbox: &Mailbox, home: Option<&str>) -> Result<Requeued> {
        let mut inbox = Imap::open(mailbox, None, |_| (), |_| ()).await?;
        let mut uids = inbox.search(&self.criteria(&inbox, home.is_some())?).await?;
        if !self.uids.is_empty() {
            uids.retain(|uid| self.uids.contains(uid));
        }
        if !self.dry_run && !uids.is_empty() {
            // Should the move break off, they are found by the keyword, or else by the flag.
            let by_flag = home.is_some() && !(inbox.keeps_keywords() && self.uids.is_empty());
            inbox.unmark(&uids, if by_flag { "\\Seen" } else { "\\Seen \\Flagged" }).await?;
            if let Some(home) = home {
                inbox.move_to(&uids, home).await?;
            }
        }
        inbox.logout().await;
        Ok(Requeued { mailbox: mailbox.imap.name.clone(), uids })
    }

    fn criteria(&self, inbox: &Imap, put_aside: bool) -> Result<String> {
        match (inbox.keeps_keywords(), put_aside) {
            (true, true) if self.uids.is_empty() => Ok(format!("KEYWORD {QUARANTINED}")),
            // A keyword the server had no room for is missing.
            (true, true) => Ok(format!("OR FLAGGED KEYWORD {QUARANTINED}")),
            (_, false) if !self.uids.is_empty() => Ok("FLAGGED".to_owned()),
            (true, false) => Ok(format!("KEYWORD {QUARANTINED} FLAGGED")),
            (false, true) => Ok("FLAGGED".to_owned()),
            (false, false) => {
                let reason = "the server keeps no keywords, so that messages flagged by people look the same";
                Err(Error::Unusable(format!("{reason}: name the UIDs")))
            }
        }
    }
}
