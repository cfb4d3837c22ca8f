//! What may stand in front of the `@`, in the three forms the mail gem knows.

use super::token::{Kind, Token};

/// Words and dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    Nothing,
    /// With whether it may end here.
    Text(bool),
    /// White space is behind it.
    Behind,
    Wrong,
}

/// A quoted string alone.
#[derive(Clone, Copy, Debug)]
enum Whole {
    Nothing,
    Here(usize, usize),
    Wrong,
}

/// Words with one dot between each two, and white space wherever it likes (RFC 5322, section 4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chain {
    WordNext,
    Word,
    Wrong,
}

impl Chain {
    pub(super) fn word(&mut self) {
        *self = if *self == Self::WordNext { Self::Word } else { Self::Wrong };
    }

    pub(super) fn dots(&mut self, token: Token) {
        let single = token.end == token.start + 1;
        *self = if *self == Self::Word && single { Self::WordNext } else { Self::Wrong };
    }
}

/// Places in the text that the gem notes while it reads a local part. It never forgets them, and so an address can
/// get a part of what was noted for the one before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Notes {
    pub(super) start: usize,
    /// Behind the words, in front of white space.
    pub(super) text_end: Option<usize>,
    /// In front of the `@`.
    pub(super) end: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Local {
    run: Run,
    whole: Whole,
    chain: Chain,
}

impl Local {
    pub(crate) fn new() -> Self {
        Self { run: Run::Nothing, whole: Whole::Nothing, chain: Chain::WordNext }
    }

    pub(super) fn take(&mut self, token: Token, notes: &mut Notes) {
        if self.run == Run::Nothing && !matches!(token.kind, Kind::Space(_)) {
            notes.start = token.start;
        }
        // The gem does not note the end at a comment.
        if matches!(token.kind, Kind::Space([Some(blank), _]) if blank == token.start) {
            self.note_text(token.start, notes);
        }
        self.read(token);
    }

    /// The same without notes.
    pub(crate) fn read(&mut self, token: Token) {
        self.run = match (self.run, token.kind) {
            (Run::Nothing, Kind::Space(_)) => Run::Nothing,
            (Run::Text(true), Kind::Space(_)) => Run::Behind,
            (Run::Nothing | Run::Text(_), Kind::Atom | Kind::Quoted(true)) => Run::Text(true),
            (Run::Nothing, Kind::Dots) => Run::Text(false),
            (Run::Text(complete), Kind::Dots) => Run::Text(complete),
            _ => Run::Wrong,
        };
        match token.kind {
            Kind::Space(_) => {}
            Kind::Quoted(_) => {
                self.whole = match self.whole {
                    Whole::Nothing => Whole::Here(token.start, token.end),
                    _ => Whole::Wrong,
                };
                self.chain.word();
            }
            Kind::Atom => {
                self.whole = Whole::Wrong;
                self.chain.word();
            }
            Kind::Dots => {
                self.whole = Whole::Wrong;
                self.chain.dots(token);
            }
            _ => (self.whole, self.chain) = (Whole::Wrong, Chain::Wrong),
        }
    }

    /// It may end here.
    pub(crate) fn complete(&self) -> bool {
        self.runs() || matches!(self.whole, Whole::Here(..)) || self.chain == Chain::Word
    }

    /// It is words and dots that may end here.
    fn runs(&self) -> bool {
        matches!(self.run, Run::Text(true) | Run::Behind)
    }

    /// The words end here.
    pub(super) fn note_text(&self, at: usize, notes: &mut Notes) {
        if self.run == Run::Text(true) {
            notes.text_end = Some(at);
        }
    }

    /// All of it ends here. Gives the quoted string if it is one.
    pub(super) fn note_end(&self, at: usize, notes: &mut Notes) -> Option<(usize, usize)> {
        self.note_text(at, notes);
        if self.runs() {
            notes.end = Some(at);
        }
        match self.whole {
            Whole::Here(start, end) => Some((start, end)),
            _ => None,
        }
    }
}
