//! Over a stream whose other end is in the test's hands.

use std::{
    pin::Pin,
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll},
    time::Duration,
};

use futures_util::future::join_all;
use redis::{ErrorKind, Pipeline};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex},
    time::timeout,
};

use super::*;
use crate::{charset::Text, redis_connection::link};

fn line(room: usize) -> (Line, DuplexStream) {
    let (near, far) = duplex(room);
    (Line::over(Box::new(near)), far)
}

fn request(words: &[&str]) -> Request {
    let mut request = Request::new();
    request.command(words.len());
    for word in words {
        request.word(word);
    }
    request
}

async fn answer<T: FromRedisValue>(line: &Line, words: &[&str]) -> RedisResult<T> {
    line.carry_out(request(words), None).await
}

async fn expect(far: &mut DuplexStream, expected: &str) {
    let mut came = vec![0; expected.len()];
    timeout(Duration::from_secs(10), far.read_exact(&mut came)).await.expect("in time").expect("bytes");
    assert_eq!(String::from_utf8_lossy(&came), expected);
}

#[tokio::test]
async fn answers_go_to_those_who_asked_in_order() {
    let (line, mut far) = line(1 << 16);
    let mut first = Pipeline::new();
    first.cmd("A").cmd("B");
    let (mut other, one, two) = (line.clone(), request(&["C"]), request(&["D", ""]));
    let asked = tokio::spawn(async move { first.query_async::<(u8, u8)>(&mut other).await });
    expect(&mut far, "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n").await;
    let one = line.send(Arc::new(one), false).await.expect("sent");
    let two = line.send(Arc::new(two), false).await.expect("sent");
    expect(&mut far, "*1\r\n$1\r\nC\r\n*2\r\n$1\r\nD\r\n$0\r\n\r\n").await;
    far.write_all(b":1\r\n:2\r\n-ERR no\r\n+OK\r\n").await.expect("written");
    assert_eq!(asked.await.expect("a task").expect("answers"), (1, 2));
    assert!(matches!(&one.answer().await.expect("an answer")[..], [Value::ServerError(_)]));
    assert_eq!(two.answer().await.expect("an answer"), [Value::Okay]);
}

#[tokio::test]
async fn a_long_word_is_escaped_on_its_way() {
    let (line, mut far) = line(1000);
    let text = "Grüße,\r\n\"x\"\0\r\n".repeat(50_000);
    let raw = [text.as_bytes(), b"\r\n\r\n\xe9t\xe9\r\n"].concat();
    let mut push = Request::new();
    push.command(2).word("LPUSH").long_word(LongWord::new(b"[\"".to_vec(), Text::new(raw), b"\"]".to_vec()));
    let job = serde_json::to_string(&[format!("{text}\r\n\r\n\u{e9}t\u{e9}\r\n")]).expect("text");
    let far = tokio::spawn(async move {
        expect(&mut far, &format!("*2\r\n$5\r\nLPUSH\r\n${}\r\n{job}\r\n", job.len())).await;
        far.write_all(b":1\r\n").await.expect("written");
    });
    assert_eq!(line.carry_out::<u64>(push, None).await.expect("an answer"), 1);
    far.await.expect("a task");
}

fn script(script: &Script) -> Request {
    let mut request = Request::new();
    request.script(script, 1, 1).word("key").word("word");
    request
}

