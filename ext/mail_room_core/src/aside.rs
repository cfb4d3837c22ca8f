//! Work that would keep a thread of the runtime busy: files, which may lie on a disk that does not answer, and proofs of
//! passwords.

use std::sync::LazyLock;

use tokio::task::{JoinError, spawn_blocking};

use crate::net::Queue;

/// Each takes a thread, and thousands of mailboxes may have the same idea in the same moment.
const AT_ONCE: usize = 4;

static QUEUE: LazyLock<Queue> = LazyLock::new(|| Queue::new(AT_ONCE));

/// Does the work in a thread of its own, when its turn has come. Work that takes long holds up none that waits.
///
/// Cancelling abandons work that has begun: it goes on, and nobody hears of it.
///
/// # Errors
/// When the work panicked, or the runtime ends.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    QUEUE.in_turn(async { spawn_blocking(work).await }).await
}
