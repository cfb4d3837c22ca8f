//! Messages as text, for receivers that take nothing but UTF-8.

use std::{borrow::Cow, cell::LazyCell, ops::Range};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, REPLACEMENT, UTF_8, WINDOWS_1252};
use mail_parser::decoders::charsets::{DecoderFnc, map::charset_decoder};
use memchr::{memchr, memchr_iter, memmem::find_iter};
use simdutf8::basic::from_utf8;

/// How much text is looked at to tell its charset. More would tell no better, and the detector takes a
/// second for every 10 MB.
const GUESSED: usize = 256 << 10;

/// A block that declares a charset is longer than `Content-Type:charset=`.
const SHORTEST_DECLARATION: usize = 21;

/// A message as UTF-8, line ends kept. Valid UTF-8 is passed on as it is.
///
/// A message may hold parts in several charsets, so it is converted block by block (blocks end at
/// blank lines): what is UTF-8 stays, the rest is read in the charset its part declares or, where
/// that does not fit, in the one its bytes look like. Every byte sequence has a result.
pub(crate) struct Text {
    raw: Vec<u8>,
    converted: Vec<Converted>,
}

/// Stands in the place of a part of the message.
struct Converted {
    place: Range<usize>,
    text: String,
}

impl Text {
    pub(crate) fn new(raw: Vec<u8>) -> Self {
        let converted = conversions(&raw);
        Self { raw, converted }
    }

    /// In order, each of them UTF-8.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.converted.iter().map(|converted| converted.place.end));
        let places = self.converted.iter().map(Some).chain([None]);
        starts.zip(places).flat_map(|(start, converted)| {
            let end = converted.map_or(self.raw.len(), |converted| converted.place.start);
            [&self.raw[start..end], converted.map_or(&[][..], |converted| converted.text.as_bytes())]
        })
    }
}

/// As [`Text`], in one piece.
pub(crate) fn to_utf8(raw: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = from_utf8(raw) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(raw.len() + raw.len() / 8);
    let mut end = 0;
    for converted in conversions(raw) {
        text.push_str(&String::from_utf8_lossy(&raw[end..converted.place.start]));
        text.push_str(&converted.text);
        end = converted.place.end;
    }
    text.push_str(&String::from_utf8_lossy(&raw[end..]));
    Cow::Owned(text)
}

/// The blocks that are not UTF-8.
fn conversions(raw: &[u8]) -> Vec<Converted> {
    if from_utf8(raw).is_ok() {
        return Vec::new();
    }
    // It takes long, and where the declarations fit nobody asks.
    let guessed = LazyCell::new(|| guess(raw));
    // What the header before a block says. A block may itself end in the header of the next part.
    let mut declared = None;
    let mut converted = Vec::new();
    let mut start = 0;
    for block in blocks(raw) {
        let own = declared_charset(block).map(encoding);
        let place = start..start + block.len();
        if from_utf8(block).is_err() {
            let text = decode_block(block, declared.or(own).flatten(), || *guessed).into_owned();
            converted.push(Converted { place: place.clone(), text });
        }
        start = place.end;
        declared = own.or(declared);
    }
    converted
}

/// None for a label that says nothing about bytes beyond ASCII: an unknown one, or `us-ascii`, which
/// the Encoding Standard takes for Windows-1252.
fn encoding(label: &[u8]) -> Option<&'static Encoding> {
    if is_ascii(label) { None } else { Encoding::for_label(label) }
}

fn is_ascii(label: &[u8]) -> bool {
    [&b"us-ascii"[..], b"ascii", b"ansi_x3.4-1968"].iter().any(|name| label.eq_ignore_ascii_case(name))
}

