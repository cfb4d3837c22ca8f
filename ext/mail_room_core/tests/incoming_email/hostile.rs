use std::{sync::mpsc, thread, time::Duration};

use super::gitlab;

/// What takes longer than this is quadratic: a message of some hundred kilobytes is read in milliseconds.
const SOON: Duration = Duration::from_secs(60);

/// Messages of 100,000 of something.
fn messages() -> Vec<(&'static str, String)> {
    let many = |text: &str| text.repeat(100_000);
    vec![
        ("for << in Received", format!("Received: {}\r\n\r\n", many("for <<"))),
        ("for < in Received", format!("Received: {}\r\n\r\n", many("for <"))),
        ("blanks behind for", format!("Received: for{}\r\n\r\n", many(" "))),
        ("unclosed brackets in To", format!("To: {}\r\n\r\n", many("<a@b"))),
        ("unclosed comments in To", format!("To: {}\r\n\r\n", many("("))),
        ("quotes in To", format!("To: {}\r\n\r\n", many("\""))),
        ("groups in To", format!("To: {}\r\n\r\n", many("a:b@c;"))),
        ("addresses in To", format!("To: {}\r\n\r\n", many("incoming+@example.com, "))),
        ("ids in References", format!("References: {}\r\n\r\n", many("<reply-@gitlab.example.com> "))),
        ("brackets in References", format!("References: {}\r\n\r\n", many("<"))),
        ("fields", format!("{}\r\n", many("Delivered-To: incoming+@example.com\r\n"))),
        ("fields of To", format!("{}\r\n", many("To: a@b, <\r\n"))),
        ("folded lines", format!("To:{}\r\n\r\n", many("\r\n a@b,"))),
        ("dashes in a key", format!("To: incoming+{}@example.com\r\n\r\n", many("1-"))),
        ("pluses in a key", format!("To: incoming+{}@example.com\r\n\r\n", many("+"))),
        ("blank lines", many("\r\n")),
        ("parts", format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", many("--b\r\n\r\nx\r\n"))),
    ]
}

#[test]
fn long_messages_are_read_in_time_that_grows_with_their_length() {
    for (what, raw) in messages() {
        let (done, ended) = mpsc::channel();
        thread::spawn(move || {
            let _ = done.send(gitlab("incoming+%{key}@example.com").route(raw.as_bytes()));
        });
        let route = ended.recv_timeout(SOON).unwrap_or_else(|_| panic!("100,000 {what} take too long"));
        let too_long = matches!(what, "addresses in To" | "ids in References");
        assert_eq!(route.error == Some("EmailUnparsableError"), too_long, "100,000 {what}: {:?}", route.error);
    }
}
