//! Message ids in `References` (RFC 5322, section 3.6.4), as GitLab gets hold of them.
//!
//! `message_ids/cases.json` holds what the mail gem (2.7.1) said.

#[cfg(test)]
mod tests;

use super::address_list::{Domain, Kind, Local, Scanner, Token};

/// Whether the mail gem reads this unfolded value as exactly one message id (its `parsers/message_ids_parser.rl`).
/// `mail.references` is then that id without brackets, for which GitLab looks in vain.
pub(crate) fn is_single_message_id(value: &str) -> bool {
    single(value).is_some()
}

/// What stands in angle brackets, as GitLab's `(?!<)[^<>]+(?=>)` finds it (`lib/gitlab/email/receiver.rb`). Nothing
/// need stand in front.
pub(crate) fn ids(value: &str) -> impl Iterator<Item = &str> {
    let ended = value.split_inclusive('>').filter_map(|part| part.strip_suffix('>'));
    ended.filter_map(|part| part.rsplit('<').next()).filter(|id| !id.is_empty())
}

fn single(value: &str) -> Option<()> {
    let mut scanner = Scanner::new(value);
    let mut token = unless_space(&mut scanner)?;
    if token.kind != Kind::Open {
        return None;
    }
    let mut left = Local::new();
    token = scanner.next()?;
    while !matches!(token.kind, Kind::At | Kind::End) {
        left.read(token);
        token = scanner.next()?;
    }
    let (mut right, mut dotted) = (Domain::new(token.end), Dotted::Nothing);
    token = scanner.next()?;
    while !matches!(token.kind, Kind::Close | Kind::End) {
        right.take(token);
        dotted = dotted.and(token, value);
        token = scanner.next()?;
    }
    let complete = left.complete() && (right.complete() || matches!(dotted, Dotted::Word | Dotted::Dot));
    (complete && token.kind == Kind::Close && unless_space(&mut scanner)?.kind == Kind::End).then_some(())
}

fn unless_space(scanner: &mut Scanner<'_>) -> Option<Token> {
    let token = scanner.next()?;
    if matches!(token.kind, Kind::Space(_)) { scanner.next() } else { Some(token) }
}

/// Words of ASCII and `@`, with one dot between each two and perhaps one at the end: the gem's own form of what
/// stands behind the first `@`.
#[derive(Clone, Copy)]
enum Dotted {
    Nothing,
    Word,
    Dot,
    Wrong,
}

impl Dotted {
    fn and(self, token: Token, text: &str) -> Self {
        match (self, token.kind) {
            (Self::Wrong, _) => Self::Wrong,
            (_, Kind::At) => Self::Word,
            (_, Kind::Atom) if text[token.start..token.end].is_ascii() => Self::Word,
            (Self::Word, Kind::Dots) if token.end == token.start + 1 => Self::Dot,
            _ => Self::Wrong,
        }
    }
}
