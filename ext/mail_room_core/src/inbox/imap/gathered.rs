//! What the answers to a question hold, as far as it was asked.

use std::collections::BTreeMap;

use super::response::Fetched;
use crate::{
    inbox::{MessageSize, Next, keywords::is_ours},
    message::Uid,
};

/// What is told of messages. It does not matter in answer to what: a server may work on several commands at once,
/// and says of a message nothing but what holds for it (RFC 3501, section 5.5).
#[derive(Debug)]
pub(super) struct Gathered {
    wanted: Wanted,
    /// In ascending order. Of others nothing is kept.
    uids: Vec<Uid>,
    /// Bytes of all bodies, those that were too many included.
    bytes: u64,
    pub(super) sizes: BTreeMap<Uid, MessageSize>,
    pub(super) bodies: BTreeMap<Uid, Vec<u8>>,
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Nothing,
    /// Their removal.
    Removal,
    Sizes,
    /// Bodies of so many bytes at most.
    Messages(u64),
}

impl Gathered {
    /// Of a command that is to be obeyed and does not ask.
    pub(super) fn nothing() -> Self {
        Self::new(Wanted::Nothing, &[])
    }

    /// Of a question for what will be asked for next; for messages of so many bytes at most.
    pub(super) fn of(next: Next<'_>, most: u64) -> Self {
        match next {
            Next::Sizes(uids) => Self::new(Wanted::Sizes, uids),
            Next::Messages(uids) => Self::new(Wanted::Messages(most), uids),
            Next::Removal(uids) => Self::new(Wanted::Removal, uids),
        }
    }

    fn new(wanted: Wanted, uids: &[Uid]) -> Self {
        Self { wanted, uids: uids.to_vec(), bytes: 0, sizes: BTreeMap::new(), bodies: BTreeMap::new() }
    }

    /// Whether it answers this.
    pub(super) fn answers(&self, next: Next<'_>) -> bool {
        match next {
            Next::Sizes(uids) => self.wanted == Wanted::Sizes && self.uids == uids,
            Next::Messages(uids) => self.is_of_messages() && self.uids == uids,
            Next::Removal(uids) => self.wanted == Wanted::Removal && self.uids == uids,
        }
    }

    pub(super) fn is_of_messages(&self) -> bool {
        matches!(self.wanted, Wanted::Messages(_))
    }

    pub(super) fn is_of_something(&self) -> bool {
        matches!(self.wanted, Wanted::Sizes | Wanted::Messages(_))
    }

    /// Whether all was told that was asked for: a server may take its time to say so.
    pub(super) fn is_complete(&self) -> bool {
        match self.wanted {
            Wanted::Nothing | Wanted::Removal => false,
            Wanted::Sizes => self.sizes.len() == self.uids.len(),
            Wanted::Messages(_) => self.bodies.len() == self.uids.len(),
        }
    }

    /// Takes what it lacks.
    pub(super) fn take(&mut self, told: &mut Fetched) {
        // A server may send more than was asked for, in any order, and twice.
        let Some(uid) = told.uid.filter(|uid| self.uids.binary_search(uid).is_ok()) else { return };
        match self.wanted {
            Wanted::Nothing | Wanted::Removal => {}
            Wanted::Sizes => {
                let Some(size) = told.size else { return };
                let keywords = told.flags.iter().flatten().filter(|flag| is_ours(flag)).cloned().collect();
                self.sizes.insert(uid, MessageSize { uid, bytes: size.into(), keywords });
            }
            Wanted::Messages(most) => {
                // A server in trouble: an empty message would be taken for delivered.
                let is_void = told.size.is_some_and(|size| size > 0);
                if self.bodies.contains_key(&uid) {
                    return;
                }
                let Some(body) = told.body.take_if(|body| !(body.is_empty() && is_void)) else { return };
                self.bytes += body.len() as u64;
                // Where the sizes were untrue, what is left out comes with the next pass.
                if self.bytes <= most {
                    self.bodies.insert(uid, body);
                }
            }
        }
    }
}
