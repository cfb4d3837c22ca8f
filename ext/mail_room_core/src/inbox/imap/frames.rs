//! Cuts what a server sends into responses, and lets those through that the parser can read.
//!
//! The parser would try an unfinished response again with every read, which takes quadratic time, and
//! its first failure would end the session, with all it could not read copied into the error. So it
//! gets responses when they are complete, one at a time, answers to SEARCH as several short ones, and nothing else
//! than it can read (see [`readable`](super::readable)).
//!
//! Bodies of messages never meet it: in their places it gets `""`. Each goes from the socket to where it stays, and
//! is handed over beside its response.

mod body;
mod reading;
mod search;
#[cfg(test)]
mod tests;

use bytes::{Bytes, BytesMut};

use self::body::Body;
use super::{
    guard::{self, Guard, Next},
    readable::{self, Verdict},
};

/// What stands in a body's place.
const ELSEWHERE: &[u8] = b"\"\"";

/// The responses of a session.
#[derive(Debug)]
pub(super) struct Frames {
    guard: Guard,
    /// Bytes that were not looked at yet.
    raw: BytesMut,
    /// The last read came back full.
    busy: bool,
    /// How many of them are known to hold no line's end.
    scanned: usize,
    due: Due,
    /// The response so far, as the parser gets it.
    held: BytesMut,
    /// It is an answer about a message.
    fetch: bool,
    /// Its body.
    body: Option<Vec<u8>>,
    /// A piece of this answer to SEARCH was let through.
    searching: bool,
    /// What may go to the parser, all of one response.
    ready: Bytes,
    /// How many responses were let through.
    let_through: u64,
    /// The body of the last one of them.
    message: Option<Vec<u8>>,
    progress: bool,
}

/// What has to come next.
#[derive(Debug)]
enum Due {
    Line,
    Literal(u64),
    Body(Body),
    /// The line that goes on after a body.
    Rest,
}

impl Frames {
    pub(super) fn new(guard: Guard) -> Self {
        Self {
            guard,
            raw: BytesMut::new(),
            busy: false,
            scanned: 0,
            due: Due::Line,
            held: BytesMut::new(),
            fetch: false,
            body: None,
            searching: false,
            ready: Bytes::new(),
            let_through: 0,
            message: None,
            progress: false,
        }
    }

    /// Up to `most` bytes for the parser; empty when there are none yet.
    ///
    /// # Errors
    /// Says what makes it impossible to go on. The connection must be dropped then.
    pub(super) fn take(&mut self, most: usize) -> Result<Bytes, String> {
        while self.ready.is_empty() && self.step()? {}
        let all = self.ready.len() <= most;
        Ok(if all { std::mem::take(&mut self.ready) } else { self.ready.split_to(most) })
    }

    /// The body of the response that was let through as the `nth`, if it has one that is no quoted string.
    ///
    /// # Errors
    /// When that is not the last one of them: the parser has read more or fewer responses than it was given.
    pub(super) fn take_message(&mut self, nth: u64) -> Result<Option<Vec<u8>>, String> {
        if nth != self.let_through || !self.ready.is_empty() {
            return Err("not an IMAP response".into());
        }
        Ok(self.message.take())
    }

    /// Whether a response has begun that did not end.
    pub(super) fn is_amid(&self) -> bool {
        !(self.raw.is_empty() && self.held.is_empty()) || self.searching
    }

    /// Whether something of a message, or an answer about one, has come in since the last call.
    pub(super) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.progress)
    }

    /// Works on what was read. False when more has to come first.
    fn step(&mut self) -> Result<bool, String> {
        if self.raw.is_empty() {
            return Ok(false);
        }
        match std::mem::replace(&mut self.due, Due::Line) {
            Due::Line => {
                if self.search_piece()? {
                    return Ok(true);
                }
                let Some(line) = self.line()? else { return Ok(false) };
                self.look_at(line)?;
            }
            Due::Rest => {
                let Some(line) = self.line()? else {
                    self.due = Due::Rest;
                    return Ok(false);
                };
                if !(line.starts_with(b" ") || line.starts_with(b")")) {
                    return Err("a message of another length than announced".into());
                }
                self.look_at(line)?;
            }
            Due::Literal(left) => {
                let part = self.raw.split_to(self.raw.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
                self.guard.literal(&part)?;
                self.literal_due(left - part.len() as u64);
                self.held.unsplit(part);
            }
            Due::Body(mut body) => {
                self.progress = true;
                body.take_from(&mut self.raw);
                self.body_due(body);
            }
        }
        Ok(true)
    }

    fn literal_due(&mut self, bytes: u64) {
        self.due = if bytes == 0 { Due::Line } else { Due::Literal(bytes) };
    }

    fn body_due(&mut self, body: Body) {
        if body.left() == 0 {
            self.body = Some(body.into_bytes());
            self.due = Due::Rest;
        } else {
            self.due = Due::Body(body);
        }
    }

    /// The next line, when it is complete.
    fn line(&mut self) -> Result<Option<BytesMut>, String> {
        let Some(end) = memchr::memchr(b'\n', &self.raw[self.scanned..]) else {
            self.scanned = self.raw.len();
            return self.guard.unfinished_line(self.scanned).map(|()| None);
        };
        let line = self.raw.split_to(self.scanned + end + 1);
        self.scanned = 0;
        Ok(Some(line))
    }

    fn look_at(&mut self, line: BytesMut) -> Result<(), String> {
        let mut line = if std::mem::take(&mut self.searching) { search::goes_on(&line) } else { line };
        if self.held.is_empty() {
            self.fetch = guard::is_fetch(&line);
        }
        self.progress |= self.fetch;
        match self.guard.line(&line)? {
            Next::Body { bytes, before } => {
                if self.body.is_some() {
                    return Err("two bodies of one message".into());
                }
                line.truncate(before);
                line.extend_from_slice(ELSEWHERE);
                self.held.unsplit(line);
                self.body_due(Body::new(bytes)?);
            }
            Next::Literal { bytes, .. } => {
                self.hold(line);
                self.literal_due(bytes);
            }
            Next::Response => {
                self.hold(line);
                let response = std::mem::take(&mut self.held);
                self.judge(response)?;
            }
        }
        Ok(())
    }

    fn hold(&mut self, line: BytesMut) {
        let rewritten = if self.fetch { readable::with_bodies_as_literals(&line) } else { None };
        self.held.unsplit(rewritten.unwrap_or(line));
    }

    /// Lets a response through, if it can be read.
    fn judge(&mut self, response: BytesMut) -> Result<(), String> {
        let message = self.body.take();
        self.ready = match readable::judge(&response) {
            Verdict::Pass => response.freeze(),
            Verdict::Instead(repaired) => repaired.into(),
            Verdict::PassOver => return Ok(()),
            Verdict::Refuse(reason) => return Err(reason.into()),
        };
        self.let_through += 1;
        self.message = message;
        Ok(())
    }
}
