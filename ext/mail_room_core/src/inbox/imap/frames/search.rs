//! Answers to SEARCH, which may be long.

use bytes::BytesMut;

use super::Frames;

/// The parser reads into blocks of 4 KiB. What fits into one is looked at once.
const PIECE_BYTES: usize = 3 << 10;
const SEARCH: &[u8] = b"* SEARCH";

impl Frames {
    /// Cuts a piece off an answer to SEARCH that is long, after a number and before the next.
    pub(super) fn search_piece(&mut self) -> Result<bool, String> {
        let is_search = self.searching || self.held.is_empty() && is_search(&self.raw);
        let Some(window) = self.raw.get(..PIECE_BYTES).filter(|_| is_search) else { return Ok(false) };
        let between = |three: &[u8]| matches!(three, [b'0'..=b'9', b' ', b'0'..=b'9']);
        let Some(at) = window.windows(3).rposition(between).filter(|_| !window.contains(&b'\n')) else {
            return Ok(false);
        };
        let piece = self.raw.split_to(at + 1);
        self.scanned = self.scanned.saturating_sub(piece.len());
        self.guard.search_piece(&piece)?;
        let mut piece = if self.searching { goes_on(&piece) } else { piece };
        piece.extend_from_slice(b"\r\n");
        self.searching = true;
        self.judge(piece)?;
        Ok(true)
    }
}

/// What follows a piece, as an answer of its own.
pub(super) fn goes_on(rest: &[u8]) -> BytesMut {
    [SEARCH, rest].concat()[..].into()
}

fn is_search(line: &[u8]) -> bool {
    line.get(..SEARCH.len() + 1).is_some_and(|head| head.eq_ignore_ascii_case(b"* SEARCH "))
}
