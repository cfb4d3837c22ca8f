//! A door for hostile webhooks.

use std::time::{Duration, SystemTime};

use reqwest::{
    Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};

use super::{ANSWER_BYTES, answer::Answer};
use crate::{
    delivery::Outcome,
    http::{http_date, retry_after},
};

/// An answer: a line with its status, headers, a blank line, the body. What is told of it is a short line.
pub(crate) fn answer(bytes: &[u8]) {
    let Ok(url) = Url::parse("https://gitlab.example.com/hook") else { return };
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(ANSWER_BYTES)]);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.trim().parse().ok()).unwrap_or(500);
    let headers: HeaderMap = lines
        .filter_map(|line| line.split_once(':'))
        .filter_map(|(name, value)| {
            Some((name.trim().parse::<HeaderName>().ok()?, value.trim().parse::<HeaderValue>().ok()?))
        })
        .collect();
    let mut answer = Answer::read(status, &headers, &url);
    answer.body = body.to_owned();
    for signed in [None, Some("/etc/secret")] {
        if let Outcome::TryAgain(reason) | Outcome::Refused(reason) | Outcome::ReceiverDown { reason, .. } =
            answer.outcome("https://gitlab.example.com/hook", signed)
        {
            assert!(reason.chars().count() < 1_000, "an endless reason");
            assert!(!reason.chars().any(char::is_control), "control characters in {reason:?}");
        }
    }
    let _ = http_date(&text);
    // What it is added to comes close to the end of time at worst.
    if let Some(wait) = retry_after(&text, SystemTime::now()) {
        assert!(wait <= Duration::from_secs(u64::MAX));
    }
}
