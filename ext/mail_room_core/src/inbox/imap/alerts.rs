//! What servers want people to read.

use std::{collections::BTreeSet, fmt};

use crate::log::brief;

/// Most different texts told in one session.
const MOST: usize = 20;

/// RFC 3501, section 7.1: the text of an `ALERT` must be presented to the user. Each goes out once per
/// session, and cut short.
pub(super) struct Alerts {
    tell: Box<dyn Fn(&str) + Send + Sync>,
    told: BTreeSet<String>,
}

impl Alerts {
    pub(super) fn new(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { tell: Box::new(tell), told: BTreeSet::new() }
    }

    pub(super) fn tell(&mut self, text: &str) {
        let text = brief(text);
        if self.told.len() < MOST && !self.told.contains(&text) {
            (self.tell)(&text);
            self.told.insert(text);
        }
    }
}

impl fmt::Debug for Alerts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alerts").field("told", &self.told).finish_non_exhaustive()
    }
}
