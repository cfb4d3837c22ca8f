//! Cuts what a server sends into responses, and lets those through that the parser can read.
//!
//! The parser would try an unfinished response again with every read, which takes quadratic time, and
//! its first failure would end the session, with all it could not read copied into the error. So it
//! gets lines when they are complete, answers to SEARCH as several short ones, and nothing else than
//! it can read (see [`readable`](super::readable)). Bodies of messages do not stop here.

#[cfg(test)]
mod tests;

use bytes::{Bytes, BytesMut};

use super::{
    guard::{self, Guard, Next},
    readable::{self, Verdict},
};

/// The parser reads into blocks of 4 KiB. What fits into one is looked at once.
const SEARCH_PIECE_BYTES: usize = 3 << 10;
const SEARCH: &[u8] = b"* SEARCH";
/// Ends a response whose body has gone through, so that nobody takes the body for a message.
const VOID: &[u8] = b" UID 0)\r\n";

/// The responses of a session.
#[derive(Debug)]
pub(super) struct Frames {
    guard: Guard,
    /// Bytes that were not looked at yet.
    raw: BytesMut,
    /// How many of them are known to hold no line's end.
    scanned: usize,
    due: Due,
    /// The response so far, as far as it was not let through.
    held: BytesMut,
    /// The response so far with `""` for each literal: what the parser has to be able to read.
    shape: Vec<u8>,
    /// It is an answer about a message.
    fetch: bool,
    /// A body of this response was let through.
    /// It has a body, of which none was asked for twice.
    with_body: bool,
    begun: bool,
    /// The rest of this response is dropped.
    dropped: bool,
    /// A piece of this answer to SEARCH was let through.
    searching: bool,
    /// What may go to the parser.
    ready: Bytes,
    progress: bool,
}

/// What has to come next.
#[derive(Clone, Copy, Debug)]
enum Due {
    Line,
    Literal(u64),
    Body(u64),
}

impl Frames {
    pub(super) fn new(guard: Guard) -> Self {
        Self {
            guard,
            raw: BytesMut::new(),
            scanned: 0,
            due: Due::Line,
            held: BytesMut::new(),
            shape: Vec::new(),
            fetch: false,
            begun: false,
            with_body: false,
            dropped: false,
            searching: false,
            ready: Bytes::new(),
            progress: false,
        }
    }

