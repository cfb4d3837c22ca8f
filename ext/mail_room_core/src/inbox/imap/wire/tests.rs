//! Waits that have to end, in the time of a clock that stands still unless everybody waits.

use std::time::Duration;

use tokio::{
    io::{AsyncWriteExt, DuplexStream, duplex},
    time::{Instant, sleep},
};

use super::{Limit, Wire};
use crate::{Error, Result, inbox::imap::alerts::Alerts};

const MINUTE: Duration = Duration::from_secs(60);
const MESSAGE_BYTES: u64 = 10_000_000;

/// A wire to a server that says this first, and then the same again and again, half a minute apart.
fn wire_to(first: &'static str, again: &'static str, times: usize, last: &'static str) -> Wire {
    let (ours, mut theirs) = duplex(4096);
    tokio::spawn(async move {
        let _ = theirs.write_all(first.as_bytes()).await;
        for _ in 0..times {
            sleep(MINUTE / 2).await;
            let _ = theirs.write_all(again.as_bytes()).await;
        }
        let _ = theirs.write_all(last.as_bytes()).await;
        std::future::pending::<()>().await;
    });
    wire(ours)
}

fn wire(stream: DuplexStream) -> Wire {
    Wire::new(Box::new(stream), MESSAGE_BYTES, Alerts::new(|_| ()))
}

async fn fetch(wire: &mut Wire) -> Result<()> {
    wire.run("UID", "FETCH 7 (BODY.PEEK[])", Limit::Silence(MINUTE), |_| ()).await.map(|_| ())
}

fn is_deadline(outcome: &Result<()>, of: Duration) -> bool {
    matches!(outcome, Err(Error::Deadline { wait: "UID FETCH", limit }) if *limit == of)
}

#[tokio::test(start_paused = true)]
async fn keepalives_are_no_part_of_a_message() {
    let started = Instant::now();
    let outcome = fetch(&mut wire_to("", "* OK Still here\r\n", usize::MAX, "")).await;
    assert!(is_deadline(&outcome, MINUTE), "{outcome:?}");
    assert!(started.elapsed() < MINUTE * 2);
}

#[tokio::test(start_paused = true)]
async fn unreadable_lines_are_no_part_of_a_message() {
    let outcome = fetch(&mut wire_to("", "* XWEATHER sunny\r\n", usize::MAX, "")).await;
    assert!(is_deadline(&outcome, MINUTE), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_byte_by_byte_is_given_up_at_last() {
    let outcome = fetch(&mut wire_to("* 1 FETCH (UID 7 BODY[] {1000000}\r\n", "x", usize::MAX, "")).await;
    assert!(is_deadline(&outcome, MINUTE * 100), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn flags_without_end_are_given_up_at_last() {
    let outcome = fetch(&mut wire_to("", "* 1 FETCH (FLAGS ())\r\n", usize::MAX, "")).await;
    assert!(is_deadline(&outcome, MINUTE * 100), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_message_has_time() {
    let outcome = fetch(&mut wire_to("* 1 FETCH (UID 7 BODY[] {100}\r\n", "xxxxx", 20, ")\r\nA0001 OK done\r\n")).await;
    assert!(outcome.is_ok(), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_read_has_a_deadline() {
    let (ours, _theirs) = duplex(16);
    let outcome = wire(ours).run("SELECT", &"x".repeat(100), Limit::Total(MINUTE), |_| ()).await;
    assert!(matches!(outcome, Err(Error::Deadline { wait: "SELECT", limit: MINUTE })), "{outcome:?}");
}
