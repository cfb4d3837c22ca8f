//! Doors for hostile servers, and for names and UIDs from outside.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock, PoisonError},
    time::Duration,
};

use base64::Engine;
use serde_json::json;
use tokio::time::Instant;

use super::{
    Account, Imap,
    alerts::Alerts,
    connect::start_tls,
    login, mutf7,
    uid_set::uid_sets,
    wire::{Limit, Wire},
};
use crate::{
    Result,
    fuzzing::stream::{Cut, Scripted, run},
    inbox::{InboxSettings, Mark, Next},
    mailbox::Mailbox,
    message::Uid,
};

pub(crate) use super::sasl::scram::fuzzing::server as scram;

/// Small, so that inputs reach it.
const MESSAGE_BYTES: u64 = 4 << 10;

const LIMIT: Limit = Limit::Silence(Duration::from_secs(60));

/// Ways the same bytes may arrive.
fn cuts(bytes: &[u8]) -> [Cut; 3] {
    let seed = bytes.iter().fold(bytes.len() as u64, |seed, byte| seed.wrapping_mul(31).wrapping_add((*byte).into()));
    [Cut::Whole, Cut::Bytes, Cut::Pieces(seed)]
}

/// What the bytes of a server are taken for. It ends, and does not depend on how they arrive.
pub(crate) fn responses(bytes: &[u8]) {
    let read = |cut| {
        run(async {
            let mut wire = Wire::new(Box::new(Scripted::new(bytes, cut)), MESSAGE_BYTES, Alerts::new(|_| ()));
            let mut told: Vec<String> = Vec::new();
            loop {
                assert!(told.len() <= bytes.len(), "more responses than bytes");
                match wire.next("a response", Instant::now(), LIMIT).await {
                    Ok(response) => told.push(format!("{response:?}")),
                    Err(error) => return (told, error.to_string()),
                }
            }
        })
    };
    agree(bytes, read);
}

/// A whole session, from the greeting on: what a pass does, with whatever the server answers.
pub(crate) fn session(bytes: &[u8]) {
    let serve = |cut| {
        run(async {
            let mut told: Vec<String> = Vec::new();
            let ended = serve(bytes, cut, &mut told).await;
            (told, ended.map_or_else(|error| error.to_string(), |()| String::new()))
        })
    };
    agree(bytes, serve);
}

async fn serve(bytes: &[u8], cut: Cut, told: &mut Vec<String>) -> Result<()> {
    let mailbox = mailbox();
    let InboxSettings::Imap(settings) = &mailbox.inbox else { return Ok(()) };
    let account = Account::new(Arc::clone(settings), &mailbox.timeouts);
    let stream = Box::new(Scripted::new(bytes, cut));
    let mut imap = Imap::begin(stream, true, &account, mailbox, |step| told.push(step.into()), |_| ()).await?;
    told.push(format!("{:?} {} {}", imap.origin, imap.uid_plus, imap.idle));
    let uids = imap.unread().await?;
    assert!(uids.is_sorted() && uids.len() <= bytes.len(), "UIDs nobody sent");
    told.push(format!("{uids:?}"));
    imap.announce(Next::Sizes(&uids));
    imap.announce(Next::Messages(&uids[..uids.len().min(100)]));
    let sizes = imap.sizes(&uids).await?;
    told.push(format!("{sizes:?}"));
    let wanted: Vec<Uid> =
        sizes.iter().filter(|size| size.bytes <= MESSAGE_BYTES).map(|size| size.uid).take(100).collect();
    for message in imap.fetch(&wanted).await? {
        assert!(wanted.contains(&message.uid), "a message nobody asked for");
        assert!(message.raw.len() as u64 <= MESSAGE_BYTES, "a message larger than max_message_size");
        assert!(holds(bytes, &message.raw), "a message the server did not send");
        told.push(format!("{message:?}"));
    }
    imap.mark(&wanted, Mark::DeliveredAndExpunged).await?;
    told.push("marked".into());
    imap.expunge(&wanted).await?;
    told.push("expunged".into());
    // Which of two events comes first is left to chance here.
    if matches!(cut, Cut::Whole) {
        let _ = imap.wait(Duration::ZERO, std::future::pending()).await;
    }
    Ok(())
}

