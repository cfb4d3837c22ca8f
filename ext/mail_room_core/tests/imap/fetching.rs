//! What a server may say when it is asked for messages.

use serde_json::json;

use crate::support::{Mailbox, Script};

#[tokio::test]
async fn messages_are_delivered_in_order_and_once() {
    let played = Mailbox::trace("answers_out_of_order_and_twice").play().await;
    assert_eq!(played.accepted(), ["one", "two", "three", "four"]);
}

#[tokio::test]
async fn messages_nobody_asked_for_are_passed_over() {
    let played = Mailbox::trace("sends_messages_nobody_asked_for").play().await;
    assert_eq!(played.accepted(), ["one", "two"]);
}

#[tokio::test]
async fn a_message_without_its_body_stays_unread_and_is_tried_again() {
    for name in ["leaves_out_a_body", "sends_nil_for_a_body"] {
        let played = Mailbox::trace(name).with(json!({"idle_timeout": 0.4})).play().await;
        assert_eq!(played.accepted(), ["two", "one"], "{name}");
        played.journals[0].assert_order("accepted one", "C: UID STORE 7");
        played.log.assert_line("WARN", "one@example.com", "message not sent by the server");
    }
}

#[tokio::test]
async fn a_message_in_unreadable_words_stays_unread_and_is_tried_again() {
    let played = Mailbox::trace("sends_a_message_in_unreadable_words").play().await;
    assert_eq!(played.accepted(), ["three", "one"]);
    assert_eq!(played.log.lines("one@example.com", "message not sent by the server").count(), 2);
    assert_eq!(played.journals[0].all("connected").len(), 1, "the connection is kept");
}

#[tokio::test]
async fn an_answer_without_messages_is_not_taken_for_them() {
    let played = Mailbox::trace("answers_fetch_with_ok_alone").with(json!({"idle_timeout": 0.4})).play().await;
    assert_eq!(played.accepted(), ["one"]);
    played.journals[0].assert_order("accepted one", "C: UID STORE 7");
}

#[tokio::test]
async fn other_news_in_the_middle_of_answers_does_no_harm() {
    let played = Mailbox::trace("speaks_of_other_things_in_between").play().await;
    assert_eq!(played.accepted(), ["one", "two"]);
}

#[tokio::test]
async fn a_message_another_client_expunged_holds_nothing_up() {
    let played = Mailbox::trace("loses_a_message_to_another_client").play().await;
    assert_eq!(played.accepted(), ["three"]);
    played.log.assert_line("WARN", "one@example.com", "message not sent by the server");
}

#[tokio::test]
async fn messages_are_delivered_byte_for_byte() {
    let played = Mailbox::trace("has_odd_and_empty_messages").play().await;
    assert_eq!(played.accepted(), ["odd", "empty", "three"]);
    assert_eq!(Mailbox::trace("sends_a_message_as_quoted_string").play().await.accepted(), ["quoted"]);
}

#[tokio::test]
async fn a_search_answered_by_ok_alone_found_nothing() {
    assert_eq!(Mailbox::trace("finds_nothing_worth_a_line").play().await.accepted(), ["one"]);
}

#[tokio::test]
async fn an_answer_to_another_command_ends_the_session() {
    let played = Mailbox::trace("answers_with_another_tag").play().await;
    assert_eq!(played.accepted(), ["one"]);
    played.log.assert_error("one@example.com", "was answered with");
}

#[tokio::test]
async fn a_slow_message_is_waited_for_as_long_as_bytes_come() {
    let timeouts = json!({"command_timeout": 2, "literal_timeout": 10});
    let played = Mailbox::trace("drips_a_message").with(timeouts).play().await;
    assert_eq!(played.accepted(), ["one"]);
    assert_eq!(played.errors(), Vec::<&str>::new());
}

#[tokio::test]
async fn a_message_that_stops_half_way_is_given_up_and_fetched_again() {
    let mailbox = Mailbox::trace("stops_in_the_middle_of_a_message").with(json!({"literal_timeout": 0.8}));
    let played = mailbox.play().await;
    assert_eq!(played.accepted(), ["one"]);
    assert!(played.errors().iter().all(|error| *error == "UID FETCH took longer than 0.8 s"), "{:?}", played.errors());
    played.log.assert_line("WARN", "one@example.com", "Disconnected. Resetting...");
}

/// Nor for a whole hour, whatever else it says: see also `inbox::imap::wire`.
#[tokio::test]
async fn a_message_is_not_waited_for_while_a_server_says_it_is_still_there() {
    let mailbox = Mailbox::trace("sends_keepalives_instead_of_a_message").with(json!({"literal_timeout": 0.8}));
    let played = mailbox.play().await;
    assert_eq!(played.accepted(), ["one"]);
    assert!(played.errors().iter().all(|error| *error == "UID FETCH took longer than 0.8 s"), "{:?}", played.errors());
}

/// A backlog is asked for in parts, each as a range of UIDs. Of each part all but the first twenty
/// have been removed meanwhile, which keeps the test short.
#[tokio::test]
async fn a_backlog_of_20_000_messages_is_worked_off_in_parts() {
    const COUNT: u32 = 20_000;
    let all: String = (1..=COUNT).map(|uid| format!(" {uid}")).collect();
    let mut text = format!("[include parts/login]\nC: $ UID SEARCH UNSEEN\nS: * SEARCH{all}\nS: $ OK done\n");
    // The parts grow with each that went well.
    let sizes = [250, 1_000].into_iter().chain(std::iter::repeat(2_000));
    let starts = sizes.scan(1, |start, size| Some(std::mem::replace(start, *start + size)));
    let starts: Vec<u32> = starts.take_while(|start| *start <= COUNT).collect();
    for (number, first) in starts.iter().copied().enumerate() {
        let (kept, last) = (first + 19, starts.get(number + 1).map_or(COUNT, |next| next - 1));
        let sizes = (first..=kept).map(|uid| format!("S: * {uid} FETCH (UID {uid} RFC822.SIZE <size n{uid}>)\n"));
        let bodies = (first..=kept).map(|uid| format!("S: * {uid} FETCH (UID {uid} FLAGS () BODY[] <n{uid}>)\n"));
        let (sizes, bodies): (String, String) = (sizes.collect(), bodies.collect());
        text += &format!(
            "C: $ UID FETCH {first}:{last} (UID RFC822.SIZE)\n{sizes}S: $ OK done\n\
             C: $ UID FETCH {first}:{kept} (UID FLAGS RFC822.SIZE BODY.PEEK[])\n{bodies}S: $ OK done\n\
             C: $ UID STORE {first}:{kept} +FLAGS.SILENT (\\Seen)\nS: $ OK done\n"
        );
    }
    text += "[include parts/stop]\n";
    let played = Mailbox::script(Script::new("a backlog", &text)).play().await;
    let kept = starts.iter().flat_map(|first| *first..first + 20);
    assert_eq!(played.accepted(), kept.map(|uid| format!("n{uid}")).collect::<Vec<_>>());
}
