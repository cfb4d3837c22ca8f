//! Answers about messages in the words most servers use. The parser takes two microseconds to read one, and reads it
//! anyway: these need not be tried first.

/// Whether this is `* 1 FETCH (…)` with nothing but UID, FLAGS, RFC822.SIZE and a body in another place, which the
/// parser reads as one response.
pub(super) fn is_plain(response: &[u8]) -> bool {
    let items = response.strip_prefix(b"* ").and_then(number).and_then(|rest| rest.strip_prefix(b" FETCH ("));
    let Some(mut items) = items.and_then(|rest| rest.strip_suffix(b")\r\n")) else { return false };
    loop {
        match item(items) {
            None => return false,
            Some([]) => return true,
            Some([b' ', rest @ ..]) => items = rest,
            Some(_) => return false,
        }
    }
}

/// What follows the item this begins with.
fn item(text: &[u8]) -> Option<&[u8]> {
    let counted = text.strip_prefix(b"UID ").or_else(|| text.strip_prefix(b"RFC822.SIZE "));
    if let Some(rest) = counted {
        return number(rest);
    }
    if let Some(flags) = text.strip_prefix(b"FLAGS (") {
        let end = memchr::memchr(b')', flags)?;
        let plain = end == 0 || flags[..end].split(|byte| *byte == b' ').all(is_flag);
        return plain.then(|| &flags[end + 1..]);
    }
    text.strip_prefix(b"BODY[] \"\"")
}

/// What follows the number this begins with, if it is one of 32 bits beyond doubt.
fn number(text: &[u8]) -> Option<&[u8]> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..10).contains(&digits).then(|| &text[digits..])
}

fn is_flag(flag: &[u8]) -> bool {
    let name = flag.strip_prefix(b"\\").unwrap_or(flag);
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'$' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::imap::readable::parses;

    #[test]
    fn what_is_plain_can_be_read() {
        for plain in [
            "* 1 FETCH (UID 7 RFC822.SIZE 9)\r\n",
            "* 999999999 FETCH (FLAGS () UID 999999999)\r\n",
            "* 12 FETCH (UID 7 FLAGS (\\Seen $MailRoomAttempt1 NonJunk a-b_c) RFC822.SIZE 0 BODY[] \"\")\r\n",
            "* 12 FETCH (BODY[] \"\" BODY[] \"\")\r\n",
        ] {
            assert!(is_plain(plain.as_bytes()) && parses(plain.as_bytes()), "{plain}");
        }
    }

    #[test]
    fn all_else_has_to_be_tried() {
        for other in [
            "* 4294967296 FETCH (UID 7)\r\n",
            "* FETCH (UID 7)\r\n",
            "* 1 FETCH ()\r\n",
            "* 1 FETCH (UID 7 )\r\n",
            "* 1 FETCH (UID 7  FLAGS ())\r\n",
            "* 1 FETCH (UID 7FLAGS ())\r\n",
            "* 1 FETCH (UID 7 FLAGS (\\Seen  \\Flagged))\r\n",
            "* 1 FETCH (UID 7 FLAGS (\\))\r\n",
            "* 1 FETCH (UID 7 BODY[] \"x\")\r\n",
            "* 1 FETCH (UID 7)\n",
            "* 1 FETCH (UID 7)\r\n* 2 FETCH (UID 8)\r\n",
        ] {
            assert!(!is_plain(other.as_bytes()), "{other}");
        }
    }
}
