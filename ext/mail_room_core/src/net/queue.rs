//! Whose turn it is to connect.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::sleep,
};

/// Attempts under way to one host and port: a server that is asked by thousands at once, as after its own restart,
/// serves none of them in time, and one that is fast is kept busy by these.
const AT_ONCE: usize = 20;

/// How long a place is lent. An attempt that takes longer goes on without: a host, or a single mailbox, that hangs for
/// the whole of each deadline must not keep the other mailboxes waiting. Ten attempts in a second are no storm.
const LENT: Duration = Duration::from_secs(2);

/// The queues of a process, one for each host and port.
#[derive(Default)]
pub(crate) struct Queues(HashMap<(String, u16), Queue>);

impl Queues {
    pub(crate) fn get(&mut self, host: &str, port: u16) -> Queue {
        self.0.entry((host.to_ascii_lowercase(), port)).or_insert_with(|| Queue::new(AT_ONCE)).clone()
    }
}

/// Those who want to do the same, such as to connect to one host, in the order in which they came.
#[derive(Clone)]
pub(crate) struct Queue(Arc<Semaphore>);

impl Queue {
    pub(crate) fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once)))
    }

    /// Does the work when its turn has come. There is no deadline for the turn: those of the work begin with it.
    ///
    /// Cancelling gives the place back, or up.
    pub(crate) async fn in_turn<T>(&self, work: impl Future<Output = T>) -> T {
        // Fails only when the semaphore is closed, which nobody does.
        let place: Option<SemaphorePermit<'_>> = self.0.acquire().await.ok();
        tokio::pin!(work);
        tokio::select! {
            outcome = &mut work => return outcome,
            () = sleep(LENT) => drop(place),
        }
        work.await
    }
}

#[cfg(test)]
mod tests {
    use std::{
        cell::{Cell, RefCell},
        future::pending,
    };

    use futures_util::future::join_all;
    use tokio::{
        task::JoinSet,
        time::{Instant, timeout},
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_many_at_once_in_the_order_in_which_they_came() {
        let queue = Queues::default().get("mail.example.com", 993);
        let (under_way, most, begun) = (Cell::new(0), Cell::new(0), RefCell::new(Vec::new()));
        let all = (0..AT_ONCE * 3).map(async |nth| {
            let work = async {
                begun.borrow_mut().push(nth);
                under_way.set(under_way.get() + 1);
                most.set(most.get().max(under_way.get()));
                sleep(Duration::from_secs(1)).await;
                under_way.set(under_way.get() - 1);
            };
            queue.in_turn(work).await;
        });
        join_all(all).await;
        assert_eq!(most.get(), AT_ONCE);
        assert_eq!(begun.into_inner(), (0..AT_ONCE * 3).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn who_hangs_holds_up_nobody_for_long() {
        let mut queues = Queues::default();
        let queue = queues.get("mail.example.com", 993);
        let mut hanging = JoinSet::new();
        for _ in 0..AT_ONCE * 5 {
            let queue = queue.clone();
            hanging.spawn(async move { queue.in_turn(pending::<()>()).await });
        }
        sleep(Duration::from_millis(1)).await;
        let other = queues.get("mail.example.com", 143);
        timeout(Duration::from_millis(1), other.in_turn(async {})).await.expect("another server");
        let begin = Instant::now();
        queues.get("MAIL.example.com", 993).in_turn(async {}).await;
        assert!((LENT * 4..=LENT * 5).contains(&begin.elapsed()), "{:?}", begin.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn who_goes_away_leaves_its_place_to_the_next() {
        let queue = Queues::default().get("mail.example.com", 993);
        let (mut busy, mut waiting) = (JoinSet::new(), JoinSet::new());
        for tasks in [&mut busy, &mut waiting] {
            for _ in 0..AT_ONCE {
                let queue = queue.clone();
                tasks.spawn(async move { queue.in_turn(pending::<()>()).await });
            }
            sleep(Duration::from_millis(1)).await;
        }
        drop((busy, waiting));
        timeout(Duration::from_millis(1), queue.in_turn(async {})).await.expect("a turn");
    }
}
