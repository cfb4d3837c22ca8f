//! Ways in for the benches, which see no more of this crate than any other program.

use crate::{charset, inbox::imap::uid_set, message::Uid};

/// The length of a message as text.
pub fn text(raw: &[u8]) -> usize {
    charset::to_utf8(raw).len()
}

/// How many sets `uids` make, which must be ascending.
pub fn uid_sets(uids: &[Uid]) -> usize {
    uid_set::uid_sets(uids).len()
}
