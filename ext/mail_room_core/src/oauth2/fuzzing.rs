//! A door for token endpoints, and for whatever a command prints or a file holds.

use super::{
    answer::{Answer, Granted},
    failure::Failure,
};
use crate::secret::Secret;

/// What was sent to get a token.
const SENT: &str = "Zq7vXk9w";

/// A line with a status, and a body. There is a token that fits into a header, or a reason in one short line that
/// does not tell what was sent.
pub(crate) fn answer(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let status = str::from_utf8(&bytes[..end]).ok().and_then(|line| line.trim().parse().ok()).unwrap_or(200);
    let body = bytes.get(end + 1..).unwrap_or_default();
    let sent = Secret::new(SENT.to_owned());
    let answer = Answer { status, retry_after: None, body: body.to_vec() };
    match answer.granted(&|text| sent.redact(text)) {
        Ok(granted) => assert_usable(&granted),
        Err(Failure::Refused(reason) | Failure::Passing(reason) | Failure::Throttled { text: reason, .. }) => {
            assert_told_briefly(&reason);
            assert!(!reason.contains(SENT), "{reason:?} tells a secret");
        }
    }
    match Granted::read(body) {
        Ok(granted) => assert_usable(&granted),
        Err(reason) => assert_told_briefly(&reason),
    }
}

fn assert_usable(granted: &Granted) {
    let token = granted.access_token.expose();
    assert!(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()), "an unusable token");
}

fn assert_told_briefly(reason: &str) {
    assert!(reason.chars().count() < 1_000, "an endless reason");
    assert!(!reason.chars().any(char::is_control), "control characters in {reason:?}");
}
