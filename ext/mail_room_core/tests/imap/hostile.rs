//! Servers that are broken or mean harm: the process lives on in bounded memory, the log stays
//! brief, other mailboxes are served, and so is this one as soon as its server is sane again.

use serde_json::json;
use tokio::runtime;

use crate::support::{Answer, Mailbox, Script, all, play};

/// What each trace's session ends with.
const BROKEN: [(&str, &str); 11] = [
    ("announces_four_gib", "4294967295 bytes, more than max_message_size"),
    ("announces_all_it_may_and_hangs_up", "connection lost"),
    ("announces_a_literal_nobody_asked_for", "an unasked literal of 500000000 bytes"),
    ("never_ends_a_line", "a line of more than"),
    ("greets_without_end", "a line of more than"),
    ("counts_too_far", "not an IMAP response"),
    ("sends_nul", "not an IMAP response"),
    ("speaks_http", "not an IMAP response"),
    // The parser panics on these, which ends no more than a session.
    ("has_a_text_the_parser_trips_over", "not an IMAP response"),
    ("has_a_date_the_parser_trips_over", "not an IMAP response"),
    // RFC 3501, section 2.2.2, would have it passed over; the parser cannot.
    ("says_what_nobody_knows", "not an IMAP response"),
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
    assert_memory_is_bounded();
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

async fn is_survived(name: &'static str, error: &str) {
    let text = format!("[include {name}]\n[next connection]\n[include ordinary]");
    let mailbox = Mailbox::script(Script::new(name, &text));
    let mailbox = mailbox.with(json!({"delete_after_delivery": true, "expunge_deleted": true}));
    let played = play([mailbox, Mailbox::neighbour()]).await;
    assert_eq!(played.accepted(), ["one"]);
    played.log.assert_error("one@example.com", error);
    played.assert_neighbour_served();
}

/// Gigabytes were announced, and of a hundred megabytes that were allowed none came. The peak is that
/// of all tests so far.
fn assert_memory_is_bounded() {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(kib < 256 << 10, "{kib} KiB at the peak");
}

#[tokio::test]
async fn a_server_that_turns_everyone_away_for_good_is_left_alone_with_it() {
    let played = play([Mailbox::trace("turns_everyone_away"), Mailbox::neighbour()]).await;
    played.log.assert_error("one@example.com", "server said BYE: too many connections");
    played.assert_neighbour_served();
}

#[tokio::test]
async fn a_server_of_few_words_or_strange_ones_is_served() {
    let played = Mailbox::trace("says_little_or_nonsense_politely").play().await;
    assert_eq!(played.accepted(), ["one"]);
    assert_eq!(played.errors(), Vec::<&str>::new());
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
