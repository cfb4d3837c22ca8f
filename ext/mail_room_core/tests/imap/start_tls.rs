//! Servers that are to be spoken to under TLS and do not come to it. None of them is ever sent a
//! password or any other command.

use serde_json::{Value, json};

use crate::support::{Mailbox, Script, all, play};

/// Lets a connection go wrong so, and stops the run on the next.
async fn fails(name: &'static str, text: String, settings: Value, error: &'static str) {
    let mailbox = Mailbox::script(Script::new(name, &format!("{text}\n[next connection]\n[stop]\n[deafness]\n")));
    let played = play([mailbox.with(settings), Mailbox::neighbour()]).await;
    let commands = played.journals[0].all("C: ");
    assert!(commands.iter().all(|command| command == "STARTTLS"), "{commands:?}");
    played.log.assert_error("one@example.com", error);
    played.assert_neighbour_served();
}

#[tokio::test]
async fn nothing_is_sent_where_start_tls_fails() {
    let ready = "S: * OK ready\nC: $ STARTTLS\n";
    let cases = [
        ("it answers NO", ready, "S: $ NO not today", "STARTTLS was answered NO: not today"),
        ("it answers BAD", ready, "S: $ BAD what", "STARTTLS was answered BAD: what"),
        ("it hangs up", ready, "[close]", "connection lost"),
        ("it falls silent", ready, "[silence]", "STARTTLS took longer than 1 s"),
        // CVE-2011-0411: what was slipped in before TLS would count as sent under it.
        ("someone slips in more", ready, "S: $ OK go\nS: * OK trust me", "bytes sent before the TLS handshake"),
        ("it goes on without TLS", ready, "S: $ OK go\n[pause 100ms]\nS: * OK\n[deafness]", "TLS"),
        // CVE-2020-12398: such a session cannot be secured any more.
        ("it knows the client", "", "S: * PREAUTH welcome back", "STARTTLS needs a greeting of OK"),
        ("it says BYE", "", "S: * BYE not now\n[close]", "server said BYE"),
        ("it greets without end", "", "S: <100000 x 78>", "a line of more than"),
        ("it never greets", "", "[silence]", "STARTTLS took longer than 1 s"),
    ];
    let scenarios = cases.map(|(name, before, fault, error)| {
        let settings = json!({"start_tls": true, "greeting_timeout": 1});
        (name.to_owned(), fails(name, format!("{before}{fault}"), settings, error))
    });
    all(scenarios.into()).await;
}

#[tokio::test]
async fn a_server_without_tls_on_its_tls_port_is_told_apart() {
    let text = "S: * OK [CAPABILITY IMAP4rev1] ready\n[deafness]".to_owned();
    fails("no TLS", text, json!({"ssl": true}), "the server does not speak TLS on this port").await;
}

#[tokio::test]
async fn a_handshake_that_is_not_answered_has_a_deadline() {
    let text = "[deafness]".to_owned();
    fails("no handshake", text, json!({"ssl": true, "tls_timeout": 0.5}), "the TLS handshake took longer").await;
}
