//! Whole messages, and bytes that are none.

use std::{fs, path::Path};

use super::*;
use crate::incoming_email::head;

fn parts(raw: &str) -> Vec<(String, String)> {
    let raw = raw.replace('\n', "\r\n").into_bytes();
    let parts = parts::parts(&raw).unwrap_or_default();
    parts.iter().map(|part| (part.content_type.clone(), part.text(&raw))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(content_type, text)| ((*content_type).into(), (*text).into())).collect()
}

#[test]
fn parts_stand_between_their_boundaries() {
    let raw = "Content-Type: multipart/mixed; boundary=\"a b\"\n\nbefore\n--a b\n\none\n--not\n\n--a b  \n\
               Content-Type: multipart/alternative; boundary=in\n\n--in\nContent-Type: text/html\n\n<p>\n--in--\nbetween\n\
               --a b\nContent-Type: message/rfc822\n\nSubject: x\n--a b\nContent-Type: Message/Global\n\n\
               Content-Type: message/rfc822\n\nSubject: y\n\nz\n--a b--\nafter\n";
    let expected = [
        ("text/plain", "one\n--not\n"),
        ("text/html", "<p>"),
        ("message/rfc822", "Subject: x"),
        ("message/global", "Content-Type: message/rfc822\n\nSubject: y\n\nz"),
    ];
    assert_eq!(parts(raw), pairs(&expected));
}

#[test]
fn what_is_cut_off_is_read_as_far_as_it_goes() {
    assert_eq!(parts("Content-Type: multipart/mixed; boundary=x\n\n--x\n\ntext"), pairs(&[("text/plain", "text")]));
    assert_eq!(parts("Content-Type: multipart/mixed; boundary=x\n\nall text"), pairs(&[("text/plain", "all text")]));
    assert_eq!(parts("Content-Type: multipart/mixed\n\n--x\n\ntext"), pairs(&[("text/plain", "--x\n\ntext")]));
    assert_eq!(parts("Subject: x"), pairs(&[("text/plain", "")]));
}

#[test]
fn what_is_malformed_loses_little() {
    for (encoding, body, expected) in [
        ("base64", "YQ==\nYg==", "ab"),
        ("BASE64", "Y!W\nJj-", "abc"),
        ("quoted-printable", "caf=C3=A9\na=b =\n=3D=4 soft= \nlast", "café\na=b ==4 softlast"),
        ("quoted-printable", "a==b\n", "a==b\n"),
        ("nonsense", "a\n", "a\n"),
    ] {
        let raw = format!("Content-Transfer-Encoding: {encoding}\n\n{body}");
        assert_eq!(parts(&raw), pairs(&[("text/plain", expected)]), "{body}");
    }
}

/// Each of these takes a parser that looks back, or ahead, hours, or as much stack as there is.
#[test]
fn time_grows_with_length() {
    let multipart = "Content-Type: multipart/mixed; boundary=";
    let nested: String = (0..100_000).map(|level| format!("{multipart}{level}\r\n\r\n--{level}\r\n")).collect();
    let siblings: String = (0..100_000).map(|part| format!("--x\r\n{multipart}absent{part}\r\n\r\ntext\r\n")).collect();
    let same = format!("{multipart}x\r\n\r\n--x\r\n").repeat(100_000);
    let fields = "To: a@b,\r\n c@d\r\n".repeat(100_000);
    let received = format!("Received: {}\r\n", "for <<".repeat(100_000));
    let words = format!("Subject: {}\r\n", "=?utf-8?q?".repeat(100_000));
    let references = format!("References: {}\r\n", "<".repeat(1_000_000) + &">".repeat(1_000_000));
    let lists = ["<", "\"", "(", "\\\"", "<@,", "a:", "a@b:", "<\"", "=?", "=?utf-8?q?a", "=?utf-8?b?YQ==?= "]
        .map(|piece| format!("To: {}\r\n", piece.repeat(1 << 17)));
    let messages = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
    let parameters = format!("C\t onTent-Type: a/b{};x*={}\r\n", ";a=1".repeat(100_000), "'".repeat(100_000));
    let pieces: String = (0..100_000).map(|index| format!(";\r\n a{index}*1=x")).collect();
    let pieces = format!("Content-Disposition: a{pieces}\r\nContent-Type: a/b{pieces}\r\n");
    let siblings = format!("{multipart}x\r\n\r\n{siblings}");
    let raws = [nested, siblings, same, fields, received, words, references, messages, parameters, pieces];
    for raw in raws.into_iter().chain(lists) {
        read(raw.into_bytes());
    }
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
    if let Some(head) = head(&email.raw) {
        headers(&Headers::parse(&head));
    }
    let body = select(email.message(), email.parts());
    for (index, part) in body::attachments(email.parts()).enumerate().take(20) {
        assert_eq!(email.attachment(index).map(|content| content.len()), Some(part.content(email.message()).len()));
    }
    assert!(body.attachments.is_array());
}
