//! Address lists as the mail gem reads them, on which it depends what GitLab finds in `To` and `Cc`.
//!
//! The gem takes far more than RFC 5322 allows (its `parsers/rfc5322_address.rl`): UTF-8 and dots wherever they
//! like, names with `@`, addresses without one, empty elements, semicolons. What it does not take it tells as one
//! text, the whole field. And it notes places of the text while several readings are still possible, so that for some
//! odd fields it tells odd addresses; these are told here too, because it is them that GitLab looks at.
//!
//! What is not followed: quoted strings that look like a comment, comments side by side without a space, and base64
//! that is broken off within an encoded word. In fields made at random that is one of five thousand.
//!
//! `address_list/cases.json` holds what the gem (2.7.1) said.

mod bracketed;
mod domain;
mod local;
mod phrase;
mod printed;
#[cfg(test)]
mod tests;
mod token;

use std::mem::take;

pub(super) use self::{
    domain::Domain,
    local::Local,
    token::{Kind, Scanner, Token},
};
use self::{local::Notes, phrase::Phrase};

/// The addresses of an unfolded field as `mail.to` tells them. None where it tells the field as a whole, because it
/// is no address list for the mail gem.
pub(crate) fn addresses(value: &str) -> Option<Vec<String>> {
    let mut reader = Reader {
        text: value,
        scanner: Scanner::new(value),
        notes: Notes::default(),
        domain_start: 0,
        route_start: 0,
        inheritance: value.len(),
        address: Address::default(),
        open: true,
        found: Vec::new(),
    };
    if !value.trim_ascii().is_empty() {
        while reader.element(Place::List)?.end != Kind::End {}
    }
    Some(reader.found)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    List,
    Group,
}

/// What stands between two separators.
struct Element {
    empty: bool,
    /// The separator behind it.
    end: Kind,
}

/// The address that is being read.
#[derive(Debug, Default)]
struct Address {
    route: Option<(usize, usize)>,
    local: Option<(usize, usize)>,
    domain: Option<(usize, usize)>,
    /// Comments from here on are its own.
    comments_from: usize,
}

/// An address without brackets, or what stands in them.
enum Spec {
    Local(Local),
    Domain(Domain),
    Wrong,
}

impl Spec {
    /// The gem does not take it for complete at the first white space behind it: it may be a name yet, or domain.
    fn holds_on(&self, phrase: Phrase) -> bool {
        phrase == Phrase::Sign || matches!(self, Self::Domain(domain) if domain.in_text())
    }
}

struct Reader<'x> {
    text: &'x str,
    scanner: Scanner<'x>,
    notes: Notes,
    /// Where the domain that was read last began.
    domain_start: usize,
    /// The same for a route.
    route_start: usize,
    /// How many bytes of addresses before them others may still get, so that it does not become quadratic.
    inheritance: usize,
    address: Address,
    /// An element has begun that has not been told yet.
    open: bool,
    found: Vec<String>,
}

