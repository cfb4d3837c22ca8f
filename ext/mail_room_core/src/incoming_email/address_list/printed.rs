//! An address as the mail gem tells it (its `elements/address.rb`).

use super::{
    Address,
    token::{Kind, Scanner, comment},
};
use crate::encoded_words::decoded;

/// None where there is nothing to tell.
pub(super) fn address(text: &str, address: &Address) -> Option<String> {
    let local = address.local.map(|(start, end)| {
        let route = address.route.map_or("", |(start, end)| &text[start..end]);
        decoded(&[route, text[start..end].trim_ascii()].concat()).into_owned()
    });
    let Some((start, end)) = address.domain else { return local };
    let domain = without_comments(&text[start..end], address.comments_from.saturating_sub(start));
    Some(format!("{}@{}", local.unwrap_or_default(), decoded(domain.trim_ascii())))
}

/// Comments that begin here or later are left out, but for those with two spaces side by side: the gem looks for its
/// comments with their spaces squeezed, and does not find these.
fn without_comments(text: &str, from: usize) -> String {
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
    rest
}
