//! Message ids (RFC 5322, section 3.6.4).

use super::words;

/// Each without its brackets. What stands between them is a comment, or the prose of old mailers.
pub(super) fn ids(value: &[u8]) -> Vec<String> {
    let text = words::text(value);
    let mut found: Vec<String> = Vec::new();
    let mut rest = text.as_ref();
    while let Some(end) = rest.find('>') {
        if let Some(start) = rest[..end].rfind('<') {
            found.push(rest[start + 1..end].trim().to_owned());
        }
        rest = &rest[end + 1..];
    }
    found.retain(|id| !id.is_empty());
    // Some write none.
    if found.is_empty() && !text.contains(['<', '>']) && text.contains('@') && !text.contains(' ') {
        found.push(text.into_owned());
    }
    found
}

/// The one id of a field that has one.
pub(super) fn id(value: &[u8]) -> Option<String> {
    ids(value).into_iter().next().or_else(|| Some(words::text(value).into_owned()).filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stand_in_brackets() {
        assert_eq!(ids(b"<a@b>,<c@d>\r\n \"<e@f>\" (x) <> < g@h >"), ["a@b", "c@d", "e@f", "g@h"]);
        assert_eq!(ids(b"Your message of Monday <x@y"), [""; 0]);
        assert_eq!((ids(b"a@b"), ids(b"me@home wrote")), (vec!["a@b".to_owned()], vec![]));
    }

    #[test]
    fn a_message_may_be_called_anything() {
        assert_eq!((id(b"<a@b>"), id(b"odd one"), id(b"")), (Some("a@b".into()), Some("odd one".into()), None));
    }
}
