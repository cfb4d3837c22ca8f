//! The process is told to end. Whatever its servers and applications do then: it ends in time (see
//! `support::play`), what was accepted is marked if at all possible, and nothing else is.

use std::{thread, time::Duration};

use serde_json::json;

use crate::support::{Answer, Mailbox, Script, all, trace};

/// After which lines of which trace a server falls silent while the process is told to end.
const PLACES: [(&str, &str); 13] = [
    ("ordinary", ""),
    ("ordinary", "C: $ CAPABILITY"),
    ("ordinary", "C: $ LOGIN"),
    ("ordinary", "C: $ SELECT"),
    ("ordinary", "C: $ UID SEARCH"),
    ("ordinary", "C: $ UID FETCH 7 (UID RFC822.SIZE)"),
    ("ordinary", "C: $ UID FETCH 7 (UID FLAGS"),
    ("ordinary", "C: $ UID STORE"),
    ("ordinary", "C: $ UID EXPUNGE"),
    ("ordinary", "C: $ IDLE"),
    ("ordinary", "C: DONE"),
    ("ordinary", "C: $ LOGOUT"),
    ("polled", "C: $ NOOP"),
];

#[tokio::test]
async fn it_ends_in_time_with_a_server_that_falls_silent() {
    let scenarios = PLACES.map(|(base, after)| {
        let name = format!("{base} after {after:?}");
        (name.clone(), ends(name, base, after, "[stop]\n[silence]"))
    });
    all(scenarios.into()).await;
}

#[tokio::test]
async fn it_ends_in_time_in_the_middle_of_a_message() {
    let half = "S: * 1 FETCH (UID 7 BODY[] <half one>\n[stop]\n[silence]";
    ends("half a message".to_owned(), "ordinary", "C: $ UID FETCH 7 (UID FLAGS", half).await;
}

/// A refused or broken goodbye is none of anybody's concern.
#[tokio::test]
async fn it_ends_whatever_is_answered_to_logout() {
    let faults = ["S: $ NO stay", "S: $ BAD what", "S: * BYE bye\n[close]", "[close]", "S: * BYE <60000 x 78>"];
    let scenarios = faults.map(|fault| (fault.to_owned(), ends(fault.to_owned(), "ordinary", "C: $ LOGOUT", fault)));
    all(scenarios.into()).await;
}

async fn ends(name: String, base: &str, after: &str, fault: &str) {
    let base = trace::text(base);
    let before = if after.is_empty() { String::new() } else { trace::cut(&base, after) };
    let mailbox = Mailbox::script(Script::new(&name, &format!("{before}{fault}\n")));
    let settings = json!({"delete_after_delivery": true, "expunge_deleted": true, "idle_timeout": 0.2});
    let played = mailbox.with(settings).play().await;
    assert!(played.marks().len() <= played.accepted().len(), "{:?}", played.journals[0].events());
    let errors = played.errors();
    assert_eq!(errors, Vec::<&str>::new(), "an orderly end is no error");
}

#[tokio::test]
async fn a_delivery_in_hand_is_finished_and_marked_before_the_end() {
    let application = |_: &str, stop: &tokio_util::sync::CancellationToken| {
        stop.cancel();
        // Long enough for the mailbox to notice first.
        thread::sleep(Duration::from_millis(100));
        Answer::Accept
    };
    let played = Mailbox::trace("hands_out_a_message_and_waits").answers(application).play().await;
    assert_eq!(played.accepted(), ["one"], "the second is left for the next start");
    played.journals[0].assert_order("accepted one", "C: UID STORE 7");
}

#[tokio::test]
async fn a_delivery_that_never_ends_does_not_keep_the_process() {
    let application = |_: &str, stop: &tokio_util::sync::CancellationToken| {
        stop.cancel();
        loop {
            thread::park();
        }
    };
    let played = Mailbox::trace("hands_out_messages_nobody_answers_for").answers(application).play().await;
    assert_eq!(played.marks(), Vec::<String>::new());
}
