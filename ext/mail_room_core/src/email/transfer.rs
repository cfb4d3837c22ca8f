//! Contents as they were before they were made fit for travelling (RFC 2045, section 6).

use mail_parser::decoders::base64::base64_decode;

/// Content-Transfer-Encoding, as far as it changes bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Transfer {
    /// `7bit`, `8bit`, or nothing said: lines.
    #[default]
    Lines,
    /// `binary`
    Binary,
    Base64,
    QuotedPrintable,
}

impl Transfer {
    /// What nobody knows is taken for lines.
    pub(super) fn named(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "base64" => Self::Base64,
            "quoted-printable" => Self::QuotedPrintable,
            "binary" => Self::Binary,
            _ => Self::Lines,
        }
    }

    /// Where the encoding speaks of lines, they end in LF as they do outside of mail.
    pub(super) fn decode(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Lines => lines(bytes),
            Self::Binary => bytes.to_vec(),
            Self::Base64 => base64(bytes),
            Self::QuotedPrintable => quoted_printable(bytes),
        }
    }
}

/// CRLF becomes LF.
pub(super) fn lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(text) => {
                lines.extend_from_slice(text);
                lines.push(b'\n');
            }
            None => lines.extend_from_slice(line),
        }
    }
    lines
}

/// How many bytes [`lines`] takes away.
pub(super) fn carriage_returns(bytes: &[u8]) -> usize {
    bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\r\n")).count()
}

/// RFC 2045, section 6.8: whatever is not of its alphabet is passed over.
pub(super) fn base64(bytes: &[u8]) -> Vec<u8> {
    base64_decode(bytes).unwrap_or_else(|| {
        let known = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        base64_decode(&bytes.iter().copied().filter(known).collect::<Vec<_>>()).unwrap_or_default()
    })
}

/// How many bytes [`base64`] makes of it, without making them.
pub(super) fn base64_size(bytes: &[u8]) -> usize {
    // What padding ends is a text of its own.
    let runs = bytes.split(|byte| *byte == b'=');
    let known = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    // Three bytes for four characters, one for two, two for three; one alone holds none.
    runs.map(|run| run.iter().filter(known).count() * 3 / 4).sum()
}

/// RFC 2045, section 6.7. An `=` that introduces nothing stands for itself.
fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        // White space behind an `=` was added on the way. Elsewhere it may be a signature's `-- `.
        if let Some(text) = line.trim_ascii_end().strip_suffix(b"=") {
            quoted(text, &mut decoded);
        } else if let Some(text) = line.strip_suffix(b"\n") {
            quoted(text.strip_suffix(b"\r").unwrap_or(text), &mut decoded);
            decoded.push(b'\n');
        } else {
            quoted(line, &mut decoded);
        }
    }
    decoded
}

/// The `Q` encoding of RFC 2047, section 4.2.
pub(super) fn quoted_word(bytes: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = bytes.iter().map(|byte| if *byte == b'_' { b' ' } else { *byte }).collect();
    let mut decoded = Vec::with_capacity(bytes.len());
    quoted(&spaced, &mut decoded);
    decoded
}

fn quoted(mut text: &[u8], decoded: &mut Vec<u8>) {
    while let Some(at) = text.iter().position(|byte| *byte == b'=') {
        decoded.extend_from_slice(&text[..at]);
        if let Some(byte) = hex(text.get(at + 1..at + 3)) {
            decoded.push(byte);
            text = &text[at + 3..];
        } else {
            decoded.push(b'=');
            text = &text[at + 1..];
        }
    }
    decoded.extend_from_slice(text);
}

/// A byte of two hexadecimal digits.
pub(super) fn hex(digits: Option<&[u8]>) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    match digits? {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_malformed_loses_nothing() {
        assert_eq!(base64(b"YQ==\r\nYg=="), b"ab");
        assert_eq!(base64(b"Y!W\xffJj-"), b"abc");
        for text in ["", "Y", "YQ", "YWI", "YWJj", "YWJjZ", "YQ==YQ==", "=YQ", "Y=Q=", "YQ\r\n==\r\n!YWI"] {
            assert_eq!(base64_size(text.as_bytes()), base64(text.as_bytes()).len(), "{text}");
        }
        let quoted = b"caf=E9\r\n-- \r\na=b =\r\n=3D=4 soft= \nlast=";
        assert_eq!(Transfer::QuotedPrintable.decode(quoted), b"caf\xe9\n-- \na=b ==4 softlast");
    }

    #[test]
    fn lines_end_in_lf_unless_they_are_bytes() {
        assert_eq!(Transfer::named("7BIT").decode(b"a\r\nb\r\r\nc\nd\r"), b"a\nb\r\nc\nd\r");
        assert_eq!(Transfer::named("Binary").decode(b"a\r\nb"), b"a\r\nb");
    }
}
