//! How many messages are worked on at once.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{inbox::MessageSize, mailbox::Limits, message::Uid};

/// Permits are counted in KiB, since a semaphore cannot count the bytes of large budgets.
const UNIT: u64 = 1 << 10;
/// Message bytes in flight in the whole process: a few windows at once, however many mailboxes.
const BUDGET: u64 = 16 << 20;

/// How long room is lent. Work that takes longer, because a server stalls or a Ruby class does, goes
/// on without: it may cost more memory than planned, but it must not hold up the other mailboxes.
pub(crate) const LENT: Duration = Duration::from_secs(5);

/// Messages to be fetched by one command and marked by one command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) uids: Vec<Uid>,
    pub(crate) bytes: u64,
    /// Nothing else is to be under way beside it.
    pub(crate) alone: bool,
}

/// Cuts messages into windows bounded by count and by bytes. A message larger than a window's bytes
/// gets one of its own, and so does each that is set apart.
pub(crate) fn windows(messages: &[MessageSize], limits: &Limits, apart: impl Fn(Uid) -> bool) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    let mut closed = true;
    for &MessageSize { uid, bytes, .. } in messages {
        let alone = apart(uid);
        let before = std::mem::replace(&mut closed, alone);
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
            _ => windows.push(Window { uids: vec![uid], bytes, alone }),
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
        Room::new(Arc::clone(&self.0).acquire_many_owned(units(bytes.min(BUDGET))).await.ok())
    }

    /// The same, if there is room at the moment.
    pub(crate) fn room_at_once(&self, bytes: u64) -> Option<Room> {
        let permit = Arc::clone(&self.0).try_acquire_many_owned(units(bytes.min(BUDGET)));
        permit.ok().map(|permit| Room::new(Some(permit)))
    }
}

/// A part of the budget, which is given back with the last clone.
#[derive(Clone)]
pub(crate) struct Room(Arc<Mutex<Option<OwnedSemaphorePermit>>>);

impl Room {
    fn new(permit: Option<OwnedSemaphorePermit>) -> Self {
        Self(Arc::new(Mutex::new(permit)))
    }

    /// A look at it that does not keep it.
    pub(crate) fn lent(&self) -> Lent {
        Lent(Arc::downgrade(&self.0))
    }
}

/// A room in somebody's hands.
pub(crate) struct Lent(Weak<Mutex<Option<OwnedSemaphorePermit>>>);

impl Lent {
    /// Gives the room back although it is in use.
    pub(crate) fn give_back(&self) {
        let room = self.0.upgrade();
        drop(room.and_then(|permit| permit.lock().unwrap_or_else(PoisonError::into_inner).take()));
    }

    /// Whether it was not given back.
    pub(crate) fn is_held(&self) -> bool {
        self.0.upgrade().is_some_and(|permit| permit.lock().unwrap_or_else(PoisonError::into_inner).is_some())
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

    #[tokio::test]
    async fn room_is_given_back_with_the_last_clone_or_before() {
        let budget = Budget::new();
        let room = budget.room_for(BUDGET).await;
        let lent = room.lent();
        let clone = room.clone();
        drop(room);
        assert!(lent.is_held() && budget.room_at_once(1).is_none());
        drop(clone);
        assert!(!lent.is_held());
        let room = budget.room_at_once(BUDGET).expect("room");
        room.lent().give_back();
        assert!(!room.lent().is_held() && budget.room_at_once(1).is_some());
    }
}
