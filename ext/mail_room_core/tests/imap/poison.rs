//! Messages that are put aside, and what servers make of it. What real ones do is tested by
//! `spec/integration/poison_spec.rb`.

use std::{fmt::Write, ops::RangeInclusive};

use serde_json::json;

use crate::support::{Answer, Mailbox, Script, play};

#[tokio::test]
async fn a_message_that_ends_every_session_is_put_aside_and_its_neighbour_delivered() {
    let cases = [
        ("breaks_off_at_a_message", "unusable answer from the server"),
        ("says_bye_at_a_message", "server said BYE: Internal error occurred"),
        ("tells_no_size_of_a_message", "UID FETCH was answered NO: [SERVERBUG] internal error"),
    ];
    for (name, reason) in cases {
        let mailbox = Mailbox::trace(name).with(json!({"max_attempts": 2}));
        let played = play([mailbox, Mailbox::neighbour()]).await;
        assert_eq!(played.accepted(), ["two"], "{name}");
        played.log.assert_line("ERROR", "one@example.com", "message quarantined");
        played.log.assert_error("one@example.com", &format!("2 attempts failed, the last one: {reason}"));
        played.assert_neighbour_served();
    }
}

#[tokio::test]
async fn a_server_that_refuses_a_note_is_served_all_the_same() {
    let mut asked = false;
    let mailbox = Mailbox::trace("refuses_a_note").answers(move |_, _| {
        if std::mem::replace(&mut asked, true) { Answer::Accept } else { Answer::TryAgain("not now") }
    });
    assert_eq!(mailbox.play().await.accepted(), ["one"]);
}

#[tokio::test]
async fn what_a_process_that_died_was_about_to_remove_is_removed() {
    let settings = json!({"delete_after_delivery": true, "expunge_deleted": true});
    let played = Mailbox::trace("holds_a_message_that_was_to_be_removed").with(settings).play().await;
    played.log.assert_line("INFO", "one@example.com", "delivered before, removing only");
}

#[tokio::test]
async fn a_server_without_room_for_keywords_gets_its_flags_without() {
    let settings = json!({"delete_after_delivery": true, "expunge_deleted": true});
    let played = Mailbox::trace("refuses_keywords").with(settings).play().await;
    assert_eq!(played.accepted(), ["one"]);
}

#[tokio::test]
async fn where_there_is_no_move_messages_are_copied_and_removed() {
    let settings = json!({"quarantine_mailbox": "Failed", "max_message_size": 4999});
    let played = Mailbox::trace("cannot_move").with(settings).play().await;
    assert_eq!(played.accepted(), ["one"]);
    played.log.assert_error("one@example.com", "5000 bytes are more than max_message_size");
}

/// The client asks for these messages' sizes, and is told.
fn sizes(uids: RangeInclusive<u32>) -> String {
    let (first, last) = (uids.start(), uids.end());
    let mut text = format!("C: $ UID FETCH {first}:{last} (UID RFC822.SIZE)\n");
    for uid in uids {
        let _ = writeln!(text, "S: * {uid} FETCH (UID {uid} RFC822.SIZE <size one>)");
    }
    text + "S: $ OK done\n"
}

/// The client asks for these messages, and is sent them.
fn bodies(uids: RangeInclusive<u32>) -> String {
    let (first, last) = (uids.start(), uids.end());
    let mut text = format!("C: $ UID FETCH {first}:{last} (UID FLAGS RFC822.SIZE BODY.PEEK[])\n");
    for uid in uids {
        let _ = writeln!(text, "S: * {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE <size one> BODY[] <one>)");
    }
    text + "S: $ OK done\n"
}

/// A session broke, as sessions do. To fetch each of thousands alone from then on would take three round trips a message.
#[tokio::test]
async fn of_many_messages_no_one_is_fetched_alone_because_a_session_broke() {
    let all: Vec<String> = (1..=150).map(|uid| uid.to_string()).collect();
    let finds = format!("C: $ UID SEARCH UNSEEN\nS: * SEARCH {}\nS: $ OK done\n", all.join(" "));
    let text = format!(
        "[include parts/login]\n{finds}{}C: $ UID FETCH 1:150 (UID FLAGS RFC822.SIZE BODY.PEEK[])\n\
         S: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE <size one> BODY[] <half one>\n[close]\n\
         [next connection]\n[include parts/login]\n{finds}{}{}\
         C: $ UID STORE 1:100 +FLAGS.SILENT (\\Seen)\nS: $ OK done\n{}{}\
         C: $ UID STORE 101:150 +FLAGS.SILENT (\\Seen)\nS: $ OK done\n\
         [include parts/stop]\n",
        sizes(1..=150),
        sizes(1..=100),
        bodies(1..=100),
        sizes(101..=150),
        bodies(101..=150),
    );
    let played = Mailbox::script(Script::new("breaks once", &text)).play().await;
    assert_eq!(played.accepted().len(), 150);
}
