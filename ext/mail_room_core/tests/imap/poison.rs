//! Messages that are put aside, and what servers make of it. What real ones do is tested by
//! `spec/integration/poison_spec.rb`.

use serde_json::json;

use crate::support::{Mailbox, play};

#[tokio::test]
async fn a_message_that_breaks_every_session_is_put_aside_and_its_neighbour_delivered() {
    let mailbox = Mailbox::trace("breaks_off_at_a_message").with(json!({"max_attempts": 2}));
    let played = play([mailbox, Mailbox::neighbour()]).await;
    assert_eq!(played.accepted(), ["two"]);
    played.log.assert_line("ERROR", "one@example.com", "message quarantined");
    played.log.assert_error("one@example.com", "2 attempts failed, the last one: unusable answer from the server");
    played.assert_neighbour_served();
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
