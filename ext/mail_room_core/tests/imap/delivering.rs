//! The application accepts a message, or it does not.

use crate::support::{Answer, Mailbox};

/// An application that takes the message `one` at the second time only.
fn not_at_once(answer: Answer) -> impl FnMut(&str) -> Answer {
    let mut asked = false;
    move |name| {
        if name == "one" && !std::mem::replace(&mut asked, true) { answer } else { Answer::Accept }
    }
}

#[tokio::test]
async fn what_is_not_accepted_stays_unread_and_is_tried_again() {
    let mut application = not_at_once(Answer::TryAgain("the disk is full"));
    let mailbox = Mailbox::trace("keeps_what_is_not_accepted").answers(move |name, _| application(name));
    let played = mailbox.play().await;
    assert_eq!(played.accepted(), ["two", "one"], "the message behind it does not wait");
    assert_eq!(played.marks(), [r"8 +FLAGS.SILENT (\Seen)", r"7 +FLAGS.SILENT (\Seen)"]);
    played.journals[0].assert_order("accepted one", "C: UID STORE 7");
    played.log.assert_line("WARN", "one@example.com", "message not accepted");
    assert_eq!(played.errors(), ["the disk is full"]);
}

#[tokio::test]
async fn what_was_never_answered_counts_as_not_accepted() {
    let mut application = not_at_once(Answer::Abandon);
    let mailbox = Mailbox::trace("keeps_what_is_not_accepted").answers(move |name, _| application(name));
    let played = mailbox.play().await;
    assert_eq!(played.accepted(), ["two", "one"]);
    played.log.assert_line("WARN", "one@example.com", "message not accepted");
}

#[tokio::test]
async fn without_a_thread_to_take_them_messages_stay_unread() {
    let played = Mailbox::trace("has_two_messages_nobody_takes").answers(|_, _| Answer::Leave).play().await;
    assert_eq!(played.journals[0].all("left "), ["one"]);
    assert_eq!(played.accepted(), Vec::<String>::new());
    assert_eq!(played.marks(), Vec::<String>::new());
    assert_eq!(played.log.lines("one@example.com", "message not accepted").count(), 1);
    played.log.assert_error("one@example.com", "the Ruby class is not available: no Ruby thread takes messages");
}

/// The promise this gem is made for: no acceptance is forgotten because a connection broke.
#[tokio::test]
async fn what_was_accepted_is_marked_on_the_next_connection_and_not_delivered_again() {
    let played = Mailbox::trace("hangs_up_while_a_message_is_delivered").play().await;
    assert_eq!(played.accepted(), ["one"]);
    assert_eq!(played.journals[0].all("connected").len(), 2);
    played.journals[0].assert_order("accepted one", "C: UID STORE 7");
}

#[tokio::test]
async fn a_window_is_marked_before_the_next_is_fetched() {
    let mailbox = Mailbox::trace("hangs_up_between_windows").with(serde_json::json!({"limit_max_unread": 2}));
    let played = mailbox.play().await;
    assert_eq!(played.accepted(), ["one", "two", "three"]);
    played.journals[0].assert_order("accepted two", "C: UID STORE 7:8");
    played.journals[0].assert_order("accepted three", "C: UID STORE 9");
}
