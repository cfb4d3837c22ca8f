//! Addresses in angle brackets.

use super::{Element, Kind, Place, Reader, Spec};

impl Reader<'_> {
    /// An address in angle brackets, of which the first is read.
    pub(super) fn bracketed(&mut self, place: Place) -> Option<Element> {
        let route_start = self.noted(self.route_start);
        let mut spec = self.begin();
        let mut commas = false;
        let mut token = self.scanner.next()?;
        while matches!(token.kind, Kind::Space(_) | Kind::Comma) {
            commas |= token.kind == Kind::Comma;
            token = self.scanner.next()?;
        }
        if token.kind == Kind::At {
            self.route_start = route_start;
            let end = self.route()?;
            self.address.route = Some((self.route_start, end));
            spec = self.begin();
            token = self.scanner.next()?;
        } else if commas {
            return None;
        }
        loop {
            match token.kind {
                Kind::Close => break,
                Kind::Open | Kind::Colon | Kind::Comma | Kind::Semicolon | Kind::End => return None,
                _ => self.take(&mut spec, token, Place::Group),
            }
            token = self.scanner.next()?;
        }
        match spec {
            // Without an `@` the gem tells nothing, or what it remembers.
            Spec::Local(local) if local.complete() => local.note_text(token.start, &mut self.notes),
            Spec::Domain(domain) if domain.complete() => self.address.domain = Some((domain.start, token.start)),
            _ => return None,
        }
        let mut next = self.scanner.next()?;
        if let Kind::Space(blanks) = next.kind {
            if let ([Some(blank), _], Place::List) = (blanks, place) {
                self.tell(blank);
            }
            next = self.scanner.next()?;
        }
        self.tell(next.start);
        matches!(next.kind, Kind::Comma | Kind::Semicolon | Kind::End)
            .then_some(Element { empty: false, end: next.kind })
    }

    /// The domains a message was to be passed through (RFC 5322, section 4.4), of which the first `@` is read. Tells
    /// where that ends.
    fn route(&mut self) -> Option<usize> {
        loop {
            let mut domain = self.begin_domain(Place::Group);
            let mut token = self.scanner.next()?;
            while !matches!(token.kind, Kind::Comma | Kind::Colon | Kind::End) {
                domain.take(token);
                token = self.scanner.next()?;
            }
            if !domain.complete() {
                return None;
            }
            self.address.domain = Some((domain.start, token.start));
            while token.kind == Kind::Comma {
                token = self.scanner.next()?;
                if matches!(token.kind, Kind::Space(_)) {
                    token = self.scanner.next()?;
                }
            }
            match token.kind {
                Kind::At => {}
                Kind::Colon => return Some(token.end),
                _ => return None,
            }
        }
    }
}
