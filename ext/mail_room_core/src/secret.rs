//! Text that must never show in a log line or an error.

use std::fmt;

/// What a secret is replaced by wherever it would show.
const REDACTED: &str = "[REDACTED]";

/// A password or token.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one place that has to send it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// `text` without this secret, for servers that repeat what they were sent.
    pub(crate) fn redact(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        // As it is, and as IMAP and JSON quote it.
        let quoted = self.0.replace('\\', "\\\\").replace('"', "\\\"");
        text.replace(&quoted, REDACTED).replace(&self.0, REDACTED)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_shows() {
        let secret = Secret::new("hunter2".into());
        assert_eq!(format!("{secret:?}"), "[REDACTED]");
        assert_eq!(secret.redact("LOGIN u hunter2 rejected"), "LOGIN u [REDACTED] rejected");
        assert_eq!(Secret::new(r#"a"b\c"#.into()).redact(r#"LOGIN u "a\"b\\c""#), "LOGIN u \"[REDACTED]\"");
    }
}
