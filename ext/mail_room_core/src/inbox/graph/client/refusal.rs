//! An answer that is no success, and what it means.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use serde_json::Value;

use crate::{Error, http::retry_after, printable::one_line, secret::Secret};

/// How much of an explanation is told, in characters.
pub(super) const QUOTED: usize = 300;

/// A server that asks for more is out of its mind, and an operator who mends it will not want to wait.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// The server's words in one line.
    pub(super) text: String,
    pub(super) retry_after: Option<Duration>,
}

/// What can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The token is not taken, or not any more.
    Unauthorized,
    /// The server was asked too often, or is busy.
    Throttled,
    /// What is between here and the server does not reach it.
    Unavailable,
    /// The server is at fault, or was at odds with itself.
    Failed,
    /// Another attempt would end the same.
    Final,
}

impl Refusal {
    /// `wait` is the header `Retry-After`. What the answer repeats of the token is left out.
    pub(super) fn new(status: u16, body: &[u8], wait: Option<&str>, token: &Secret) -> Self {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}');
        match serde_json::from_str(text) {
            Ok(json) => Self::of_json(status, &json, wait, token),
            Err(_) => Self::made(status, text, wait, token),
        }
    }

    /// `body` is what stands in the answer to a part of a batch.
    pub(super) fn of_json(status: u16, body: &Value, wait: Option<&str>, token: &Secret) -> Self {
        let text = explanation(body).unwrap_or_else(|| if body.is_null() { String::new() } else { body.to_string() });
        Self::made(status, &text, wait, token)
    }

    fn made(status: u16, text: &str, wait: Option<&str>, token: &Secret) -> Self {
        // Redacted before anything is cut off, as half a secret is not found any more.
        let mut text = one_line(&token.redact(text), QUOTED);
        if text.is_empty() {
            let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
            text = reason.unwrap_or("no reason given").to_owned();
        }
        let wait = wait.and_then(|wait| retry_after(wait, SystemTime::now()));
        Self { status, text, retry_after: wait.map(|wait| wait.min(LONGEST_PAUSE)) }
    }

    pub(super) fn kind(&self) -> Kind {
        match self.status {
            401 => Kind::Unauthorized,
            429 | 503 | 509 => Kind::Throttled,
            502 | 504 => Kind::Unavailable,
            // What is not implemented will not be in a second either.
            501 | 505 => Kind::Final,
            // The latter two: somebody changed the same message at that moment (ErrorIrresolvableConflict).
            500..=599 | 409 | 412 => Kind::Failed,
            _ => Kind::Final,
        }
    }

    /// Whether another attempt may end otherwise.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self.kind(), Kind::Throttled | Kind::Unavailable | Kind::Failed)
    }

    /// Of two, the one for which to wait longer; one that is about the whole mailbox before one that is not.
    pub(super) fn or_worse(self, other: Option<Self>) -> Self {
        let weight = |refusal: &Self| (refusal.kind() != Kind::Failed, refusal.retry_after);
        match other {
            Some(other) if weight(&other) >= weight(&self) => other,
            _ => self,
        }
    }

    /// What the log calls the wait.
    pub(super) fn action(&self) -> &'static str {
        if self.kind() == Kind::Throttled { "throttled" } else { "not available for the moment" }
    }

    pub(super) fn told(&self) -> String {
        format!("{} {}", self.status, self.text)
    }

    pub(super) fn into_error(self, request: &'static str) -> Error {
        match self.kind() {
            // Without a word about the time, it may be what was asked for.
            Kind::Throttled | Kind::Unavailable if self.status == 429 || self.retry_after.is_some() => {
                Error::Throttled { command: request, text: self.told(), pause: self.retry_after }
            }
            _ => Error::Answered { request, status: self.status, text: self.text },
        }
    }
}

/// `Code: message` (Microsoft: "Microsoft Graph error responses and resource types").
fn explanation(json: &Value) -> Option<String> {
    let error = json.get("error")?;
    if let Some(error) = error.as_str() {
        return Some(error.to_owned());
    }
    let text = |key| error.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    match (text("code"), text("message")) {
        (Some(code), Some(message)) => Some(format!("{code}: {message}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}
