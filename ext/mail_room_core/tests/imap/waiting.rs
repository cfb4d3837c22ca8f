//! IDLE, polling, and messages that come at a bad moment.

use serde_json::json;

use crate::support::Mailbox;

#[tokio::test]
async fn a_server_without_idle_is_polled() {
    let played = Mailbox::trace("polled").with(json!({"idle_timeout": 0.2})).play().await;
    assert_eq!(played.accepted(), ["one"]);
    played.log.assert_line("WARN", "one@example.com", "polling by NOOP");
}

#[tokio::test]
async fn a_server_that_refuses_the_idle_it_offers_is_polled() {
    for name in ["refuses_idle", "does_not_know_idle_it_offers", "ends_idle_at_once"] {
        let played = Mailbox::trace(name).with(json!({"idle_timeout": 0.2})).play().await;
        assert_eq!(played.accepted(), ["one"], "{name}");
        assert_eq!(played.errors(), Vec::<&str>::new(), "{name}: no reason for a new session");
    }
}

#[tokio::test]
async fn idle_that_ends_by_itself_leads_to_a_new_session() {
    let played = Mailbox::trace("ends_idle_by_itself").play().await;
    assert_eq!(played.accepted(), ["one"]);
    played.log.assert_error("one@example.com", "IDLE ended by itself");
}

#[tokio::test]
async fn a_message_told_of_outside_idle_does_not_wait_for_idle_to_end() {
    let played = Mailbox::trace("tells_of_messages_at_every_step").play().await;
    assert_eq!(played.accepted(), ["one", "two", "three", "four"]);
}

#[tokio::test]
async fn a_message_told_of_before_idle_begins_does_not_wait() {
    let played = Mailbox::trace("tells_of_a_message_before_idle_begins").play().await;
    assert_eq!(played.accepted(), ["one"]);
}

#[tokio::test]
async fn a_message_told_of_while_idling_is_delivered() {
    assert_eq!(Mailbox::trace("arrives_while_idling").play().await.accepted(), ["one"]);
    let played = Mailbox::trace("removes_and_receives_a_message_while_idling").play().await;
    assert_eq!(played.accepted(), ["one"], "as many messages as before, but another one");
}

#[tokio::test]
async fn a_message_told_of_after_done_is_delivered() {
    let played = Mailbox::trace("tells_of_a_message_after_done").play().await;
    assert_eq!(played.accepted(), ["one", "two"]);
}

#[tokio::test]
async fn a_message_that_is_made_unread_again_while_idling_is_delivered() {
    assert_eq!(Mailbox::trace("makes_a_message_unread_while_idling").play().await.accepted(), ["one"]);
}

/// With and without keepalives: IDLE ends after `idle_timeout`, and a search finds what the server
/// forgot to tell. If keepalives extended it, the trace would never end.
#[tokio::test]
async fn idle_is_issued_again_whatever_the_server_says_meanwhile() {
    for name in ["sends_keepalives_in_idle", "says_nothing_in_idle"] {
        let played = Mailbox::trace(name).with(json!({"idle_timeout": 0.4})).play().await;
        assert_eq!(played.accepted(), ["one"], "{name}");
        assert_eq!(played.errors(), Vec::<&str>::new(), "{name}: the connection is kept");
    }
}
