//! What a token endpoint answered (RFC 6749, sections 5.1 and 5.2), and what commands and files hold.

use std::time::Duration;

use serde_json::{Map, Value};

use super::failure::Failure;
use crate::{printable, secret::Secret};

/// How much of an explanation is told, in characters.
const QUOTED: usize = 300;

/// What has room in a header, with a lot to spare.
const LONGEST_TOKEN: usize = 64 * 1024;

/// A server that asks for more is out of its mind, and an operator who mends it will not want to wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// A token as it was given.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Granted {
    pub(super) access_token: Secret,
    /// From when it was asked for until it expires; None when that was not said.
    pub(super) lifetime: Option<Duration>,
    /// One that takes the place of the one that was sent.
    pub(super) refresh_token: Option<Secret>,
}

impl Granted {
    /// What a command prints and a file holds: a bare token, or JSON as of a token endpoint.
    ///
    /// # Errors
    /// Says what is wrong with it and shows nothing of it, but for `error` and its description.
    pub(super) fn read(content: &[u8]) -> Result<Self, String> {
        let content = content.trim_ascii();
        if content.first() == Some(&b'{') {
            let object = object(content).ok_or("malformed JSON")?;
            return match explanation(&object, &str::to_owned) {
                Some(explanation) => Err(explanation),
                None => Self::of(&object),
            };
        }
        let text = str::from_utf8(content).map_err(|_| "no text")?;
        Ok(Self { access_token: usable(text)?, lifetime: None, refresh_token: None })
    }

    fn of(object: &Map<String, Value>) -> Result<Self, String> {
        let text = |key| object.get(key).and_then(Value::as_str);
        // RFC 6749, section 7.1: not to be used unless its type is understood.
        if text("token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("Bearer")) {
            return Err("a token of another type than Bearer".to_owned());
        }
        Ok(Self {
            access_token: usable(text("access_token").ok_or("no access_token")?)?,
            lifetime: object.get("expires_in").and_then(seconds),
            refresh_token: text("refresh_token").filter(|text| !text.is_empty()).map(|text| Secret::new(text.into())),
        })
    }
}

/// RFC 6749, appendix A.12, without the space, which no header and no SASL message has room for.
fn usable(token: &str) -> Result<Secret, String> {
    let problem = if token.is_empty() {
        "an empty token"
    } else if token.len() > LONGEST_TOKEN {
        "a token longer than 64 KiB"
    } else if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        "a token with characters that none may have"
    } else {
        return Ok(Secret::new(token.to_owned()));
    };
    Err(problem.to_owned())
}

/// Some servers put the number in quotes, and some say 0 for never.
fn seconds(value: &Value) -> Option<Duration> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    Duration::try_from_secs_f64(number?).ok().filter(|lifetime| !lifetime.is_zero())
}

/// An answer over HTTP, as far as it is of interest.
pub(super) struct Answer {
    pub(super) status: u16,
    /// What `Retry-After` asks for.
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// `redact` takes out of a text what was sent.
    pub(super) fn granted(self, redact: &dyn Fn(&str) -> String) -> Result<Granted, Failure> {
        let object = object(&self.body);
        let explanation = object.as_ref().and_then(|object| explanation(object, redact));
        if (200..300).contains(&self.status) && explanation.is_none() {
            let granted = object.ok_or_else(|| "malformed JSON".to_owned()).and_then(|object| Granted::of(&object));
            return granted.map_err(|problem| Failure::Passing(format!("the answer held {problem}")));
        }
        let pause = self.retry_after.map(|pause| pause.min(LONGEST_PAUSE));
        let reason = match (&explanation, self.status) {
            (Some(text), status) => format!("the answer was {status}: {text}"),
            (None, 300..=399) => format!("the answer was {} (redirects are not followed)", self.status),
            (None, status) => format!("the answer was {status}"),
        };
        // Microsoft answers so when it is busy, whatever the status.
        let busy =
            error_of(object.as_ref()).is_some_and(|error| matches!(error, "temporarily_unavailable" | "server_error"));
        match self.status {
            429 => Err(Failure::Throttled { text: reason, pause }),
            503 if pause.is_some() => Err(Failure::Throttled { text: reason, pause }),
            500.. | 408 | 425 => Err(Failure::Passing(reason)),
            _ if busy => Err(Failure::Passing(reason)),
            _ => Err(Failure::Refused(reason)),
        }
    }
}

fn object(json: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(json).ok()
}

fn error_of(object: Option<&Map<String, Value>>) -> Option<&str> {
    object?.get("error")?.as_str()
}

/// `error`, and the first line of `error_description`: Microsoft's tell trace numbers and times after that.
fn explanation(object: &Map<String, Value>, redact: &dyn Fn(&str) -> String) -> Option<String> {
    let error = match object.get("error")? {
        Value::Null => return None,
        Value::String(error) => error.as_str(),
        _ => "error",
    };
    let description = object.get("error_description").and_then(Value::as_str).unwrap_or_default();
    // Redacted before anything is cut off, as half a secret is not found any more.
    let (error, description) = (printable(&redact(error)), printable(&redact(description)));
    Some(if description.is_empty() { error } else { format!("{error}: {description}") })
}

/// The first line that says something, in bounds.
pub(super) fn printable(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    printable::printable(line).take(QUOTED).collect()
}

#[cfg(test)]
mod tests;
