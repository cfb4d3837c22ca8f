//! Which process an object belongs to.

use crate::error::Failure;

/// Threads do not survive a fork, so neither does anything that relies on them.
#[derive(Clone, Copy)]
pub(crate) struct Owner(u32);

impl Owner {
    /// The process this runs in.
    pub(crate) fn current() -> Self {
        Self(std::process::id())
    }

    pub(crate) fn is_current(self) -> bool {
        self.0 == std::process::id()
    }

    /// # Errors
    /// In a child of the process the object was made in.
    pub(crate) fn check(self) -> Result<(), Failure> {
        if self.is_current() {
            Ok(())
        } else {
            Err(Failure::Misuse("used after a fork: make a new one in the child process"))
        }
    }
}
