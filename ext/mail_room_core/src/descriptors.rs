//! Whether the process may open as many files as its mailboxes need.

use std::fs;

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::{Error, Result, delivery::DeliverySettings, inbox::InboxSettings, mailbox::Mailbox};

/// For what serves all mailboxes: Redis, PostgreSQL, lookups, log files, probes, the runtime.
const SPARE: u64 = 32;

/// What is open where nobody can tell: standard streams, Ruby's own, the notify socket.
const USUALLY_OPEN: u64 = 24;

/// What mailboxes need at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Need {
    mailboxes: u64,
    /// While nothing happens.
    idle: u64,
    /// Besides, when messages come in for all of them.
    busy: u64,
}

impl Need {
    pub(crate) fn add(&mut self, mailbox: &Mailbox) {
        self.mailboxes += 1;
        // Microsoft Graph is asked now and then, over connections that are not kept.
        match mailbox.inbox {
            InboxSettings::Imap(_) => self.idle += 1,
            InboxSettings::Graph(_) => self.busy += 1,
        }
        match mailbox.delivery {
            // Both ends of a pair of sockets.
            DeliverySettings::Ruby(_) => self.idle += 2,
            DeliverySettings::Postback(_) => self.busy += mailbox.limits.concurrency as u64,
            _ => {}
        }
    }

    /// Raises the soft limit of the process as far as the hard one lets it, when it is too low.
    ///
    /// # Errors
    /// [`Error::Configuration`] when that does not suffice: the mailboxes at the end would never be served.
    pub(crate) fn provide(self) -> Result<()> {
        let open = open();
        let (idle, busy) = (open + self.idle + SPARE, open + self.idle + self.busy + SPARE);
        let mut limit = getrlimit(Resource::Nofile);
        let soft = limit.current.unwrap_or(u64::MAX);
        if soft < busy {
            limit.current = limit.maximum;
            // What is not allowed is told below.
            let _ = setrlimit(Resource::Nofile, limit);
        }
        let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        if limit < idle { Err(Error::Configuration(self.refusal(limit, idle))) } else { Ok(()) }
    }

    fn refusal(self, limit: u64, need: u64) -> String {
        let mailboxes = self.mailboxes;
        let rounded = need.max(self.idle + self.busy + SPARE + USUALLY_OPEN).next_power_of_two();
        format!(
            "{mailboxes} mailboxes need {need} file descriptors, and this process may open {limit} (RLIMIT_NOFILE). \
             Raise the limit: LimitNOFILE={rounded} in the systemd unit, or `ulimit -n {rounded}` before the start"
        )
    }
}

/// How many are open now.
fn open() -> u64 {
    let open = fs::read_dir("/proc/self/fd").or_else(|_| fs::read_dir("/dev/fd"));
    open.map_or(USUALLY_OPEN, |entries| entries.count() as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn need(mailboxes: &[Value]) -> Need {
        let mut need = Need::default();
        for settings in mailboxes {
            need.add(&Mailbox::from_settings(settings).expect("settings"));
        }
        need
    }

    fn with(more: &Value) -> Value {
        let mut settings = json!({
            "email": "one@example.com", "password": "p", "name": "INBOX", "host": "h", "port": 993,
            "delivery_method": "noop",
        });
        settings.as_object_mut().expect("a mapping").extend(more.as_object().expect("a mapping").clone());
        settings
    }

    #[test]
    fn each_mailbox_needs_its_own() {
        let webhook = json!({"delivery_method": "postback", "delivery_url": "http://h/", "delivery_concurrency": 8});
        let class = json!({"delivery_method": "ruby", "deliverer": "Mine"});
        assert_eq!(need(&[with(&json!({})), with(&webhook), with(&class)]), Need { mailboxes: 3, idle: 5, busy: 8 });
    }

    #[test]
    fn what_there_is_suffices_for_a_few() {
        need(&[with(&json!({}))]).provide().expect("enough");
    }

    #[test]
    fn a_refusal_names_limit_need_and_remedy() {
        let need = Need { mailboxes: u64::MAX >> 20, idle: u64::MAX >> 20, busy: 0 };
        let refused = need.provide();
        if getrlimit(Resource::Nofile).current.is_some() {
            let error = refused.expect_err("too many").to_string();
            assert!(error.contains(" file descriptors, and this process may open "), "{error}");
        }
        let told = Need { mailboxes: 10_000, idle: 10_000, busy: 0 }.refusal(4_096, 10_050);
        assert_eq!(
            told,
            "10000 mailboxes need 10050 file descriptors, and this process may open 4096 (RLIMIT_NOFILE). Raise the \
             limit: LimitNOFILE=16384 in the systemd unit, or `ulimit -n 16384` before the start"
        );
    }
}
