use std::future::pending;

use tokio::io::AsyncWriteExt;

use super::*;

const MESSAGE: &[u8] = b"Subject: caf\xe9\r\n\r\n8 bit: \xff\xfe\0\r\n";

fn short() -> Timeouts {
    Timeouts { command: Duration::from_millis(300), literal: Duration::from_millis(300), ..Timeouts::default() }
}

fn chunked(body: &[u8], end: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n", body.len());
    [head.as_bytes(), body, b"\r\n", end].concat()
}

#[tokio::test]
async fn a_message_comes_as_it_is() {
    let whole = Answer::Whole(chunked(MESSAGE, b"0\r\n\r\n"));
    let server = Server::scripted(vec![Answer::new(200, "", MESSAGE), whole]).await;
    let bench = Bench::new(&server.url);
    for _ in 0..2 {
        assert_eq!(bench.body(MESSAGE.len() as u64).await.expect("a body"), Body::Whole(MESSAGE.to_vec()));
    }
    let accepted: Vec<_> = server.heard().iter().map(|heard| heard.header("accept").map(str::to_owned)).collect();
    assert_eq!(accepted, [Some("*/*".to_owned()), Some("*/*".to_owned())]);
}

#[tokio::test]
async fn a_message_that_breaks_off_is_asked_for_once_more_and_never_short() {
    let announced = Answer::Cut(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nSubject: half".to_vec());
    let between = Answer::Cut(chunked(b"Subject: half", b""));
    let within = Answer::Cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nSubject: half".to_vec());
    for cut in [announced, between, within] {
        let server = Server::scripted(vec![cut.clone(), Answer::new(200, "", MESSAGE)]).await;
        let bench = Bench::new(&server.url);
        assert_eq!(bench.body(1_000).await.expect("a body"), Body::Whole(MESSAGE.to_vec()));
        let server = Server::scripted(vec![cut]).await;
        let bench = Bench::new(&server.url);
        let error = bench.body(1_000).await.expect_err("half a message");
        assert!(matches!(error, Error::ConnectionLost(_)), "{error:?}");
        assert!(matches!(bench.post().await, Err(Error::ConnectionLost(_))));
        assert_eq!(server.heard().len(), 3);
    }
}

#[tokio::test]
async fn no_more_is_read_than_there_is_room_for() {
    let announced = Answer::Silence(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n".to_vec());
    let unannounced = Answer::Silence(chunked(&[b'x'; 1_001], b""));
    let server = Server::scripted(vec![announced, unannounced, Answer::new(200, "", [b'x'; 1_000])]).await;
    let bench = Bench::new(&server.url);
    assert_eq!(bench.body(1_000).await.expect("an answer"), Body::TooLarge(1_001));
    assert!(matches!(bench.body(1_000).await.expect("an answer"), Body::TooLarge(1_001..)));
    assert_eq!(bench.body(1_000).await.expect("an answer"), Body::Whole(vec![b'x'; 1_000]));
}

#[tokio::test]
async fn json_has_a_limit() {
    let size = JSON_BYTES + 1;
    let announced = Answer::Silence(format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n").into_bytes());
    let unannounced = Answer::Silence(chunked(&vec![b' '; 17 << 20], b""));
    let server = Server::scripted(vec![announced, unannounced]).await;
    let bench = Bench::new(&server.url);
    for _ in 0..2 {
        let error = bench.get().await.expect_err("too much").to_string();
        assert!(error.contains("an answer of more than 16777216 bytes (while waiting for GET messages)"), "{error}");
    }
}

#[tokio::test]
async fn silence_before_an_answer_ends() {
    let server = Server::scripted(vec![Answer::Silence(Vec::new())]).await;
    let bench = Bench::with(&server.url, &short());
    let error = bench.get().await.expect_err("no answer").to_string();
    assert_eq!(error, "GET messages took longer than 0.3 s");
    assert_eq!(server.heard().len(), 2);
}

#[tokio::test]
async fn silence_within_an_answer_ends() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec();
    let server = Server::scripted(vec![Answer::Silence(half)]).await;
    let bench = Bench::with(&server.url, &short());
    let error = bench.body(1_000).await.expect_err("half an answer").to_string();
    assert_eq!(error, "GET message took longer than 0.3 s");
    assert_eq!(server.heard().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_trickles_ends_too() {
    let server = Server::new(|_, _, mut socket| async move {
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await.ok()?;
        loop {
            sleep(Duration::from_secs(30)).await;
            socket.write_all(b"x").await.ok()?;
        }
    })
    .await;
    let error = Bench::new(&server.url).body(1_000).await.expect_err("no end").to_string();
    assert_eq!(error, "GET message took longer than 6000 s");
}

#[tokio::test]
async fn four_at_once_with_their_bodies() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = (Arc::clone(&now), Arc::clone(&most));
    let server = Server::new(move |_, _, mut socket| {
        let (now, most) = counted.clone();
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n").await.ok()?;
            sleep(Duration::from_millis(20)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            socket.write_all(b"null").await.ok()?;
            Some(socket)
        }
    })
    .await;
    let bench = Bench::new(&server.url);
    let all = (0..20).map(|_| bench.get());
    assert!(futures_util::future::join_all(all).await.iter().all(Result::is_ok));
    assert_eq!(most.load(Ordering::SeqCst), 4);
    assert_eq!(server.heard().len(), 20);
}

#[tokio::test]
async fn what_is_dropped_leaves_nothing_behind() {
    let server = Server::new(|nth, heard, mut socket| async move {
        match nth {
            0..4 => pending().await,
            4..8 => {
                socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await.ok()?;
                pending().await
            }
            8 => socket.write_all(b"HTTP/1.1 429 No\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n").await.ok()?,
            _ if heard.head.starts_with("GET") => {
                socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull").await.ok()?;
            }
            _ => {}
        }
        Some(socket)
    })
    .await;
    let bench = Bench::new(&server.url);
    for asked in [4, 8, 9] {
        let wait = async {
            while server.heard().len() < asked {
                sleep(Duration::from_millis(5)).await;
            }
            // Until what was answered has been read.
            sleep(Duration::from_millis(50)).await;
        };
        tokio::select! {
            // Of these, four are on their way.
            _ = futures_util::future::join_all((0..if asked == 9 { 1 } else { 6 }).map(|_| bench.get())) => panic!("no answer"),
            () = wait => {}
        }
    }
    let all = (0..8).map(|_| bench.get());
    assert!(futures_util::future::join_all(all).await.iter().all(Result::is_ok));
}
