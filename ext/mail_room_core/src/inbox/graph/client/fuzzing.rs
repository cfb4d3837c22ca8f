//! A door for a server that stands in for Microsoft Graph.

use reqwest::Url;

use super::{
    address::Address,
    batch::Answer,
    refusal::{LONGEST_PAUSE, QUOTED, Refusal},
};
use crate::secret::Secret;

/// Parts that were asked for.
const ASKED: usize = 3;

/// A line with a link, one with `Retry-After`, and an answer. The link stays with its server, each part of a batch
/// has its outcome, and what is told is a short line.
pub(crate) fn answer(bytes: &[u8]) {
    let mut parts = bytes.splitn(3, |byte| *byte == b'\n');
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let (link, wait) = (text(), text());
    let body = parts.next().unwrap_or_default();
    let Ok(endpoint) = Url::parse("https://graph.example.com") else { return };
    if let Ok(url) = Address::new(&endpoint, "a@example.com").follow(&link) {
        assert_eq!(url.origin(), endpoint.origin());
        assert!(url.username().is_empty() && url.password().is_none(), "credentials in {url}");
    }
    let token = Secret::new("hunter2hunter2".to_owned());
    check(&Refusal::new(429, body, Some(&wait), &token));
    if let Ok(answer) = serde_json::from_slice::<Answer>(body) {
        let verdicts = answer.verdicts(ASKED, &token);
        assert_eq!(verdicts.len(), ASKED);
        verdicts.into_iter().flatten().filter_map(Result::err).for_each(|refusal| check(&refusal));
    }
}

fn check(refusal: &Refusal) {
    let text = &refusal.text;
    assert!(!text.is_empty() && text.chars().count() <= QUOTED, "{text:?}");
    assert!(!text.chars().any(char::is_control), "control characters in {text:?}");
    assert!(!text.contains("hunter2hunter2"), "a secret in {text:?}");
    assert!(refusal.retry_after.is_none_or(|wait| wait <= LONGEST_PAUSE), "{refusal:?}");
}
