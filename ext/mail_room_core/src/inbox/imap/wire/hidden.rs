//! What was sent and must not be shown.

use crate::{Error, secret::Secret};

/// Passwords, tokens, and whatever they were wrapped up in. Some servers repeat what they were sent.
#[derive(Debug, Default)]
pub(super) struct Hidden(Vec<Secret>);

impl Hidden {
    pub(super) fn add(&mut self, secret: Secret) {
        if !self.0.contains(&secret) {
            self.0.push(secret);
        }
    }

    pub(super) fn text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| secret.redact(&text))
    }

    pub(super) fn error(&self, error: Error) -> Error {
        match error {
            Error::Refused { command, status, text } => Error::Refused { command, status, text: self.text(&text) },
            Error::Throttled { command, text, pause } => Error::Throttled { command, text: self.text(&text), pause },
            Error::Bye(text) => Error::Bye(self.text(&text)),
            other => other,
        }
    }
}
