use std::{
    io,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use tokio::io::{AsyncRead, ReadBuf};

use super::*;

/// In the place of a body.
const ELSE: &str = "\"\"";
const MESSAGE_BYTES: u64 = 10_000_000;

/// What reaches the parser of bytes that come in pieces of this size, and behind each response its body.
fn in_pieces(bytes: &[u8], size: usize) -> Result<String, String> {
    let mut frames = Frames::new(Guard::new(MESSAGE_BYTES));
    let mut passed = Vec::new();
    let (mut responses, mut taken) = (0, Bytes::new());
    for mut piece in bytes.chunks(size) {
        while !piece.is_empty() {
            let filled = frames.poll_fill(&mut piece, &mut Context::from_waker(Waker::noop()));
            assert!(matches!(filled, Poll::Ready(Ok(true))), "{filled:?}");
            loop {
                let more = frames.take(100)?;
                if more.is_empty() {
                    break;
                }
                passed.extend_from_slice(&more);
                taken = more;
                if frames.ready.is_empty() {
                    responses += 1;
                    passed.extend_from_slice(&frames.take_message(responses)?.unwrap_or_default());
                }
            }
        }
    }
    assert!(taken.ends_with(b"\n") && !frames.is_amid(), "all of it was whole");
    let pending = frames.poll_fill(&mut Never, &mut Context::from_waker(Waker::noop()));
    assert!(pending.is_pending() && frames.raw.capacity() + frames.held.capacity() == 0, "a buffer is kept");
    Ok(String::from_utf8_lossy(&passed).into_owned())
}

/// A server that says no more.
struct Never;

impl AsyncRead for Never {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

/// The same, however the bytes arrive.
fn passed(bytes: impl AsRef<[u8]>) -> Result<String, String> {
    let at_once = in_pieces(bytes.as_ref(), usize::MAX);
    for size in [1, 7, 4096] {
        assert_eq!(in_pieces(bytes.as_ref(), size), at_once);
    }
    at_once
}

#[test]
fn passes_on_ordinary_sessions_as_they_are() {
    let body = "(((((\r\n{999999}\r\n* BYE\r\n".repeat(20);
    let large = "large\r\n".repeat(40_000);
    let session = |one: &str, literal: &str, two: &str, large: &str, four: &str| {
        format!(
            "* OK ready (really) {{5}}\r\n* CAPABILITY IMAP4rev1\r\n* LIST () \"/\" {{5}}\r\nINBOX\r\n\
             * SEARCH 1 2 3\r\n* 1 FETCH (UID 7 FLAGS (\\Seen) RFC822.SIZE 9 BODY[] {literal})\r\n{one}\
             * 2 FETCH (UID 8 BODY[] NIL)\r\n* 3 FETCH (UID 9 BODY[] {two})\r\n{large}\
             * 4 FETCH (BODY[] {four} UID 10)\r\n+ go on\r\na1 OK done\r\n",
        )
    };
    let literal = |text: &str| format!("{{{}}}\r\n{text}", text.len());
    let sent = session("", &literal(&body), &literal(&large), "", &literal(""));
    assert_eq!(passed(&sent), Ok(session(&body, ELSE, ELSE, &large, ELSE)));
}

#[test]
fn a_body_takes_no_more_room_than_its_bytes_or_a_mebibyte() {
    let mut frames = Frames::new(Guard::new(u64::MAX));
    let mut cx = Context::from_waker(Waker::noop());
    let capacity = |frames: &Frames| if let Due::Body(body) = &frames.due { body.capacity() } else { 0 };
    let announced = format!("* 1 FETCH (UID 7 BODY[] {{{}}}\r\n", u64::from(u32::MAX));
    assert!(frames.poll_fill(&mut announced.as_bytes(), &mut cx).is_ready());
    assert_eq!(frames.take(100), Ok(Bytes::new()));
    assert_eq!(capacity(&frames), 1 << 20);
    let (mut come, mut endless) = (0, tokio::io::repeat(b'x'));
    while come < 10 << 20 {
        assert!(matches!(frames.poll_fill(&mut endless, &mut cx), Poll::Ready(Ok(true))));
        come += 256 << 10;
        assert!(capacity(&frames) <= (come * 2).max(1 << 20), "{} for {come}", capacity(&frames));
    }
}

#[test]
fn passes_over_what_cannot_be_read() {
    for unreadable in [
        "* XWEATHER sunny (25 \"degrees\")\r\n",
        "* XWEATHER {6}\r\nA1 OK \r\n",
        "* 99999999999999999999 EXISTS\r\n",
        "* 1 FETCH (UID 7 FLAGS)\r\n",
        "* 1 FETCH (UID BODY[] {7}\r\n* BYE\r\n)\r\n",
        "* 1 FETCH (INTERNALDATE NIL)\r\n",
    ] {
        let session = format!("{unreadable}* 2 FETCH (UID 8 BODY[] {{3}}\r\ntwo)\r\nA1 OK done\r\n");
        let read = "* 2 FETCH (UID 8 BODY[] \"\")\r\ntwoA1 OK done\r\n";
        assert_eq!(passed(&session).as_deref(), Ok(read), "{unreadable}");
    }
}

#[test]
fn passes_over_a_body_that_an_unreadable_item_follows() {
    let session = "* 1 FETCH (UID 7 BODY[] {3}\r\none FLAGS)\r\n* 2 FETCH (UID 8 BODY[] {3}\r\ntwo)\r\n";
    assert_eq!(passed(session).as_deref(), Ok("* 2 FETCH (UID 8 BODY[] \"\")\r\ntwo"));
    let longer = "* 1 FETCH (UID 7 BODY[] {3}\r\nlonger)\r\nA1 OK done\r\n";
    assert!(passed(longer).is_err(), "nobody knows where it ends");
    let twice = "* 1 FETCH (UID 7 BODY[] {3}\r\none BODY[] {3}\r\ntwo)\r\nA1 OK done\r\n";
    assert!(passed(twice).is_err(), "nobody knows which it is");
}

#[test]
fn a_body_belongs_to_the_response_it_came_with_or_to_none() {
    let mut frames = Frames::new(Guard::new(MESSAGE_BYTES));
    let mut both = &b"* 1 FETCH (UID 7 BODY[] {3}\r\none)\r\n* 2 FETCH (UID 8 BODY[] {3}\r\ntwo)\r\n"[..];
    assert!(frames.poll_fill(&mut both, &mut Context::from_waker(Waker::noop())).is_ready());
    assert!(frames.take(10).is_ok());
    assert!(frames.take_message(1).is_err(), "the parser has not had all of it");
    assert!(frames.take(100).is_ok());
    assert!(frames.take_message(2).is_err(), "the second was not let through");
    assert_eq!(frames.take_message(1), Ok(Some(b"one".to_vec())));
}

#[test]
fn cuts_long_answers_to_search() {
    let uids: Vec<String> = (1..20_000).map(|uid| uid.to_string()).collect();
    let pieces = passed(format!("* SEARCH {}\r\n", uids.join(" "))).expect("pieces");
    assert!(pieces.lines().all(|line| line.len() < 4096));
    let found: Vec<&str> = pieces.lines().flat_map(|line| line["* SEARCH ".len()..].split(' ')).collect();
    assert_eq!(found, uids);
    assert!(passed(format!("* SEARCH {} x\r\n", uids.join(" "))).is_err(), "that is not all it found");
}