    /// Takes bytes from the server.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
    }

    /// So many bytes of a body are due, and may go to the parser without having been pushed.
    pub(super) fn straight_through(&self) -> Option<u64> {
        match self.due {
            Due::Body(left) if self.raw.is_empty() && self.ready.is_empty() && !self.dropped => Some(left),
            _ => None,
        }
    }

    /// So many bytes of a body went to the parser.
    pub(super) fn passed(&mut self, bytes: usize) {
        if let Due::Body(left) = self.due {
            self.due = Due::Body(left - bytes as u64).or_line();
            self.progress = true;
        }
    }

    /// Up to `most` bytes for the parser; empty when there are none yet.
    ///
    /// # Errors
    /// Says what makes it impossible to go on. The connection must be dropped then.
    pub(super) fn take(&mut self, most: usize) -> Result<Bytes, String> {
        while self.ready.is_empty() && self.step()? {}
        // An idle session keeps no buffers.
        let all = self.ready.len() <= most;
        Ok(if all { std::mem::take(&mut self.ready) } else { self.ready.split_to(most) })
    }

    /// Whether a response has begun that did not end.
    pub(super) fn is_amid(&self) -> bool {
        !(self.raw.is_empty() && self.shape.is_empty()) || self.searching
    }

    /// Whether something of a message, or an answer about one, has come in since the last call.
    pub(super) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.progress)
    }

    /// Works on what was pushed. False when more has to come first.
    fn step(&mut self) -> Result<bool, String> {
        if self.raw.is_empty() {
            self.raw = BytesMut::new();
            return Ok(false);
        }
        match self.due {
            Due::Line => {
                if self.search_piece()? {
                    return Ok(true);
                }
                let Some(line) = self.line()? else { return Ok(false) };
                self.look_at(line)?;
            }
            Due::Literal(left) => {
                let part = self.part(left);
                self.guard.literal(&part)?;
                self.due = Due::Literal(left - part.len() as u64).or_line();
                self.hold(part);
            }
            Due::Body(left) => {
                let part = self.part(left);
                self.passed(part.len());
                if !self.dropped {
                    self.ready = part.freeze();
                }
            }
        }
        Ok(true)
    }

    fn part(&mut self, left: u64) -> BytesMut {
        self.raw.split_to(self.raw.len().min(usize::try_from(left).unwrap_or(usize::MAX)))
    }

    /// The next line, when it is complete.
    fn line(&mut self) -> Result<Option<BytesMut>, String> {
        let Some(end) = self.raw[self.scanned..].iter().position(|byte| *byte == b'\n') else {
            self.scanned = self.raw.len();
            return self.guard.unfinished_line(self.scanned).map(|()| None);
        };
        let line = self.raw.split_to(self.scanned + end + 1);
        self.scanned = 0;
        Ok(Some(line))
    }

    /// Cuts a piece off an answer to SEARCH that is long, after a number and before the next.
    fn search_piece(&mut self) -> Result<bool, String> {
        let is_search = self.searching || self.held.is_empty() && is_search(&self.raw);
        let Some(window) = self.raw.get(..SEARCH_PIECE_BYTES).filter(|_| is_search) else { return Ok(false) };
        let between = |three: &[u8]| matches!(three, [b'0'..=b'9', b' ', b'0'..=b'9']);
        let Some(at) = window.windows(3).rposition(between).filter(|_| !window.contains(&b'\n')) else {
            return Ok(false);
        };
        let piece = self.raw.split_to(at + 1);
        self.scanned = self.scanned.saturating_sub(piece.len());
        self.guard.search_piece(&piece)?;
        let mut piece = if self.searching { [SEARCH, &piece].concat() } else { piece.to_vec() };
        piece.extend_from_slice(b"\r\n");
        self.searching = true;
        self.let_through(&piece, BytesMut::from(&piece[..]))?;
        Ok(true)
    }

    fn look_at(&mut self, line: BytesMut) -> Result<(), String> {
        let line = if std::mem::take(&mut self.searching) { [SEARCH, &line].concat()[..].into() } else { line };
        if self.shape.is_empty() {
            self.fetch = guard::is_fetch(&line);
        }
        self.progress |= self.fetch;
        let next = self.guard.line(&line)?;
        let (Next::Literal { before, .. } | Next::Body { before, .. }) = next else {
            self.shape.extend_from_slice(&line);
            self.hold_line(line);
            return self.ended();
        };
        self.shape.extend_from_slice(&line[..before]);
        self.shape.extend_from_slice(b"\"\"");
        self.hold_line(line);
        self.due = match next {
            Next::Body { bytes, .. } => {
                // Each is looked at with all that came before it.
                if std::mem::replace(&mut self.with_body, true) {
                    return Err("two bodies of one message".into());
                }
                self.begin_body();
                Due::Body(bytes).or_line()
            }
            Next::Literal { bytes, .. } => Due::Literal(bytes).or_line(),
            Next::Response => Due::Line,
        };
        Ok(())
    }

    fn hold(&mut self, bytes: BytesMut) {
        if !self.dropped {
            self.held.unsplit(bytes);
        }
    }

    fn hold_line(&mut self, line: BytesMut) {
        let rewritten = if self.fetch { readable::with_bodies_as_literals(&line) } else { None };
        self.hold(rewritten.unwrap_or(line));
    }

    /// Lets the response through up to a body, if what there is of it can be read.
    fn begin_body(&mut self) {
        let so_far = [&self.shape[..], b")\r\n"].concat();
        self.dropped |= !matches!(readable::judge(&so_far), Verdict::Pass);
        let held = std::mem::take(&mut self.held);
        if !self.dropped {
            self.begun = true;
            self.ready = held.freeze();
        }
    }

    fn ended(&mut self) -> Result<(), String> {
        let shape = std::mem::take(&mut self.shape);
        let held = std::mem::take(&mut self.held);
        let begun = std::mem::take(&mut self.begun);
        self.with_body = false;
        if std::mem::take(&mut self.dropped) {
            return Ok(());
        }
        if !begun {
            return self.let_through(&shape, held);
        }
        self.ready = match readable::judge(&shape) {
            Verdict::Pass => held.freeze(),
            _ if held.starts_with(b" ") || held.starts_with(b")") => Bytes::from_static(VOID),
            _ => return Err("a message of another length than announced".into()),
        };
        Ok(())
    }

    fn let_through(&mut self, shape: &[u8], response: BytesMut) -> Result<(), String> {
        match readable::judge(shape) {
            Verdict::Pass => self.ready = response.freeze(),
            Verdict::Instead(repaired) => self.ready = repaired.into(),
            Verdict::PassOver => {}
            Verdict::Refuse(reason) => return Err(reason.into()),
        }
        Ok(())
    }
}

impl Due {
    fn or_line(self) -> Self {
        if let Self::Literal(0) | Self::Body(0) = self { Self::Line } else { self }
    }
}

fn is_search(line: &[u8]) -> bool {
    line.get(..SEARCH.len() + 1).is_some_and(|head| head.eq_ignore_ascii_case(b"* SEARCH "))
}
