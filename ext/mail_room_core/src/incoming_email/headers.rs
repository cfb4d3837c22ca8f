//! The headers of a message, and nothing below them.

use std::{borrow::Cow, fmt};

use mail_parser::{ContentType, parsers::MessageStream};
use memchr::memchr;

use super::{
    contained,
    fields::{Field, Fields},
    head::head,
};

/// As many fields as most messages have.
const USUAL: usize = 32;

/// Far more than a type with its parameters takes.
const LONGEST_TYPE: usize = 8 << 10;

/// The header fields of a message, top to bottom.
pub(crate) struct Headers<'x> {
    fields: Vec<Field<'x>>,
    blank: bool,
}

impl<'x> Headers<'x> {
    /// Finds the header fields of a message and has somebody look at them. None when a parser panics meanwhile, or
    /// when there is more of them than is looked at: what could not be read must not pass for a message without
    /// headers.
    pub(crate) fn read<T>(raw: &[u8], look: impl FnOnce(&Headers<'_>) -> T) -> Option<T> {
        contained(|| head(raw).map(|head| look(&Headers::parse(&head)))).flatten()
    }

    /// The fields of a header by itself. May panic where the parser does.
    pub(crate) fn parse(head: &'x [u8]) -> Self {
        let mut fields = Vec::with_capacity(USUAL);
        fields.extend(Fields::of(head));
        Self { fields, blank: head.is_empty() }
    }

    /// There is nothing but white space in the whole message.
    pub(crate) fn blank(&self) -> bool {
        self.blank
    }

    /// What stands behind the colon of each field of this name, as it is in the message.
    pub(crate) fn raw_values(&self, name: &str) -> impl DoubleEndedIterator<Item = &'x [u8]> {
        let fields = self.fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name.as_bytes()));
        fields.map(|field| field.value)
    }

    /// The same as text: unfolded (RFC 5322, section 2.2.3), without white space around it.
    pub(crate) fn values(&self, name: &str) -> impl DoubleEndedIterator<Item = Cow<'x, str>> {
        self.raw_values(name).map(unfolded)
    }

    /// The same, with its line ends.
    pub(crate) fn folded_values(&self, name: &str) -> impl DoubleEndedIterator<Item = Cow<'x, str>> {
        self.raw_values(name).map(|raw| stripped(String::from_utf8_lossy(raw)))
    }

    /// There is no field at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The type of the whole message.
    pub(crate) fn content_type(&self) -> Option<ContentType<'x>> {
        // The parser compares all parameters of a field with each other.
        let fit = self.raw_values("Content-Type").filter(|raw| raw.len() <= LONGEST_TYPE);
        fit.filter_map(|raw| MessageStream::new(raw).parse_content_type().into_content_type()).next()
    }
}

impl fmt::Debug for Headers<'_> {
    /// Headers are full of what is nobody's business.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} header fields", self.fields.len())
    }
}

/// A value as text on one line (RFC 5322, section 2.2.3), without white space around it.
pub(crate) fn unfolded(raw: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(raw);
    if memchr(b'\n', raw.trim_ascii()).is_none() {
        return stripped(text);
    }
    // Every line of a value but the first begins with white space, so that each line's end is one of folding.
    let lines = trimmed(&text).split_inclusive('\n').map(|line| line.trim_end_matches('\n').trim_end_matches('\r'));
    let mut line = String::with_capacity(text.len());
    line.extend(lines);
    stripped(Cow::Owned(line))
}

/// A text without white space around it.
fn stripped(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(trimmed(text)),
        Cow::Owned(text) if trimmed(&text).len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(trimmed(&text).to_owned()),
    }
}

/// As Ruby's strip.
fn trimmed(text: &str) -> &str {
    text.trim_matches(['\0', '\t', '\n', '\x0b', '\x0c', '\r', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(raw: &[u8], name: &str) -> Vec<String> {
        Headers::read(raw, |headers| headers.values(name).map(Cow::into_owned).collect()).expect("headers")
    }

    #[test]
    fn values_are_unfolded_and_in_order() {
        let raw = b"Delivered-To: one\r\n\ttwo\r\nX: y\r\ndelivered-to:\r\n three \r\n\r\nDelivered-To: body\r\n";
        assert_eq!(values(raw, "Delivered-To"), ["one\ttwo", "three"]);
    }

    #[test]
    fn bare_line_feeds_and_blanks_in_front_do_no_harm() {
        assert_eq!(values(b"\r\n \r\n\nTo: a\n b\nCc: c\n\nTo: body\n", "To"), ["a b"]);
        assert_eq!(values(b"\0\0To: a\r\n\r\n", "To"), ["a"]);
    }

    #[test]
    fn a_message_may_end_within_its_headers() {
        assert_eq!(values(b"To: a\r\nCc: b", "Cc"), ["b"]);
        assert_eq!(values(b"To: a\r\nCc: b\r\n", "To"), ["a"]);
        assert_eq!(values(b"To:", "To"), [""]);
    }

    #[test]
    fn what_is_no_field_is_passed_over() {
        let raw =
            b"From x@y Mon Jan 1 10:00:00\r\nTo: a\r\nnonsense\r\nT o: b\r\nTo : c\r\n: d\r\nT\xc3\xb6: e\r\n\r\n";
        assert_eq!(values(raw, "To"), ["a", "c"]);
    }

    #[test]
    fn what_cannot_be_read_is_not_taken_for_nothing() {
        assert_eq!(Headers::read(b"To: a\r\n\r\n", |_| panic!("as a parser may")), None::<()>);
        let long = [&b"To: a"[..], &b"\r\n b".repeat(300_000), b"\r\n\r\n"].concat();
        assert_eq!(Headers::read(&long, |_| ()), None);
    }

    #[test]
    fn blank_is_white_space_alone() {
        let blank = |raw: &[u8]| Headers::read(raw, |headers| headers.blank()).expect("headers");
        assert!(blank(b"") && blank(b" \r\n\t\r\n") && !blank(b"\r\n\r\nbody"));
    }
}
