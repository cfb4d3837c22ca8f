//! A message for those who want to look before they load more: what its headers say, its text, what is attached.
//!
//! Nothing here fails. What cannot be read is not there, and bytes that no charset explains become U+FFFD.
//! Headers are read as Ruby's `mail` gem reads them, since that is what applications compare with: where a field
//! may stand once and stands there again, the last counts. mail-parser does the reading, and is contained where it
//! panics. Work is linear in the size of the message; one that would take it longer is not taken apart.

mod body;
mod field;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod part;
mod parts;

use std::sync::OnceLock;

use serde_json::{Value, json};

pub use self::body::Body;
use self::{body::select, part::Part};
use crate::incoming_email::{Headers, Kind, Reading, contained, is_auto_generated, without_blanks};

/// A message that can be asked. Its body is looked at when first asked for, and only once.
#[derive(Debug)]
pub struct Email {
    raw: Vec<u8>,
    parts: OnceLock<Vec<Part>>,
}

impl Email {
    /// Takes any bytes.
    #[must_use]
    pub fn new(raw: Vec<u8>) -> Self {
        Self { raw, parts: OnceLock::new() }
    }

    /// What the headers say: `to`, `cc`, `from`, `reply_to`, `sender` (each a list of name and address),
    /// `subject`, `message_id`, `in_reply_to`, `references`, `delivered_to`, `received_recipients` and `date`
    /// (seconds since 1970, and how many seconds its clock was ahead of UTC).
    #[must_use]
    pub fn headers(&self) -> Value {
        contained(|| headers(&self.header())).unwrap_or_else(|| headers(&Headers::parse(b"")))
    }

    /// Every value of a header from top to bottom: unfolded, and its encoded words decoded (RFC 2047).
    #[must_use]
    pub fn header_values(&self, name: &[u8]) -> Vec<String> {
        let Ok(name) = str::from_utf8(name) else { return Vec::new() };
        contained(|| self.header().raw_values(name).map(field::words).collect()).unwrap_or_default()
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.raw.len()
    }

    /// Whether GitLab rejects it as an auto-reply.
    #[must_use]
    pub fn is_auto_generated(&self) -> bool {
        contained(|| is_auto_generated(&self.header())).unwrap_or_default()
    }

    /// Its text, and a word on everything else.
    #[must_use]
    pub fn body(&self) -> Body {
        contained(|| select(self.message(), self.parts())).unwrap_or_else(|| select(b"", &[]))
    }

    /// The decoded content of what stands at `index` among [`Body::attachments`].
    #[must_use]
    pub fn attachment(&self, index: usize) -> Option<Vec<u8>> {
        contained(|| Some(body::attachments(self.parts()).nth(index)?.content(self.message()))).flatten()
    }

    fn header(&self) -> Headers<'_> {
        Headers::parse(&self.raw)
    }

    fn message(&self) -> &[u8] {
        without_blanks(&self.raw)
    }

    fn parts(&self) -> &[Part] {
        self.parts.get_or_init(|| parts::parts(self.message()).unwrap_or_default())
    }
}

fn headers(header: &Headers<'_>) -> Value {
    let last = |name: &str| header.raw_values(name).next_back();
    let list = |name: &str| last(name).map(field::addresses).unwrap_or_default();
    let ids = |name: &str| last(name).map(field::ids).unwrap_or_default();
    json!({
        "to": list("To"),
        "cc": list("Cc"),
        "from": list("From"),
        "reply_to": list("Reply-To"),
        "sender": list("Sender"),
        "subject": last("Subject").map(field::words),
        "message_id": ids("Message-ID").first(),
        "in_reply_to": ids("In-Reply-To"),
        "references": ids("References"),
        "delivered_to": header.raw_values("Delivered-To").map(field::words).collect::<Vec<_>>(),
        "received_recipients": Kind::Received.candidates(header, "Received", Reading::Letter),
        "date": last("Date").and_then(field::seconds),
    })
}

#[cfg(test)]
mod tests;
