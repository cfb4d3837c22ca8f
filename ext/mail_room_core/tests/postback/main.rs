//! What a delivery by HTTP costs, counted at the other end.

#[path = "../support/http.rs"]
mod http;

use std::sync::Arc;

use mail_room_core::standalone::Deliverer;
use serde_json::json;

use self::http::{Counts, Webhook};

/// `delivery_concurrency`
const AT_ONCE: usize = 8;
const EACH: usize = 100;

/// One after the other, and as many at once as `delivery_concurrency` allows.
async fn deliver(webhook: &Webhook, size: usize) {
    let settings = json!({"delivery_method": "postback", "delivery_url": webhook.url}).to_string();
    let deliverer = Arc::new(Deliverer::from_json(&settings).expect("settings"));
    let several = (0..AT_ONCE).map(|_| {
        let deliverer = Arc::clone(&deliverer);
        tokio::spawn(async move {
            for _ in 0..EACH {
                deliverer.deliver(vec![b'a'; size]).await.expect("delivered");
            }
        })
    });
    for one in several.collect::<Vec<_>>() {
        one.await.expect("no panic");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_kept_and_a_small_message_is_one_write() {
    let webhook = Webhook::start();
    deliver(&webhook, 3_500).await;
    let Counts { connections, requests, reads, bytes } = &*webhook.counts;
    let told = format!("{:?}", webhook.counts);
    assert_eq!(Counts::get(requests), AT_ONCE * EACH, "{told}");
    assert_eq!(Counts::get(bytes), AT_ONCE * EACH * 3_500, "{told}");
    // Header and body together: a server that waits with its acknowledgement would cost 40 ms between two writes.
    assert_eq!(Counts::get(reads), AT_ONCE * EACH, "{told}");
    // Where the next request comes before the connection of the last is known to be free, another is opened, and
    // kept too. So there are a few more than are needed, and not one for each request.
    assert!(Counts::get(connections) <= 2 * AT_ONCE, "{told}");
}
