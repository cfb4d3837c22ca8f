//! What is done with every message, or with every window of them.

mod support;

use divan::{
    Bencher, black_box,
    counter::{BytesCount, ItemsCount},
};
use mail_room_core::{benching, email::Email};

use self::support::{fixtures, hosted};

fn main() {
    divan::main();
}

/// As Sidekiq's JSON takes a message.
#[divan::bench(args = ["us-ascii", "utf-8", "iso-8859-1", "shift_jis"])]
fn text(bencher: Bencher<'_, '_>, charset: &str) {
    let line: &[u8] = match charset {
        "utf-8" => "Schöne Grüße aus Köln, die Brücke ist wieder offen – 東京 👍\r\n".as_bytes(),
        "iso-8859-1" => b"Le caf\xe9 o\xf9 nous \xe9tions est ferm\xe9, mais l'h\xf4tel est tr\xe8s bien.\r\n",
        "shift_jis" => b"\x91\x8d\x96\xb1\x82\xcc\x95\xfb\x82\xc9\x82\xa8\x8a\xe8\x82\xa2\x82\xb5\x82\xc4\r\n",
        _ => b"The bridge is indeed broken, I walked over it this morning.\r\n",
    };
    let head = format!("Subject: x\r\nContent-Type: text/plain; charset={charset}\r\n\r\n");
    let raw = [head.as_bytes(), &line.repeat(1_000)].concat();
    bencher.counter(BytesCount::new(raw.len())).bench_local(|| benching::text(black_box(&raw)));
}

/// Of a window with and without gaps.
#[divan::bench(args = [1, 2])]
fn uid_sets(bencher: Bencher<'_, '_>, step: usize) {
    let uids: Vec<u32> = (100_000..110_000).step_by(step).take(1_000).collect();
    bencher.counter(ItemsCount::new(uids.len())).bench_local(|| benching::uid_sets(black_box(&uids)));
}

/// As `MailRoom::Email` is asked in a worker.
#[divan::bench]
fn headers_of_an_email(bencher: Bencher<'_, '_>) {
    let emails: Vec<Email> = hosted(600, 1).into_iter().chain(fixtures()).map(Email::new).collect();
    bencher.counter(ItemsCount::new(emails.len())).bench_local(|| {
        for email in &emails {
            black_box(email.headers());
        }
    });
}
