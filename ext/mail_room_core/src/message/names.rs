//! Numbers for messages that have names instead.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Uid;

/// The names of messages, and the numbers they go by in this process: in the order in which they were seen first.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    last: Uid,
    by_uid: BTreeMap<Uid, Arc<str>>,
    by_name: HashMap<Arc<str>, Uid>,
}

impl Names {
    /// The number of a name, the same for as long as it is kept.
    pub(crate) fn number(&self, name: &str) -> Uid {
        let Known { last, by_uid, by_name } = &mut *self.known();
        if let Some(uid) = by_name.get(name) {
            return *uid;
        }
        loop {
            *last = last.wrapping_add(1).max(1);
            if !by_uid.contains_key(last) {
                break;
            }
        }
        let name: Arc<str> = name.into();
        by_uid.insert(*last, Arc::clone(&name));
        by_name.insert(name, *last);
        *last
    }

    /// The number of a name that has one.
    pub(crate) fn known_as(&self, name: &str) -> Option<Uid> {
        self.known().by_name.get(name).copied()
    }

    pub(crate) fn name(&self, uid: Uid) -> Option<Arc<str>> {
        self.known().by_uid.get(&uid).cloned()
    }

    /// Forgets all but `uids`, which are in ascending order.
    pub(crate) fn keep(&self, uids: &[Uid]) {
        let Known { by_uid, by_name, .. } = &mut *self.known();
        by_uid.retain(|uid, _| uids.binary_search(uid).is_ok());
        by_name.retain(|_, uid| uids.binary_search(uid).is_ok());
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number_until_it_is_forgotten() {
        let names = Names::default();
        let (one, other) = (names.number("AAkALgAA"), names.number("AAkALgaa"));
        assert_ne!(one, other);
        assert_eq!((names.number("AAkALgAA"), names.name(one).as_deref()), (one, Some("AAkALgAA")));
        names.keep(&[other]);
        assert_eq!((names.name(one), names.number("AAkALgaa")), (None, other));
        assert!(names.number("AAkALgAA") > other, "no number is given twice in a row");
    }

    #[test]
    fn numbers_begin_again_beside_those_in_use() {
        let names = Names::default();
        let one = names.number("one");
        names.known().last = Uid::MAX;
        assert_eq!((one, names.number("two")), (1, 2));
    }
}
