//! Getting in, and keeping the password where it belongs. That it stands in no log line is checked
//! in every test (see `support::log`), in each form it can take.

use serde_json::json;

use crate::support::{Mailbox, Script, all, play, trace};

#[tokio::test]
async fn a_server_that_knows_the_client_gets_no_password() {
    let played = Mailbox::trace("knows_the_client_already").play().await;
    assert_eq!(played.accepted(), ["one"]);
}

/// Otherwise it would be polled, and expunged without UIDPLUS, whatever it can do.
#[tokio::test]
async fn a_server_that_knows_the_client_is_asked_what_it_can_do() {
    let played = Mailbox::trace("knows_the_client_already_and_says_no_more").play().await;
    assert_eq!(played.accepted(), ["one"]);
    assert_eq!(played.log.lines("one@example.com", "polling by NOOP").count(), 0);
}

#[tokio::test]
async fn a_server_that_disables_login_gets_no_password() {
    for name in ["disables_login", "disables_login_when_asked"] {
        let played = play([Mailbox::trace(name), Mailbox::neighbour()]).await;
        assert_eq!(played.accepted(), ["one"], "{name}: once it may log in");
        played.log.assert_error("one@example.com", "LOGINDISABLED");
        played.assert_neighbour_served();
    }
}

#[tokio::test]
async fn authenticate_plain_where_login_is_disabled() {
    let mailbox = Mailbox::trace("disables_login_and_offers_plain").over_tls();
    assert_eq!(mailbox.play().await.accepted(), ["one"]);
}

#[tokio::test]
async fn authenticate_plain_where_the_settings_ask_for_it() {
    let text = trace::text("disables_login_and_offers_plain").replace(" LOGINDISABLED", "");
    let mailbox = Mailbox::script(Script::new("offers_plain", &text)).with(json!({"auth_method": "PLAIN"}));
    assert_eq!(mailbox.play().await.accepted(), ["one"]);
}

#[tokio::test]
async fn an_authentication_that_asks_for_more_is_cancelled() {
    let played = Mailbox::trace("asks_for_more_than_the_credentials").over_tls().play().await;
    assert_eq!(played.accepted(), ["one"]);
    let error = "AUTHENTICATE was answered BAD: cancelled (the server's challenge: not base64)";
    assert_eq!(played.errors(), [error]);
}

#[tokio::test]
async fn passwords_arrive_whatever_they_are_made_of() {
    let quoted = Mailbox::trace("takes_a_quoted_password").with(json!({"password": r#"a "quote" and a \"#}));
    assert_eq!(quoted.play().await.accepted(), ["one"]);
    let literal = Mailbox::trace("takes_a_password_as_literal").with(json!({"password": "pässwört €"}));
    assert_eq!(literal.play().await.accepted(), ["one"]);
}

#[tokio::test]
async fn capabilities_are_asked_for_anew_after_login() {
    let played = Mailbox::trace("can_do_more_after_login").play().await;
    assert_eq!(played.accepted(), ["one"]);
    assert_eq!(played.log.lines("one@example.com", "polling by NOOP").count(), 0);
}

#[tokio::test]
async fn a_mailbox_whose_name_is_not_ascii_is_opened() {
    let mailbox = Mailbox::trace("knows_a_mailbox_by_an_encoded_name").with(json!({"name": "Entwürfe & mehr"}));
    assert_eq!(mailbox.play().await.accepted(), ["one"]);
}

/// How far the client gets with a server that will repeat what it is sent.
const LOGIN: &str = "S: * OK [CAPABILITY IMAP4rev1] ready\nC: $ LOGIN \"...\" \"...\"\n";
const LITERAL: &str =
    "S: * OK [CAPABILITY IMAP4rev1] ready\nC: $ LOGIN {...}\nS: + go\nC: ... {...}\nS: + go\nC: ...\n";
const PLAIN: &str = "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\nC: $ AUTHENTICATE PLAIN\nS: +\nC: ...\n";

async fn is_not_logged(password: &'static str, dialogue: &str, answer: &'static str) {
    let text = format!("{dialogue}S: {answer}\n[next connection]\n[stop]\n");
    let method = if dialogue == PLAIN { "plain" } else { "login" };
    let settings = json!({"password": password, "auth_method": method});
    let mailbox = Mailbox::script(Script::new(answer, &text)).with(settings);
    assert_eq!(mailbox.play().await.errors().len(), 1, "the failure itself is told");
}

#[tokio::test]
async fn a_password_a_server_repeats_stands_in_no_log_line() {
    let cases = [
        ("hunter2", LOGIN, "$ NO [AUTHENTICATIONFAILED] LOGIN one@example.com hunter2 failed"),
        ("hunter2", LOGIN, "* BYE hunter2 is wrong"),
        (r#"pa"ss\word"#, LOGIN, r#"$ NO LOGIN one@example.com pa"ss\word failed"#),
        ("hunter2", PLAIN, "$ NO AG9uZUBleGFtcGxlLmNvbQBodW50ZXIy is wrong"),
    ];
    all(cases.map(|case| (case.2.to_owned(), is_not_logged(case.0, case.1, case.2))).into()).await;
}

/// With the `\` a quoted string has before `"` and `\`, it is the password as much as without.
#[tokio::test]
async fn a_password_a_server_repeats_as_it_was_quoted_stands_in_no_log_line() {
    is_not_logged(r#"pa"ss\word"#, LOGIN, r#"$ BAD LOGIN "one@example.com" "pa\"ss\\word" failed"#).await;
}

/// Servers that take what they asked for as the next command and its first word for a tag.
#[tokio::test]
async fn a_password_a_server_takes_for_a_tag_stands_in_no_log_line() {
    let cases = [
        ("sécret", LITERAL, "sécret BAD unknown command"),
        ("hunter2", PLAIN, "AG9uZUBleGFtcGxlLmNvbQBodW50ZXIy BAD unknown command"),
    ];
    all(cases.map(|case| (case.2.to_owned(), is_not_logged(case.0, case.1, case.2))).into()).await;
}
