//! Points in time, as HTTP headers tell them.

use std::time::{Duration, SystemTime};

use jiff::fmt::rfc2822::DateTimeParser;

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7). The two obsolete forms are left aside:
/// no server of this century sends them.
pub(crate) fn http_date(text: &str) -> Option<SystemTime> {
    DateTimeParser::new().parse_timestamp(text.trim()).ok().map(SystemTime::from)
}

/// `Retry-After`: seconds or a date (RFC 9110, section 10.2.3). A date gone by is no time to wait.
pub(crate) fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    http_date(text).map(|date| date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        assert_eq!(now, SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777));
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        for nonsense in ["soon", "-1", "", "1.5"] {
            assert_eq!(retry_after(nonsense, now), None, "{nonsense}");
        }
    }
}
