//! Against servers that do what no real one does at will.

use std::{future::pending, sync::Arc, time::Duration};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::{fields::Fields, http::scripted::read_request, message::Origin};

const MESSAGE: &[u8] = b"Subject: caf\xe9\r\n\r\n8 bit: \xff\xfe\r\n";

fn message(raw: &[u8]) -> Message {
    let origin = Origin::numbered("a@example.com".into(), "INBOX".into(), 1);
    Message { origin: Arc::new(origin), uid: 7, raw: raw.to_vec() }
}

fn postback(port: u16, options: serde_json::Value) -> Postback {
    let settings =
        json!({"delivery_url": format!("http://127.0.0.1:{port}/hook?key=hunter2"), "delivery_options": options});
    let fields = Fields::new(&settings, String::new()).expect("an object");
    let timeouts = Timeouts { delivery: Duration::from_secs(5), ..Timeouts::default() };
    Postback::new(PostbackSettings::read(&fields).expect("settings"), &timeouts)
}

async fn request(socket: &mut TcpStream) -> Vec<u8> {
    read_request(socket).await.expect("a request")
}

/// What becomes of a message at a server that reads it, answers this and closes.
async fn answered(answer: &[u8]) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let postback = postback(listener.local_addr().expect("an address").port(), json!({"token": "hunter2"}));
    let serve = async {
        let (mut socket, _) = listener.accept().await.expect("a connection");
        request(&mut socket).await;
        socket.write_all(answer).await.expect("written");
    };
    tokio::join!(postback.deliver(message(MESSAGE)), serve).0
}

fn assert_down(outcome: &Outcome, expected: &str) {
    let Outcome::ReceiverDown { receiver: RECEIVER, reason, .. } = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains(expected), "{reason}");
    assert!(!reason.contains("hunter2"), "{reason}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_in_its_header_is_none() {
    assert_down(&answered(b"").await, "connection closed before message completed");
    assert_down(&answered(b"HTTP/1.1 200 OK\r\nContent-Le").await, "connection closed before message completed");
    assert_down(&answered(b"SMTP says hello\r\n\r\n").await, "invalid");
}

#[tokio::test]
async fn a_success_counts_once_its_header_is_complete() {
    let outcome = answered(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await;
    let Outcome::Accepted(details) = outcome else { panic!("{outcome:?}") };
    assert!(!details["url"].as_str().expect("a URL").contains("hunter2"), "{details:?}");
    let outcome = answered(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\nhalf").await;
    assert_down(&outcome, "the answer 400 broke off");
}

#[tokio::test]
async fn a_success_whose_body_never_comes_counts_when_time_is_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut postback = postback(listener.local_addr().expect("an address").port(), json!({}));
    postback.limit = Duration::from_millis(500);
    let serve = async {
        let (mut socket, _) = listener.accept().await.expect("a connection");
        request(&mut socket).await;
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await.expect("written");
        pending::<()>().await;
    };
    let outcome = tokio::select! {
        outcome = postback.deliver(message(MESSAGE)) => outcome,
        () = serve => unreachable!("it never ends"),
    };
    assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}");
}

#[tokio::test]
async fn what_an_answer_repeats_of_the_secrets_is_not_told() {
    let outcome = answered(b"HTTP/1.1 422 No\r\nContent-Length: 29\r\n\r\nno such token: hunter2, sorry").await;
    assert_eq!(outcome, Outcome::Refused("the answer was 422: no such token: [REDACTED], sorry".into()));
}

#[tokio::test]
async fn a_message_is_one_request_with_its_bytes_as_they_are() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let postback = postback(listener.local_addr().expect("an address").port(), json!({}));
    let serve = async {
        let (mut socket, _) = listener.accept().await.expect("a connection");
        let first = request(&mut socket).await;
        socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.expect("written");
        // The second comes by the same connection.
        let second = request(&mut socket).await;
        socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.expect("written");
        (first, second)
    };
    let deliver = async {
        for _ in 0..2 {
            assert!(matches!(postback.deliver(message(MESSAGE)).await, Outcome::Accepted(_)));
        }
    };
    let ((), (first, second)) = tokio::join!(deliver, serve);
    assert_eq!(first, second);
    assert!(first.starts_with(b"POST /hook?key=hunter2 HTTP/1.1\r\n"));
    assert!(first.ends_with(MESSAGE));
    let head = String::from_utf8_lossy(&first).to_lowercase();
    assert!(head.contains(&format!("x-mailroom-delivery-id: {}\r\n", message(b"").delivery_id())), "{head}");
    assert!(head.contains("user-agent: gitlab-mail_room-rs/"), "{head}");
    assert!(!head.contains("transfer-encoding"), "{head}");
}

#[tokio::test]
async fn a_server_that_answers_before_it_has_all_is_heard() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let postback = postback(listener.local_addr().expect("an address").port(), json!({}));
    let serve = async {
        let (mut socket, _) = listener.accept().await.expect("a connection");
        let mut some = [0; 1000];
        socket.read_exact(&mut some).await.expect("some of it");
        let answer = b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        socket.write_all(answer).await.expect("written");
        // As nginx does it: no more is sent, and what still comes is read for a while.
        socket.shutdown().await.expect("shut down");
        let _ = tokio::io::copy(&mut socket, &mut tokio::io::sink()).await;
    };
    let raw = vec![b'a'; 20 << 20];
    let (outcome, ()) = tokio::join!(postback.deliver(message(&raw)), serve);
    assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn silence_ends_with_the_delivery_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let postback = postback(listener.local_addr().expect("an address").port(), json!({}));
    let serve = async {
        let _connection = listener.accept().await;
        pending::<()>().await;
    };
    let outcome = tokio::select! {
        outcome = postback.deliver(message(MESSAGE)) => outcome,
        () = serve => unreachable!("it never ends"),
    };
    assert_down(&outcome, "no answer within 5 s (delivery_timeout)");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_out_of_reach() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let postback = postback(port, json!({}));
    postback.reachable().await.expect("somebody listens");
    drop(listener);
    assert_down(&postback.deliver(message(MESSAGE)).await, "cannot connect: Connection refused");
    let error = postback.reachable().await.expect_err("nobody listens").to_string();
    assert!(error.starts_with("the webhook is not available: cannot connect to 127.0.0.1"), "{error}");
}
