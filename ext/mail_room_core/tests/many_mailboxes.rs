//! What many mailboxes cost, counted: bytes, threads, attempts at the same time.

#[path = "../examples/many_mailboxes/measure/mod.rs"]
mod measure;

use std::{env, fs};

use mail_room_core::Coordinator;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

use self::measure::{Options, measure};

/// Tells the process that is measured, this program again, where its settings are.
const SETTINGS: &str = "MANY_MAILBOXES";

/// Not a test of its own: what the other one starts.
#[test]
fn the_daemon() {
    let Some(path) = env::var_os(SETTINGS) else { return };
    let settings = fs::read_to_string(path).expect("settings");
    let coordinator = Coordinator::from_json(&settings).expect("a coordinator");
    // As the binding has it.
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(coordinator.run(CancellationToken::new()));
}

fn figures(words: &[&str]) -> Value {
    let again = format!("{SETTINGS}=\"$2\" exec \"$0\" --exact the_daemon --nocapture");
    let program = env::current_exe().expect("this program");
    let program = program.to_str().expect("a name in UTF-8");
    let command = ["--idle", "1", "--", "sh", "-c", &again, program];
    let words = words.iter().chain(&command).map(|word| (*word).to_owned());
    let options = Options::read(words).expect("options");
    let runtime: Runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let figures = runtime.block_on(measure(&options)).expect("figures");
    println!("{figures}");
    figures
}

#[test]
fn two_thousand_mailboxes_are_small_and_polite() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let figures = figures(&["--mailboxes", "2000", "--burst", "1"]);
    let number = |path: &str| figures.pointer(path).and_then(Value::as_u64).unwrap_or_else(|| panic!("{path}"));
    // Without optimization, and with the pages of the program itself that 2,000 mailboxes share: 16,700 bytes. `rake
    // bench:idle` tells what 10,000 take of a release. One read buffer held while idle would be 8 KiB more.
    assert!(number("/idle/per_mailbox") < 20_000, "{figures}");
    assert!(number("/threads") <= 6, "{figures}");
    assert!(number("/logging_in_at_once") <= 20, "{figures}");
    assert_eq!(number("/connections"), 2000, "{figures}");
}
