//! A message for those who want to look before they load more: what its headers say, its text, what is attached.
//!
//! Nothing here fails. What cannot be read is not there, and bytes that no charset explains become U+FFFD.
//! Headers are read as Ruby's `mail` gem reads them, since that is what applications compare with: where a field
//! may stand once and stands there again, the last counts. All work is linear in the size of the message, and
//! what is contained against panics is what calls a parser of others.

mod addresses;
mod body;
mod header;
mod ids;
mod parameters;
mod part;
mod structure;
mod transfer;
mod words;

use std::sync::{LazyLock, OnceLock};

use mail_parser::{HeaderValue, parsers::MessageStream};
use regex::bytes::Regex;
use serde_json::{Value, json};

pub use self::body::Body;
use self::{addresses::addresses, body::select, header::Header, part::Part};
use crate::incoming_email::{Headers, contained, is_auto_generated};

/// What GitLab looks for in `Received` (`lib/gitlab/email/receiver.rb`).
static RECIPIENT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?-u)for\s+<([^<]+)>").ok());

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
        contained(|| headers(&self.header())).unwrap_or_else(|| headers(&Header::parse(b"")))
    }

    /// Every value of a header from top to bottom: unfolded, and its encoded words decoded (RFC 2047).
    #[must_use]
    pub fn header_values(&self, name: &[u8]) -> Vec<String> {
        contained(|| self.header().all(name).map(words::decode).collect()).unwrap_or_default()
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.raw.len()
    }

    /// Whether GitLab rejects it as an auto-reply.
    #[must_use]
    pub fn is_auto_generated(&self) -> bool {
        contained(|| is_auto_generated(&Headers::parse(&self.raw))).unwrap_or_default()
    }

    /// Its text, and a word on everything else.
    #[must_use]
    pub fn body(&self) -> Body {
        contained(|| select(&self.raw, self.parts())).unwrap_or_else(|| select(b"", &[]))
    }

    /// The decoded content of what stands at `index` among [`Body::attachments`].
    #[must_use]
    pub fn attachment(&self, index: usize) -> Option<Vec<u8>> {
        contained(|| Some(body::attachments(self.parts()).nth(index)?.content(&self.raw))).flatten()
    }

    fn header(&self) -> Header<'_> {
        Header::of_message(&self.raw).0
    }

    fn parts(&self) -> &[Part] {
        self.parts.get_or_init(|| structure::parts(&self.raw))
    }
}

fn headers(header: &Header<'_>) -> Value {
    let list = |name: &str| header.last(name).map(addresses).unwrap_or_default();
    let ids = |name: &str| header.last(name).map(ids::ids).unwrap_or_default();
    json!({
        "to": list("To"),
        "cc": list("Cc"),
        "from": list("From"),
        "reply_to": list("Reply-To"),
        "sender": list("Sender"),
        "subject": header.last("Subject").map(words::decode),
        "message_id": header.last("Message-ID").and_then(ids::id),
        "in_reply_to": ids("In-Reply-To"),
        "references": ids("References"),
        "delivered_to": header.all(b"Delivered-To").map(words::decode).collect::<Vec<_>>(),
        "received_recipients": header.all(b"Received").filter_map(recipient).collect::<Vec<_>>(),
        "date": header.last("Date").and_then(seconds),
    })
}

/// Whom a server took the message for. Folds count as white space, as they do for GitLab.
fn recipient(received: &[u8]) -> Option<String> {
    let found = RECIPIENT.as_ref()?.captures(received)?.get(1)?;
    Some(words::text(found.as_bytes()).into_owned())
}

/// Since 1970, and how many of them its clock was ahead of UTC.
fn seconds(date: &[u8]) -> Option<[i64; 2]> {
    let line = [date, b"\n"].concat();
    let HeaderValue::DateTime(date) = MessageStream::new(&line).parse_date() else { return None };
    let ahead = (i64::from(date.tz_hour) * 60 + i64::from(date.tz_minute)) * 60;
    let ahead = if date.tz_before_gmt { -ahead } else { ahead };
    (date.is_valid() && ahead.abs() < 24 * 60 * 60).then(|| [date.to_timestamp(), ahead])
}

#[cfg(test)]
mod tests;
