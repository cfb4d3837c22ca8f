use std::time::{Duration, SystemTime};

use reqwest::header::HeaderValue;

use super::*;

fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, HeaderValue::from_str(value).expect("a header"));
    }
    let url = Url::parse("https://gitlab.example.com/hook?key=hunter2").expect("a URL");
    Answer { body: body.to_owned(), ..Answer::read(status, &map, &url) }
}

fn kind(status: u16) -> &'static str {
    match answer(status, &[], "").outcome("", None) {
        Outcome::Accepted(_) => "accepted",
        Outcome::TryAgain(_) => "try again",
        Outcome::Refused(_) => "refused",
        Outcome::ReceiverDown { .. } => "down",
        Outcome::ClaimLost => unreachable!("a webhook knows no claims"),
    }
}

fn reason(answer: &Answer, signed: Option<&str>) -> String {
    match answer.outcome("", signed) {
        Outcome::TryAgain(reason) | Outcome::Refused(reason) | Outcome::ReceiverDown { reason, .. } => reason,
        other => panic!("{other:?} has no reason"),
    }
}

#[test]
fn every_status_has_its_outcome() {
    for (statuses, expected) in [
        (&[200, 201, 202, 204, 299][..], "accepted"),
        (&[400, 413, 415, 422], "refused"),
        (&[301, 302, 304, 307, 308, 401, 403, 404, 405, 406, 407, 410, 414, 429, 502, 503, 504], "down"),
        (&[199, 402, 408, 409, 411, 418, 421, 425, 431, 451, 500, 501, 505, 507, 511, 599], "try again"),
    ] {
        for status in statuses {
            assert_eq!(kind(*status), expected, "{status}");
        }
    }
}

#[test]
fn accepted_tells_url_and_status() {
    let Outcome::Accepted(details) = answer(201, &[], "").outcome("https://a/", None) else { panic!("not accepted") };
    assert_eq!(Value::Object(details), json!({"url": "https://a/", "status_code": 201}));
}

#[test]
fn the_receiver_names_its_time() {
    let Outcome::ReceiverDown { retry_after, .. } = answer(429, &[("retry-after", "120")], "").outcome("", None) else {
        panic!("not down")
    };
    assert_eq!(retry_after, Some(Duration::from_secs(120)));
}

#[test]
fn reasons_quote_the_answer_in_one_short_line() {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\n<body>nginx</body></html>";
    assert_eq!(reason(&answer(502, &[], page), None), "the answer was 502: 502 Bad Gateway nginx");
    let json = r#"{"success":false,"message":"We couldn't\nprocess it."}"#;
    assert_eq!(reason(&answer(400, &[], json), None), "the answer was 400: We couldn't process it.");
    let long = format!("\u{1b}[31m{}", "x".repeat(5_000));
    let text = reason(&answer(500, &[], &long), None);
    assert!(text.len() < 250 && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn reasons_say_where_to_look() {
    let moved = answer(301, &[("location", "https://new.example.com/hook?key=hunter2")], "");
    assert_eq!(
        reason(&moved, None),
        "the answer was 301 (redirects to https://new.example.com are not followed: correct delivery_url)"
    );
    assert!(reason(&answer(401, &[], ""), None).contains("token, username and password"));
    assert!(reason(&answer(415, &[], ""), None).contains("action_mailbox: true"));
    assert!(reason(&answer(404, &[], ""), None).contains("check delivery_url"));
}

#[test]
fn a_refused_jwt_hints_at_clock_and_secret() {
    let text = reason(&answer(401, &[], ""), Some("/etc/secret"));
    assert!(text.contains("clock") && text.contains("the secret of /etc/secret"), "{text}");
    let now = SystemTime::now();
    let minute = Duration::from_secs(60);
    assert!((58..=60).contains(&seconds_between(now - minute, now)));
    assert_eq!(seconds_between(now + minute, now), -60);
    assert_eq!(seconds_between(now - Duration::from_millis(900), now), 0);
    let early = answer(401, &[("date", "Sun, 06 Nov 1994 08:49:37 GMT")], "");
    assert!(reason(&early, Some("/s")).contains("s ahead of the receiver's"));
}
