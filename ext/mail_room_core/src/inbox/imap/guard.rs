//! Bounds what a server can make the parser do, before the parser sees a byte.
//!
//! `imap-proto` recurses with every parenthesis, `async-imap` sets a literal's announced size aside
//! before its first byte arrives and parses an unfinished line again with every read. A hostile or
//! broken server could use each of these to end the process. The guard therefore
//!
//! * limits the length of a line (answers to SEARCH have a larger limit);
//! * limits the parentheses of one response;
//! * limits the size of one response as a whole;
//! * accepts a large literal only as the body of a `FETCH` answer, and only up to `max_message_size`.
//!
//! It reads a stricter language than the parser does, so that the two can never disagree about what
//! is inside a literal: a line that could be read in two ways is refused.

/// Longest line but for SEARCH. RFC 2683, section 3.2.1.5, has 8,000 for commands; answers with
/// long capability lists stay far below this.
const LINE_BYTES: usize = 64 << 10;
/// Longest answer to SEARCH: about a million UIDs.
const SEARCH_LINE_BYTES: usize = 8 << 20;
/// Most opening parentheses in one response. What is asked for needs two.
const PARENTHESES: usize = 64;
/// Largest literal that is no message body, such as a folder's name.
const SMALL_LITERAL_BYTES: u64 = 4 << 10;

/// Follows the bytes of a session.
#[derive(Debug)]
pub(super) struct Guard {
    message_bytes: u64,
    /// The line so far.
    line: Vec<u8>,
    /// Bytes of a message body still to come.
    body_left: u64,
    /// Bytes of a small literal still to come. They are looked at as lines, like everything else, but
    /// the end of such a line is not the end of the response.
    owed: u64,
    in_literal: bool,
    /// Bytes of the response so far, announced ones included.
    response: u64,
    opened: usize,
    closed: usize,
    /// Where the response's first line is `* n FETCH (` without a quote: a body may follow.
    plain_fetch: bool,
    first_line: bool,
}

impl Guard {
    pub(super) fn new(message_bytes: u64) -> Self {
        Self {
            message_bytes,
            line: Vec::new(),
            body_left: 0,
            owed: 0,
            in_literal: false,
            response: 0,
            opened: 0,
            closed: 0,
            plain_fetch: false,
            first_line: true,
        }
    }

    /// Looks at the next bytes from the server.
    ///
    /// # Errors
    /// Says which limit was passed. The connection must be dropped then.
    pub(super) fn inspect(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while !bytes.is_empty() {
            if self.body_left > 0 {
                let skipped = bytes.len().min(usize::try_from(self.body_left).unwrap_or(usize::MAX));
                self.body_left -= skipped as u64;
                bytes = &bytes[skipped..];
                continue;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
            self.line.extend_from_slice(&bytes[..end]);
            // The parser also tries lines that have not ended yet, so neither limit can wait.
            if self.line.len() > self.line_limit() {
                return Err(format!("a line of more than {} bytes", self.line_limit()));
            }
            self.grow(end as u64)?;
            // Whether the last of these bytes, perhaps a line's end, belongs to the literal.
            self.in_literal = end as u64 <= self.owed;
            self.owed = self.owed.saturating_sub(end as u64);
            self.opened += count(&bytes[..end], b'(');
            self.closed += count(&bytes[..end], b')');
            if self.opened > PARENTHESES {
                return Err(format!("more than {PARENTHESES} parentheses in one response"));
            }
            if self.line.ends_with(b"\n") {
                self.line_ended()?;
            }
            bytes = &bytes[end..];
        }
        Ok(())
    }

    fn line_limit(&self) -> usize {
        let search = self.first_line && self.line.get(..8).is_some_and(|head| head.eq_ignore_ascii_case(b"* SEARCH"));
        if search { SEARCH_LINE_BYTES } else { LINE_BYTES }
    }

    fn line_ended(&mut self) -> Result<(), String> {
        let mut line = std::mem::take(&mut self.line);
        let outcome = self.check(&line);
        line.clear();
        line.shrink_to(LINE_BYTES);
        self.line = line;
        outcome
    }

    fn check(&mut self, line: &[u8]) -> Result<(), String> {
        let text = line.trim_ascii_end();
        if self.first_line {
            self.plain_fetch = starts_fetch(text);
        }
        self.plain_fetch &= !text.contains(&b'"');
        match announced_literal(text) {
            None if self.in_literal => Ok(()),
            None => {
                *self = Self::new(self.message_bytes);
                Ok(())
            }
            Some((before, size)) => self.literal(before, size),
        }
    }

    fn literal(&mut self, before: &[u8], size: u64) -> Result<(), String> {
        self.first_line = false;
        let is_body = self.plain_fetch && self.opened == self.closed + 1 && ends_in_body(before);
        if !is_body {
            self.owed = self.owed.saturating_add(size);
            return if size <= SMALL_LITERAL_BYTES {
                Ok(())
            } else {
                Err(format!("an unasked literal of {size} bytes"))
            };
        }
        if size > self.message_bytes {
            return Err(format!("a message of {size} bytes, more than max_message_size"));
        }
        self.body_left = size;
        self.grow(size)
    }

    /// A response is a message and some lines around it.
    fn grow(&mut self, bytes: u64) -> Result<(), String> {
        self.response = self.response.saturating_add(bytes);
        let limit = self.message_bytes + SEARCH_LINE_BYTES as u64;
        if self.response > limit { Err(format!("a response of more than {limit} bytes")) } else { Ok(()) }
    }
}

fn count(bytes: &[u8], wanted: u8) -> usize {
    bytes.iter().filter(|byte| **byte == wanted).count()
}

/// `* 12 FETCH (`
fn starts_fetch(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"* ") else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && rest[digits..].get(..8).is_some_and(|word| word.eq_ignore_ascii_case(b" FETCH ("))
}

