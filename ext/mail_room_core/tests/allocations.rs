//! What is allocated for a message. Alone in its process, and one after the other, as an allocator knows no tests.

#[path = "support/http.rs"]
mod http;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

use mail_room_core::{incoming_email::IncomingEmail, standalone::Deliverer};
use serde_json::json;

use self::http::{Counts, Webhook};

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
/// Bytes.
static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn grown(by: usize) {
    ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
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
