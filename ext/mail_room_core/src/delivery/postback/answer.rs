//! What a webhook answered, and what follows from it.

use std::time::{Duration, SystemTime};

use reqwest::{
    Url,
    header::{DATE, HeaderMap, LOCATION, RETRY_AFTER},
};
use serde_json::{Value, json};

use super::RECEIVER;
use crate::{
    delivery::Outcome,
    http::{http_date, retry_after},
    printable::one_line,
};

/// How much of the body a log line quotes, in characters.
const QUOTED: usize = 200;

/// The parts of an answer that mean something here.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    retry_after: Option<Duration>,
    /// Where a redirect leads: scheme and host, as the rest may hold secrets.
    location: Option<String>,
    /// By how many seconds this machine's clock is ahead of the receiver's.
    pub(super) ahead: Option<i64>,
    /// The beginning of the body.
    pub(super) body: String,
}

impl Answer {
    /// `url` is what a relative `Location` is relative to.
    pub(super) fn read(status: u16, headers: &HeaderMap, url: &Url) -> Self {
        let now = SystemTime::now();
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            status,
            retry_after: text(RETRY_AFTER).and_then(|text| retry_after(text, now)),
            location: text(LOCATION).and_then(|text| url.join(text).ok()).map(|url| url.origin().ascii_serialization()),
            ahead: text(DATE).and_then(http_date).map(|date| seconds_between(date, now)),
            body: String::new(),
        }
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What becomes of the message. Whatever is not known to be about this message alone, or about a
    /// receiver that is out of order, is tried again: no mail is lost that way.
    ///
    /// `url` is what the log line tells. `signed` is for a request that carried a JWT, and says where
    /// its secret lies.
    pub(super) fn outcome(&self, url: &str, signed: Option<&str>) -> Outcome {
        match self.status {
            200..=299 => {
                let mut details = serde_json::Map::new();
                details.insert("url".to_owned(), url.into());
                details.insert("status_code".to_owned(), json!(self.status));
                Outcome::Accepted(details)
            }
            400 | 413 | 415 | 422 => Outcome::Refused(self.reason(signed)),
            // About the URL, the credentials, or the receiver as a whole.
            300..=399 | 401 | 403..=407 | 410 | 414 | 429 | 502..=504 => self.receiver_down(signed),
            // It says itself when to come again.
            _ if self.retry_after.is_some() => self.receiver_down(signed),
            _ => Outcome::TryAgain(self.reason(signed)),
        }
    }

    fn receiver_down(&self, signed: Option<&str>) -> Outcome {
        Outcome::ReceiverDown { receiver: RECEIVER, reason: self.reason(signed), retry_after: self.retry_after }
    }

    /// The answer in words, with what an operator should look at.
    pub(super) fn reason(&self, signed: Option<&str>) -> String {
        let mut reason = format!("the answer was {}", self.status);
        if let Some(hint) = self.hint(signed) {
            reason.push_str(&format!(" ({hint})"));
        }
        let quoted = quotation(&self.body);
        if !quoted.is_empty() {
            reason.push_str(": ");
            reason.push_str(&quoted);
        }
        reason
    }

    /// What an operator should look at.
    fn hint(&self, signed: Option<&str>) -> Option<String> {
        Some(match (self.status, signed) {
            (300..=399, _) => {
                let to = self.location.as_ref().map(|host| format!(" to {host}")).unwrap_or_default();
                format!("redirects{to} are not followed: correct delivery_url")
            }
            (401, Some(secret_path)) => {
                let clock = match self.ahead {
                    Some(0) | None => "both clocks must agree".to_owned(),
                    Some(ahead @ 1..) => format!("this machine's clock is {ahead} s ahead of the receiver's"),
                    Some(behind) => {
                        format!("this machine's clock is {} s behind the receiver's", behind.unsigned_abs())
                    }
                };
                format!("{clock}, and the receiver must have the secret of {secret_path} and know jwt_issuer")
            }
            (401 | 403, _) => "check token, username and password of delivery_options".to_owned(),
            (404 | 405 | 410, _) => "check delivery_url".to_owned(),
            (407, _) => "the proxy wants other credentials".to_owned(),
            (415, _) => "check content_type; Rails' Action Mailbox needs action_mailbox: true".to_owned(),
            _ => return None,
        })
    }
}

fn seconds_between(from: SystemTime, to: SystemTime) -> i64 {
    let seconds = |distance: Duration| i64::try_from(distance.as_secs()).unwrap_or(i64::MAX);
    // `Date` has whole seconds, so that up to one of them is no difference.
    match to.duration_since(from) {
        Ok(later) => seconds(later.saturating_sub(Duration::from_secs(1))),
        Err(error) => -seconds(error.duration()),
    }
}

/// The body in one line: the message of a JSON answer, a page without its tags, or the text as it is.
fn quotation(body: &str) -> String {
    let json: Option<Value> = serde_json::from_str(body).ok();
    let message = json.as_ref().and_then(|json| ["message", "error"].iter().find_map(|key| json.get(key)?.as_str()));
    let text = match message {
        Some(message) => message.to_owned(),
        None if body.trim_start().starts_with('<') => without_tags(body),
        None => body.to_owned(),
    };
    one_line(&text, QUOTED)
}

fn without_tags(page: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for character in page.chars() {
        match character {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            _ if !inside => text.push(character),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests;
