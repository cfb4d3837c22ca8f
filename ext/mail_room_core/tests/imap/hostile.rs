//! Servers that are broken or mean harm: the process lives on in bounded memory, the log stays
//! brief, other mailboxes are served, and so is this one as soon as its server is sane again.

use serde_json::json;
use tokio::runtime;

use crate::{
    memory::tell_the_peak,
    support::{Answer, Mailbox, Script, all, play},
};

/// What each trace's session ends with.
const BROKEN: [(&str, &str); 9] = [
    ("announces_four_gib", "4294967295 bytes, more than max_message_size (while waiting for UID FETCH)"),
    ("announces_all_it_may_and_hangs_up", "connection lost"),
    ("announces_a_literal_nobody_asked_for", "an unasked literal of 500000000 bytes"),
    ("never_ends_a_line", "a line of more than"),
    ("greets_without_end", "a line of more than"),
    ("speaks_http", "not an IMAP response"),
    // What it found would be forgotten.
    ("finds_more_than_a_number_can_hold", "an answer to SEARCH that cannot be read (while waiting for UID SEARCH)"),
    ("sends_more_of_a_message_than_it_announced", "a message of another length than announced"),
    // Names no capabilities this client could rely on.
    ("speaks_another_version", "unreadable capabilities"),
];
/// What each trace's session ends with, in far more words than belong into a log.
const WORDY: [(&str, &str); 3] = [
    ("refuses_at_length", "UID SEARCH was answered NO: xxx"),
    ("says_bye_at_length", "server said BYE: xxx"),
    ("answers_with_an_endless_tag", "was answered with"),
];

#[tokio::test]
async fn a_broken_server_ends_its_session_and_nothing_else() {
    let scenarios = BROKEN.map(|(name, error)| (name.to_owned(), is_survived(name, error)));
    all(scenarios.into()).await;
    tell_the_peak();
}

/// How long a log line may be is checked in every test (see `support::log`).
#[tokio::test]
async fn a_server_of_many_words_does_not_fill_the_log() {
    let scenarios = WORDY.map(|(name, error)| (name.to_owned(), is_survived(name, error)));
    all(scenarios.into()).await;
}

/// On its own, since a stack that overflows takes the whole process with it.
#[tokio::test]
async fn a_server_that_opens_parentheses_without_end_overflows_no_stack() {
    is_survived("opens_parentheses_without_end", "parentheses in one response").await;
}

/// What the parser cannot read, or panics on, is passed over (RFC 3501, section 2.2.2).
#[tokio::test]
async fn a_response_that_cannot_be_read_is_passed_over() {
    let names = [
        "says_what_nobody_knows",
        "counts_too_far",
        "sends_nul",
        "has_a_text_the_parser_trips_over",
        "has_a_date_the_parser_trips_over",
    ];
    all(names.map(|name| (name.to_owned(), is_served(name))).into()).await;
}

async fn is_served(name: &'static str) {
    let played = Mailbox::trace(name).play().await;
    assert_eq!(played.accepted(), ["one"]);
    assert_eq!(played.errors(), Vec::<&str>::new());
}

async fn is_survived(name: &'static str, error: &str) {
    let text = format!("[include {name}]\n[next connection]\n[include ordinary]");
    let mailbox = Mailbox::script(Script::new(name, &text));
    let mailbox = mailbox.with(json!({"delete_after_delivery": true, "expunge_deleted": true}));
    let played = play([mailbox, Mailbox::neighbour()]).await;
    assert_eq!(played.accepted(), ["one"]);
    played.log.assert_error("one@example.com", error);
    played.assert_neighbour_served();
}

#[tokio::test]
async fn a_server_that_turns_everyone_away_for_good_is_left_alone_with_it() {
    let played = play([Mailbox::trace("turns_everyone_away"), Mailbox::neighbour()]).await;
    played.log.assert_error("one@example.com", "server said BYE: too many connections");
    played.assert_neighbour_served();
}

#[tokio::test]
async fn a_server_of_few_words_or_strange_ones_is_served() {
    is_served("says_little_or_nonsense_politely").await;
    is_served("numbers_messages_beyond_reason").await;
}

#[tokio::test]
async fn a_server_that_offers_compression_is_served_without() {
    is_served("offers_compression").await;
}

#[tokio::test]
async fn a_large_message_in_unreadable_words_is_tried_again() {
    let played = Mailbox::trace("sends_a_large_message_in_unreadable_words").play().await;
    assert_eq!(played.accepted(), ["one"]);
    played.log.assert_line("WARN", "one@example.com", "message not sent by the server");
    tell_the_peak();
}

/// Mailboxes share a budget of bytes in memory. One that has used it up and waits must not keep it
/// from the others.
#[tokio::test]
async fn a_large_message_that_does_not_come_holds_up_nobody_else() {
    play([Mailbox::trace("keeps_a_large_message_back"), Mailbox::neighbour()]).await.assert_neighbour_served();
}

#[tokio::test]
async fn a_large_message_whose_delivery_hangs_holds_up_nobody_else() {
    let hangs = Mailbox::trace("has_a_large_message").answers(|_, stop| {
        let runtime = runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(stop.cancelled());
        Answer::Abandon
    });
    play([hangs, Mailbox::neighbour()]).await.assert_neighbour_served();
}
