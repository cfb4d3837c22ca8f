//! A message and the names it goes by.

use std::sync::Arc;

use ring::digest::{SHA256, digest};

/// A message's unique identifier within one generation of a mailbox (RFC 3501, section 2.3.1.1).
pub type Uid = u32;

/// The mailbox a message was found in, in the generation its UIDs belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Whose mailbox: the login name, with the host when the name alone is no address.
    pub account: String,
    /// The mailbox's name on the server.
    pub mailbox: String,
    /// UIDs are comparable only while this stays the same.
    pub uid_validity: u32,
}

/// A message as the server keeps it, byte for byte.
#[derive(Clone, Debug)]
pub struct Message {
    /// Where it was found.
    pub origin: Arc<Origin>,
    /// Its number there.
    pub uid: Uid,
    /// The message, RFC 5322 with CRLF line ends.
    pub raw: Vec<u8>,
}

impl Message {
    /// The same 24 hex digits for the same message whenever it is delivered, so that a receiver can
    /// tell a repetition: SHA-256 over account, mailbox, UIDVALIDITY and UID.
    #[must_use]
    pub fn delivery_id(&self) -> String {
        let Origin { account, mailbox, uid_validity } = &*self.origin;
        let hash = digest(&SHA256, format!("{account}\0{mailbox}\0{uid_validity}\0{}", self.uid).as_bytes());
        hash.as_ref().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(mailbox: &str, uid_validity: u32, uid: Uid) -> Message {
        let origin = Origin { account: "a@example.com".into(), mailbox: mailbox.into(), uid_validity };
        Message { origin: Arc::new(origin), uid, raw: Vec::new() }
    }

    #[test]
    fn delivery_id_is_stable_and_tells_messages_apart() {
        let id = message("INBOX", 1, 2).delivery_id();
        assert_eq!(id, message("INBOX", 1, 2).delivery_id());
        assert_eq!(id.len(), 24);
        assert!(id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        for other in [message("Other", 1, 2), message("INBOX", 2, 2), message("INBOX", 1, 3)] {
            assert_ne!(id, other.delivery_id());
        }
    }
}
