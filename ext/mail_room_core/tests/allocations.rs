//! What is allocated for a message. Alone in its process, and one after the other, as an allocator knows no tests.

#[path = "support/full_mailbox.rs"]
mod full_mailbox;
#[path = "support/http.rs"]
mod http;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use mail_room_core::{Coordinator, incoming_email::IncomingEmail, standalone::Deliverer};
use serde_json::json;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use self::{
    full_mailbox::FullMailbox,
    http::{Counts, Webhook},
};

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
/// Bytes.
static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// What this thread allocates is the test's own.
    static UNCOUNTED: Cell<bool> = const { Cell::new(false) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn grown(by: usize) {
    if !UNCOUNTED.get() {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
    }
    PEAK.fetch_max(HELD.fetch_add(by, Ordering::Relaxed) + by, Ordering::Relaxed);
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        grown(size);
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.realloc(block, layout, size) }
    }
}

fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    work();
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

/// The most bytes that were held meanwhile, beyond those that were held before.
fn peak(work: impl FnOnce()) -> usize {
    let before = HELD.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    work();
    PEAK.load(Ordering::Relaxed) - before
}

#[test]
fn a_message_costs_little_memory() {
    routing_takes_few_allocations();
    the_way_from_mailbox_to_delivery_takes_few_allocations();
    posting_takes_the_message_and_no_copy();
}

/// The field list, the addresses of a field or two, and what is told of the key.
fn routing_takes_few_allocations() {
    let gitlab = IncomingEmail::new(Some("incoming+%{key}@example.com"), None, Some("gitlab.example.com"));
    let gitlab = gitlab.expect("an address");
    let received = "Received: from a.example.org (a.example.org [192.0.2.1])\r\n\tby b with ESMTPS id 1;\r\n\tMon\r\n";
    let others = "X-Any: thing\r\n".repeat(15) + &received.repeat(4) + "From: =?UTF-8?Q?J=C3=B6?= <jo@example.org>\r\n";
    let key = "59d8df8370b7e95c5a49fbf86aeb2c93";
    for (what, lines, most) in [
        ("a reply", format!("To: \"Acme / Web\" <incoming+{key}@example.com>\r\n"), 8),
        ("a catch-all", format!("To: <all@example.com>\r\nDelivered-To: incoming+{key}@example.com\r\n"), 10),
        ("an auto-reply", format!("To: incoming+{key}@example.com\r\nAuto-Submitted: auto-replied\r\n"), 8),
        ("a stranger", "To: Jo <jo@example.com>, al@example.com\r\nCc: all@example.com\r\n".to_owned(), 30),
    ] {
        let raw = format!("{others}{lines}\r\nbody").into_bytes();
        drop(gitlab.route(&raw));
        let taken = allocations(|| drop(gitlab.route(&raw)));
        println!("{what}: {taken} allocations");
        assert!(taken <= most, "{taken} allocations for {what}");
    }
}

/// Fetched, told of in the log, delivered and marked.
fn the_way_from_mailbox_to_delivery_takes_few_allocations() {
    let (fewer, more) = (empty(1_000), empty(3_000));
    let each = (more - fewer) / 2_000;
    println!("from mailbox to delivery: {each} allocations");
    assert!(each <= 50, "{each} allocations for each message");
}

/// How many allocations it takes to deliver so many messages to nobody.
fn empty(messages: u32) -> usize {
    let mailbox = FullMailbox::start(messages, "Subject: one of many\r\n\r\nText.\r\n", || UNCOUNTED.set(true));
    let log = concat!(env!("CARGO_TARGET_TMPDIR"), "/allocations.log");
    let settings = json!({"mailboxes": [{
        "email": "all@example.com", "password": "secret", "name": "INBOX", "host": "127.0.0.1", "port": mailbox.port,
        "delivery_method": "noop", "logger": {"log_path": log},
    }]});
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let coordinator = Coordinator::from_json(&settings.to_string()).expect("settings");
    allocations(|| {
        let (stop, emptied) = (CancellationToken::new(), mailbox.emptied);
        runtime.block_on(async {
            let run = coordinator.run(stop.clone());
            let wait = async {
                spawn_blocking(move || emptied.recv_timeout(Duration::from_secs(60)).expect("all marks"))
                    .await
                    .expect("a wait");
                stop.cancel();
            };
            tokio::join!(run, wait);
        });
    })
}

/// A large message is sent from where it lies.
fn posting_takes_the_message_and_no_copy() {
    const SIZE: usize = 50 << 20;
    let webhook = Webhook::start();
    let settings = json!({"delivery_method": "postback", "delivery_url": webhook.url}).to_string();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let deliverer = Deliverer::from_json(&settings).expect("settings");
    runtime.block_on(deliverer.deliver(b"a small one, for the connection".to_vec())).expect("delivered");
    let taken = peak(|| {
        runtime.block_on(deliverer.deliver(vec![b'a'; SIZE])).expect("delivered");
    });
    println!("posted: {taken} bytes for {SIZE}");
    assert!(Counts::get(&webhook.counts.bytes) > SIZE);
    assert!(taken * 10 <= SIZE * 13, "{taken} bytes for a message of {SIZE}");
}
