//! What may stand behind the `@`, in the three forms the mail gem knows.

use super::{
    local::{Chain, Run},
    token::{Kind, Token},
};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Domain {
    pub(super) start: usize,
    run: Run,
    /// Square brackets: not yet, here, or among other things.
    literal: Option<bool>,
    chain: Chain,
}

impl Domain {
    pub(crate) fn new(start: usize) -> Self {
        Self { start, run: Run::Nothing, literal: Some(false), chain: Chain::WordNext }
    }

    pub(crate) fn take(&mut self, token: Token) {
        self.run = match (self.run, token.kind) {
            (Run::Nothing, Kind::Space(_)) => Run::Nothing,
            (Run::Text(true), Kind::Space(_)) => Run::Behind,
            (Run::Nothing | Run::Text(_), Kind::Atom | Kind::Quoted(true)) => Run::Text(true),
            (Run::Nothing | Run::Text(_), Kind::Dots) => Run::Text(false),
            _ => Run::Wrong,
        };
        match token.kind {
            Kind::Space(_) => return,
            Kind::Atom => self.chain.word(),
            Kind::Dots => self.chain.dots(token),
            _ => self.chain = Chain::Wrong,
        }
        self.literal = (token.kind == Kind::Literal && self.literal == Some(false)).then_some(true);
    }

    /// It may end here.
    pub(crate) fn complete(&self) -> bool {
        matches!(self.run, Run::Text(true) | Run::Behind) || self.literal == Some(true) || self.chain == Chain::Word
    }

    /// It is words and dots, and nothing is behind them yet.
    pub(super) fn in_text(&self) -> bool {
        self.run == Run::Text(true)
    }
}
