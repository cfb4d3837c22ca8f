//! A scripted IMAP server, and a mail_room that talks to it.
//!
//! A test names a trace, says what the application answers to each message, and looks at what a
//! user would see afterwards:
//!
//! ```text
//!  traces/*.txt ──▶ trace::Script ──▶ server ◀── 127.0.0.1 ──▶ Coordinator ──▶ hand-over ──▶ answers
//!                                       │                          │                            │
//!                                       └──────▶ journal ◀─────────┼────────────────────────────┘
//!                                                                  └──▶ log lines
//! ```

pub(crate) mod journal;
pub(crate) mod log;
pub(crate) mod mail;
pub(crate) mod play;
pub(crate) mod scram;
pub(crate) mod server;
pub(crate) mod tls;
pub(crate) mod trace;

use tokio::task::JoinSet;

pub(crate) use self::{
    play::{Answer, Mailbox, play},
    trace::Script,
};

/// Runs scenarios side by side and fails when any of them did, with all their names: most of a
/// scenario's time is spent waiting for a deadline or a backoff.
pub(crate) async fn all<F: Future<Output = ()> + Send + 'static>(scenarios: Vec<(String, F)>) {
    let mut running = JoinSet::new();
    for (name, scenario) in scenarios {
        running.spawn(async move { (tokio::spawn(scenario).await.is_err()).then_some(name) });
    }
    let failed: Vec<String> = running.join_all().await.into_iter().flatten().collect();
    assert!(failed.is_empty(), "failed: {failed:#?} (each one's own words stand above)");
}
