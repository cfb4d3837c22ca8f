//! What a mailbox that looks at its messages does with each: finding its header fields, the key in them, and who
//! takes it. 100,000 messages a second and core is the least.

mod support;

use divan::{Bencher, black_box, counter::ItemsCount};
use mail_room_core::incoming_email::IncomingEmail;

use self::support::{HOST, fixtures, hosted};

const ADDRESS: &str = "incoming+%{key}@gitlab.example.com";

fn main() {
    divan::main();
}

fn route(bencher: Bencher<'_, '_>, mails: &[Vec<u8>]) {
    let gitlab = IncomingEmail::new(Some(ADDRESS), None, Some(HOST)).expect("an address");
    bencher.counter(ItemsCount::new(mails.len())).bench_local(|| {
        for mail in mails {
            black_box(gitlab.route(black_box(mail)));
        }
    });
}

#[divan::bench]
fn of_large_hosters(bencher: Bencher<'_, '_>) {
    route(bencher, &hosted(600, 1));
}

#[divan::bench]
fn of_one_server(bencher: Bencher<'_, '_>) {
    route(bencher, &small(600));
}

#[divan::bench]
fn of_the_fixtures(bencher: Bencher<'_, '_>) {
    route(bencher, &fixtures());
}

/// Short headers of a single server, as `spec/support/mails.rb` makes them.
fn small(count: usize) -> Vec<Vec<u8>> {
    let mail = |number: usize| {
        let head = format!(
            "Return-Path: <sender{number}@example.org>\r\n\
             Received: from mail.example.org (mail.example.org [192.0.2.25])\r\n\
             \tby mx.gitlab.example.com (Postfix) with ESMTPS id {number:010X}; Mon, 02 Sep 2024 08:15:02 +0200\r\n\
             Date: Mon, 02 Sep 2024 08:15:00 +0200\r\n\
             From: Sender {number} <sender{number}@example.org>\r\n\
             To: incoming+{number:032x}@gitlab.example.com\r\n\
             Message-ID: <mail-{number}@example.org>\r\n\
             References: <reply-{number:032x}@gitlab.example.com>\r\n\
             Subject: mail {number:05}\r\n\
             MIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=UTF-8\r\n\
             Content-Transfer-Encoding: 7bit\r\n\r\n"
        );
        [head, "This is a mail. The quick brown fox jumps over the lazy dog.\r\n".repeat(45)].concat().into_bytes()
    };
    (0..count).map(mail).collect()
}
