//! What becomes of messages on the server.

use super::keywords::{DELIVERED, QUARANTINED};

/// What becomes of a message on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Delivered,
    DeliveredAndDeleted,
    /// As before, and removed right after it.
    DeliveredAndExpunged,
    /// Not to be delivered.
    Skipped,
    Quarantined,
}

impl Mark {
    /// Whether the application has the message.
    pub(crate) fn follows_acceptance(self) -> bool {
        match self {
            Self::Delivered | Self::DeliveredAndDeleted | Self::DeliveredAndExpunged => true,
            Self::Skipped | Self::Quarantined => false,
        }
    }

    /// What is noted at the message besides, where the server keeps such notes.
    pub(crate) fn keyword(self) -> Option<&'static str> {
        match self {
            Self::Delivered | Self::DeliveredAndDeleted | Self::Skipped => None,
            Self::DeliveredAndExpunged => Some(DELIVERED),
            Self::Quarantined => Some(QUARANTINED),
        }
    }
}
