//! Deliveries by HTTP, eight at a time as with `delivery_concurrency: 8`, to a server that takes everything.

#[path = "../tests/support/http.rs"]
mod http;

use divan::{Bencher, counter::ItemsCount};
use futures_util::{StreamExt, stream};
use mail_room_core::standalone::Deliverer;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use self::http::{Counts, Webhook};

const MESSAGES: usize = 1_000;
const AT_ONCE: usize = 8;

fn main() {
    divan::main();
}

/// As the coordinator has it.
fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

fn post(bencher: Bencher<'_, '_>, size: usize, options: &Value) {
    let (webhook, runtime) = (Webhook::start(), runtime());
    let settings = json!({"delivery_method": "postback", "delivery_url": webhook.url, "delivery_options": options});
    let deliverer = std::sync::Arc::new(Deliverer::from_json(&settings.to_string()).expect("settings"));
    bencher.counter(ItemsCount::new(MESSAGES)).bench_local(|| {
        let deliverer = std::sync::Arc::clone(&deliverer);
        // In one task, as a pass does it.
        let all = runtime.spawn(async move {
            let deliveries = stream::iter(0..MESSAGES).map(|_| deliverer.deliver(vec![b'a'; size]));
            deliveries.buffer_unordered(AT_ONCE).for_each(async |outcome| drop(outcome.expect("delivered"))).await;
        });
        runtime.block_on(all).expect("no panic");
    });
    println!(
        " {} connections for {} requests",
        Counts::get(&webhook.counts.connections),
        Counts::get(&webhook.counts.requests)
    );
}

#[divan::bench(sample_count = 30)]
fn small(bencher: Bencher<'_, '_>) {
    post(bencher, 3_500, &json!({}));
}

#[divan::bench(sample_count = 30)]
fn small_and_signed(bencher: Bencher<'_, '_>) {
    let secret = std::env::temp_dir().join(format!("mail_room-bench-{}", std::process::id()));
    std::fs::write(&secret, "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0czE=").expect("a file");
    let jwt = json!({"jwt_auth_header": "Gitlab-Mailroom-Api-Request", "jwt_issuer": "gitlab-mailroom",
                     "jwt_algorithm": "HS256", "jwt_secret_path": secret});
    post(bencher, 3_500, &jwt);
    let _ = std::fs::remove_file(secret);
}
