//! What a server has to say to people, and how it asks to be left alone.

use serde_json::json;

use crate::support::{Mailbox, Script, all, play, trace};

/// RFC 3501, section 7.1: such texts must be presented.
#[tokio::test]
async fn alerts_stand_in_the_log_once_each() {
    let played = Mailbox::trace("alerts_people").play().await;
    assert_eq!(played.accepted(), ["one"]);
    let lines = played.log.lines("one@example.com", "alert from the server");
    let texts: Vec<&str> = lines.filter_map(|line| line["alert"].as_str()).collect();
    let long = "x".repeat(500);
    let expected = [
        "down for maintenance on Sunday",
        "the password [REDACTED] expires soon",
        "95% of the quota is used",
        long.as_str(),
    ];
    assert_eq!(texts, expected);
    played.log.assert_line("WARN", "one@example.com", "alert from the server");
}

#[tokio::test]
async fn an_alert_that_explains_a_refused_login_stands_in_the_log() {
    let played = Mailbox::trace("alerts_people_it_turns_away").play().await;
    assert_eq!(played.accepted(), ["one"]);
    let mut lines = played.log.lines("one@example.com", "alert from the server");
    assert_eq!(lines.next().map(|line| &line["alert"]), Some(&"please log in with a web browser".into()));
}

/// Not one by one either, as when a server cannot read one of several messages.
#[tokio::test]
async fn a_server_that_names_a_pause_gets_it() {
    let played = Mailbox::trace("throttles_a_fetch").play().await;
    assert_eq!(played.accepted(), ["one", "two"]);
    let text = "Request is throttled. Suggested Backoff Time: 1200 milliseconds";
    assert_eq!(played.errors(), [format!("UID FETCH was throttled: {text}")]);
    let mut lines = played.log.lines("one@example.com", "Disconnected. Resetting...");
    let pause = lines.next().and_then(|line| line["retry_in_s"].as_f64());
    assert!(pause.is_some_and(|pause| pause >= 1.2), "{pause:?}");
}

#[tokio::test]
async fn the_words_of_a_server_that_is_asked_too_often_stand_in_the_log() {
    let words = [
        ("C: $ LOGIN", "S: $ NO [UNAVAILABLE] Temporary authentication failure", "[UNAVAILABLE]"),
        ("C: $ LOGIN", "S: $ NO [ALERT] Too many simultaneous connections. (Failure)", "was throttled"),
        ("C: $ LOGIN", "S: * BYE Too many simultaneous connections\n[close]", "Too many simultaneous"),
        ("C: $ SELECT", "S: $ NO [INUSE] Mailbox in use", "[INUSE]"),
        ("C: $ UID SEARCH", "S: $ NO [THROTTLED]", "was throttled: [THROTTLED]"),
        ("C: $ UID SEARCH", "S: $ BAD [OVERQUOTA] Account exceeded command or bandwidth limits.", "[OVERQUOTA]"),
        ("C: $ UID STORE", "S: $ NO [OVERQUOTA] full", "[OVERQUOTA] full"),
    ];
    all(words.map(|(after, answer, error)| (answer.to_owned(), is_logged(after, answer, error))).into()).await;
}

async fn is_logged(after: &str, answer: &str, error: &str) {
    let then = if after == "C: $ UID STORE" { "settles_what_was_accepted" } else { "ordinary" };
    let before = trace::cut(&trace::text("ordinary"), after);
    let text = format!("{before}{answer}\n[next connection]\n[include {then}]\n");
    let mailbox = Mailbox::script(Script::new(answer, &text));
    let mailbox = mailbox.with(json!({"delete_after_delivery": true, "expunge_deleted": true}));
    let played = play([mailbox, Mailbox::neighbour()]).await;
    assert_eq!(played.accepted(), ["one"]);
    played.log.assert_error("one@example.com", error);
    played.assert_neighbour_served();
}
