//! Whole messages, and bytes that are none.

use std::{fs, path::Path, time::Instant};

use super::*;

fn parts(raw: &str) -> Vec<(String, String)> {
    let raw = raw.replace('\n', "\r\n").into_bytes();
    let parts = structure::parts(&raw);
    parts.iter().map(|part| (part.content_type.clone(), part.text(&raw))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(content_type, text)| ((*content_type).into(), (*text).into())).collect()
}

#[test]
fn parts_stand_between_their_boundaries() {
    let raw = "Content-Type: multipart/mixed; boundary=\"a b\"\n\nbefore\n--a b\n\none\n--not\n\n--a b  \n\
               Content-Type: multipart/alternative; boundary=in\n\n--in\nContent-Type: text/html\n\n<p>\n--in--\nbetween\n\
               --a b\nContent-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: x\n--d\nno header here\n--a b--\nafter\n";
    let expected = [
        ("text/plain", "one\n--not\n"),
        ("text/html", "<p>"),
        ("message/rfc822", "Subject: x"),
        ("message/rfc822", "no header here"),
    ];
    assert_eq!(parts(raw), pairs(&expected));
}

#[test]
fn what_is_cut_off_is_read_as_far_as_it_goes() {
    assert_eq!(parts("Content-Type: multipart/mixed; boundary=x\n\n--x\n\ntext"), pairs(&[("text/plain", "text")]));
    assert_eq!(
        parts("Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: image/png"),
        pairs(&[("image/png", "")])
    );
    assert_eq!(parts("Content-Type: multipart/mixed; boundary=x\n\nall text"), pairs(&[("text/plain", "all text")]));
    assert_eq!(parts("Content-Type: multipart/mixed\n\n--x\n\ntext"), pairs(&[("multipart/mixed", "--x\n\ntext")]));
    assert_eq!(parts("Subject: x"), pairs(&[("text/plain", "")]));
}

#[test]
fn a_boundary_within_itself_closes_the_inner_one_first() {
    let raw = "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=x\n\n\
               --x\n\ninner\n--x--\n--x\n\nouter\n--x--\n";
    assert_eq!(parts(raw), pairs(&[("text/plain", "inner"), ("text/plain", "outer")]));
}

/// Each of these takes a parser that looks back, or ahead, hours.
#[test]
fn time_grows_with_length() {
    let start = Instant::now();
    let multipart = "Content-Type: multipart/mixed; boundary=";
    let nested: String = (0..100_000).map(|level| format!("{multipart}{level}\r\n\r\n--{level}\r\n")).collect();
    let siblings: String = (0..100_000).map(|part| format!("--x\r\n{multipart}absent{part}\r\n\r\ntext\r\n")).collect();
    let same = format!("{multipart}x\r\n\r\n--x\r\n").repeat(100_000);
    let fields = "To: a@b,\r\n c@d\r\n".repeat(100_000);
    let received = format!("Received: {}\r\n", "for <<".repeat(100_000));
    let words = format!("Subject: {}\r\n", "=?utf-8?q?".repeat(100_000));
    let references = format!("References: {}\r\n", "<".repeat(1_000_000) + &">".repeat(1_000_000));
    for raw in [nested, format!("{multipart}x\r\n\r\n{siblings}"), same, fields, received, words, references] {
        read(raw.into_bytes());
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn no_bytes_do_harm() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/fixtures/mails");
    let mut random = fastrand::Rng::with_seed(5);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        let raw = fs::read(path).unwrap();
        for _ in 0..200 {
            let mut raw = raw.clone();
            for _ in 0..random.usize(1..20) {
                let (from, to) = (random.usize(..raw.len()), random.usize(..raw.len()));
                match random.u8(..4) {
                    0 => raw[from] = random.u8(..),
                    1 => raw.truncate(from.max(1)),
                    2 => raw.extend_from_within(from.min(to)..from.max(to)),
                    _ => raw[from] = b"\r\n-=?\"<>():;,@\0"[random.usize(..15)],
                }
            }
            read(raw);
        }
    }
}

/// Asks everything. A panic is no answer here.
fn read(raw: Vec<u8>) {
    let email = Email::new(raw);
    headers(&email.header());
    let body = select(&email.raw, email.parts());
    for (index, part) in body::attachments(email.parts()).enumerate().take(20) {
        assert_eq!(email.attachment(index).map(|content| content.len()), Some(part.size(&email.raw)));
    }
    assert!(body.attachments.is_array());
}
