//! What stands in the `Authorization` header.

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::header::HeaderValue;

use crate::secret::Secret;

/// By what a webhook knows the sender, besides a JWT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Credentials {
    Token(Secret),
    Basic(String, Secret),
}

impl Credentials {
    /// The header, byte for byte as Faraday 1 writes it in `token_auth` and `basic_auth`; none when
    /// the token holds what no header can.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let text = match self {
            Self::Token(token) => format!("Token token=\"{}\"", inspected(token.expose())),
            Self::Basic(user, password) => format!("Basic {}", pair(user, password)),
        };
        let mut header = HeaderValue::from_str(&text).or_else(|_| HeaderValue::from_bytes(text.as_bytes())).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// `text` without the secret, for receivers that repeat what they were sent.
    pub(super) fn redact(&self, text: &str) -> String {
        match self {
            Self::Token(token) => token.redact(text),
            Self::Basic(user, password) => Secret::new(pair(user, password)).redact(&password.redact(text)),
        }
    }
}

/// RFC 7617, section 2.
fn pair(user: &str, password: &Secret) -> String {
    STANDARD.encode(format!("{user}:{}", password.expose()))
}

/// As Ruby's `String#inspect` writes printable text.
fn inspected(text: &str) -> String {
    let mut inspected = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let interpolates = character == '#' && matches!(characters.peek(), Some('{' | '$' | '@'));
        if interpolates || matches!(character, '"' | '\\') {
            inspected.push('\\');
        }
        inspected.push(character);
    }
    inspected
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(credentials: &Credentials) -> Vec<u8> {
        credentials.header().expect("a header").as_bytes().to_vec()
    }

    #[test]
    fn are_written_as_faraday_writes_them() {
        let token = |text: &str| written(&Credentials::Token(Secret::new(text.into())));
        assert_eq!(token("abc=1"), b"Token token=\"abc=1\"");
        assert_eq!(token(r##"a"b\c#{d}#e"##), br##"Token token="a\"b\\c\#{d}#e""##);
        assert_eq!(token("ü"), "Token token=\"ü\"".as_bytes());
        // The example of RFC 7617, section 2.
        let basic = Credentials::Basic("Aladdin".into(), Secret::new("open sesame".into()));
        assert_eq!(written(&basic), b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        let repeated = "open sesame, or Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
        assert_eq!(basic.redact(repeated), "[REDACTED], or Basic [REDACTED]");
    }

    #[test]
    fn that_fit_no_header_are_none() {
        assert!(Credentials::Token(Secret::new("a\r\nHost: b".into())).header().is_none());
    }
}
