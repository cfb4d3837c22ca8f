use serde_json::json;

use super::*;

fn answered(status: u16, body: &str) -> Result<Granted, Failure> {
    let answer = Answer { status, retry_after: None, body: body.as_bytes().to_vec() };
    let sent = Secret::new("hunter2".to_owned());
    answer.granted(&|text| sent.redact(text))
}

fn printed(content: &str) -> Result<Granted, String> {
    Granted::read(content.as_bytes())
}

fn granted(token: &str, lifetime: Option<u64>) -> Granted {
    let lifetime = lifetime.map(Duration::from_secs);
    Granted { access_token: Secret::new(token.to_owned()), lifetime, refresh_token: None }
}

#[test]
fn a_token_comes_with_its_lifetime() {
    let body = r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"eyJ0"}"#;
    assert_eq!(answered(200, body), Ok(granted("eyJ0", Some(3599))));
    assert_eq!(answered(200, r#"{"access_token":"a","expires_in":"60"}"#), Ok(granted("a", Some(60))));
    for unknown in ["null", "0", "\"0\"", "-1", "1e300", "\"soon\"", "{}"] {
        let body = format!(r#"{{"access_token":"a","expires_in":{unknown}}}"#);
        assert_eq!(answered(200, &body), Ok(granted("a", None)), "{unknown}");
    }
    let rotated = answered(200, r#"{"access_token":"a","refresh_token":"r2"}"#).expect("a token");
    assert_eq!(rotated.refresh_token, Some(Secret::new("r2".to_owned())));
}

#[test]
fn what_is_no_token_is_not_taken_for_one() {
    for (body, expected) in [
        ("", "malformed JSON"),
        ("ya29.bare", "malformed JSON"),
        (r#"{"access_token":"hunter2"#, "malformed JSON"),
        ("[]", "malformed JSON"),
        ("{}", "no access_token"),
        (r#"{"access_token":7}"#, "no access_token"),
        (r#"{"access_token":""}"#, "an empty token"),
        (r#"{"access_token":"hunter2\u0001auth=x"}"#, "characters that none may have"),
        (r#"{"access_token":"hunter2","token_type":"mac"}"#, "another type than Bearer"),
    ] {
        let failure = answered(200, body).expect_err(body);
        assert!(matches!(&failure, Failure::Passing(reason) if reason.contains(expected)), "{failure:?}");
        assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
    }
}

#[test]
fn a_refusal_is_told_in_the_first_line_of_its_description() {
    let description = "AADSTS7000215: Invalid client secret hunter2 provided.\r\nTrace ID: 1\r\nTimestamp: now";
    let body = json!({"error": "invalid_client", "error_description": description}).to_string();
    let expected = "invalid_client: AADSTS7000215: Invalid client secret [REDACTED] provided.";
    assert_eq!(answered(401, &body), Err(Failure::Refused(format!("the answer was 401: {expected}"))));
    // GitHub does so.
    assert_eq!(answered(200, &body), Err(Failure::Refused(format!("the answer was 200: {expected}"))));
    assert_eq!(answered(403, "<html>"), Err(Failure::Refused("the answer was 403".to_owned())));
    let endless = json!({"error": "e", "error_description": "x".repeat(100_000)}).to_string();
    let Err(Failure::Refused(reason)) = answered(400, &endless) else { panic!("it was taken") };
    assert!(reason.len() < 400, "{reason}");
    // Cut off in the middle of a secret, it would not be known for one.
    let long = json!({"error": "e", "error_description": format!("{}hunter2", "x".repeat(297))}).to_string();
    assert!(!format!("{:?}", answered(400, &long)).contains("hun"));
}

#[test]
fn what_may_pass_is_told_from_what_will_not() {
    for (status, body) in [(500, ""), (502, "<html>"), (503, r#"{"error":"invalid_client"}"#), (408, "")] {
        assert!(matches!(answered(status, body), Err(Failure::Passing(_))), "{status} {body}");
    }
    assert!(matches!(answered(400, r#"{"error":"temporarily_unavailable"}"#), Err(Failure::Passing(_))));
    assert!(matches!(answered(404, ""), Err(Failure::Refused(_))));
    let Err(Failure::Refused(reason)) = answered(302, "") else { panic!("it was taken") };
    assert!(reason.contains("redirects are not followed"), "{reason}");
}

#[test]
fn who_asks_to_be_left_alone_is_left_alone_for_an_hour_at_most() {
    let after = |status, seconds: Option<u64>| {
        let retry_after = seconds.map(Duration::from_secs);
        Answer { status, retry_after, body: Vec::new() }.granted(&str::to_owned).expect_err("no token")
    };
    let pause = |failure: &Failure| failure.pause().map(|pause| pause.as_secs());
    assert_eq!(pause(&after(429, Some(17))), Some(17));
    assert_eq!(pause(&after(503, Some(17))), Some(17));
    assert_eq!(pause(&after(429, Some(1 << 40))), Some(3600));
    assert!(matches!(after(429, None), Failure::Throttled { pause: None, .. }));
    assert!(matches!(after(503, None), Failure::Passing(_)));
}

#[test]
fn commands_and_files_hold_a_bare_token_or_json() {
    assert_eq!(printed(" ya29.a-b_c~+/=\r\n"), Ok(granted("ya29.a-b_c~+/=", None)));
    assert_eq!(printed("\n{\"access_token\":\"a\",\"expires_in\":60}\n"), Ok(granted("a", Some(60))));
    assert_eq!(printed(" \n"), Err("an empty token".to_owned()));
    assert_eq!(printed("two words"), Err("a token with characters that none may have".to_owned()));
    assert_eq!(printed("{\"access_token\""), Err("malformed JSON".to_owned()));
    assert_eq!(printed(r#"{"error":"expired","error_description":"log in"}"#), Err("expired: log in".to_owned()));
    assert_eq!(Granted::read(b"\xff"), Err("no text".to_owned()));
}
