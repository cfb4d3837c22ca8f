//! Servers that are not as they should be. Good ones, and TLS, are looked at in `spec/integration/examine_spec.rb`.

mod server;

use serde_json::{Value, json};

use self::server::{Manner, Server};
use crate::{
    check::{Check, Finding, Outcome, await_message},
    mailbox::Mailbox,
};

const ALL: Check = Check { read_only: false, login_only: false };

fn mailbox(server: &Server, more: &Value) -> Mailbox {
    let mut settings = json!({
        "host": "127.0.0.1", "port": server.port, "email": "incoming", "password": "hunter2", "name": "inbox",
        "delivery_method": "noop", "idle_timeout": 1, "greeting_timeout": 1, "command_timeout": 5,
    });
    settings.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    Mailbox::from_settings(&settings).expect("settings")
}

async fn looked(server: &Server, check: Check, more: &Value) -> Vec<Finding> {
    let findings = check.run(&mailbox(server, more)).await;
    assert!(!format!("{findings:?}").contains("hunter2"), "{findings:#?}");
    findings
}

async fn with(manner: Manner) -> Vec<Finding> {
    looked(&Server::new(manner).await, ALL, &json!({})).await
}

fn found<'f>(findings: &'f [Finding], check: &str) -> &'f Finding {
    findings.iter().find(|finding| finding.check == check).expect("a finding")
}

/// How a check ended, what was seen, and what to do.
fn told(findings: &[Finding], check: &str) -> (Outcome, String, String) {
    let Finding { outcome, detail, advice, .. } = found(findings, check).clone();
    (outcome, detail.unwrap_or_default(), advice.unwrap_or_default())
}

fn expect(findings: &[Finding], check: &str, outcome: Outcome, words: &[&str]) {
    let (ended, detail, advice) = told(findings, check);
    let missing: Vec<_> = words.iter().filter(|words| !format!("{detail} | {advice}").contains(**words)).collect();
    assert!(ended == outcome && missing.is_empty(), "{missing:?} in {findings:#?}");
}

fn answering(command: &'static str, answer: &'static str) -> Manner {
    Manner { answers: vec![(command, answer)], ..Manner::default() }
}

#[tokio::test]
async fn a_good_server_is_all_right_and_nothing_of_ours_stays() {
    let server = Server::new(Manner::default()).await;
    let findings = looked(&server, ALL, &json!({"name": "Support"})).await;
    let wrong: Vec<_> = findings.iter().filter(|finding| finding.outcome == Outcome::No).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(findings.len(), 9);
    expect(&findings, "imap.select", Outcome::Yes, &["holds 3 messages; 2 wait (UNSEEN)"]);
    expect(&findings, "imap.idle", Outcome::Yes, &["told of a message"]);
    let heard = server.heard();
    let appended = heard.iter().find(|command| command.starts_with("APPEND")).expect("a message");
    assert!(appended.starts_with("APPEND \"Support\" (\\Seen \\Deleted) {"), "{appended}");
    assert!(heard.contains(&"UID EXPUNGE 42".to_owned()), "{heard:#?}");
}

#[tokio::test]
async fn read_only_and_up_to_the_login_write_nothing() {
    let server = Server::new(Manner::default()).await;
    let findings = looked(&server, Check { read_only: true, login_only: false }, &json!({})).await;
    expect(&findings, "imap.idle", Outcome::Skipped, &["read only"]);
    expect(&findings, "imap.select", Outcome::Yes, &["holds 3 messages"]);
    expect(&findings, "imap.flags", Outcome::Skipped, &["for reading only"]);
    assert!(server.heard().contains(&"EXAMINE \"inbox\"".to_owned()), "{:#?}", server.heard());
    assert!(!server.heard().iter().any(|command| command.starts_with("SELECT")));
    let findings = looked(&server, Check { read_only: false, login_only: true }, &json!({})).await;
    assert_eq!(findings.last().expect("findings").check, "imap.select");
    assert!(!server.heard().iter().any(|command| command.starts_with("APPEND")));
}

#[tokio::test]
async fn a_server_that_does_not_tell_is_found_out_and_cleaned_up() {
    let server = Server::new(Manner { mute: true, ..Manner::default() }).await;
    let findings = looked(&server, ALL, &json!({})).await;
    expect(&findings, "imap.idle", Outcome::Yes, &["not told of within 1 s", "idle_timeout"]);
    assert!(server.heard().contains(&"UID EXPUNGE 42".to_owned()));
    assert_eq!(server.held(), Vec::<u32>::new());
}

