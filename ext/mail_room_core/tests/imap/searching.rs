//! What a server may answer to SEARCH.

use std::time::Instant;

use crate::{
    memory::tell_the_peak,
    support::{Mailbox, Script},
};

/// The time to work through an answer must grow with its length and not with the square of it: a
/// parser that began again with every piece that arrives would take minutes, and the run has no
/// such time (see `support::play`).
#[tokio::test]
async fn a_backlog_of_a_million_messages_is_found_in_time() {
    is_found(1_000_000).await;
    tell_the_peak();
}

#[tokio::test]
async fn a_backlog_of_200_000_messages_is_found_in_time() {
    is_found(200_000).await;
}

async fn is_found(count: u32) {
    let all: String = (1..=count).map(|uid| format!(" {uid}")).collect();
    let text = format!(
        "[include parts/login]\nC: $ UID SEARCH UNSEEN\nS: * SEARCH{all}\nS: $ OK done\n\
         C: $ UID FETCH 1:250 (UID RFC822.SIZE)\n[stop]\n"
    );
    let started = Instant::now();
    let played = Mailbox::script(Script::new("a backlog", &text)).play().await;
    println!("{count} UIDs took {:?}", started.elapsed());
    assert_eq!(played.journals[0].all("C: UID FETCH").len(), 1);
}
