//! Encoded words (RFC 2047), which the mail gem decodes wherever they stand.

use std::borrow::Cow;

use mail_parser::parsers::MessageStream;
use memchr::memmem;

/// A text with its encoded words decoded, as `Mail::Encodings.value_decode` does it. White space in front of an
/// encoded word is dropped where there is nothing else between it and the one before.
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    let (mut done, mut kept, mut from) = (String::new(), 0, 0);
    while let Some(start) = memmem::find(&text.as_bytes()[from..], b"=?").map(|offset| from + offset) {
        let Some((end, word)) = word_length(&text[start..]).and_then(|length| {
            let end = start + length;
            MessageStream::new(&text.as_bytes()[start + 1..end]).decode_rfc2047().map(|word| (end, word))
        }) else {
            from = start + 1;
            continue;
        };
        let between = &text[kept..start];
        if !between.trim_ascii().is_empty() {
            done.push_str(between);
        }
        done.push_str(&word);
        (kept, from) = (end, end);
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    done.push_str(&text[kept..]);
    Cow::Owned(done)
}

/// `=?charset?Q or B?text?=`
fn word_length(text: &str) -> Option<usize> {
    let mut parts = text[2..].split('?');
    let (charset, encoding, content, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let known = ["Q", "B"].iter().any(|known| encoding.eq_ignore_ascii_case(known));
    (known && !charset.is_empty() && rest.starts_with('='))
        .then(|| 2 + charset.len() + encoding.len() + content.len() + 4)
}