fn decode_block<'a>(
    block: &'a [u8],
    declared: Option<&'static Encoding>,
    guessed: impl FnOnce() -> &'static Encoding,
) -> Cow<'a, str> {
    declared
        .into_iter()
        .chain(std::iter::once_with(guessed))
        // The block is known not to be UTF-8. Nor is it UTF-16, whatever its label says: headers and
        // boundaries are ASCII, and almost anything can be read as UTF-16.
        .filter(|encoding| *encoding != UTF_8 && encoding.is_ascii_compatible())
        .find_map(|encoding| encoding.decode_without_bom_handling_and_without_replacement(block))
        // Windows-1252 as browsers know it gives every byte a character, so nothing is lost.
        .unwrap_or_else(|| WINDOWS_1252.decode_without_bom_handling(block).0)
}

/// A text in the charset it declares. Where that is unknown, or plainly wrong, it is in the one it looks like.
/// Bytes that are no character become U+FFFD.
pub(crate) fn decode<'a>(bytes: &'a [u8], label: Option<&str>) -> Cow<'a, str> {
    let label = label.unwrap_or_default().trim();
    let utf8 = from_utf8(bytes).ok();
    // The replacement encoding has one character for any text.
    match encoding(label.as_bytes()).filter(|encoding| ![UTF_8, REPLACEMENT].contains(encoding)) {
        Some(declared) => {
            let (text, _, malformed) = declared.decode(bytes);
            let doubtful = malformed || declared.is_single_byte();
            // What can be read as UTF-8 is UTF-8, almost certainly. Text in UTF-16 has zeros: in the ends of lines.
            let utf8 = utf8.filter(|utf8| {
                if declared.is_ascii_compatible() { doubtful && !utf8.is_ascii() } else { !utf8.contains('\0') }
            });
            utf8.filter(|_| declared != ISO_2022_JP).map_or(text, Cow::Borrowed)
        }
        None => {
            let utf8 = utf8.filter(|utf8| !utf8.is_ascii() || other_decoder(label).is_none());
            utf8.map_or_else(|| other(bytes, label), without_mark)
        }
    }
}

/// The mark some programs begin UTF-8 with is no part of the text.
fn without_mark(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// UTF-7 and IBM850, say, which the Encoding Standard leaves out.
fn other_decoder(label: &str) -> Option<DecoderFnc> {
    let known = encoding(label.as_bytes()).is_some() || is_ascii(label.as_bytes());
    if known { None } else { charset_decoder(label.as_bytes()) }
}

/// Text in a charset that is not known, or in UTF-8 with mistakes.
fn other<'a>(bytes: &'a [u8], label: &str) -> Cow<'a, str> {
    if let Some(decoder) = other_decoder(label) {
        return Cow::Owned(decoder(bytes));
    }
    let lossy = String::from_utf8_lossy(bytes);
    let mistakes = lossy.matches(char::REPLACEMENT_CHARACTER).count();
    let beyond_ascii = lossy.chars().filter(|character| !character.is_ascii()).count();
    if beyond_ascii > 2 * mistakes { lossy } else { guess(bytes).decode_without_bom_handling(bytes).0 }
}

/// The charset the bytes beyond ASCII look like, over all blocks of the message: more text, better guess.
fn guess(raw: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut left = GUESSED;
    for block in blocks(raw).filter(|block| from_utf8(block).is_err()) {
        let looked_at = telling(block, left);
        detector.feed(looked_at, false);
        left -= looked_at.len();
        if left == 0 {
            break;
        }
    }
    detector.feed(b"", true);
    detector.guess(None, Utf8Detection::Deny)
}

/// So much of a block from the line on in which something beyond ASCII comes first.
fn telling(block: &[u8], most: usize) -> &[u8] {
    let beyond = block.iter().position(|byte| !byte.is_ascii()).unwrap_or_default();
    let line = block[..beyond].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let start = line.max(beyond.saturating_sub(most / 2));
    &block[start..block.len().min(start + most)]
}