impl Reader<'_> {
    /// Reads an element with the separator behind it. None when it cannot be one.
    fn element(&mut self, place: Place) -> Option<Element> {
        // At a parenthesis the gem turns to the comment and forgets what else was to be noted.
        self.open |= place == Place::Group || self.not_commented();
        let mut spec = self.begin();
        let (mut phrase, mut empty, mut commented) = (Phrase::Nothing, true, false);
        loop {
            let token = self.scanner.next()?;
            match token.kind {
                Kind::Close => return None,
                Kind::Open if phrase != Phrase::Wrong => return self.bracketed(place),
                Kind::Colon if place == Place::List && phrase.complete() => {
                    self.address = Address { comments_from: token.start, ..Address::default() };
                    return self.group();
                }
                Kind::Open | Kind::Colon => return None,
                Kind::Comma | Kind::Semicolon | Kind::End if empty => {
                    return (place == Place::Group || !commented).then_some(Element { empty, end: token.kind });
                }
                Kind::Comma | Kind::Semicolon | Kind::End => {
                    self.end(&spec, token.start)?;
                    return Some(Element { empty, end: token.kind });
                }
                Kind::Space(blanks) => {
                    commented |= self.text[token.start..token.end].contains('(');
                    let skipped = usize::from(blanks[0] == Some(token.start) && spec.holds_on(phrase));
                    let early = blanks[skipped]
                        .filter(|_| place == Place::List && !matches!(phrase, Phrase::Nothing | Phrase::Word));
                    self.take(&mut spec, token, place);
                    if let Some(blank) = early {
                        // There the gem takes the address for complete if it can be, and reads on nevertheless.
                        let _ = self.end(&spec, blank);
                    }
                    if !(empty && place == Place::List && !commented) {
                        phrase.take(token.kind);
                    }
                    continue;
                }
                _ => empty = false,
            }
            self.take(&mut spec, token, place);
            phrase.take(token.kind);
        }
    }

    /// The members of a group, up to what separates it from the next element.
    fn group(&mut self) -> Option<Element> {
        let (mut gaps, mut semicolons) = (false, false);
        loop {
            let member = self.element(Place::Group)?;
            gaps |= member.empty;
            // With a semicolon between members nothing between them may be missing.
            if gaps && semicolons {
                return None;
            }
            match member.end {
                Kind::Comma => continue,
                Kind::Semicolon => {}
                _ => return None,
            }
            let mut ahead = self.scanner;
            let mut next = ahead.next()?;
            if matches!(next.kind, Kind::Space(_)) {
                next = ahead.next()?;
            }
            match next.kind {
                Kind::Comma | Kind::Semicolon | Kind::End => {
                    self.scanner = ahead;
                    return Some(Element { empty: false, end: next.kind });
                }
                _ if gaps => return None,
                _ => semicolons = true,
            }
        }
    }

    fn not_commented(&self) -> bool {
        !self.text[self.scanner.position()..].starts_with('(')
    }

    /// An address begins here, perhaps.
    fn begin(&mut self) -> Spec {
        self.notes.start = self.scanner.position();
        Spec::Local(Local::new())
    }

    fn take(&mut self, spec: &mut Spec, token: Token, place: Place) {
        match spec {
            Spec::Local(local) if token.kind == Kind::At => {
                self.end_local(*local, token.start);
                *spec = if local.complete() { Spec::Domain(self.begin_domain(place)) } else { Spec::Wrong };
            }
            Spec::Local(local) => local.take(token, &mut self.notes),
            Spec::Domain(domain) => domain.take(token),
            Spec::Wrong => {}
        }
    }

    fn begin_domain(&mut self, place: Place) -> Domain {
        let here = self.scanner.position();
        self.domain_start = if place == Place::List { self.noted(self.domain_start) } else { here };
        Domain::new(self.domain_start)
    }

    /// What is noted for something that begins here, where the gem has noted this before.
    fn noted(&mut self, before: usize) -> usize {
        let here = self.scanner.position();
        if self.not_commented() || here - before > self.inheritance {
            return here;
        }
        self.inheritance -= here - before;
        before
    }

    fn end_local(&mut self, local: Local, at: usize) {
        if let Some(quoted) = local.note_end(at, &mut self.notes) {
            self.address.local = Some(quoted);
        }
    }

    /// An address without brackets ends here.
    fn end(&mut self, spec: &Spec, at: usize) -> Option<()> {
        match spec {
            Spec::Local(local) if local.complete() => self.end_local(*local, at),
            Spec::Domain(domain) if domain.complete() => self.address.domain = Some((domain.start, at)),
            _ => return None,
        }
        self.tell(at);
        Some(())
    }

    /// The address is complete.
    fn tell(&mut self, at: usize) {
        if !take(&mut self.open) {
            return;
        }
        let mut address = take(&mut self.address);
        self.address.comments_from = at;
        if let (None, Some(text_end), Some(end)) = (address.local, self.notes.text_end, self.notes.end) {
            let end = if address.domain.is_some() { end } else { text_end };
            // What is noted may be of the address before this one.
            address.local = Some((self.notes.start, end.max(self.notes.start)));
        }
        self.found.extend(printed::address(self.text, &address));
    }
}
