//! How much may be in memory at once.

use crate::{Result, fields::Fields};

/// Bounds on what is fetched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Messages fetched and delivered together. `limit_max_unread` lowers it.
    pub(crate) window_messages: usize,
    /// Bytes fetched and delivered together; a single larger message makes a window of its own.
    pub(crate) window_bytes: u64,
    /// Larger messages are not fetched but quarantined.
    pub(crate) message_bytes: u64,
    /// Messages delivered at the same time. With more than one their order is not kept.
    pub(crate) concurrency: usize,
    /// A message is quarantined when so many attempts to deliver it have failed.
    pub(crate) attempts: u32,
    /// A longer first list is not worked off. None: any is.
    pub(crate) first_run: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        // With waits of up to five minutes in between, so many attempts take about three quarters of an hour.
        Self {
            window_messages: 1_000,
            window_bytes: 4 << 20,
            message_bytes: 100 << 20,
            concurrency: 1,
            attempts: 25,
            first_run: None,
        }
    }
}

impl Limits {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        let default = Self::default();
        let window_messages = match fields.whole("limit_max_unread")? {
            None | Some(0) => default.window_messages,
            Some(limit) => default.window_messages.min(usize::try_from(limit).unwrap_or(usize::MAX)),
        };
        let message_bytes = fields.whole("max_message_size")?.unwrap_or(default.message_bytes);
        if !(1..=400 << 20).contains(&message_bytes) {
            // A job may be larger than its message by a quarter, and Redis takes no value of more than 512 MiB.
            return Err(fields.error("max_message_size", "must be between 1 and 419430400 bytes"));
        }
        let concurrency = match fields.whole("delivery_concurrency")? {
            None => default.concurrency,
            Some(number @ 1..=100) => usize::try_from(number).unwrap_or(default.concurrency),
            Some(_) => return Err(fields.error("delivery_concurrency", "must be between 1 and 100")),
        };
        let attempts = match fields.whole("max_attempts")? {
            None => default.attempts,
            Some(number @ 1..=1000) => u32::try_from(number).unwrap_or(default.attempts),
            Some(_) => return Err(fields.error("max_attempts", "must be between 1 and 1000")),
        };
        let first_run = fields.whole("first_run_limit")?.filter(|limit| *limit > 0);
        let first_run = first_run.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(Self { window_messages, message_bytes, concurrency, attempts, first_run, ..default })
    }
}
