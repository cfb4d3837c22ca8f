//! How many mailboxes are connected.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Counts the mailboxes of a process, and those with a session.
#[derive(Clone, Default)]
pub(crate) struct Attendance {
    mailboxes: usize,
    connected: Arc<AtomicUsize>,
}

/// A mailbox is connected for as long as this is kept.
pub(crate) struct Present(Arc<AtomicUsize>);

impl Attendance {
    pub(crate) fn of(mailboxes: usize) -> Self {
        Self { mailboxes, connected: Arc::default() }
    }

    pub(crate) fn enter(&self) -> Present {
        self.connected.fetch_add(1, Ordering::Relaxed);
        Present(Arc::clone(&self.connected))
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Display for Attendance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mailboxes {
            0 => f.write_str("No mailbox to watch"),
            1 => write!(f, "{} of 1 mailbox connected", self.connected.load(Ordering::Relaxed)),
            all => write!(f, "{} of {all} mailboxes connected", self.connected.load(Ordering::Relaxed)),
        }
    }
}
