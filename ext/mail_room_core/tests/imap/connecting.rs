//! Servers that are not there, or hardly.

use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{Mailbox, Script, play};

#[tokio::test]
async fn a_slow_greeting_is_waited_for() {
    let played = Mailbox::trace("greets_slowly").play().await;
    assert_eq!(played.accepted(), ["one"]);
    assert_eq!(played.errors(), Vec::<&str>::new());
}

/// The queue of a socket that nobody accepts from is full, so that the kernel drops what comes, as a
/// firewall does.
#[tokio::test]
async fn a_connection_that_is_not_answered_has_a_deadline() {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
    let full = socket.listen(0).expect("a queue");
    let address = full.local_addr().expect("an address");
    let _queued = TcpStream::connect(address).await.expect("a place in the queue");

    let unanswered = Mailbox::script(Script::new("nobody answers", "[again]"));
    let unanswered = unanswered.with(json!({"port": address.port(), "connect_timeout": 0.5}));
    let unanswered = unanswered.until_logged("connecting took longer");
    let played = play([unanswered, Mailbox::neighbour()]).await;
    drop(full);
    played.log.assert_error("one@example.com", "connecting took longer than 0.5 s");
    played.assert_neighbour_served();
}
