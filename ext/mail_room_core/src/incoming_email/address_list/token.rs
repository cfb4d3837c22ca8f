//! The smallest parts of an address list (RFC 5322, sections 3.2 and 3.4).

/// A part and where it lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// White space and comments. With the places where its first and its second white space begins.
    Space([Option<usize>; 2]),
    Atom,
    /// A quoted string. With whether there is more in it than white space.
    Quoted(bool),
    /// One dot or several.
    Dots,
    /// What stands in square brackets for a domain.
    Literal,
    At,
    Open,
    Close,
    Colon,
    Comma,
    Semicolon,
    End,
}

/// Takes a text apart, byte after byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scanner<'x> {
    bytes: &'x [u8],
    at: usize,
}

impl<'x> Scanner<'x> {
    pub(crate) fn new(text: &'x str) -> Self {
        Self { bytes: text.as_bytes(), at: 0 }
    }

    /// Where the next token begins.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The next token; for ever [`Kind::End`] behind the last one. None when there stands what can be no token.
    pub(crate) fn next(&mut self) -> Option<Token> {
        let start = self.at;
        let single = |kind| Some((kind, start + 1));
        let (kind, end) = match self.bytes.get(start) {
            None => Some((Kind::End, start)),
            Some(b' ' | b'\t' | b'\r' | b'(') => self.space(),
            Some(b'"') => self.enclosed(b'"').map(|(content, end)| (Kind::Quoted(content), end)),
            Some(b'[') => self.enclosed(b']').map(|(_, end)| (Kind::Literal, end)),
            Some(b'.') => Some((Kind::Dots, self.run(|byte| byte == b'.'))),
            Some(b'@') => single(Kind::At),
            Some(b'<') => single(Kind::Open),
            Some(b'>') => single(Kind::Close),
            Some(b':') => single(Kind::Colon),
            Some(b',') => single(Kind::Comma),
            Some(b';') => single(Kind::Semicolon),
            Some(byte) if is_atext(*byte) => Some((Kind::Atom, self.run(is_atext))),
            Some(_) => None,
        }?;
        self.at = end;
        Some(Token { kind, start, end })
    }

    /// Where a run of such bytes ends.
    fn run(&self, belongs: impl Fn(u8) -> bool) -> usize {
        self.bytes[self.at..]
            .iter()
            .position(|byte| !belongs(*byte))
            .map_or(self.bytes.len(), |length| self.at + length)
    }

    fn space(&self) -> Option<(Kind, usize)> {
        let (mut at, mut blanks) = (self.at, [None; 2]);
        loop {
            let end = match self.bytes.get(at) {
                Some(b'(') => comment(self.bytes, at)?,
                Some(b' ' | b'\t' | b'\r') => {
                    if let Some(free) = blanks.iter_mut().find(|blank| blank.is_none()) {
                        *free = Some(at);
                    }
                    blank(self.bytes, at)?
                }
                _ => return Some((Kind::Space(blanks), at)),
            };
            at = end;
        }
    }

    /// Up to this delimiter: whether there is more than white space, and the end.
    fn enclosed(&self, delimiter: u8) -> Option<(bool, usize)> {
        let (mut at, mut content) = (self.at + 1, false);
        loop {
            match *self.bytes.get(at)? {
                byte if byte == delimiter => return Some((content, at + 1)),
                b' ' | b'\t' | b'\r' => at = blank(self.bytes, at)?,
                0 | b'\n' => return None,
                b'[' if delimiter == b']' => return None,
                byte => {
                    content = true;
                    at += if byte == b'\\' { escaped(self.bytes, at)? } else { 1 };
                }
            }
        }
    }
}

/// Where the comment that begins here ends. Comments nest; they are counted, because there may be more of them than
/// a stack can hold.
pub(super) fn comment(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut depth) = (start, 0usize);
    loop {
        match *bytes.get(at)? {
            b'(' => depth += 1,
            b')' if depth == 1 => return Some(at + 1),
            b')' => depth -= 1,
            0 | b'\n' => return None,
            b' ' | b'\t' | b'\r' => {
                at = blank(bytes, at)?;
                continue;
            }
            b'\\' => {
                at += escaped(bytes, at)?;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
}

/// The end of a space, a tab, or a line's end with one of both behind it.
fn blank(bytes: &[u8], at: usize) -> Option<usize> {
    match &bytes[at..] {
        [b' ' | b'\t', ..] => Some(at + 1),
        [b'\r', b'\n', b' ' | b'\t', ..] => Some(at + 3),
        _ => None,
    }
}

/// The length of a backslash and what it escapes, which may be anything.
fn escaped(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at + 1).map(|_| 2)
}

fn is_atext(byte: u8) -> bool {
    ATEXT[usize::from(byte)]
}

/// What words are made of (RFC 5322, section 3.2.3), with all of UTF-8 beyond ASCII (RFC 6532).
const ATEXT: [bool; 256] = {
    let (mut atext, mut byte) = ([false; 256], 0u8);
    loop {
        let special = matches!(
            byte,
            b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~'
        );
        atext[byte as usize] = byte.is_ascii_alphanumeric() || special || !byte.is_ascii();
        if byte == u8::MAX {
            break atext;
        }
        byte += 1;
    }
};
