//! Messages that are not delivered because of what they are, or because they are too many. What real servers
//! make of it is tested by `spec/integration/filter_spec.rb` and `first_run_spec.rb`.

use serde_json::{Value, json};

use crate::support::{Mailbox, play::Played};

const EMAIL: &str = "one@example.com";

fn skipping(trace: &str) -> Mailbox {
    Mailbox::trace(trace).with(json!({"filter": {"auto_generated": "skip"}}))
}

fn skipped(played: &Played) -> Vec<&Value> {
    played.log.lines(EMAIL, "message skipped").collect()
}

#[tokio::test]
async fn a_skipped_message_is_marked_and_kept_also_where_delivered_ones_are_removed() {
    let settings = json!({"delete_after_delivery": true, "expunge_deleted": true});
    let played = skipping("has_an_auto_reply").with(settings).play().await;
    assert_eq!(played.accepted(), ["one"]);
    let lines = skipped(&played);
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["severity"], &lines[0]["uid"]), (&json!("INFO"), &json!(7)));
    assert_eq!(lines[0]["reason"], "auto_generated");
}

#[tokio::test]
async fn a_message_may_be_put_aside_instead() {
    let filter = json!({"filter": {"auto_generated": "quarantine"}});
    let played = Mailbox::trace("has_an_auto_reply_to_put_aside").with(filter).play().await;
    assert_eq!(played.accepted(), ["one"]);
    played.log.assert_line("ERROR", EMAIL, "message quarantined");
    played.log.assert_error(EMAIL, "filter.auto_generated is quarantine");
}

#[tokio::test]
async fn without_a_rule_every_message_is_delivered_and_nothing_told_of_it() {
    for filter in [json!({}), json!({"filter": {"auto_generated": "deliver"}}), json!({"filter": null})] {
        let played = Mailbox::trace("has_an_auto_reply_like_any_message").with(filter).play().await;
        assert_eq!(played.accepted(), ["auto_reply", "one"]);
        for line in played.log.lines(EMAIL, "message pushed") {
            assert_eq!(line.get("mail_key"), None, "{line}");
        }
    }
}

#[tokio::test]
async fn a_skipped_message_that_could_not_be_marked_is_marked_on_the_next_connection() {
    let played = skipping("hangs_up_before_a_skipped_message_is_marked").play().await;
    assert_eq!(played.accepted(), ["one"]);
    assert_eq!(skipped(&played).len(), 1);
    assert_eq!(played.log.lines(EMAIL, "message not delivered").count(), 0, "it is nobody's failure");
}

#[tokio::test]
async fn a_server_that_refuses_to_mark_a_skipped_message_is_served_all_the_same() {
    let played = skipping("refuses_to_mark_a_skipped_message").play().await;
    assert_eq!(played.accepted(), ["one"]);
    assert_eq!(played.journals[0].all("connected").len(), 1);
    assert_eq!(skipped(&played).len(), 2);
    played.log.assert_line("WARN", EMAIL, "skipped messages not marked");
    played.log.assert_error(EMAIL, "UID STORE was answered NO: not now");
}

#[tokio::test]
async fn too_many_messages_to_begin_with_are_left_alone_until_they_are_fewer() {
    let limit = json!({"first_run_limit": 2});
    let played = Mailbox::trace("has_too_many_messages_to_begin_with").with(limit).play().await;
    assert_eq!(played.accepted(), ["one"]);
    played.log.assert_line("ERROR", EMAIL, "first batch refused");
    let lines: Vec<_> = played.log.lines(EMAIL, "first batch refused").collect();
    assert_eq!(lines.len(), 1, "it is the same number on both connections");
    assert_eq!((&lines[0]["unread"], &lines[0]["first_run_limit"]), (&json!(3), &json!(2)));
}

#[tokio::test]
async fn what_comes_after_the_first_list_is_not_limited() {
    let limit = json!({"first_run_limit": 1});
    let played = Mailbox::trace("has_more_messages_after_the_first_list").with(limit).play().await;
    assert_eq!(played.accepted(), ["one", "two"]);
}
