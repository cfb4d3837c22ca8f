//! Values of headers as text: unfolded, and their encoded words decoded (RFC 2047).

use std::borrow::Cow;

use super::transfer;
use crate::charset;

/// A value as a person reads it.
pub(super) fn decode(value: &[u8]) -> String {
    decode_text(&text(value))
}

/// A value as it stands there, but on one line. Bytes beyond ASCII have no charset in a header: it is guessed.
pub(super) fn text(value: &[u8]) -> Cow<'_, str> {
    let breaks = |byte: &u8| matches!(byte, b'\r' | b'\n');
    if value.iter().any(breaks) {
        let unfolded: Vec<u8> = value.iter().copied().filter(|byte| !breaks(byte)).collect();
        Cow::Owned(charset::decode(&unfolded, None).into_owned())
    } else {
        charset::decode(value, None)
    }
}

/// White space between encoded words is no part of the text (section 6.2). Words of one charset are joined
/// before they are read: there are mailers that part a character between two of them.
pub(super) fn decode_text(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut words: Option<(&str, Vec<u8>)> = None;
    let mut rest = text;
    while let Some(at) = rest.find("=?") {
        let (before, tail) = rest.split_at(at);
        let Some((charset, content, after)) = word(tail) else {
            flush(&mut words, &mut decoded);
            decoded.push_str(&rest[..at + 2]);
            rest = &rest[at + 2..];
            continue;
        };
        let adjacent = before.bytes().all(|byte| byte.is_ascii_whitespace());
        match &mut words {
            Some((same, joined)) if adjacent && same.eq_ignore_ascii_case(charset) && !has_states(charset) => {
                joined.extend(content);
            }
            _ => {
                let follows = words.is_some() && adjacent;
                flush(&mut words, &mut decoded);
                if !follows {
                    decoded.push_str(before);
                }
                words = Some((charset, content));
            }
        }
        rest = after;
    }
    flush(&mut words, &mut decoded);
    decoded.push_str(rest);
    decoded
}

/// Each text in such a charset begins and ends in ASCII, and two of them joined are none.
fn has_states(charset: &str) -> bool {
    charset.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("iso-2022"))
}

fn flush(words: &mut Option<(&str, Vec<u8>)>, decoded: &mut String) {
    if let Some((charset, bytes)) = words.take() {
        decoded.push_str(&charset::decode(&bytes, Some(charset)));
    }
}

/// Charset and bytes of the encoded word a text begins with, and what comes after it.
fn word(text: &str) -> Option<(&str, Vec<u8>, &str)> {
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (content, rest) = rest.split_once('?')?;
    let content = match encoding {
        "B" | "b" => transfer::base64(content.as_bytes()),
        "Q" | "q" => transfer::quoted_word(content.as_bytes()),
        _ => return None,
    };
    // RFC 2231, section 5: a language may follow the charset.
    let charset = charset.split_once('*').map_or(charset, |(charset, _)| charset);
    Some((charset, content, rest.strip_prefix('=')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_decoded_and_the_space_between_them_is_none() {
        for (value, expected) in [
            ("=?UTF-8?Q?Gr=C3=BC=C3=9Fe_an?= =?utf-8?b?IGFsbGU=?= sie", "Grüße an alle sie"),
            ("a =?iso-8859-1*de?q?=E9?=\r\n =?iso-8859-15?q?=A4?= b", "a é€ b"),
            ("=?utf-8?B?44Gu?= =?utf-8?B?4w==?=\r\n\t=?utf-8?B?ga4=?=", "のの"),
            ("=?iso-2022-jp?B?GyRCRnwbKEI=?= =?ISO-2022-JP?B?GyRCS1wbKEI=?=", "日本"),
            ("=?nonsense?q?caf=C3=A9?= =?x?y?z?= =?utf-8?q?open", "café =?x?y?z?= =?utf-8?q?open"),
            ("50=? 100=?=? a=b", "50=? 100=?=? a=b"),
        ] {
            assert_eq!(decode(value.as_bytes()), expected);
        }
        assert_eq!(decode(b"caf\xe9 \xe0 la carte"), "café à la carte");
    }
}