/// Pieces that end in a blank line. Joined they are the message again.
fn blocks(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (lf, crlf) = (find_iter(raw, b"\n\n").map(|at| at + 2), find_iter(raw, b"\n\r\n").map(|at| at + 3));
    let (mut lf, mut crlf, mut start) = (lf.peekable(), crlf.peekable(), 0);
    std::iter::from_fn(move || {
        let end = match (lf.peek(), crlf.peek()) {
            (Some(one), Some(other)) if one < other => lf.next(),
            (Some(_), None) => lf.next(),
            _ => crlf.next(),
        };
        let end = end.unwrap_or(raw.len());
        let block = &raw[std::mem::replace(&mut start, end)..end];
        (!block.is_empty()).then_some(block)
    })
}

/// The `charset` of the last `Content-Type` field in a block (RFC 2045, section 5.1). The same word
/// elsewhere, in HTML say, tells nothing about the bytes of the message.
fn declared_charset(block: &[u8]) -> Option<&[u8]> {
    // An attachment in Base64 has no colon.
    if block.len() < SHORTEST_DECLARATION || memchr(b':', block).is_none() {
        return None;
    }
    let mut in_field = false;
    let mut charset = None;
    for line in lines(block) {
        let continued = line.starts_with(b" ") || line.starts_with(b"\t");
        in_field = (in_field && continued) || starts_with(line, b"content-type:");
        if in_field {
            charset = parameter(line, b"charset=").or(charset);
        }
    }
    charset
}

/// With their ends.
fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr_iter(b'\n', block).map(|end| end + 1).chain(std::iter::once(block.len()));
    ends.scan(0, |start, end| Some(&block[std::mem::replace(start, end)..end]))
}

fn starts_with(line: &[u8], name: &[u8]) -> bool {
    line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
}

