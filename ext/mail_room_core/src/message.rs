//! A message and the names it goes by.

mod name;
mod names;

use std::sync::Arc;

use ring::digest::{SHA256, digest};

pub use self::name::Name;
pub(crate) use self::names::Names;

/// A message's unique identifier within one generation of a mailbox (RFC 3501, section 2.3.1.1); or the number
/// this process gave it, where messages have no numbers.
pub type Uid = u32;

/// Names hold for ever: there is one generation, and it is known.
const ONLY_GENERATION: u32 = 1;

/// The mailbox a message was found in, in the generation its UIDs belong to.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Whose mailbox: the login name, with the host when the name alone is no address.
    pub account: String,
    /// The mailbox's name on the server.
    pub mailbox: String,
    /// UIDs are comparable only while this stays the same; 0 when it is not known.
    pub uid_validity: u32,
    /// What messages are called that have names and no numbers.
    names: Option<Arc<Names>>,
}

impl Origin {
    /// A mailbox whose messages have UIDs.
    pub(crate) fn numbered(account: String, mailbox: String, uid_validity: u32) -> Self {
        Self { account, mailbox, uid_validity, names: None }
    }

    /// A mailbox whose messages have names that never change.
    pub(crate) fn named(account: String, mailbox: String, names: Arc<Names>) -> Self {
        Self { account, mailbox, uid_validity: ONLY_GENERATION, names: Some(names) }
    }

    /// What a message is called outside of this process.
    #[must_use]
    pub fn name(&self, uid: Uid) -> Name {
        self.names.as_ref().and_then(|names| names.name(uid)).map_or(Name::Uid(uid), Name::Id)
    }

    /// What messages are called outside of this process.
    pub(crate) fn names(&self, uids: &[Uid]) -> Vec<Name> {
        uids.iter().map(|uid| self.name(*uid)).collect()
    }

    /// What tells a message from all others of the account and mailbox, in all generations.
    pub(crate) fn key(&self, uid: Uid) -> String {
        match self.name(uid) {
            Name::Uid(uid) => format!("{}:{uid}", self.uid_validity),
            Name::Id(id) => id.to_string(),
        }
    }
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
    /// What it is called outside of this process.
    #[must_use]
    pub fn name(&self) -> Name {
        self.origin.name(self.uid)
    }

    /// The same 24 hex digits for the same message whenever it is delivered, so that a receiver can
    /// tell a repetition: SHA-256 over account, mailbox, UIDVALIDITY and UID, or immutable id.
    #[must_use]
    pub fn delivery_id(&self) -> String {
        let Origin { account, mailbox, uid_validity, .. } = &*self.origin;
        let known = match self.name() {
            Name::Uid(uid) => format!("{account}\0{mailbox}\0{uid_validity}\0{uid}"),
            Name::Id(id) => format!("{account}\0{mailbox}\0{id}"),
        };
        let hash = digest(&SHA256, known.as_bytes());
        let number = hash.as_ref().iter().take(12).fold(0, |number: u128, byte| number << 8 | u128::from(*byte));
        format!("{number:024x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(mailbox: &str, uid_validity: u32, uid: Uid) -> Message {
        let origin = Origin::numbered("a@example.com".into(), mailbox.into(), uid_validity);
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
