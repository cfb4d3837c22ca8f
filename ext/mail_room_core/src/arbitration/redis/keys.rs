//! The names of keys.

use crate::message::{Origin, Uid};

/// The keys of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    /// Its own.
    pub(super) own: String,
    /// That of gitlab-mail_room.
    pub(super) old: String,
}

/// The keys of one namespace.
pub(super) struct Keys {
    /// What the names of both keys begin with.
    prefix: String,
    /// What the name of a counter begins with.
    attempts: String,
}

impl Keys {
    /// `namespace` as redis-namespace puts it in front.
    pub(super) fn new(namespace: Option<&str>) -> Self {
        let below = |name: &str| namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}:{name}"));
        Self { prefix: below("delivered:"), attempts: below("attempts:") }
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn pair(&self, origin: &Origin, uid: Uid) -> Pair {
        let (Origin { account, mailbox, .. }, prefix) = (origin, &self.prefix);
        let (key, name) = (origin.key(uid), origin.name(uid));
        let own = [prefix.as_str(), account, ":", mailbox, ":", &key].concat();
        Pair { own, old: format!("{prefix}{name}") }
    }

    /// The counter of a message's failed attempts.
    pub(super) fn attempts(&self, origin: &Origin, uid: Uid) -> String {
        let Origin { account, mailbox, .. } = origin;
        format!("{}{account}:{mailbox}:{}", self.attempts, origin.key(uid))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::message::Names;

    #[test]
    fn all_stand_below_the_namespace() {
        let origin = Origin::numbered("a@example.com".into(), "inbox".into(), 7);
        let expected = Pair { own: "delivered:a@example.com:inbox:7:42".into(), old: "delivered:42".into() };
        assert_eq!(Keys::new(None).pair(&origin, 42), expected);
        assert_eq!(Keys::new(Some("mail_room:gitlab")).pair(&origin, 42).old, "mail_room:gitlab:delivered:42");
        assert_eq!(Keys::new(Some("ns")).attempts(&origin, 42), "ns:attempts:a@example.com:inbox:7:42");
    }

    #[test]
    fn a_message_with_a_name_goes_by_it() {
        let names = Arc::new(Names::default());
        let uid = names.number("AAkALgAA");
        let origin = Origin::named("a@example.com".into(), "inbox".into(), names);
        let expected = Pair { own: "delivered:a@example.com:inbox:AAkALgAA".into(), old: "delivered:AAkALgAA".into() };
        assert_eq!(Keys::new(None).pair(&origin, uid), expected);
        assert_eq!(Keys::new(None).attempts(&origin, uid), "attempts:a@example.com:inbox:AAkALgAA");
    }
}
