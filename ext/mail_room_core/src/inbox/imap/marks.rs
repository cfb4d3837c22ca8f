//! Marks on messages. By UID only: another client's expunge may renumber them at any time.

use super::{Imap, uid_set::uid_sets};
use crate::{Error, Result, message::Uid};

/// What all keywords of ours begin with (RFC 3501, section 2.3.2; their case does not matter). They are used
/// where the server keeps new ones, see [`Imap::keeps_keywords`].
const KEYWORDS: &str = "$MailRoom";

pub(super) fn is_ours(keyword: &str) -> bool {
    keyword.get(..KEYWORDS.len()).is_some_and(|head| head.eq_ignore_ascii_case(KEYWORDS))
}

/// Accepted by the application, and about to be removed: should this process die first, the next one
/// knows that this message is ours to remove.
const DELIVERED: &str = "$MailRoomDelivered";

/// Put aside by us, and not flagged by a person.
pub(crate) const QUARANTINED: &str = "$MailRoomQuarantined";

/// What the keyword for a number of failed attempts begins with.
const ATTEMPT: &str = "$MailRoomAttempt";

/// The keyword that notes so many failed attempts. Only powers of two are noted, so that a mailbox needs few
/// keywords: servers limit them.
pub(crate) fn attempts_keyword(count: u32) -> String {
    format!("{ATTEMPT}{}", 1u32 << count.max(1).ilog2())
}

/// How many failed attempts a keyword speaks of.
pub(crate) fn attempts_noted(keyword: &str) -> Option<u32> {
    let head = keyword.get(..ATTEMPT.len())?;
    head.eq_ignore_ascii_case(ATTEMPT).then(|| keyword[ATTEMPT.len()..].parse().ok()).flatten()
}

/// What becomes of messages on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Delivered,
    DeliveredAndDeleted,
    /// As before, and removed right after it.
    DeliveredAndExpunged,
    /// Not to be delivered.
    Skipped,
    Quarantined,
}

impl Mark {
    /// Whether the application has the message.
    pub(crate) fn follows_acceptance(self) -> bool {
        match self {
            Self::Delivered | Self::DeliveredAndDeleted | Self::DeliveredAndExpunged => true,
            Self::Skipped | Self::Quarantined => false,
        }
    }

    fn flags(self) -> &'static str {
        match self {
            Self::Delivered | Self::Skipped => "\\Seen",
            Self::DeliveredAndDeleted | Self::DeliveredAndExpunged => "\\Seen \\Deleted",
            Self::Quarantined => "\\Seen \\Flagged",
        }
    }

    fn keyword(self) -> Option<&'static str> {
        match self {
            Self::Delivered | Self::DeliveredAndDeleted | Self::Skipped => None,
            Self::DeliveredAndExpunged => Some(DELIVERED),
            Self::Quarantined => Some(QUARANTINED),
        }
    }
}

impl Imap {
    /// Whether the server keeps keywords it has not seen before (RFC 3501, section 7.1, PERMANENTFLAGS).
    pub(crate) fn keeps_keywords(&self) -> bool {
        self.keywords
    }

    /// Marks messages, with our keyword besides where there is one and the server keeps it.
    pub(crate) async fn mark(&mut self, uids: &[Uid], mark: Mark) -> Result<()> {
        let flags = mark.flags();
        if let Some(keyword) = mark.keyword().filter(|_| self.keywords) {
            match self.store(uids, "+FLAGS.SILENT", &format!("{flags} {keyword}")).await {
                // Servers limit the number of keywords, and what matters are the flags.
                Err(Error::Refused { .. }) => self.keywords = false,
                marked => return marked,
            }
        }
        self.store(uids, "+FLAGS.SILENT", flags).await
    }

    /// Adds a keyword that is good to have, and tells whether the server has it. One that refuses it is not
    /// asked again.
    pub(crate) async fn add_keyword(&mut self, uids: &[Uid], keyword: &str) -> Result<bool> {
        if self.keywords {
            match self.store(uids, "+FLAGS.SILENT", keyword).await {
                Err(Error::Refused { .. }) => self.keywords = false,
                stored => stored?,
            }
        }
        Ok(self.keywords)
    }

    /// Takes flags or keywords away.
    pub(crate) async fn unmark(&mut self, uids: &[Uid], flags: &str) -> Result<()> {
        self.store(uids, "-FLAGS.SILENT", flags).await
    }

    /// Removes `uids`, and where the server lacks UIDPLUS every message marked `\Deleted`.
    pub(crate) async fn expunge(&mut self, uids: &[Uid]) -> Result<()> {
        if !self.uid_plus {
            self.wire.run("EXPUNGE", "", self.limit(), |_| ()).await?;
            return Ok(());
        }
        for set in uid_sets(uids) {
            self.wire.run("UID", &format!("EXPUNGE {set}"), self.limit(), |_| ()).await?;
        }
        Ok(())
    }

    /// Messages that were to be removed by a process that died before it could.
    pub(crate) async fn leftovers(&mut self) -> Result<Vec<Uid>> {
        if !(self.uid_plus && self.keywords) {
            return Ok(Vec::new());
        }
        // Unread means that somebody has second thoughts.
        self.search(&format!("KEYWORD {DELIVERED} SEEN DELETED")).await
    }

    /// Moves messages into another mailbox, which is made when it is missing (RFC 6851; without MOVE by
    /// COPY, `\Deleted` and UID EXPUNGE).
    ///
    /// # Errors
    /// [`Error::Refused`] may leave some of them where they are, or in both places; none is lost.
    pub(crate) async fn move_to(&mut self, uids: &[Uid], mailbox: &str) -> Result<()> {
        if !(self.moves || self.uid_plus) {
            let text = "the server has neither MOVE nor UIDPLUS".to_owned();
            return Err(Error::Refused { command: "UID MOVE", status: "NO", text });
        }
        let name = super::mailbox_name(mailbox)?;
        for set in uid_sets(uids) {
            let command = if self.moves { "MOVE" } else { "COPY" };
            let arguments = format!("{command} {set} {name}");
            let limit = self.limit();
            let mut moved = self.wire.run("UID", &arguments, limit, |_| ()).await;
            // RFC 3501, section 6.4.7: NO with [TRYCREATE] when there is no such mailbox.
            if let Err(Error::Refused { .. }) = moved
                && self.wire.run("CREATE", &name, limit, |_| ()).await.is_ok()
            {
                moved = self.wire.run("UID", &arguments, limit, |_| ()).await;
            }
            moved?;
        }
        if !self.moves {
            self.store(uids, "+FLAGS.SILENT", "\\Deleted").await?;
            self.expunge(uids).await?;
        }
        Ok(())
    }

    async fn store(&mut self, uids: &[Uid], how: &str, flags: &str) -> Result<()> {
        for set in uid_sets(uids) {
            let arguments = format!("STORE {set} {how} ({flags})");
            self.wire.run("UID", &arguments, self.limit(), |_| ()).await?;
        }
        Ok(())
    }
}
