//! Mails that are large where it hurts. Each test is that it ends: quadratic work would take minutes.

use super::super::enter;

/// Far more than any mail has, and enough to tell n from n².
const MANY: usize = 100_000;

/// Enough for that too, where there are many kinds to be tried.
const SOME: usize = 10_000;

/// A message with one large field, and something to be found behind it.
fn field(name: &str, value: &str) {
    enter(
        "headers",
        format!("{name}: {value}\r\nX-Forwarded-To: incoming+a-1-issue@example.com\r\n\r\nbody\r\n").as_bytes(),
    );
    enter("address", value.as_bytes());
}

#[test]
fn traces_with_many_recipients() {
    for piece in ["for <<", "for <a"] {
        field("Received", &piece.repeat(MANY));
    }
    for piece in ["for ", "for <a>", "for a ", "for\r\n <", "<for "] {
        field("Received", &piece.repeat(SOME));
    }
}

#[test]
fn lists_of_many_addresses() {
    field("To", &"a@b, ".repeat(MANY));
    for piece in [
        "<a@b>;",
        "\"J. D.\" <a@b>, ",
        "a: b@c;,",
        ",",
        ", ,",
        "a@b:;",
        "a@[1] , ",
        "a@(c)b,",
        "<(c)@r:a@b>,",
        "<@r>",
        "=?u?q?a?=,",
    ] {
        field("To", &piece.repeat(SOME));
        enter("address", format!("all: {};", piece.repeat(SOME)).as_bytes());
    }
}

#[test]
fn fields_of_one_kind_of_sign() {
    for name in ["To", "Received"] {
        enter("headers", format!("{name}: {}\r\n\r\n", "<".repeat(1 << 20)).as_bytes());
    }
    for sign in ["<", ">", "(", ")", "\"", "\\", "@", ".", ";", ":", "[", "=?", "=?a?q?", "?", "\t", "<@", "é"] {
        let value = sign.repeat(SOME);
        let names = ["To", "References", "Received", "Delivered-To", "Content-Type"];
        enter("headers", names.map(|name| format!("{name}: {value}\r\n")).concat().as_bytes());
        enter("address", value.as_bytes());
    }
}

#[test]
fn nested_and_repeated_comments() {
    field("To", &format!("a@b {}{}", "(".repeat(MANY), ")".repeat(MANY)));
    field("To", &format!("a@b {}", "(c)".repeat(MANY)));
    field("To", &format!("a@b {}, c@d", "() ".repeat(MANY)));
}

#[test]
fn many_message_ids() {
    field("References", &"<a@b> ".repeat(MANY));
    for piece in ["<a@b>,", "<a@b", "a>", "<>"] {
        field("References", &piece.repeat(SOME));
    }
    field("References", &format!("<a@{}>", "b.".repeat(MANY)));
}

#[test]
fn many_header_lines() {
    enter("headers", "X: y\r\n".repeat(MANY).as_bytes());
    for line in
        ["To: a@b\r\n", "Received: for <a@b>\r\n", "References: <a@b>\r\n", "Auto-Submitted: no\r\n", "x\r\n", ":\n"]
    {
        enter("headers", line.repeat(SOME).as_bytes());
    }
}

#[test]
fn lines_folded_without_end() {
    for name in ["To", "References", "Received", "Envelope-To", "Auto-Submitted", "Content-Type"] {
        for fold in ["\r\n a", "\n\t", "\r\n \r\n"] {
            enter("headers", format!("{name}: a@b{}", fold.repeat(MANY)).as_bytes());
        }
    }
}

#[test]
fn many_parts() {
    let part = "--x\r\nTo: incoming+b-1-issue@example.com\r\nContent-Type: text/plain\r\n\r\ntext\r\n";
    let message = format!("Content-Type: multipart/mixed; boundary=x\r\n\r\n{}--x--\r\n", part.repeat(10_000));
    enter("headers", message.as_bytes());
}
