//! Getting in by AUTHENTICATE. That neither token nor password stands in a log line is checked in every test (see
//! `support::log`).

use serde_json::json;

use crate::support::{Mailbox, Script, all, play, trace};

const TOKEN: &str = "ya29.Secret-Token";
const EMAIL: &str = "one@example.com";

async fn gets_in(mailbox: Mailbox) {
    let played = mailbox.play().await;
    assert_eq!(played.accepted(), ["one"]);
    assert_eq!(played.errors(), Vec::<&str>::new());
}

#[tokio::test]
async fn a_password_takes_the_way_the_server_offers() {
    gets_in(Mailbox::trace("offers_login_alone").over_tls()).await;
    gets_in(Mailbox::trace("offers_login_alone").over_tls().with(json!({"auth_method": "login"}))).await;
    gets_in(Mailbox::trace("takes_plain_with_the_command").with(json!({"auth_method": "plain"}))).await;
}

/// Everybody can read along, so that the password is not sent as long as there is another way.
#[tokio::test]
async fn a_password_is_proven_and_not_sent_where_there_is_no_tls() {
    gets_in(Mailbox::trace("offers_scram")).await;
    gets_in(Mailbox::trace("takes_scram_with_the_command")).await;
    let mailbox = Mailbox::trace("takes_scram_with_the_command").over_tls();
    gets_in(mailbox.with(json!({"auth_method": "Scram-SHA-256"}))).await;
}

#[tokio::test]
async fn a_proof_nobody_asked_for_may_be_refused() {
    gets_in(Mailbox::trace("offers_scram_to_others")).await;
}

#[tokio::test]
async fn a_token_gets_in() {
    for (name, method) in [
        ("takes_xoauth2", None),
        ("takes_xoauth2", Some("xoauth2")),
        ("takes_xoauth2_with_the_command", None),
        ("takes_oauthbearer", Some("OAUTHBEARER")),
        ("takes_oauthbearer_with_the_command", Some("oauthbearer")),
    ] {
        gets_in(Mailbox::trace(name).with_token(TOKEN).with(json!({"auth_method": method}))).await;
    }
}

/// Servers have been seen to read a command line of some thousand bytes and no more.
#[tokio::test]
async fn a_long_token_does_not_go_with_the_command() {
    let text = trace::text("takes_xoauth2").replace("AUTH=OAUTHBEARER", "SASL-IR");
    let text: Vec<&str> =
        text.lines().map(|line| if line.starts_with("C: dX") { "C: dXNlcj..." } else { line }).collect();
    gets_in(Mailbox::script(Script::new("a long token", &text.join("\n"))).with_token(&"t".repeat(6_000))).await;
}

