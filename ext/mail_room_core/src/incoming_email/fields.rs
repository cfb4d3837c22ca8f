//! Where header fields begin and end (RFC 5322, section 2.2).
//!
//! Nothing in them is read: that is done for the few that matter. What is no field is passed over as mail-parser does
//! it, so that both find the same fields in the same message.

use memchr::{memchr, memchr_iter};

/// One field: its name, and what stands behind the colon, with its line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field<'x> {
    pub(super) name: &'x [u8],
    pub(super) value: &'x [u8],
}

/// The fields of a header, from top to bottom.
pub(super) struct Fields<'x> {
    rest: &'x [u8],
}

impl<'x> Fields<'x> {
    pub(super) fn of(head: &'x [u8]) -> Self {
        Self { rest: head }
    }
}

impl<'x> Iterator for Fields<'x> {
    type Item = Field<'x>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            // White space that continues nothing may stand in front of a field; an empty line ends them.
            let start = self.rest.iter().position(|byte| *byte == b'\n' || !byte.is_ascii_whitespace())?;
            if self.rest[start] == b'\n' {
                self.rest = b"";
                return None;
            }
            let field = &self.rest[start..];
            let line = memchr(b'\n', field).map_or(field, |end| &field[..end]);
            let Some(colon) = colon(line) else {
                self.rest = field.get(line.len() + 1..).unwrap_or_default();
                continue;
            };
            let end = end(field, line.len());
            self.rest = &field[end..];
            let name = field[..colon].trim_ascii_end();
            // RFC 5322, section 3.6.8.
            if !name.is_empty() && name.iter().all(u8::is_ascii_graphic) {
                return Some(Field { name, value: &field[colon + 1..end] });
            }
        }
    }
}

/// The first colon of a line that has one behind a name; a line without begins no field. White space is no name, and
/// neither are more colons, but then the name that counts is an empty one.
fn colon(line: &[u8]) -> Option<usize> {
    let name = line.iter().position(|byte| *byte != b':' && !byte.is_ascii_whitespace())?;
    let colon = memchr(b':', &line[name..])?;
    Some(if name == 0 { colon } else { 0 })
}

/// Where the field ends whose first line ends at `at`: behind the first line that is not continued by one with white
/// space in front.
fn end(field: &[u8], at: usize) -> usize {
    let rest = field.get(at..).unwrap_or_default();
    let last = memchr_iter(b'\n', rest).find(|end| !matches!(rest.get(end + 1), Some(b' ' | b'\t')));
    last.map_or(field.len(), |end| at + end + 1)
}

#[cfg(test)]
mod tests {
    use mail_parser::{HeaderName, MessageParser};

    use super::*;

    /// What mail-parser finds.
    fn reference(head: &[u8]) -> Vec<Field<'_>> {
        let parser = MessageParser::new().default_header_ignore().ignore_header(HeaderName::Subject);
        let Some(message) = parser.parse_headers(head) else { return Vec::new() };
        let field = |from: u32, to: u32| {
            let field = &head[from as usize..to as usize];
            let colon = field.iter().position(|byte| *byte == b':')?;
            let name = field[..colon].trim_ascii_end();
            let proper = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
            proper.then(|| Field { name, value: &field[colon + 1..] })
        };
        message.headers().iter().filter_map(|header| field(header.offset_field, header.offset_end)).collect()
    }

    #[test]
    fn they_are_those_that_mail_parser_finds() {
        const PIECES: [&[u8]; 16] = [
            b"\n",
            b"\r\n",
            b"\r",
            b" ",
            b"\t",
            b"\x0c",
            b"\x0b",
            b"\0",
            b":",
            b": ",
            b"To",
            b"a b",
            b"\r\n ",
            b"\n\t",
            b"\xc3\xb6",
            b"\n\n",
        ];
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..200_000 {
            let pieces: Vec<&[u8]> = (0..random.usize(..24)).map(|_| PIECES[random.usize(..PIECES.len())]).collect();
            let head = pieces.concat();
            assert_eq!(
                Fields::of(&head).collect::<Vec<_>>(),
                reference(&head),
                "{:?}",
                head.escape_ascii().to_string()
            );
        }
    }
}
