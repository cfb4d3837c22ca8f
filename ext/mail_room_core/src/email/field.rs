//! What single header fields say: read by mail-parser, on one line of UTF-8.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use mail_parser::{ContentType, HeaderValue, parsers::MessageStream};
use regex::Regex;

use crate::{
    charset,
    encoded_words::decoded,
    incoming_email::{address_list, unfolded},
};

/// A name, where there is one, and an address.
type Address = (Option<String>, String);

/// Where pieces of a file's name meet that are percent-encoded, and the number of the first (RFC 2231, section 3).
static SEAM: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i-u)(name\*)0\*(=)|"?[ \t]*;[ \t]*(?:file)?name\*[1-9][0-9]*\*="?"#).ok());

/// White space between two encoded words, which is no part of the text (RFC 2047, section 6.2).
static GAP: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\?=[ \t]+=\?").ok());

/// An offset from UTC that is none, and of which mail-parser would make another one.
static NO_ZONE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("[+-](?:2[4-9][0-9]{2}|[3-9][0-9]{3}|[0-9]{2}[6-9][0-9])[^0-9]").ok());

/// A value as it stands there, but on one line. Bytes beyond ASCII have no charset in a header: it is guessed.
pub(super) fn text(value: &[u8]) -> String {
    unfolded(charset::decode(value, None).as_bytes()).into_owned()
}

/// A value as a person reads it, its encoded words decoded (RFC 2047).
pub(super) fn words(value: &[u8]) -> String {
    decoded(&text(value)).into_owned()
}

/// All addresses of a field, those within groups too: as Ruby's `mail` gem tells them, unless the field is no list to
/// it.
pub(super) fn addresses(value: &[u8]) -> Vec<Address> {
    let text = text(value);
    let listed: Vec<Address> = match MessageStream::new(line(&text).as_bytes()).parse_address() {
        HeaderValue::Address(list) => {
            list.iter().filter_map(|one| Some((one.name().map(str::to_owned), one.address()?.to_owned()))).collect()
        }
        _ => Vec::new(),
    };
    let Some(told) = address_list::addresses(&text) else { return listed };
    let names: HashMap<_, _> = listed.into_iter().rev().map(|(name, address)| (address, name)).collect();
    told.into_iter().map(|address| (names.get(&address).cloned().flatten(), address)).collect()
}

/// Message ids without their brackets.
pub(super) fn ids(value: &[u8]) -> Vec<String> {
    let ids = match MessageStream::new(line(&text(value)).as_bytes()).parse_id() {
        HeaderValue::Text(id) => vec![id.into_owned()],
        HeaderValue::TextList(ids) => ids.into_iter().map(Cow::into_owned).collect(),
        _ => Vec::new(),
    };
    ids.into_iter().filter(|id| !id.is_empty()).collect()
}

/// Of a date: how many since 1970, and how many of them its clock was ahead of UTC.
pub(super) fn seconds(value: &[u8]) -> Option<[i64; 2]> {
    let line = line(&text(value));
    if NO_ZONE.as_ref()?.is_match(&line) {
        return None;
    }
    let HeaderValue::DateTime(date) = MessageStream::new(line.as_bytes()).parse_date() else { return None };
    let ahead = (i64::from(date.tz_hour) * 60 + i64::from(date.tz_minute)) * 60;
    date.is_valid().then(|| [date.to_timestamp(), if date.tz_before_gmt { -ahead } else { ahead }])
}

/// A value with parameters: `Content-Type` or `Content-Disposition`. mail-parser reads the pieces of a name one by one,
/// so that a character that is parted between two of them is lost, and knows the charset for the first of them only.
/// Apple Mail and JavaMail part characters, and Japanese mailers send names in ISO-2022-JP: the pieces are joined.
pub(super) fn parameters(value: &[u8]) -> Option<ContentType<'static>> {
    let line = line(&SEAM.as_ref()?.replace_all(&text(value), "$1$2"));
    MessageStream::new(line.as_bytes()).parse_content_type().into_owned().into_content_type()
}

/// What mail-parser's readers need: the end of a line, and no white space between encoded words in quotes. There it
/// would keep it, and long names are full of them.
fn line(text: &str) -> String {
    GAP.as_ref().map_or(text.into(), |gap| gap.replace_all(text, "?==?")).into_owned() + "\n"
}

#[cfg(test)]
mod tests;
