//! A message of ours that nobody is to read.

use super::{
    super::{Code, Imap, mailbox_name},
    named,
};
use crate::{Error, Result, mailbox::Mailbox, message::Uid};

/// What stands behind the `@` of our messages' names, and nowhere else (RFC 2606, section 2).
const DOMAIN: &str = "@mail-room.invalid>";

/// How many hexadecimal digits stand before it.
const DIGITS: usize = 32;

/// Put there as seen and deleted: no search for unread messages finds it, and any expunge takes it along.
pub(super) struct Probe {
    mailbox: String,
    message_id: String,
    /// Whether it may be there, and as what.
    there: Option<Option<Uid>>,
}

impl Probe {
    pub(super) fn new(mailbox: &Mailbox) -> Self {
        let message_id = format!("<{:016x}{:016x}{DOMAIN}", fastrand::u64(..), fastrand::u64(..));
        Self { mailbox: mailbox.inbox.name().to_owned(), message_id, there: None }
    }

    /// RFC 3501, section 6.3.11.
    pub(super) async fn put(&mut self, imap: &mut Imap) -> Result<()> {
        let text = self.text();
        let arguments = format!("{} (\\Seen \\Deleted) {{{}}}", mailbox_name(&self.mailbox)?, text.len());
        let limit = imap.limit();
        self.there = Some(None);
        match imap.wire.converse("APPEND", &arguments, &mut [text].iter(), limit, |_| ()).await {
            Ok(completion) => {
                if let Some(Code::AppendUid(uid)) = completion.code {
                    self.there = Some(Some(uid));
                }
                Ok(())
            }
            Err(error) => {
                if matches!(error, Error::Refused { .. }) {
                    self.there = None;
                }
                Err(error)
            }
        }
    }

    /// Whether it may be in the mailbox.
    pub(super) fn may_be_there(&self) -> bool {
        self.there.is_some()
    }

    /// Removes it, and nothing else. What is left of it, in words; None when nothing is.
    ///
    /// # Errors
    /// Those of a session. Another one may go on where this one broke off.
    pub(super) async fn remove(&mut self, imap: &mut Imap) -> Result<Option<&'static str>> {
        let Some(uid) = self.there else { return Ok(None) };
        let mut found = match uid {
            Some(uid) => self.still(imap, &[uid]).await?,
            None => Vec::new(),
        };
        if found.is_empty() {
            // What another session put there, this one may not know of yet.
            imap.wire.run("NOOP", "", imap.limit(), |_| ()).await?;
            found = named::find(imap, &self.message_id).await?;
        }
        if found.is_empty() && uid.is_none() {
            return Ok(Some("cannot be found again, and may still be there"));
        }
        imap.expunge(&found).await?;
        found = self.still(imap, &found).await?;
        if !found.is_empty() {
            // RFC 4314, section 4: flags that this user may not set are left out of an APPEND, and nobody is told.
            imap.store(&found, "+FLAGS.SILENT", "\\Seen \\Deleted").await?;
            imap.expunge(&found).await?;
            found = self.still(imap, &found).await?;
        }
        if !found.is_empty() {
            return Ok(Some("is still there, although the server says that it removed it"));
        }
        self.there = None;
        Ok(None)
    }

    /// Which of these are it.
    async fn still(&self, imap: &mut Imap, uids: &[Uid]) -> Result<Vec<Uid>> {
        named::those(imap, uids, |name| name == self.message_id).await
    }

    fn text(&self) -> String {
        let lines = [
            "From: mail_room check <mail-room@mail-room.invalid>",
            "To: mail_room check <mail-room@mail-room.invalid>",
            "Subject: mail_room check",
            &format!("Message-ID: {}", self.message_id),
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=us-ascii",
            "",
            "Put here to see whether the server tells of new messages. It may be removed.",
        ];
        lines.join("\r\n")
    }
}

/// Removes what checks left there that were broken off.
///
/// # Errors
/// Those of a session.
pub(super) async fn clear(imap: &mut Imap) -> Result<()> {
    let found = imap.search("HEADER Message-ID \"@mail-room.invalid\" SEEN DELETED").await?;
    let ours = named::those(imap, &found, is_ours).await?;
    imap.expunge(&ours).await
}

fn is_ours(message_id: &str) -> bool {
    let digits = message_id.strip_prefix('<').and_then(|rest| rest.strip_suffix(DOMAIN));
    digits.is_some_and(|digits| digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