#[tokio::test]
async fn a_script_is_loaded_once_and_again_when_the_server_has_forgotten_it() {
    let (line, mut far) = line(1 << 16);
    let known = Script::new("return 1");
    let load = "*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n$8\r\nreturn 1\r\n";
    let run = "*5\r\n$7\r\nEVALSHA\r\n$40\r\ne0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n$1\r\n1\r\n$3\r\nkey\r\n$4\r\nword\r\n";
    let far = async {
        expect(&mut far, &format!("{load}{run}{run}")).await;
        far.write_all(b"$2\r\nno\r\n:7\r\n-NOSCRIPT none\r\n").await.expect("written");
        expect(&mut far, &format!("{load}{run}")).await;
        far.write_all(b"$2\r\nno\r\n:8\r\n").await.expect("written");
        // Why it cannot be loaded is what matters then.
        expect(&mut far, run).await;
        far.write_all(b"-NOSCRIPT none\r\n").await.expect("written");
        expect(&mut far, &format!("{load}{run}")).await;
        far.write_all(b"-NOPERM you may not\r\n-NOSCRIPT none\r\n").await.expect("written");
    };
    let near = async {
        let both = tokio::join!(line.carry_out::<u8>(script(&known), None), line.carry_out::<u8>(script(&known), None));
        assert_eq!((both.0.expect("an answer"), both.1.expect("an answer")), (7, 8));
        let refused = line.carry_out::<u8>(script(&known), None).await.expect_err("no answer");
        assert_eq!(refused.code(), Some("NOPERM"));
    };
    tokio::join!(far, near);
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_not_sent() {
    let (line, mut far) = line(1 << 16);
    drop(line.send(Arc::new(request(&["GONE"])), false).await.expect("sent"));
    let (answered, ()) = tokio::join!(answer::<u8>(&line, &["HERE"]), async {
        expect(&mut far, "*1\r\n$4\r\nHERE\r\n").await;
        far.write_all(b":1\r\n").await.expect("written");
    });
    assert_eq!(answered.expect("an answer"), 1);
}

#[tokio::test]
async fn the_last_handle_ends_the_connection_in_the_middle_of_a_word() {
    let (line, mut far) = line(10);
    let waits = timeout(Duration::from_millis(20), answer::<u8>(&line, &["A", &"x".repeat(1000)])).await;
    assert!(waits.is_err());
    drop(line);
    let mut came = Vec::new();
    far.read_to_end(&mut came).await.expect("the end");
    assert!(came.len() < 1000, "{}", came.len());
}

#[tokio::test]
async fn the_end_is_told_to_all_who_wait_and_to_those_who_come_later() {
    let (line, mut far) = line(10);
    let end = async {
        expect(&mut far, "*1\r\n").await;
        drop(far);
    };
    let (one, two, ()) = tokio::join!(answer::<u8>(&line, &["A"]), answer::<u8>(&line, &["B"]), end);
    for error in [one.expect_err("lost"), two.expect_err("lost"), answer::<u8>(&line, &["C"]).await.expect_err("lost")]
    {
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.code().is_none());
    }
    assert!(line.is_closed());
}

#[tokio::test]
async fn a_server_that_speaks_unasked_is_not_believed() {
    for (said, expected) in [
        ("+OK\r\n", "nobody asked for"),
        ("-ERR max number of clients reached\r\n", "max number of clients reached"),
        ("220 mail.example.com ESMTP\r\n", "not an answer of Redis"),
    ] {
        let (line, mut far) = line(1 << 16);
        far.write_all(said.as_bytes()).await.expect("written");
        while !line.is_closed() {
            tokio::task::yield_now().await;
        }
        let error = answer::<u8>(&line, &["A"]).await.expect_err("no answer");
        let error = link::explain(&error, &redis::RedisConnectionInfo::default());
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_broken_off() {
    let (line, mut far) = line(1 << 16);
    let endless = tokio::spawn(async move {
        expect(&mut far, "*1\r\n").await;
        far.write_all(b"$99999999999\r\n").await?;
        loop {
            far.write_all(&[b'x'; 1 << 16]).await?;
        }
        #[expect(unreachable_code)]
        Ok::<_, io::Error>(())
    });
    let error = answer::<u8>(&line, &["A"]).await.expect_err("too much");
    assert!(error.to_string().contains("more than 16777216 bytes"), "{error}");
    assert!(endless.await.expect("a task").is_err());
}

#[tokio::test]
async fn each_answer_has_a_limit_of_its_own() {
    let (line, mut far) = line(1 << 16);
    let three = async { tokio::join!(answer::<Vec<u8>>(&line, &["A"]), answer::<Vec<u8>>(&line, &["B"])) };
    let server = async {
        expect(&mut far, "*1\r\n").await;
        for _ in 0..2 {
            far.write_all(b"$10000000\r\n").await.expect("written");
            far.write_all(&vec![b'x'; 10_000_000]).await.expect("written");
            far.write_all(b"\r\n").await.expect("written");
        }
    };
    let ((one, two), ()) = tokio::join!(three, server);
    assert_eq!((one.expect("an answer").len(), two.expect("an answer").len()), (10_000_000, 10_000_000));
}

/// Counts how often it is written to.
#[derive(Debug)]
struct Counted {
    stream: DuplexStream,
    writes: Arc<AtomicUsize>,
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, to)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[tokio::test]
async fn what_is_asked_together_is_written_together() {
    let (near, mut far) = duplex(1 << 20);
    let writes = Arc::new(AtomicUsize::new(0));
    let line = Line::over(Box::new(Counted { stream: near, writes: Arc::clone(&writes) }));
    let asked = join_all((0..1000).map(|_| answer::<u8>(&line, &["PING"])));
    let server = async {
        expect(&mut far, &"*1\r\n$4\r\nPING\r\n".repeat(1000)).await;
        far.write_all(&b":1\r\n".repeat(1000)).await.expect("written");
    };
    let (answers, ()) = tokio::join!(asked, server);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(1))));
    assert!(writes.load(Ordering::Relaxed) <= 20, "{writes:?} writes");
}
