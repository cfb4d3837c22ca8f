//! Marks on messages. By UID only: another client's expunge may renumber them at any time.

use super::{Imap, gathered::Gathered, uid_set::uid_sets, wire::Question};
use crate::{
    Error, Result,
    inbox::{Mark, Next, keywords::DELIVERED},
    message::Uid,
};

/// The flags that stand for a mark (RFC 3501, section 2.3.2).
fn flags(mark: Mark) -> &'static str {
    match mark {
        Mark::Delivered | Mark::Skipped => "\\Seen",
        Mark::DeliveredAndDeleted | Mark::DeliveredAndExpunged => "\\Seen \\Deleted",
        Mark::Quarantined => "\\Seen \\Flagged",
    }
}

impl Imap {
    /// Whether the server keeps keywords it has not seen before (RFC 3501, section 7.1, PERMANENTFLAGS).
    pub(crate) fn keeps_keywords(&self) -> bool {
        self.keywords
    }

    /// Marks messages, with our keyword besides where there is one and the server keeps it.
    pub(super) async fn mark(&mut self, uids: &[Uid], mark: Mark) -> Result<()> {
        let flags = flags(mark);
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
    pub(super) async fn add_keyword(&mut self, uids: &[Uid], keyword: &str) -> Result<bool> {
        if self.keywords {
            match self.store(uids, "+FLAGS.SILENT", keyword).await {
                Err(Error::Refused { .. }) => self.keywords = false,
                stored => stored?,
            }
        }
        Ok(self.keywords)
    }

    /// Takes flags or keywords away.
    pub(super) async fn unmark(&mut self, uids: &[Uid], flags: &str) -> Result<()> {
        self.store(uids, "-FLAGS.SILENT", flags).await
    }

    /// Removes `uids`, and where the server lacks UIDPLUS every message marked `\Deleted`.
    pub(super) async fn expunge(&mut self, uids: &[Uid]) -> Result<()> {
        if !self.uid_plus {
            self.wire.run("EXPUNGE", "", self.limit(), |_| ()).await?;
            return Ok(());
        }
        self.told(Next::Removal(uids)).await.map(|_| ())
    }

    /// Messages that were to be removed by a process that died before it could.
    pub(super) async fn leftovers(&mut self) -> Result<Vec<Uid>> {
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
    pub(super) async fn move_to(&mut self, uids: &[Uid], mailbox: &str) -> Result<()> {
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

    pub(super) async fn store(&mut self, uids: &[Uid], how: &str, flags: &str) -> Result<()> {
        let arguments = uid_sets(uids).iter().map(|set| format!("STORE {set} {how} ({flags})")).collect();
        let question = Question { command: "UID", arguments, limit: self.limit(), gathered: Gathered::nothing() };
        let [ticket] = self.wire.ask([question]).await?;
        self.wire.answer(ticket).await.map(|_| ())
    }
}
