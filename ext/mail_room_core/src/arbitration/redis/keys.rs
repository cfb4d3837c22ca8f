//! The names of keys.

use crate::message::{Origin, Uid};

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

    /// A message's own key, and that of gitlab-mail_room.
    pub(super) fn pair(&self, origin: &Origin, uid: Uid) -> (String, String) {
        let (Origin { account, mailbox, .. }, prefix) = (origin, &self.prefix);
        (format!("{prefix}{account}:{mailbox}:{}", origin.key(uid)), format!("{prefix}{}", origin.name(uid)))
    }

    /// The counter of a message's failed attempts.
    pub(super) fn attempts(&self, origin: &Origin, uid: Uid) -> String {
        let Origin { account, mailbox, .. } = origin;
        format!("{}{account}:{mailbox}:{}", self.attempts, origin.key(uid))
    }

    pub(super) fn pairs(&self, origin: &Origin, uids: &[Uid]) -> Vec<(String, String)> {
        uids.iter().map(|uid| self.pair(origin, *uid)).collect()
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
        let expected = ("delivered:a@example.com:inbox:7:42".to_owned(), "delivered:42".to_owned());
        assert_eq!(Keys::new(None).pair(&origin, 42), expected);
        assert_eq!(Keys::new(Some("mail_room:gitlab")).pair(&origin, 42).1, "mail_room:gitlab:delivered:42");
        assert_eq!(Keys::new(Some("ns")).attempts(&origin, 42), "ns:attempts:a@example.com:inbox:7:42");
    }

    #[test]
    fn a_message_with_a_name_goes_by_it() {
        let names = Arc::new(Names::default());
        let uid = names.number("AAkALgAA");
        let origin = Origin::named("a@example.com".into(), "inbox".into(), names);
        let expected = ("delivered:a@example.com:inbox:AAkALgAA".to_owned(), "delivered:AAkALgAA".to_owned());
        assert_eq!(Keys::new(None).pair(&origin, uid), expected);
        assert_eq!(Keys::new(None).attempts(&origin, uid), "attempts:a@example.com:inbox:AAkALgAA");
    }
}
