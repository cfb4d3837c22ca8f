//! The first list of a process, which may be one that nobody wants to be delivered.

use serde_json::json;

use super::Pass;

/// Keeps a surprisingly large first batch from being delivered: a mailbox that was in use before may hold
/// years of unread mail, and GitLab would answer each with a rejection.
#[derive(Debug)]
pub(crate) struct FirstRun {
    /// `first_run_limit`, until a list was within it.
    limit: Option<usize>,
    /// The number of messages the log told of last.
    told: Option<usize>,
}

impl FirstRun {
    pub(crate) fn new(limit: Option<usize>) -> Self {
        Self { limit, told: None }
    }
}

impl Pass {
    /// Whether so many unread messages are too many to begin with.
    pub(super) fn refuses_to_begin(&mut self, unread: usize) -> bool {
        let Some(limit) = self.first_run.limit.filter(|limit| unread > *limit) else {
            self.first_run.limit = None;
            return false;
        };
        if self.first_run.told.replace(unread) != Some(unread) {
            let error = format!("{unread} messages are unread, and first_run_limit is {limit}: nothing is delivered");
            let hint = "mark old messages as read, and the others will be delivered; or raise or remove \
                        first_run_limit, and restart";
            let told = json!({"unread": unread, "first_run_limit": limit, "error": error, "hint": hint});
            self.log.error("first batch refused", told);
        }
        true
    }
}
