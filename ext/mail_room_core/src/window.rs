//! How many messages are worked on at once.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::sleep,
};

use crate::{inbox::MessageSize, mailbox::Limits, message::Uid};

/// Permits are counted in KiB, since a semaphore cannot count the bytes of large budgets.
const UNIT: u64 = 1 << 10;
/// Message bytes in flight in the whole process: a few windows at once, however many mailboxes.
const BUDGET: u64 = 16 << 20;

/// How long room is lent. Work that takes longer, because a server stalls or a Ruby class does, goes
/// on without: it may cost more memory than planned, but it must not hold up the other mailboxes.
const LENT: Duration = Duration::from_secs(5);

/// Messages to be fetched by one command and marked by one command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) uids: Vec<Uid>,
    pub(crate) bytes: u64,
}

/// Cuts messages into windows bounded by count and by bytes. A message larger than a window's bytes
/// gets one of its own, and so does each that is set apart.
pub(crate) fn windows(messages: &[MessageSize], limits: &Limits, apart: impl Fn(Uid) -> bool) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    let mut closed = true;
    for &MessageSize { uid, bytes, .. } in messages {
        let before = std::mem::replace(&mut closed, apart(uid));
        match windows.last_mut() {
            Some(window)
                if !before
                    && !closed
                    && window.uids.len() < limits.window_messages
                    && window.bytes + bytes <= limits.window_bytes =>
            {
                window.uids.push(uid);
                window.bytes += bytes;
            }
            _ => windows.push(Window { uids: vec![uid], bytes }),
        }
    }
    windows
}

/// One budget of message bytes for the whole process.
#[derive(Clone)]
pub(crate) struct Budget(Arc<Semaphore>);

impl Budget {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(units(BUDGET) as usize)))
    }

    /// Room for so many bytes, held until dropped. A larger message takes all there is: it has to
    /// be fetched some time, and then alone.
    pub(crate) async fn room_for(&self, bytes: u64) -> Room {
        // Fails only when the semaphore is closed, which nobody does.
        Room(Arc::clone(&self.0).acquire_many_owned(units(bytes.min(BUDGET))).await.ok())
    }
}

/// A part of the budget.
pub(crate) struct Room(Option<OwnedSemaphorePermit>);

impl Room {
    /// Does the work the room was asked for, and gives the room back after it or when it was lent
    /// for long enough.
    pub(crate) async fn during<T>(self, work: impl Future<Output = T>) -> T {
        let Self(permit) = self;
        tokio::pin!(work);
        tokio::select! {
            outcome = &mut work => return outcome,
            () = sleep(LENT) => drop(permit),
        }
        work.await
    }
}

fn units(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(bytes: &[u64]) -> Vec<MessageSize> {
        bytes.iter().zip(1..).map(|(bytes, uid)| MessageSize { uid, bytes: *bytes, ..MessageSize::default() }).collect()
    }

    #[test]
    fn bounded_by_count_and_bytes() {
        let limits = Limits { window_messages: 3, window_bytes: 10, ..Limits::default() };
        let uids = |bytes: &[u64]| -> Vec<Vec<Uid>> {
            windows(&sized(bytes), &limits, |_| false).into_iter().map(|window| window.uids).collect()
        };
        assert_eq!(uids(&[1, 1, 1, 1]), [vec![1, 2, 3], vec![4]]);
        assert_eq!(uids(&[6, 6, 4]), [vec![1], vec![2, 3]]);
        assert_eq!(uids(&[50, 1, 50]), [vec![1], vec![2], vec![3]]);
        assert!(uids(&[]).is_empty());
    }

    #[test]
    fn what_is_set_apart_gets_a_window_of_its_own() {
        let windows = windows(&sized(&[1; 5]), &Limits::default(), |uid| uid == 3);
        let uids: Vec<Vec<Uid>> = windows.into_iter().map(|window| window.uids).collect();
        assert_eq!(uids, [vec![1, 2], vec![3], vec![4, 5]]);
    }

    #[tokio::test]
    async fn a_message_above_the_budget_gets_all_of_it() {
        let budget = Budget::new();
        let room = budget.room_for(BUDGET * 10).await;
        assert_eq!(budget.0.available_permits(), 0);
        drop(room);
        assert!(budget.0.available_permits() > 0);
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_stalls_gives_its_room_back() {
        let budget = Budget::new();
        let stalled = budget.room_for(BUDGET).await.during(std::future::pending::<()>());
        tokio::select! {
            () = stalled => unreachable!("it never ends"),
            _room = budget.room_for(BUDGET) => {}
        }
    }
}
