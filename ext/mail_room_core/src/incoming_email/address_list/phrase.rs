//! The name of a person or a group, in which the mail gem lets dots and `@` stand too.

use super::token::Kind;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phrase {
    Nothing,
    /// A word, or white space behind one.
    Word,
    /// A dot or an `@`.
    Sign,
    /// White space that has no word in front of it. One has to follow.
    WordNext,
    Wrong,
}

impl Phrase {
    pub(super) fn take(&mut self, kind: Kind) {
        *self = match (*self, kind) {
            (Self::Wrong, _) => Self::Wrong,
            (_, Kind::Atom | Kind::Quoted(_)) => Self::Word,
            (Self::Word, Kind::Space(_)) => Self::Word,
            (Self::Nothing | Self::Sign, Kind::Space(_)) => Self::WordNext,
            (Self::Nothing | Self::Word | Self::Sign, Kind::Dots | Kind::At) => Self::Sign,
            _ => Self::Wrong,
        };
    }

    /// It can be the name of a group.
    pub(super) fn complete(self) -> bool {
        matches!(self, Self::Word | Self::Sign)
    }
}
