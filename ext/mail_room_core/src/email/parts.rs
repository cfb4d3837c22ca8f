//! The parts of a message (RFC 2046, section 5.1), found by mail-parser.

use std::sync::LazyLock;

use mail_parser::{HeaderName, MessageParser, PartType};
use regex::bytes::{Captures, Regex};

use super::part::Part;

/// How many steps parsing may take: a second or two of them.
const MOST: usize = 1 << 30;

/// It needs to know what parts a message, and decodes nothing: that is done for what is asked for.
static PARSER: LazyLock<MessageParser> =
    LazyLock::new(|| MessageParser::new().default_header_ignore().header_content_type(HeaderName::ContentType));

/// The parameter with what mail-parser overlooks behind its name.
static BOUNDARY: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(?i-u)boundary[ \t\r\x0c"\\]*[*=]"#).ok());

/// Fields with parameters, and their folds. White space may stand in their names for mail-parser.
static FIELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let spaced = |name: &str| name.chars().map(|letter| format!(r"{letter}[ \t\r\x0c]*")).collect::<String>();
    let (start, ends) = (spaced("content-"), ["type:", "disposition:"].map(spaced).join("|"));
    Regex::new(&format!(r"(?i-u){start}(?:{ends})(?:[^\n]|\n[ \t])*")).ok()
});

/// Types of messages within the message.
static MESSAGE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("(?i-u)rfc822|global|digest").ok());

/// All parts that hold something, from top to bottom. None when it would take too long to find them. May panic where
/// the parser does.
pub(super) fn parts(raw: &[u8]) -> Option<Vec<Part>> {
    if steps(raw)? > MOST {
        return None;
    }
    // A message within the message is one part. mail-parser would take it apart: to drop one within another within
    // another overflows the stack, and one in base64 or without a body swallows the part behind it.
    let disguised = MESSAGE.as_ref()?.replace_all(raw, |name: &Captures<'_>| vec![b'x'; name[0].len()]);
    let message = PARSER.parse(disguised.as_ref())?;
    let parts = message.parts.iter().filter(|part| !matches!(part.body, PartType::Multipart(_)));
    Some(parts.map(|part| Part::new(raw, part)).collect())
}

/// How many steps mail-parser takes at worst. It looks for each boundary to the end of the message where there is
/// none, and compares the parameters of a field with each other.
fn steps(raw: &[u8]) -> Option<usize> {
    let behind = BOUNDARY.as_ref()?.find_iter(raw).map(|found| raw.len() - found.start());
    let squares = FIELD.as_ref()?.find_iter(raw).map(|field| field.len().saturating_mul(field.len()));
    Some(behind.chain(squares).fold(0, usize::saturating_add))
}