/// `… BODY[] ` or `… BODY[]<0> `, the item asked for.
fn ends_in_body(before: &[u8]) -> bool {
    let before = before.trim_ascii_end().to_ascii_uppercase();
    before.ends_with(b" BODY[]") || before.ends_with(b"(BODY[]") || before.ends_with(b" BODY[]<0>")
}

/// The text before `{n}` and `n`, when a line announces a literal (RFC 3501, section 4.3), or the
/// forms of RFC 7888 and RFC 3516.
fn announced_literal(line: &[u8]) -> Option<(&[u8], u64)> {
    let inside = line.strip_suffix(b"}")?;
    let inside = inside.strip_suffix(b"+").unwrap_or(inside);
    let open = inside.iter().rposition(|byte| *byte == b'{')?;
    let digits = std::str::from_utf8(&inside[open + 1..]).ok()?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A number that does not fit is as good as the largest one.
    Some((&line[..open], digits.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspect(bytes: &[u8]) -> Result<(), String> {
        let mut whole = Guard::new(1000);
        let verdict = whole.inspect(bytes);
        let mut drip = Guard::new(1000);
        let dripped = bytes.iter().try_for_each(|byte| drip.inspect(std::slice::from_ref(byte)));
        assert_eq!(verdict.is_ok(), dripped.is_ok(), "the verdict depends on how bytes arrive");
        verdict
    }

    #[test]
    fn lets_ordinary_sessions_pass() {
        let body = "(((((\r\n{999999}\r\n".repeat(20);
        let session = format!(
            "* OK ready (really) {{5}}\r\n* CAPABILITY IMAP4rev1\r\n* LIST () \"/\" {{5}}\r\nINBOX\r\n\
             * SEARCH 1 2 3\r\n* 1 FETCH (UID 7 FLAGS (\\Seen) RFC822.SIZE 9 BODY[] {{{}}}\r\n{body})\r\n\
             * 2 FETCH (UID 8 BODY[] NIL)\r\na1 OK done\r\n",
            body.len()
        );
        inspect(session.as_bytes()).expect("an ordinary session");
    }

    #[test]
    fn refuses_literals_nobody_asked_for() {
        assert!(inspect(b"* LIST () \"/\" {500000000}\r\n").is_err());
        assert!(inspect(b"* 1 FETCH (UID 7 BODY[] {1001}\r\n").is_err());
        assert!(inspect(b"* 1 FETCH (UID 7 BODY[] {99999999999999999999999}\r\n").is_err());
        assert!(inspect(b"* OK {100000000}\r\n").is_err());
    }

    #[test]
    fn refuses_nesting_also_where_it_hides_behind_a_fake_literal() {
        let bomb = "(".repeat(100);
        for start in [
            "* 1 FETCH (BODYSTRUCTURE ",
            "* 1 FETCH (FOO (BODY[] {900}\r\n) BODYSTRUCTURE ",
            "* 1 FETCH (FOO \")\" BAR (BODY[] {900}\r\n) BODYSTRUCTURE ",
            "* 1 FETCH (FOO a\"b BODY[] {900}\r\n BODYSTRUCTURE ",
        ] {
            assert!(inspect(format!("{start}{bomb}\r\n").as_bytes()).is_err(), "{start}");
            assert!(inspect(format!("{start}{bomb}").as_bytes()).is_err(), "{start} without an end");
        }
    }

    #[test]
    fn refuses_responses_without_end() {
        let parts = "* LIST () \"/\" ".to_owned() + &format!("{{4096}}\r\n{}", "x".repeat(4095) + "\n").repeat(3000);
        assert!(inspect(parts.as_bytes()).is_err());
    }

    #[test]
    fn refuses_endless_lines_but_not_long_searches() {
        assert!(inspect(&vec![b'x'; LINE_BYTES + 1]).is_err());
        let search = format!("* SEARCH{}\r\n", " 123456".repeat(20_000));
        inspect(search.as_bytes()).expect("a long search");
    }
}
