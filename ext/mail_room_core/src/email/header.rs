//! The fields of a header, as they stand there.

/// The fields of a header from top to bottom.
#[derive(Debug)]
pub(super) struct Header<'x> {
    fields: Vec<(&'x [u8], &'x [u8])>,
}

impl<'x> Header<'x> {
    /// The header of a message, and where its body begins. White space before it does not count, as with
    /// Ruby's `mail` gem.
    pub(super) fn of_message(raw: &'x [u8]) -> (Self, usize) {
        let start = raw.iter().position(|byte| !byte.is_ascii_whitespace() && *byte != 0).unwrap_or(raw.len());
        let mut end = start;
        for line in raw[start..].split_inclusive(|byte| *byte == b'\n') {
            if matches!(line, b"\n" | b"\r\n") {
                return (Self::parse(&raw[start..end]), end + line.len());
            }
            end += line.len();
        }
        (Self::parse(&raw[start..]), raw.len())
    }

    /// Lines that begin with white space continue the one before. What is no field is passed over.
    pub(super) fn parse(block: &'x [u8]) -> Self {
        let mut fields = Vec::new();
        let (mut start, mut end) = (0, 0);
        for line in block.split_inclusive(|byte| *byte == b'\n') {
            if !matches!(line.first(), Some(b' ' | b'\t')) {
                fields.extend(field(&block[start..end]));
                start = end;
            }
            end += line.len();
        }
        fields.extend(field(&block[start..end]));
        Self { fields }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Values from top to bottom.
    pub(super) fn all(&self, name: &[u8]) -> impl Iterator<Item = &'x [u8]> {
        self.fields.iter().filter(move |field| field.0.eq_ignore_ascii_case(name)).map(|field| field.1)
    }

    /// The one that counts, of a field that may stand there once.
    pub(super) fn last(&self, name: &str) -> Option<&'x [u8]> {
        let found = self.fields.iter().rfind(|field| field.0.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|field| field.1)
    }
}

/// Name and value. RFC 5322, section 2.2: a name is made of printable ASCII; section 4.5: white space may follow it.
fn field(lines: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = lines.iter().position(|byte| *byte == b':')?;
    let name = lines[..colon].trim_ascii_end();
    let valid = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    valid.then(|| (name, lines[colon + 1..].trim_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_begins_after_the_first_blank_line() {
        let (header, body) = Header::of_message(b"\r\n \nA: 1\r\n 2\r\nno field\r\nb : 3\nA:4\n\nC: 5\n\n");
        assert_eq!(header.all(b"a").collect::<Vec<_>>(), [b"1\r\n 2".as_slice(), b"4"]);
        assert_eq!(header.last("B"), Some(b"3".as_slice()));
        assert_eq!((header.last("C"), body), (None, 35));
    }

    #[test]
    fn a_header_may_be_all_there_is() {
        let (header, body) = Header::of_message(b"A: 1");
        assert_eq!((header.last("A"), body), (Some(b"1".as_slice()), 4));
        assert!(Header::of_message(b"\0\r\n").0.is_empty());
    }
}
