//! A message of ours that nobody is to read.

use super::super::{Code, Imap, login::quoted, mailbox_name};
use crate::{Error, Result, mailbox::Mailbox, message::Uid};

/// Marked as seen and deleted from its first moment on: no search for unread messages finds it, and any expunge
/// takes it along.
pub(super) struct Probe {
    mailbox: String,
    message_id: String,
    /// Whether it may be there, and as what.
    there: Option<Option<Uid>>,
}

impl Probe {
    pub(super) fn new(mailbox: &Mailbox) -> Self {
        let message_id = format!("<{:016x}{:016x}@mail-room.invalid>", fastrand::u64(..), fastrand::u64(..));
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

    /// Removes it, wherever it got to. Nothing else is touched.
    pub(super) async fn remove(&mut self, imap: &mut Imap) -> Result<()> {
        let uids = match self.there {
            None => return Ok(()),
            Some(Some(uid)) => vec![uid],
            Some(None) => imap.search(&with_message_id(&self.message_id)?).await?,
        };
        if !uids.is_empty() {
            imap.expunge(&uids).await?;
        }
        self.there = None;
        Ok(())
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

/// The search for a message by its name (RFC 3501, section 6.4.4).
pub(super) fn with_message_id(message_id: &str) -> Result<String> {
    let quoted = quoted(message_id).ok_or_else(|| Error::Protocol("unusable Message-ID".into()))?;
    Ok(format!("HEADER Message-ID {quoted}"))
}