/// Whether the server sent this, as a literal or as a quoted string (RFC 3501, section 9).
fn holds(bytes: &[u8], raw: &[u8]) -> bool {
    let within = |bytes: &[u8]| raw.is_empty() || bytes.windows(raw.len()).any(|window| window == raw);
    let mut escaped = false;
    let unquoted = bytes.iter().copied().filter(|byte| {
        escaped = *byte == b'\\' && !escaped;
        !escaped
    });
    within(bytes) || within(&unquoted.collect::<Vec<u8>>())
}

/// What is said before the handshake. Nothing that came along with the answer is left for the session.
pub(crate) fn before_tls(bytes: &[u8]) {
    for cut in cuts(bytes) {
        let stream = Scripted::new(bytes, cut);
        let written = stream.written();
        let secured = run(start_tls(stream)).is_ok();
        let written = written.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(written.is_empty() || *written == b"A0000 STARTTLS\r\n", "the client says more than it should");
        // All of it came with one read.
        if secured && matches!(cut, Cut::Whole) && bytes.len() < 4096 {
            let last = bytes.strip_suffix(b"\n").and_then(|lines| lines.rsplit(|byte| *byte == b'\n').next());
            assert!(last.is_some_and(|line| line.starts_with(b"A0000 ")), "bytes sent before TLS were taken");
        }
    }
}

fn mailbox() -> &'static Mailbox {
    static MAILBOX: OnceLock<Mailbox> = OnceLock::new();
    MAILBOX.get_or_init(|| {
        let settings = json!({
            "host": "127.0.0.1", "port": 993, "ssl": true, "email": "one@example.com", "password": "hunter2", "name": "INBOX",
            "delivery_method": "noop", "max_message_size": MESSAGE_BYTES,
        });
        match Mailbox::from_settings(&settings) {
            Ok(mailbox) => mailbox,
            Err(error) => panic!("{error}"),
        }
    })
}

/// However the bytes arrive, the same follows from them.
fn agree(bytes: &[u8], read: impl Fn(Cut) -> (Vec<String>, String)) {
    let [whole, others @ ..] = cuts(bytes);
    let whole = read(whole);
    for cut in others {
        assert_eq!(read(cut), whole, "{cut:?}");
    }
}

/// A mailbox's name on its way to the server: one printable line, from which the name can be read.
pub(crate) fn mailbox_name(bytes: &[u8]) {
    let Ok(name) = std::str::from_utf8(bytes) else { return };
    let encoded = mutf7::encoded(name);
    assert!(encoded.is_ascii(), "{encoded}");
    if let Some(quoted) = login::quoted(&encoded) {
        assert!(!quoted.bytes().any(|byte| byte.is_ascii_control()), "{quoted:?}");
        assert!(quoted.starts_with('"') && quoted.ends_with('"'), "{quoted:?}");
    }
    if !name.is_ascii() {
        assert_eq!(decoded(&encoded).as_deref(), Some(name), "{encoded}");
    }
}

/// RFC 3501, section 5.1.3, read backwards.
fn decoded(encoded: &str) -> Option<String> {
    let mut name = String::new();
    let mut rest = encoded;
    while let Some((plain, after)) = rest.split_once('&') {
        name.push_str(plain);
        let (shifted, after) = after.split_once('-')?;
        if shifted.is_empty() {
            name.push('&');
        } else {
            let bytes = mutf7::engine().decode(shifted).ok()?;
            let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            name.push_str(&String::from_utf16(&units).ok()?);
        }
        rest = after;
    }
    name.push_str(rest);
    Some(name)
}

/// UIDs as a server listed them, in commands: every one once, in lines that are short enough.
pub(crate) fn uid_set(bytes: &[u8]) {
    let numbers: BTreeSet<Uid> =
        bytes.chunks_exact(4).map(|four| Uid::from_be_bytes([four[0], four[1], four[2], four[3]])).collect();
    // Neighbours, too: chance seldom makes any.
    let run = numbers.first().copied().unwrap_or_default();
    let uids: BTreeSet<Uid> = numbers.iter().copied().chain((0..64).filter_map(|more| run.checked_add(more))).collect();
    let uids: Vec<Uid> = uids.into_iter().collect();
    let mut read = Vec::new();
    for set in uid_sets(&uids) {
        assert!(set.len() < 1_000, "a line of {} bytes", set.len());
        for item in set.split(',') {
            let (first, last) = item.split_once(':').unwrap_or((item, item));
            match (first.parse::<Uid>(), last.parse::<Uid>()) {
                (Ok(first), Ok(last)) => read.extend(first..=last),
                _ => panic!("{item} is no UID and no range"),
            }
        }
    }
    assert_eq!(read, uids);
}