#[tokio::test]
async fn what_says_that_it_is_removed_and_stays_is_marked_once_more_or_told_of() {
    let server = Server::new(Manner { appends_undeleted: true, ..Manner::default() }).await;
    let findings = looked(&server, ALL, &json!({})).await;
    assert_eq!((&*told(&findings, "imap.idle").2, server.held()), ("", Vec::new()));
    let server = Server::new(answering("UID EXPUNGE", "$ OK done\r\n")).await;
    let findings = looked(&server, ALL, &json!({})).await;
    expect(&findings, "imap.idle", Outcome::Yes, &["told of a message", "still there", "remove the message"]);
}

#[tokio::test]
async fn what_cannot_be_found_again_may_still_be_there() {
    let manner = Manner { hangs_up_in: Some("APPEND"), ..answering("UID SEARCH HEADER", "* SEARCH\r\n$ OK done\r\n") };
    let findings = with(manner).await;
    expect(&findings, "imap.idle", Outcome::No, &["may still be there", "remove the message"]);
}

#[tokio::test]
async fn what_earlier_looks_left_is_removed_and_nothing_else() {
    let ours = "<0123456789abcdef0123456789abcdef@mail-room.invalid>";
    let holds = vec![(7, ours), (8, "<mine@mail-room.invalid>"), (9, "<0123@mail-room.invalid>")];
    let server = Server::new(Manner { holds, ..Manner::default() }).await;
    looked(&server, Check { read_only: true, login_only: false }, &json!({})).await;
    assert_eq!(server.held(), [7, 8, 9]);
    looked(&server, ALL, &json!({})).await;
    assert_eq!(server.held(), [8, 9]);
}