fn parameter<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = line.windows(name.len()).position(|window| window.eq_ignore_ascii_case(name))?;
    let value = &line[at + name.len()..];
    let value = value.strip_prefix(b"\"").unwrap_or(value);
    let end = value.iter().position(|byte| matches!(byte, b'"' | b';' | b' ' | b'\t' | b'\r' | b'\n'));
    Some(&value[..end.unwrap_or(value.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_is_not_touched() {
        let raw = "Subject: Grüße\r\n\r\n日本語\r\n".as_bytes();
        assert!(matches!(to_utf8(raw), Cow::Borrowed(text) if text.as_bytes() == raw));
    }

    #[test]
    fn the_pieces_are_the_text() {
        for raw in [
            b"".as_slice(),
            b"plain\r\n\r\n",
            b"\xe9",
            b"a\r\n\r\n\xe9t\xe9\r\n\r\nb\r\n\r\n\xe8\r\n\r\n\xe8\r\n\r\n",
            b"\xe9\r\n\r\nz\xc3\xa9",
        ] {
            assert_eq!(Text::new(raw.to_vec()).pieces().collect::<Vec<_>>().concat(), to_utf8(raw).as_bytes());
        }
    }

    #[test]
    fn each_part_is_read_in_its_own_charset() {
        let mut raw = b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".to_vec();
        raw.extend(b"Content-Type: text/plain; charset=\"iso-8859-1\"\r\n\r\ncaf\xe9\r\n\r\nna\xefve\r\n--b\r\n");
        raw.extend(b"Content-Type: text/plain; charset=Shift_JIS\r\n\r\n\x93\xfa\x96\x7b\r\n--b\r\n");
        raw.extend("Content-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\n--b--\r\n".as_bytes());
        let text = to_utf8(&raw);
        for expected in ["café\r\n", "naïve\r\n", "日本\r\n", "Grüße\r\n"] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
    }

    #[test]
    fn a_wrong_declaration_falls_back_to_a_guess() {
        let raw = b"Content-Type: text/plain; charset=utf-8\r\n\r\nun caf\xe9 tr\xe8s s\xe9rieux\r\n";
        assert!(to_utf8(raw).ends_with("un café très sérieux\r\n"));
    }

    #[test]
    fn a_label_of_utf_16_swallows_no_boundary() {
        let raw = b"--b\r\nContent-Type: text/plain;\r\n charset=unicode\r\n\r\ncaf\xe9 no\r\n--b\r\nX: y\r\n\r\n";
        assert!(to_utf8(raw).contains("caf\u{e9} no\r\n--b\r\nX: y"));
    }

    #[test]
    fn a_charset_within_the_text_is_text() {
        let raw = b"Content-Type: text/html;\r\n\tCharset=\"ISO-8859-1\"\r\n\r\n<meta charset=\"windows-1251\">\r\n\r\n\xe9t\xe9\r\n";
        assert!(to_utf8(raw).ends_with("\u{e9}t\u{e9}\r\n"));
    }

    #[test]
    fn a_guess_looks_where_something_is_beyond_ascii() {
        let mut raw = b"plain words all the way\r\n".repeat(GUESSED / 10);
        raw.extend("Здравствуйте, мы получили ваше письмо и внимательно его прочитали\r\n".chars().map(koi8_r));
        assert!(to_utf8(&raw).ends_with("внимательно его прочитали\r\n"));
    }

    fn koi8_r(character: char) -> u8 {
        encoding_rs::KOI8_R.encode(character.encode_utf8(&mut [0; 4])).0[0]
    }

    #[test]
    fn blocks_join_to_the_message() {
        let raw = b"a: b\r\n\r\nx\n\ny\r\n\r\n\r\nz";
        let pieces: Vec<&[u8]> = blocks(raw).collect();
        assert_eq!(pieces, [b"a: b\r\n\r\n".as_slice(), b"x\n\n", b"y\r\n\r\n", b"\r\nz"]);
        assert_eq!(pieces.concat(), raw);
    }

    #[test]
    fn a_text_is_read_as_it_says_unless_that_is_plainly_wrong() {
        for (label, bytes, expected) in [
            ("iso-2022-jp", b"\x1b$BF|K\\\x1b(B".as_slice(), "\u{65e5}\u{672c}"),
            ("Shift_JIS", b"\x93\xfa\x96\x7b", "\u{65e5}\u{672c}"),
            ("shift_jis", b"\x93\xfa\xff.", "\u{65e5}\u{fffd}."),
            ("windows-1252", b"\x80 5", "\u{20ac} 5"),
            ("iso-8859-1", "Gr\u{fc}\u{df}e".as_bytes(), "Gr\u{fc}\u{df}e"),
            (
                "utf-8",
                "Gr\u{fc}\u{df}e \u{20ac}".as_bytes().split_last().map(|(_, rest)| rest).unwrap_or_default(),
                "Gr\u{fc}\u{df}e \u{fffd}",
            ),
            ("utf8", b"\xef\xbb\xbfmarked", "marked"),
            ("us-ascii", b"un caf\xe9 tr\xe8s s\xe9rieux", "un caf\u{e9} tr\u{e8}s s\u{e9}rieux"),
            ("nonsense", b"un caf\xe9 tr\xe8s s\xe9rieux", "un caf\u{e9} tr\u{e8}s s\u{e9}rieux"),
            ("unicode", b"caf\xc3\xa9", "caf\u{e9}"),
            ("utf-16", b"\xfe\xff\0a\0\xe9", "a\u{e9}"),
            ("utf-16le", b"a\0\xe9\0", "a\u{e9}"),
            ("utf-7", b"+ZYeB9FH6ckh5Pg-", "\u{6587}\u{81f4}\u{51fa}\u{7248}\u{793e}"),
            ("iso-2022-kr", b"plain", "plain"),
            ("", b"", ""),
        ] {
            assert_eq!(decode(bytes, Some(label)), expected, "{label}");
        }
    }

    /// Looking for both kinds of blank line over and over would take hours here.
    #[test]
    fn blank_lines_cost_no_more_than_others() {
        let raw = [b"\xe9".as_slice(), &b"\r\n".repeat(1 << 20)].concat();
        assert_eq!(to_utf8(&raw).len(), raw.len() + 1);
    }

    #[test]
    fn every_byte_has_a_result() {
        let raw: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
        assert!(to_utf8(&raw).chars().count() >= 256);
        assert_eq!(to_utf8(b"\0"), "\0");
    }
}
