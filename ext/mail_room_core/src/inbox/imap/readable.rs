//! Whether the parser can read a response, and what is to be done where it cannot.

mod plain_fetch;

use std::panic::catch_unwind;

use bytes::BytesMut;

use super::guard::{ends_in_body, has_no_literals};

/// What becomes of a response.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It can be read.
    Pass,
    /// It can be read in these words.
    Instead(Vec<u8>),
    /// RFC 3501, section 2.2.2, wants a client to take any response at any time, those it does not
    /// know included. Of a message it cannot read it is as if the server had not sent it.
    PassOver,
    /// Without it nobody could tell what the server meant.
    Refuse(&'static str),
}

/// Judges a response. One that passes, or is given in its place, is one to the parser, with nothing left over.
pub(super) fn judge(response: &[u8]) -> Verdict {
    if has_no_literals(response) {
        return status(response);
    }
    if plain_fetch::is_plain(response) {
        debug_assert!(parses(response), "{}", String::from_utf8_lossy(response));
        return Verdict::Pass;
    }
    if parses(response) {
        return Verdict::Pass;
    }
    let word = response.split(|byte| byte.is_ascii_whitespace()).nth(1).unwrap_or_default();
    if word.eq_ignore_ascii_case(b"SEARCH") {
        // It would be taken for an empty one.
        return Verdict::Refuse("an answer to SEARCH that cannot be read");
    }
    if word.eq_ignore_ascii_case(b"CAPABILITY") {
        // LOGINDISABLED may be among them.
        let known = known_capabilities(response);
        return if parses(&known) { Verdict::Instead(known) } else { Verdict::Refuse("unreadable capabilities") };
    }
    Verdict::PassOver
}

/// A tagged or untagged status, or a `+`. Its text is for people, and nothing in it may matter.
fn status(line: &[u8]) -> Verdict {
    let spaced = with_space_after_code(line);
    if parses(&spaced) {
        return if spaced == line { Verdict::Pass } else { Verdict::Instead(spaced) };
    }
    let printable = |byte: &u8| if matches!(byte, b' '..=b'~') { *byte } else { b'?' };
    let plain: Vec<u8> = spaced.trim_ascii_end().iter().map(printable).chain(*b"\r\n").collect();
    if parses(&plain) { Verdict::Instead(plain) } else { Verdict::Refuse("not an IMAP response") }
}

/// The parser takes what comes after `]` for a space, and panics where it is half a letter.
fn with_space_after_code(line: &[u8]) -> Vec<u8> {
    let mut spaced = line.to_vec();
    let has_code = line.splitn(3, |byte| *byte == b' ').any(|rest| rest.starts_with(b"["));
    if has_code
        && let Some(close) = line.iter().position(|byte| *byte == b']')
        && line.get(close + 1).is_some_and(|next| !next.is_ascii_whitespace())
    {
        spaced.insert(close + 1, b' ');
    }
    spaced
}

/// The names a client could look for: of printable ASCII and nothing that has a meaning of its own.
fn known_capabilities(line: &[u8]) -> Vec<u8> {
    let known = |word: &&[u8]| {
        !word.is_empty() && word.iter().all(|byte| byte.is_ascii_graphic() && !b"(){%*\"\\]".contains(byte))
    };
    let words: Vec<&[u8]> = line.split(|byte| byte.is_ascii_whitespace()).skip(1).filter(known).collect();
    [b"* ", &words.join(&b' ')[..], b"\r\n"].concat()
}

fn parses(response: &[u8]) -> bool {
    // It has been seen to panic on what a server may say.
    let parsed = catch_unwind(|| matches!(imap_proto::Response::parse(response), Ok((rest, _)) if rest.is_empty()));
    parsed.unwrap_or(false)
}

/// The line with bodies that are quoted strings as literals, if it has such and they need it: the
/// parser leaves the `\` in that stands before `"` and `\` (RFC 3501, section 9).
pub(super) fn with_bodies_as_literals(line: &[u8]) -> Option<BytesMut> {
    if !line.contains(&b'\\') {
        return None;
    }
    let mut rewritten = BytesMut::new();
    let mut rest = line;
    while let Some(open) = rest.iter().position(|byte| *byte == b'"') {
        let (text, length) = unquoted(&rest[open + 1..])?;
        let end = open + 1 + length;
        if ends_in_body(&rest[..open]) {
            rewritten.extend_from_slice(&rest[..open]);
            rewritten.extend_from_slice(format!("{{{}}}\r\n", text.len()).as_bytes());
            rewritten.extend_from_slice(&text);
        } else {
            rewritten.extend_from_slice(&rest[..end]);
        }
        rest = &rest[end..];
    }
    rewritten.extend_from_slice(rest);
    (rewritten != line).then_some(rewritten)
}

/// The text of a quoted string, given what follows its first quote, and how much of it belongs to it.
fn unquoted(line: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut text = Vec::new();
    let mut bytes = line.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some((text, at + 1)),
            b'\\' => text.push(*bytes.next()?.1),
            byte => text.push(*byte),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instead(line: &[u8]) -> String {
        match judge(line) {
            Verdict::Instead(repaired) => String::from_utf8_lossy(&repaired).into_owned(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn repairs_texts() {
        assert_eq!(instead("* OK [ALERT]\u{e9}t\u{e9}\r\n".as_bytes()), "* OK [ALERT] \u{e9}t\u{e9}\r\n");
        assert_eq!(instead(b"A1 NO one\0two\n"), "A1 NO one?two\r\n");
        assert_eq!(judge(b"* OK caf\xe9\r\n"), Verdict::Pass);
        assert!(matches!(judge(b"HTTP/1.1 400 Bad Request\r\n"), Verdict::Refuse(_)));
    }

    #[test]
    fn keeps_the_capabilities_that_can_be_read() {
        let capabilities = b"* CAPABILITY IMAP4rev1 X(Y LOGINDISABLED M\xfcll  IDLE\r\n";
        assert_eq!(instead(capabilities), "* CAPABILITY IMAP4rev1 LOGINDISABLED IDLE\r\n");
        assert!(matches!(judge(b"* CAPABILITY IMAP4rev2\r\n"), Verdict::Refuse(_)));
    }

    #[test]
    fn unquotes_bodies_and_nothing_else() {
        let quoted = br#"* 1 FETCH (X-FOO "a\\b" UID 7 BODY[] "a \"b\" \\ c" RFC822.SIZE 9)"#;
        let literal = b"* 1 FETCH (X-FOO \"a\\\\b\" UID 7 BODY[] {9}\r\na \"b\" \\ c RFC822.SIZE 9)";
        assert_eq!(with_bodies_as_literals(quoted).as_deref(), Some(&literal[..]));
        assert_eq!(with_bodies_as_literals(br#"* 1 FETCH (X "\\" BODY[] NIL)"#), None);
        assert_eq!(with_bodies_as_literals(br#"* 1 FETCH (X "BODY[] \"a\"")"#), None);
    }
}