#[tokio::test]
async fn a_look_that_is_broken_off_cleans_up_all_the_same() {
    let server = Server::new(Manner { mute: true, ..Manner::default() }).await;
    let mailbox = mailbox(&server, &json!({}));
    tokio::select! {
        _ = ALL.run(&mailbox) => panic!("it waits for a second"),
        () = async {
            while server.held().is_empty() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        } => {}
    }
    while !server.held().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_search_for_recent_messages_finds_them_as_recent_as_before() {
    for criteria in ["NEW", "OR RECENT SEEN"] {
        let server = Server::new(Manner::default()).await;
        let findings = looked(&server, ALL, &json!({"search_command": criteria})).await;
        expect(&findings, "imap.idle", Outcome::Skipped, &["counts recent messages"]);
        let server_with_one = Server::new(Manner { holds: vec![(42, "<a@b>")], ..Manner::default() }).await;
        let settings = mailbox(&server_with_one, &json!({"search_command": criteria}));
        let finding = await_message(&settings, "a@b", std::time::Duration::from_secs(1)).await;
        expect(&[finding], "arrival", Outcome::Yes, &["it stays", "remove it from the mailbox"]);
        for server in [server, server_with_one] {
            assert!(!server.heard().iter().any(|command| command.starts_with("SELECT")), "{:#?}", server.heard());
        }
    }
}

#[tokio::test]
async fn what_was_put_there_is_found_and_removed_when_the_server_does_not_say_where_it_is() {
    let server = Server::new(Manner { hangs_up_in: Some("APPEND"), ..Manner::default() }).await;
    let findings = looked(&server, ALL, &json!({})).await;
    expect(&findings, "imap.idle", Outcome::No, &["offered, but:"]);
    let heard = server.heard();
    assert!(heard.iter().any(|command| command.starts_with("UID SEARCH HEADER Message-ID")), "{heard:#?}");
    assert!(heard.contains(&"UID EXPUNGE 42".to_owned()), "{heard:#?}");
}

#[tokio::test]
async fn no_message_is_put_where_it_could_not_be_removed_or_could_be_found() {
    let gmail = Manner { capabilities: Some("IMAP4rev1 IDLE UIDPLUS X-GM-EXT-1"), ..Manner::default() };
    let without = Manner { capabilities: Some("IMAP4rev1 IDLE"), ..Manner::default() };
    for (manner, more, words) in [
        (gmail, json!({}), "Gmail"),
        (without, json!({}), "UIDPLUS"),
        (Manner::default(), json!({"search_command": "ALL"}), "search_command"),
    ] {
        let server = Server::new(manner).await;
        let findings = looked(&server, ALL, &more).await;
        expect(&findings, "imap.idle", Outcome::Skipped, &[words]);
        assert!(!server.heard().iter().any(|command| command.starts_with("APPEND")), "{words}");
    }
}

#[tokio::test]
async fn a_full_mailbox_and_one_session_too_many() {
    let findings = with(answering("APPEND", "$ NO [OVERQUOTA] full\r\n")).await;
    expect(&findings, "imap.idle", Outcome::Skipped, &["full", "take no mail"]);
    let findings = with(answering("IDLE", "$ NO not here\r\n")).await;
    expect(&findings, "imap.idle", Outcome::Yes, &["refused", "up to a minute"]);
}

#[tokio::test]
async fn what_a_server_lacks() {
    let server = Server::new(Manner { capabilities: Some("IMAP4rev1"), ..Manner::default() }).await;
    let deleting = json!({"delete_after_delivery": true, "expunge_deleted": true});
    let findings = looked(&server, ALL, &deleting).await;
    expect(&findings, "imap.uidplus", Outcome::Yes, &["by other clients too", "expunge_deleted"]);
    expect(&findings, "imap.idle", Outcome::Yes, &["every minute", "up to a minute"]);
    expect(&looked(&server, ALL, &json!({})).await, "imap.uidplus", Outcome::Skipped, &["not needed"]);
    let findings = looked(&server, ALL, &json!({"quarantine_mailbox": "Q"})).await;
    expect(&findings, "imap.uidplus", Outcome::No, &["quarantine_mailbox"]);
}

#[tokio::test]
async fn a_mailbox_that_keeps_no_marks() {
    let findings = with(answering("SELECT", "* 3 EXISTS\r\n$ OK [READ-ONLY] done\r\n")).await;
    expect(&findings, "imap.select", Outcome::No, &["for reading only", "ACL"]);
    expect(&findings, "imap.flags", Outcome::Skipped, &["needs imap.select"]);
    let server = Server::new(answering("SELECT", "* OK [PERMANENTFLAGS (\\Seen)] are\r\n$ OK done\r\n")).await;
    let findings = looked(&server, ALL, &json!({"delete_after_delivery": true})).await;
    expect(&findings, "imap.flags", Outcome::No, &["\\Deleted is not kept"]);
    expect(&findings, "imap.idle", Outcome::Skipped, &["needs imap.flags"]);
    let findings = looked(&server, ALL, &json!({})).await;
    expect(&findings, "imap.flags", Outcome::Yes, &["kept: \\Seen", "keywords"]);
    expect(&findings, "imap.idle", Outcome::Skipped, &["PERMANENTFLAGS"]);
    assert!(!server.heard().iter().any(|command| command.starts_with("APPEND")));
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_and_a_search_that_is_none() {
    let server = Server::new(answering("SELECT", "$ NO no such mailbox\r\n")).await;
    let findings = looked(&server, ALL, &json!({"name": "Suport"})).await;
    expect(&findings, "imap.select", Outcome::No, &["no such mailbox; there are \"Support\", \"INBOX\""]);
    let findings = with(answering("UID SEARCH UNSEEN", "$ BAD what?\r\n")).await;
    expect(&findings, "imap.select", Outcome::No, &["search_command"]);
}

#[tokio::test]
async fn no_way_in() {
    let disabled = Manner { capabilities: Some("IMAP4rev1 LOGINDISABLED STARTTLS"), ..Manner::default() };
    expect(&with(disabled).await, "imap.auth", Outcome::No, &["LOGINDISABLED", "start_tls: true"]);
    let none = Server::new(Manner { capabilities: Some("IMAP4rev1 AUTH=GSSAPI"), ..Manner::default() }).await;
    let findings = looked(&none, ALL, &json!({"auth_method": "plain"})).await;
    expect(&findings, "imap.auth", Outcome::No, &["AUTH=GSSAPI"]);
    let findings = with(answering("LOGIN", "$ NO [AUTHENTICATIONFAILED] no \"hunter2\" here\r\n")).await;
    expect(&findings, "imap.login", Outcome::No, &["AUTHENTICATIONFAILED", "check email (user) and password"]);
    let findings = with(answering("LOGIN", "$ NO Application-specific password required\r\n")).await;
    expect(&findings, "imap.login", Outcome::No, &["app password"]);
}

#[tokio::test]
async fn a_token_that_is_not_to_be_had_is_told_from_a_login_that_is_refused() {
    let server = Server::new(Manner { capabilities: Some("IMAP4rev1 AUTH=XOAUTH2"), ..Manner::default() }).await;
    let folder = std::env::temp_dir().join(format!("mail_room-token-{}-{}", std::process::id(), server.port));
    let more = json!({"password": null, "oauth2": {"token_file": folder.to_str()}});
    let findings = looked(&server, ALL, &more).await;
    expect(&findings, "imap.login", Outcome::No, &["no access token", "the server was not asked"]);
    assert!(!server.heard().iter().any(|command| command.starts_with("AUTHENTICATE")));
    drop(server);
    let mut manner = answering("AUTHENTICATE", "$ NO not you\r\n");
    manner.capabilities = Some("IMAP4rev1 AUTH=XOAUTH2 SASL-IR");
    let server = Server::new(manner).await;
    std::fs::write(&folder, "t0ken").expect("a file");
    let findings = looked(&server, ALL, &more).await;
    std::fs::remove_file(&folder).expect("the file");
    expect(&findings, "imap.login", Outcome::No, &["a token was had"]);
}

fn greeting_bye() -> Manner {
    Manner { greeting: Some("* BYE too many\r\n"), ..Manner::default() }
}

#[tokio::test]
async fn greetings_that_are_none() {
    let greeting = |greeting| Manner { greeting: Some(greeting), ..Manner::default() };
    expect(&with(greeting_bye()).await, "imap.auth", Outcome::No, &["too many", "turned this client away"]);
    expect(&with(greeting("220 smtp ready\r\n")).await, "imap.auth", Outcome::No, &["port of IMAP"]);
    expect(&with(greeting("")).await, "imap.auth", Outcome::No, &["no greeting", "port of IMAP"]);
    let findings = with(greeting("* PREAUTH welcome\r\n")).await;
    expect(&findings, "imap.auth", Outcome::Yes, &["PREAUTH"]);
    expect(&findings, "imap.idle", Outcome::Yes, &["told of a message"]);
}

#[tokio::test]
async fn start_tls_that_is_not_there() {
    let server = Server::new(answering("STARTTLS", "$ BAD no TLS here\r\n")).await;
    let findings = looked(&server, ALL, &json!({"start_tls": true})).await;
    expect(&findings, "imap.tls", Outcome::No, &["no TLS here", "993"]);
    let findings = looked(&server, ALL, &json!({"ssl": true})).await;
    expect(&findings, "imap.tls", Outcome::No, &["speaks IMAP without TLS", "* OK ready", "start_tls: true"]);
}

#[tokio::test]
async fn a_message_that_is_on_its_way() {
    // A server whose search understands nothing finds all there is.
    let mut manner = answering("UID SEARCH HEADER", "* SEARCH 1 2 3 41 42\r\n$ OK done\r\n");
    manner.holds = vec![(41, "<xa@b>"), (42, "<a@b>")];
    let server = Server::new(manner).await;
    let limit = std::time::Duration::from_secs(1);
    let finding = await_message(&mailbox(&server, &json!({})), "<a@b>", limit).await;
    assert_eq!((finding.check, finding.outcome, finding.advice), ("arrival", Outcome::Yes, None));
    let heard = server.heard();
    assert!(heard.contains(&"UID SEARCH HEADER Message-ID \"<a@b>\"".to_owned()), "{heard:#?}");
    assert!(heard.contains(&"UID EXPUNGE 42".to_owned()), "{heard:#?}");
    assert!(heard.contains(&"UID STORE 42 +FLAGS.SILENT (\\Seen \\Deleted)".to_owned()), "{heard:#?}");
    assert_eq!(server.held(), [41]);
    let server = Server::new(Manner { holds: vec![(41, "<a@b>"), (42, "<a@b>")], ..Manner::default() }).await;
    let finding = await_message(&mailbox(&server, &json!({})), "<a@b>", limit).await;
    expect(&[finding], "arrival", Outcome::Yes, &["it stays: 2 messages have its Message-ID"]);
    assert_eq!(server.held(), [41, 42]);
    for none in ["", "<>", "a@b> <", "a b", "a\r\nb"] {
        let longest = std::time::Duration::MAX;
        let finding = await_message(&mailbox(&server, &json!({})), none, longest).await;
        expect(&[finding], "arrival", Outcome::No, &["no such Message-ID"]);
    }
    let server = Server::new(greeting_bye()).await;
    let finding = await_message(&mailbox(&server, &json!({})), "a", std::time::Duration::MAX).await;
    expect(&[finding], "arrival", Outcome::No, &["too many"]);
    let server = Server::new(answering("UID SEARCH", "* SEARCH\r\n$ OK done\r\n")).await;
    let finding = await_message(&mailbox(&server, &json!({})), "<a@b>", limit).await;
    expect(&[finding], "arrival", Outcome::No, &["nothing came into the mailbox", "log of the mail server"]);
    let taken =
        Manner { answers: vec![("UID SEARCH", "* 4 EXISTS\r\n* SEARCH\r\n$ OK done\r\n")], ..Manner::default() };
    let server = Server::new(taken).await;
    let finding = await_message(&mailbox(&server, &json!({})), "<a@b>", limit).await;
    expect(&[finding], "arrival", Outcome::No, &["something came into the mailbox", "a daemon"]);
}

#[test]
fn only_a_search_that_can_never_find_it_lets_a_message_of_ours_in() {
    for criteria in ["UNSEEN", "unseen SINCE 1-Jan-2026", "UNDELETED", "NOT SEEN", "NOT DELETED OR SEEN ALL"] {
        assert!(super::never_finds_ours(criteria), "{criteria}");
    }
    for criteria in ["ALL", "SEEN", "OR UNSEEN SEEN", "FROM UNSEEN", "(UNSEEN)", "NOT FROM a", "NOT UNSEEN", "DELETED"]
    {
        assert!(!super::never_finds_ours(criteria), "{criteria}");
    }
}
