//! Values with parameters (RFC 2045, section 5.1; RFC 2231).

use std::collections::HashMap;

use super::{transfer::hex, words};
use crate::charset;

/// As in `Content-Type` and `Content-Disposition`.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    /// What comes before the parameters, in small letters.
    pub(super) value: String,
    /// Names are in small letters, and stand as they were sent: `filename*0*`.
    pairs: HashMap<String, String>,
}

impl Parameters {
    pub(super) fn parse(value: &[u8]) -> Self {
        let text = words::text(value);
        let mut pieces = pieces(&text);
        let value = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
        let mut pairs = HashMap::new();
        for (name, value) in pieces.filter_map(|piece| piece.split_once('=')) {
            pairs.entry(name.trim().to_ascii_lowercase()).or_insert_with(|| unquoted(value.trim()));
        }
        Self { value, pairs }
    }

    /// As it was sent.
    pub(super) fn plain(&self, name: &str) -> Option<&str> {
        self.pairs.get(name).map(String::as_str)
    }

    /// For people: in pieces and with a charset (RFC 2231), or with encoded words, which are not allowed here
    /// and common.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        if let Some(value) = self.plain(&format!("{name}*")) {
            return Some(joined(&[(value, true)]));
        }
        let pieces: Vec<_> = (0..)
            .map_while(|index| {
                let plain = format!("{name}*{index}");
                let encoded = format!("{plain}*");
                self.plain(&encoded).map(|value| (value, true)).or_else(|| Some((self.plain(&plain)?, false)))
            })
            .collect();
        if pieces.is_empty() { self.plain(name).map(words::decode_text) } else { Some(joined(&pieces)) }
    }
}

/// Pieces between semicolons that are not quoted.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |next| {
        let ends = next == ';' && !quoted;
        quoted ^= next == '"' && !escaped;
        escaped = next == '\\' && quoted && !escaped;
        ends
    })
}

/// What follows a quoted string is a comment at best.
fn unquoted(value: &str) -> String {
    let Some(value) = value.strip_prefix('"') else { return value.to_owned() };
    let mut plain = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(next) = characters.next() {
        match next {
            '"' => break,
            // Not so in the paths that some send as a name.
            '\\' => match characters.next() {
                Some(next) if matches!(next, '"' | '\\') => plain.push(next),
                next => plain.extend(['\\'].into_iter().chain(next)),
            },
            _ => plain.push(next),
        }
    }
    plain
}

/// The text of pieces, each with whether it is percent-encoded. The first of those names the charset. A character
/// may be parted between two of them.
fn joined(pieces: &[(&str, bool)]) -> String {
    let (mut label, mut bytes) = (None, Vec::new());
    for (index, (piece, encoded)) in pieces.iter().enumerate() {
        let mut piece = *piece;
        if *encoded && index == 0 {
            let mut parts = piece.splitn(3, '\'');
            if let (Some(charset), Some(_), Some(rest)) = (parts.next(), parts.next(), parts.next()) {
                (label, piece) = (Some(charset).filter(|charset| !charset.is_empty()), rest);
            }
        }
        if *encoded { percent(piece.as_bytes(), &mut bytes) } else { bytes.extend(piece.as_bytes()) }
    }
    charset::decode(&bytes, label).into_owned()
}

fn percent(mut text: &[u8], decoded: &mut Vec<u8>) {
    while let Some((first, rest)) = text.split_first() {
        let byte = if *first == b'%' { hex(rest.get(..2)) } else { None };
        decoded.push(byte.unwrap_or(*first));
        text = if byte.is_some() { &rest[2..] } else { rest };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_every_dress() {
        for (value, expected) in [
            ("attachment; filename=a.txt", "a.txt"),
            ("attachment;\r\n\tFileName=\"a; \\\"b\\\".txt\" (c)", "a; \"b\".txt"),
            ("attachment; filename=\"C:\\tmp\\x.txt\"", "C:\\tmp\\x.txt"),
            ("x; filename=b; filename*=utf-8'de'%E2%82%AC.txt", "€.txt"),
            ("x; filename*=iso-8859-1''caf%e9.txt", "café.txt"),
            ("x; filename*1=\".txt\"; filename*0=\"long\"", "long.txt"),
            ("x; filename*0*=utf-8''%E3%81; filename*1*=%AE; filename*2=.%41", "の.%41"),
            ("x; filename=\"=?utf-8?B?w6kudHh0?=\"", "é.txt"),
            ("x; filename=caf\u{e9}.txt", "café.txt"),
            ("x; filename*=nonsense''%zz%e9", "%zzé"),
            ("x; filename*='%41", "'A"),
        ] {
            assert_eq!(Parameters::parse(value.as_bytes()).text("filename").as_deref(), Some(expected), "{value}");
        }
        let none = Parameters::parse(b" Text/PLAIN ; =; ;x;");
        assert_eq!((none.value.as_str(), none.text("filename")), ("text/plain", None));
    }

    #[test]
    fn many_pieces_are_no_matter() {
        let value: String = (0..100_000).map(|index| format!(";filename*{index}=x")).collect();
        assert_eq!(Parameters::parse(value.as_bytes()).text("filename").map(|name| name.len()), Some(100_000));
    }
}
