//! The part of a message in which its headers stand.

use std::borrow::Cow;

use memchr::memchr2;

/// Bytes. Longer headers are not looked at: no mail server passes on as much.
const LONGEST: usize = 1 << 20;

/// So many fields count for the mail gem (`Mail::Header.maximum_amount`), and each costs memory.
const MOST: usize = 1000;

/// The headers of a message with the blank line behind them, and without what is blank in front, as the mail gem
/// has it, which leaves out what comes behind the thousandth field. None when they are too long.
pub(crate) fn head(raw: &[u8]) -> Option<Cow<'_, [u8]>> {
    let raw = without_blanks(raw);
    let looked_at = &raw[..raw.len().min(LONGEST)];
    let (mut at, mut fields, mut bare) = (0, 0, false);
    while let Some(first) = looked_at.get(at) {
        if !matches!(first, b' ' | b'\t' | b'\r' | b'\n') {
            fields += 1;
            if fields > MOST {
                return Some(lines(&raw[..at], bare));
            }
        }
        let Some(length) = memchr2(b'\r', b'\n', &looked_at[at..]) else { break };
        let mut end = at + length;
        if looked_at[end] == b'\r' {
            if raw.get(end + 1) != Some(&b'\n') {
                bare = true;
            } else if end + 1 < looked_at.len() {
                end += 1;
            } else {
                break;
            }
        }
        if length == 0 {
            return Some(lines(&raw[..=end], bare));
        }
        at = end + 1;
    }
    (raw.len() <= LONGEST).then(|| lines(raw, bare))
}

/// A message without what Ruby's lstrip takes away.
pub(crate) fn without_blanks(raw: &[u8]) -> &[u8] {
    let begin = raw.iter().position(|byte| !matches!(byte, 0 | b'\t'..=b'\r' | b' ')).unwrap_or(raw.len());
    &raw[begin..]
}

/// A bare CR ends a line for the gem (`Mail::Utilities.to_crlf`), and for nobody else.
fn lines(raw: &[u8], bare: bool) -> Cow<'_, [u8]> {
    if !bare {
        return Cow::Borrowed(raw);
    }
    let mut lines = Vec::with_capacity(raw.len() + raw.len() / 8);
    for (at, byte) in raw.iter().enumerate() {
        lines.push(*byte);
        if *byte == b'\r' && raw.get(at + 1) != Some(&b'\n') {
            lines.push(b'\n');
        }
    }
    Cow::Owned(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> Option<String> {
        head(raw.as_bytes()).map(|head| String::from_utf8_lossy(&head).into_owned())
    }

    #[test]
    fn ends_with_the_blank_line() {
        assert_eq!(text("a: b\r\n\r\nbody\r\n\r\n").as_deref(), Some("a: b\r\n\r\n"));
        assert_eq!(text("\0\n \r\na: b\nc: d\n\nbody").as_deref(), Some("a: b\nc: d\n\n"));
        assert_eq!(text("a: b\r\n c\r\n \r\nd: e").as_deref(), Some("a: b\r\n c\r\n \r\nd: e"));
        assert_eq!(text(" \r\n").as_deref(), Some(""));
    }

    #[test]
    fn so_many_fields_count() {
        let fields = "a: b\r\n c\r\n".repeat(MOST);
        assert_eq!(text(&format!("{fields}\r\nbody")), Some(format!("{fields}\r\n")));
        assert_eq!(text(&format!("{fields}d: e\r\n\r\nbody")), Some(fields));
    }

    #[test]
    fn a_bare_carriage_return_ends_a_line() {
        assert_eq!(text("a: b\rc: d\r\n\r\nbody").as_deref(), Some("a: b\r\nc: d\r\n\r\n"));
        assert_eq!(text("a: b\r\rbody").as_deref(), Some("a: b\r\n\r\n"));
    }

    #[test]
    fn large_messages_are_read_and_large_headers_are_not() {
        assert_eq!(text(&format!("a: b\r\n\r\n{}", "x".repeat(LONGEST))).as_deref(), Some("a: b\r\n\r\n"));
        assert_eq!(text(&format!("a: b{}", "\r\n c".repeat(LONGEST / 4 + 1))), None);
        assert!(text(&"x".repeat(LONGEST)).is_some());
    }
}
