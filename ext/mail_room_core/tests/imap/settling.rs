//! Marking, expunging, and mailboxes in which it cannot be done.

use serde_json::json;

use crate::support::{Mailbox, Script, all, play, trace};

#[tokio::test]
async fn a_message_is_marked_deleted_and_not_expunged_when_the_settings_say_so() {
    let mailbox = Mailbox::trace("keeps_deleted_messages").with(json!({"delete_after_delivery": true}));
    assert_eq!(mailbox.play().await.accepted(), ["one"]);
}

#[tokio::test]
async fn without_uidplus_all_is_expunged_with_a_warning() {
    let settings = json!({"delete_after_delivery": true, "expunge_deleted": true});
    let played = Mailbox::trace("knows_no_uidplus").with(settings).play().await;
    assert_eq!(played.accepted(), ["one"]);
    played.log.assert_line("WARN", "one@example.com", "expunging by EXPUNGE");
}

/// Also where delivered messages are deleted: this one was not delivered.
#[tokio::test]
async fn a_message_that_is_too_large_is_set_aside_unfetched_and_undeleted() {
    let settings = json!({"max_message_size": 1000, "delete_after_delivery": true, "expunge_deleted": true});
    let played = Mailbox::trace("has_a_message_that_is_too_large").with(settings).play().await;
    assert_eq!(played.accepted(), ["two"]);
    played.log.assert_line("ERROR", "one@example.com", "message quarantined");
    played.log.assert_error("one@example.com", "1001 bytes are more than max_message_size");
}

#[tokio::test]
async fn a_mark_of_another_generation_of_uids_is_forgotten() {
    let played = Mailbox::trace("renumbers_its_messages").play().await;
    assert_eq!(played.accepted(), ["one", "two"]);
}

#[tokio::test]
async fn a_server_with_little_to_say_about_a_mailbox_is_served() {
    let played = Mailbox::trace("opens_the_mailbox_with_little_to_say").play().await;
    assert_eq!(played.accepted(), ["one"]);
}

/// Where nothing can be marked every message would be delivered again and again, so nothing is
/// delivered until that has changed.
#[tokio::test]
async fn a_mailbox_that_cannot_be_marked_is_an_error() {
    let reasons = [
        ("S: $ OK [READ-ONLY] selected", "read-only"),
        ("S: * OK [PERMANENTFLAGS ()] none\nS: $ OK [READ-WRITE] selected", r"does not keep \Seen"),
        ("S: * OK [PERMANENTFLAGS (\\Deleted \\*)] few\nS: $ OK selected", r"does not keep \Seen"),
        ("S: * OK [PERMANENTFLAGS (\\Seen)] few\nS: $ OK selected", r"does not keep \Deleted"),
    ];
    let scenarios = reasons.map(|(answer, reason)| (answer.to_owned(), cannot_be_marked(answer, reason)));
    all(scenarios.into()).await;
}

async fn cannot_be_marked(answer: &'static str, reason: &'static str) {
    let until_select = trace::cut(&trace::text("ordinary"), "C: $ SELECT");
    let text = format!("{until_select}{answer}\n[next connection]\n{}", trace::text("ordinary"));
    let mailbox = Mailbox::script(Script::new(answer, &text));
    let mailbox = mailbox.with(json!({"delete_after_delivery": true, "expunge_deleted": true}));
    let played = play([mailbox, Mailbox::neighbour()]).await;
    assert_eq!(played.accepted(), ["one"], "once it can be marked");
    assert_eq!(played.journals[0].all("C: UID SEARCH").len(), 1);
    played.log.assert_error("one@example.com", reason);
    played.assert_neighbour_served();
}
