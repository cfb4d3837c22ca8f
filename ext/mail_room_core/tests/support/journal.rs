//! What happened to one mailbox, in the order it happened.

use std::sync::{Arc, Mutex, PoisonError};

/// Written by the server and by the application the messages are delivered to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    pub(crate) fn note(&self, event: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    /// All events, such as `connected`, `C: UID STORE 7 …` without the tag, and `accepted one`.
    pub(crate) fn events(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The rest of those events that begin so, in order.
    pub(crate) fn all(&self, beginning: &str) -> Vec<String> {
        let events = self.events();
        events.iter().filter_map(|event| event.strip_prefix(beginning)).map(str::to_owned).collect()
    }

    /// The names of the messages the application took, in order.
    pub(crate) fn accepted(&self) -> Vec<String> {
        self.all("accepted ")
    }

    /// Panics unless both happened, the one first.
    pub(crate) fn assert_order(&self, first: &str, then: &str) {
        let at = |beginning: &str| self.events().iter().position(|event| event.starts_with(beginning));
        let (one, other) = (at(first), at(then));
        assert!(one.is_some() && one < other, "{first:?} before {then:?} in {:#?}", self.events());
    }
}
