//! Bounds what a server can make the parser do, before the parser sees a byte, and tells where each
//! response ends.
//!
//! `imap-proto` recurses with every parenthesis, and `async-imap` sets a literal's announced size
//! aside before its first byte arrives. A hostile or broken server could use each of these to end
//! the process. The guard therefore
//!
//! * limits the length of a line, and of all the lines of an answer to SEARCH;
//! * limits the parentheses of one response;
//! * limits the size of one response as a whole;
//! * accepts a large literal only as the body of a `FETCH` answer, and only up to `max_message_size`.
//!
//! It reads a stricter language than the parser does, so that the two can never disagree about what
//! is inside a literal: a line that could be read in two ways is refused.

#[cfg(test)]
mod tests;

/// Longest line. RFC 2683, section 3.2.1.5, has 8,000 for commands; answers with long capability
/// lists stay far below this, and answers to SEARCH come in pieces (see `frames`).
const LINE_BYTES: usize = 64 << 10;
/// Longest answer to SEARCH: about a million UIDs.
const SEARCH_BYTES: usize = 8 << 20;
/// Most bytes of a response without its bodies: what is asked for is a few hundred.
const AROUND_BYTES: usize = 1 << 20;
/// Most opening parentheses in one response. What is asked for needs two; some parsers of nested items need
/// 30 kB of the stack for each, and a thread has 2 MiB.
const PARENTHESES: usize = 16;
/// Largest literal that is no message body, such as a folder's name.
const SMALL_LITERAL_BYTES: u64 = 4 << 10;

/// What comes after a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The next response.
    Response,
    /// So many bytes of a literal, announced after the line's first `before` bytes.
    Literal { bytes: u64, before: usize },
    /// The same of a message.
    Body { bytes: u64, before: usize },
}

/// Follows the responses of a session.
#[derive(Debug)]
pub(super) struct Guard {
    message_bytes: u64,
    /// Bytes of the response so far, without bodies.
    around: usize,
    /// Announced bytes of bodies.
    bodies: u64,
    opened: usize,
    closed: usize,
    /// The response is `* n FETCH (` so far without a quote: a body may follow.
    plain_fetch: bool,
    first_line: bool,
}

impl Guard {
    pub(super) fn new(message_bytes: u64) -> Self {
        Self { message_bytes, around: 0, bodies: 0, opened: 0, closed: 0, plain_fetch: false, first_line: true }
    }

    /// Looks at a line of which so many bytes have come and not the end.
    ///
    /// # Errors
    /// As with all of these methods: says which limit was passed. The connection must be dropped then.
    pub(super) fn unfinished_line(&self, bytes: usize) -> Result<(), String> {
        if bytes > LINE_BYTES { Err(format!("a line of more than {LINE_BYTES} bytes")) } else { Ok(()) }
    }

    /// Looks at a piece of an answer to SEARCH that goes on after it.
    pub(super) fn search_piece(&mut self, piece: &[u8]) -> Result<(), String> {
        self.grow(piece.len(), SEARCH_BYTES)
    }

    /// Looks at a line with its end, which is that of a response or of what stands between literals.
    pub(super) fn line(&mut self, line: &[u8]) -> Result<Next, String> {
        self.unfinished_line(line.len())?;
        self.grow(line.len(), SEARCH_BYTES + LINE_BYTES)?;
        self.parentheses(line)?;
        if self.first_line {
            self.plain_fetch = is_fetch(line);
        }
        self.plain_fetch &= !line.contains(&b'"');
        let literal = announced_literal(line);
        // The text of a status may end like a literal and never does announce one.
        let text = self.first_line && has_no_literals(line);
        self.first_line = false;
        match literal {
            Some((_, bytes)) if text && bytes > SMALL_LITERAL_BYTES => Err(unasked(bytes)),
            Some((before, bytes)) if !text => self.announced(line, before, bytes),
            _ => {
                *self = Self::new(self.message_bytes);
                Ok(Next::Response)
            }
        }
    }

    /// Looks at bytes of a literal that is no body. The parser must not meet there what it may not
    /// meet elsewhere, should it not take them for a literal.
    pub(super) fn literal(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.grow(bytes.len(), AROUND_BYTES)?;
        self.parentheses(bytes)
    }

    fn announced(&mut self, line: &[u8], before: usize, bytes: u64) -> Result<Next, String> {
        self.grow(0, AROUND_BYTES)?;
        if !line.ends_with(b"\r\n") || ends_in_quotes(line) {
            return Err("a line that may announce a literal and may not".into());
        }
        if !(self.plain_fetch && self.opened == self.closed + 1 && ends_in_body(&line[..before])) {
            return if bytes > SMALL_LITERAL_BYTES { Err(unasked(bytes)) } else { Ok(Next::Literal { bytes, before }) };
        }
        self.bodies = self.bodies.saturating_add(bytes);
        if self.bodies > self.message_bytes {
            return Err(format!("a message of {} bytes, more than max_message_size", self.bodies));
        }
        Ok(Next::Body { bytes, before })
    }

    fn parentheses(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.opened += count(bytes, b'(');
        self.closed += count(bytes, b')');
        if self.opened > PARENTHESES {
            return Err(format!("more than {PARENTHESES} parentheses in one response"));
        }
        Ok(())
    }

    fn grow(&mut self, bytes: usize, limit: usize) -> Result<(), String> {
        self.around += bytes;
        if self.around > limit { Err(format!("a response of more than {limit} bytes")) } else { Ok(()) }
    }
}

fn unasked(bytes: u64) -> String {
    format!("an unasked literal of {bytes} bytes")
}

fn count(bytes: &[u8], wanted: u8) -> usize {
    bytes.iter().filter(|byte| **byte == wanted).count()
}

/// `* 12 FETCH (`
pub(super) fn is_fetch(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"* ") else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && rest[digits..].get(..8).is_some_and(|word| word.eq_ignore_ascii_case(b" FETCH ("))
}

/// Whether a response is a status, tagged or not, or a `+`: none of these has literals.
pub(super) fn has_no_literals(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"* ") else { return true };
    let word = rest.split(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
    ["OK", "NO", "BAD", "BYE", "PREAUTH"].iter().any(|status| word.eq_ignore_ascii_case(status.as_bytes()))
}

/// `… BODY[] ` or `… BODY[]<0> `, the item asked for.
pub(super) fn ends_in_body(before: &[u8]) -> bool {
    let tail = &before[before.len().saturating_sub(12)..];
    let tail = tail.trim_ascii_end().to_ascii_uppercase();
    tail.ends_with(b" BODY[]") || tail.ends_with(b"(BODY[]") || tail.ends_with(b" BODY[]<0>")
}

/// Whether a line ends within a quoted string (RFC 3501, section 9), which none may.
fn ends_in_quotes(line: &[u8]) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
    }
    quoted
}

/// How much stands before `{n}` and `n`, when a line announces a literal (RFC 3501, section 4.3), or
/// the forms of RFC 7888 and RFC 3516.
fn announced_literal(line: &[u8]) -> Option<(usize, u64)> {
    let inside = line.strip_suffix(b"\n")?;
    let inside = inside.strip_suffix(b"\r").unwrap_or(inside).strip_suffix(b"}")?;
    let inside = inside.strip_suffix(b"+").unwrap_or(inside);
    let open = inside.iter().rposition(|byte| *byte == b'{')?;
    let digits = std::str::from_utf8(&inside[open + 1..]).ok()?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A number that does not fit is as good as the largest one.
    Some((open, digits.parse().unwrap_or(u64::MAX)))
}
