//! Whom a session tells what happens.

use serde_json::{Value, json};

use crate::log::Log;

/// The log of a session's mailbox, or nobody.
#[derive(Clone)]
pub(crate) struct Witness(Option<Log>);

impl Witness {
    pub(crate) fn new(log: &Log) -> Self {
        Self(Some(log.clone()))
    }

    /// For those who look for themselves.
    pub(crate) fn nobody() -> Self {
        Self(None)
    }

    /// A step on the way into the mailbox, before it begins.
    pub(crate) fn step(&self, step: &str) {
        if let Self(Some(log)) = self {
            log.info(step, json!({}));
        }
    }

    /// What the server wants people to read.
    pub(crate) fn alert(&self, text: &str) {
        self.warn("alert from the server", json!({"alert": text}));
    }

    pub(crate) fn warn(&self, action: &str, details: Value) {
        if let Self(Some(log)) = self {
            log.warn(action, details);
        }
    }
}
