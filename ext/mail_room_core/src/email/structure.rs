//! The parts of a message (RFC 2046, section 5.1), in one walk over its lines.
//!
//! mail-parser looks for each boundary by itself, to the end of the message where there is none: 100,000 parts
//! that name a boundary and have nothing within would take it a quarter of an hour.

use std::{collections::HashMap, io::BufRead, ops::Range};

use super::{header::Header, part::Part};

/// All parts that hold something, from top to bottom. A multipart in which no boundary can be found is one: it is
/// plain text, so that nothing that was written is lost.
pub(super) fn parts(raw: &[u8]) -> Vec<Part> {
    let (header, body) = Header::of_message(raw);
    let mut walk = Walk { raw, ..Walk::default() };
    walk.enter(&header, "text/plain", body);
    let (mut start, mut rest) = (body, &raw[body..]);
    // Many times faster than looking at each byte, and without errors in memory.
    while let Ok(length @ 1..) = rest.skip_until(b'\n') {
        walk.line(&raw[start..start + length], start);
        start += length;
    }
    walk.leave(raw.len(), 0);
    walk.found
}

#[derive(Default)]
struct Walk<'x> {
    raw: &'x [u8],
    found: Vec<Part>,
    /// The multiparts that are open, outermost first.
    open: Vec<Multipart>,
    /// Where among them each boundary is.
    boundaries: HashMap<Vec<u8>, Vec<usize>>,
    at: At,
}

struct Multipart {
    part: Part,
    has_parts: bool,
}

/// Where in the innermost multipart the walk is.
#[derive(Default)]
enum At {
    /// Before its first part or after its last.
    #[default]
    Between,
    /// In the header of a part, which begins there.
    Header(usize),
    Part(Part),
}

impl Walk<'_> {
    fn line(&mut self, line: &[u8], start: usize) {
        if line.starts_with(b"--") && !self.open.is_empty() && self.delimiter(line, start) {
            return;
        }
        // For a part, unlike for a message, Ruby's `mail` gem takes a line of white space for a blank one.
        if let At::Header(from) = self.at
            && line.trim_ascii().is_empty()
        {
            self.header(from..start, start + line.len());
        }
    }

    /// Whether a line is a delimiter. If it is, what it ends has been left.
    fn delimiter(&mut self, line: &[u8], start: usize) -> bool {
        let text = line[2..].trim_ascii_end();
        let level = |text: &[u8]| self.boundaries.get(text).and_then(|levels| levels.last()).copied();
        let closed = || text.strip_suffix(b"--").and_then(level);
        let Some((level, last)) = level(text).map(|level| (level, false)).or_else(|| Some((closed()?, true))) else {
            return false;
        };
        // The line's end before a delimiter belongs to it.
        let before = &self.raw[..start];
        let end = before.strip_suffix(b"\n").map_or(before, |text| text.strip_suffix(b"\r").unwrap_or(text)).len();
        self.leave(end, level + 1);
        self.open[level].has_parts = true;
        if last {
            self.close(end);
        }
        self.at = if last { At::Between } else { At::Header(start + line.len()) };
        true
    }

    fn header(&mut self, block: Range<usize>, body: usize) {
        let default = self.open.last().map_or("text/plain", |multipart| multipart.part.default_within());
        let header = Header::parse(&self.raw[block.clone()]);
        // What has no header is all text, as with Ruby's `mail` gem.
        let body = if header.is_empty() && !block.is_empty() { block.start } else { body };
        self.enter(&header, default, body);
    }

    fn enter(&mut self, header: &Header<'_>, default: &str, body: usize) {
        let part = Part::new(header, default, body..body);
        match &part.boundary {
            Some(boundary) => {
                self.boundaries.entry(boundary.clone()).or_default().push(self.open.len());
                self.open.push(Multipart { part, has_parts: false });
                self.at = At::Between;
            }
            None => self.at = At::Part(part),
        }
    }

    /// Ends the part at hand and all multiparts from `level` on.
    fn leave(&mut self, end: usize, level: usize) {
        // There was no blank line.
        if let At::Header(from) = self.at {
            self.header(from..end.max(from), end);
        }
        if let At::Part(part) = std::mem::take(&mut self.at) {
            self.keep(part, end);
        }
        while self.open.len() > level {
            self.close(end);
        }
    }

    fn close(&mut self, end: usize) {
        let Some(Multipart { part, has_parts }) = self.open.pop() else { return };
        if let Some(levels) = part.boundary.as_ref().and_then(|boundary| self.boundaries.get_mut(boundary)) {
            levels.pop();
        }
        if !has_parts {
            self.keep(Part { content_type: "text/plain".to_owned(), ..part }, end);
        }
    }

    fn keep(&mut self, part: Part, end: usize) {
        let body = part.body.start..end.max(part.body.start);
        self.found.push(Part { body, ..part });
    }
}
