//! Servers that ask for less.

use std::time::Duration;

/// What they say. `THROTTLED` and "Request is throttled" are Exchange's, which also says for how long
/// (Microsoft, "Exchange throttling"); the rest is Gmail's ("Gmail bandwidth limits").
const WORDS: [&str; 5] = [
    "[throttled]",
    "is throttled",
    "suggested backoff time",
    "too many simultaneous connections",
    "exceeded command or bandwidth limits",
];

/// A server that asks for more is asked again nevertheless.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Whether a refusal is not about what was asked for but about how often.
pub(crate) fn is_throttling(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    WORDS.iter().any(|words| text.contains(words))
}

/// How long the server wants to be left alone, at most an hour: `Suggested Backoff Time: 299961
/// milliseconds`.
pub(crate) fn suggested_pause(text: &str) -> Option<Duration> {
    let text = text.to_ascii_lowercase();
    let (_, rest) = text.split_once("suggested backoff time:")?;
    let rest = rest.trim_start();
    let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let pause = Duration::from_millis(rest[..digits].parse().ok()?);
    rest[digits..].trim_start().starts_with("millisecond").then_some(pause.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exchange_says_for_how_long() {
        let text = "Request is throttled. Suggested Backoff Time: 299961 milliseconds";
        assert!(is_throttling(text));
        assert_eq!(suggested_pause(text), Some(Duration::from_millis(299_961)));
        assert_eq!(suggested_pause("Suggested Backoff Time: 99999999999 milliseconds"), Some(LONGEST));
        for text in ["Suggested Backoff Time: 5 fortnights", "Suggested Backoff Time:", "no such message"] {
            assert_eq!(suggested_pause(text), None, "{text}");
        }
        assert!(!is_throttling("[AUTHENTICATIONFAILED] Invalid credentials"));
    }
}
