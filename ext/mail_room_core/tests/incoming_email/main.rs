//! What GitLab will do with a message, by the rules it goes by.
//!
//! Where a new test goes:

/// Which messages are auto-replies.
mod auto_replies;
/// Mails as they come through real servers, with what becomes of them.
mod corpus;
/// Which header carries the key.
mod headers;
/// Messages made to be slow, or to break what reads them.
mod hostile;
/// Who takes which key.
mod keys;
/// Which message ids carry the key.
mod references;

use mail_room_core::incoming_email::{IncomingEmail, Route};

/// What becomes of a message with these header lines, sent to an address for GitLab on gitlab.example.com.
fn route(lines: &[&str]) -> Route {
    let raw = format!("{}\r\nSubject: x\r\n\r\nText.\r\n", lines.join("\r\n"));
    gitlab("incoming+%{key}@example.com").route(raw.as_bytes())
}

fn gitlab(address: &str) -> IncomingEmail {
    IncomingEmail::new(Some(address), None, Some("gitlab.example.com")).expect("an address")
}
