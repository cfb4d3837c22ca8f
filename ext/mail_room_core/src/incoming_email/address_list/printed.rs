//! An address as the mail gem tells it (its `elements/address.rb`).

use std::borrow::Cow;

use super::{
    Address,
    token::{Kind, Scanner, comment},
};
use crate::encoded_words::decoded;

/// None where there is nothing to tell.
pub(super) fn address(text: &str, address: &Address) -> Option<String> {
    let local = address.local.map(|(start, end)| {
        let local = text[start..end].trim_ascii();
        match address.route {
            None => decoded(local),
            Some((start, end)) => Cow::Owned(decoded(&[&text[start..end], local].concat()).into_owned()),
        }
    });
    let Some((start, end)) = address.domain else { return local.map(Cow::into_owned) };
    let domain = without_comments(&text[start..end], address.comments_from.saturating_sub(start));
    let (local, domain) = (local.unwrap_or_default(), decoded(domain.trim_ascii()));
    Some([&local, "@", &domain].concat())
}

/// Comments that begin here or later are left out, but for those with two spaces side by side: the gem looks for its
/// comments with their spaces squeezed, and does not find these.
fn without_comments(text: &str, from: usize) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) {
        return Cow::Borrowed(text);
    }
    let (mut rest, mut scanner) = (String::new(), Scanner::new(text));
    while let Some(token) = scanner.next().filter(|token| token.kind != Kind::End) {
        let mut at = token.start;
        while let (Kind::Space(_), true) = (token.kind, at < token.end) {
            let end = match text.as_bytes()[at] {
                b'(' => comment(text.as_bytes(), at).unwrap_or(token.end),
                _ => at + 1,
            };
            if !text[at..end].starts_with('(') || at < from || text[at..end].contains("  ") {
                rest.push_str(&text[at..end]);
            }
            at = end;
        }
        rest.push_str(&text[at..token.end]);
    }
    Cow::Owned(rest)
}