#[tokio::test]
async fn the_log_says_why_a_token_is_refused() {
    let played = Mailbox::trace("refuses_a_token_by_xoauth2").with_token(TOKEN).play().await;
    assert_eq!(played.accepted(), ["one"]);
    let challenge = r#"{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}"#;
    let error =
        "AUTHENTICATE was answered NO: [AUTHENTICATIONFAILED] Invalid credentials (Failure) (the server's challenge: ";
    assert_eq!(played.errors(), [format!("{error}{challenge})")]);

    let mailbox = Mailbox::trace("refuses_a_token_by_oauthbearer").with_token(TOKEN);
    let played = mailbox.with(json!({"auth_method": "oauthbearer"})).play().await;
    assert_eq!(played.accepted(), ["one"]);
    played.log.assert_error(EMAIL, r#"NO: no (the server's challenge: {"status":"invalid_token","scope":"#);
}

/// `$X` of the traces is what XOAUTH2 sends, in base64.
#[tokio::test]
async fn a_token_a_server_repeats_stands_in_no_log_line() {
    let sent = "dXNlcj1vbmVAZXhhbXBsZS5jb20BYXV0aD1CZWFyZXIgeWEyOS5TZWNyZXQtVG9rZW4BAQ==";
    let before = "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready\nC: $ AUTHENTICATE XOAUTH2 ...\n";
    let asked = before.replace(" SASL-IR", "").replace(" ...", &format!("\nS: +\nC: {sent}"));
    // {"error":"ya29.Secret-Token is unknown"}
    let challenge = "eyJlcnJvciI6InlhMjkuU2VjcmV0LVRva2VuIGlzIHVua25vd24ifQ==";
    let answers = [
        format!("S: $ NO {TOKEN} is wrong"),
        format!("S: $ BAD AUTHENTICATE XOAUTH2 {sent} is unknown"),
        format!("S: * BYE [ALERT] {TOKEN}"),
        format!("S: * NO [ALERT] {TOKEN}\nS: * NO [ALERT] {sent}\nS: $ NO no"),
        format!("S: + {challenge}\nC:\nS: $ NO no"),
        format!("S: {sent} BAD what"),
    ];
    let mut scenarios = Vec::new();
    for answer in answers {
        for before in [before, &asked] {
            let text = format!("{before}{answer}\n[next connection]\n[stop]\n");
            let mailbox = Mailbox::script(Script::new("it repeats the token", &text)).with_token(TOKEN);
            scenarios.push((text, async move {
                assert_eq!(mailbox.play().await.errors().len(), 1, "the failure itself is told");
            }));
        }
    }
    all(scenarios).await;
}

#[tokio::test]
async fn what_is_no_challenge_is_not_answered() {
    let scram = json!({"auth_method": "scram-sha-256"});
    let played = Mailbox::trace("challenges_in_no_base64").with(scram).play().await;
    assert_eq!(played.accepted(), ["one"]);
    played.log.assert_error(EMAIL, "not base64");

    let played = Mailbox::trace("asks_on_and_on").with_token(TOKEN).play().await;
    assert_eq!(played.accepted(), ["one"]);
    played.log.assert_error(EMAIL, "AUTHENTICATE was cancelled, and the server asks for more");
}

#[tokio::test]
async fn the_log_says_why_a_proof_is_refused() {
    let scram = json!({"auth_method": "scram-sha-256"});
    let played = Mailbox::trace("refuses_scram_in_so_many_words").with(scram).play().await;
    assert_eq!(played.accepted(), ["one"]);
    let error = "AUTHENTICATE was answered NO: authentication failed (the server's challenge: e=invalid-proof)";
    assert_eq!(played.errors(), [error]);
}

/// Nothing it says counts: neither a mailbox nor messages.
async fn is_found_out(manner: &'static str, error: &'static str) {
    let text = format!(
        "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256] ready\n\
         C: $ AUTHENTICATE SCRAM-SHA-256 ...\n[scram {manner}]\nS: $ OK welcome\n[next connection]\n[stop]\n"
    );
    let mailbox = Mailbox::script(Script::new(manner, &text));
    let played = play([mailbox, Mailbox::neighbour()]).await;
    played.log.assert_error(EMAIL, error);
    played.assert_neighbour_served();
}

#[tokio::test]
async fn a_server_that_does_not_know_the_password_is_found_out() {
    let cases = [
        ("wrong signature", "its signature is wrong"),
        ("no signature", "did not show that it knows the password"),
        ("another nonce", "its nonce is not made of ours"),
        ("1 iteration", "its iteration count is not between 4096 and 1000000"),
        ("4000000000 iterations", "its iteration count is not between"),
    ];
    all(cases.map(|(manner, error)| (manner.to_owned(), is_found_out(manner, error))).into()).await;
}

async fn is_not_sent(method: Option<&'static str>, mailbox: Mailbox) {
    let played = mailbox.with(json!({"auth_method": method})).play().await;
    assert_eq!(played.journals[0].all("C: "), Vec::<String>::new(), "{method:?}");
    played.log.assert_error(EMAIL, "without TLS (LOGINDISABLED); set ssl or start_tls");
}

#[tokio::test]
async fn no_password_goes_out_in_plain_text_where_the_server_forbids_it() {
    let text = "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN AUTH=LOGIN AUTH=XOAUTH2] ready\n\
                [next connection]\n[stop]\n";
    let mailbox = || Mailbox::script(Script::new("forbids it", text));
    let mut scenarios: Vec<_> =
        [None, Some("login"), Some("plain")].map(|method| (method, is_not_sent(method, mailbox()))).into();
    scenarios.push((Some("xoauth2"), is_not_sent(Some("xoauth2"), mailbox().with_token(TOKEN))));
    all(scenarios.into_iter().map(|(method, scenario)| (format!("{method:?}"), scenario)).collect()).await;
}

#[tokio::test]
async fn a_server_without_a_way_in_is_told_with_what_it_offers() {
    let text = "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=GSSAPI] ready\n[next connection]\n[stop]\n";
    let played = Mailbox::script(Script::new("GSSAPI alone", text)).over_tls().play().await;
    played.log.assert_error(EMAIL, "(it says LOGINDISABLED AUTH=GSSAPI); see auth_method");
}
