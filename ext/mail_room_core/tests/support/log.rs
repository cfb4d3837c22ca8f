//! The log of a run, as an operator reads it.

use std::{fs, path::Path};

use serde_json::Value;

/// Longest line that still counts as brief. The longest ordinary ones name a hundred UIDs twice.
const LONGEST_LINE: usize = 3000;

/// The log lines of all mailboxes of a run.
#[derive(Debug)]
pub(crate) struct Log(Vec<Value>);

impl Log {
    /// Reads the log and checks what holds for every line of every run: it is one JSON object that
    /// names its mailbox, it is no dump of what a server sent, and it holds none of `secrets`.
    pub(crate) fn read(path: &Path, secrets: &[String]) -> Self {
        let text = fs::read_to_string(path).expect("a log file");
        for secret in secrets {
            let leak = text.lines().find(|line| line.contains(secret.as_str()));
            assert!(leak.is_none(), "the password stands in the log: {leak:?}");
        }
        let parse = |line: &str| {
            assert!(line.len() <= LONGEST_LINE, "a line of {} bytes: {line:.500}", line.len());
            let value: Value = serde_json::from_str(line).expect("a line of JSON");
            for key in ["/severity", "/time", "/action", "/context/email", "/context/name"] {
                assert!(value.pointer(key).is_some_and(Value::is_string), "no {key} in {line}");
            }
            value
        };
        Self(text.lines().map(parse).collect())
    }

    /// The lines of a mailbox with this action.
    pub(crate) fn lines<'a>(&'a self, email: &'a str, action: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |line| line["context"]["email"] == email && line["action"] == action)
    }

    /// What went wrong with a mailbox, in its own words and in order.
    pub(crate) fn errors(&self, email: &str) -> Vec<&str> {
        let of_mailbox = self.0.iter().filter(|line| line["context"]["email"] == email);
        of_mailbox.filter_map(|line| line["error"].as_str()).collect()
    }

    /// Panics unless a line with this action and severity stands in the log for the mailbox.
    pub(crate) fn assert_line(&self, severity: &str, email: &str, action: &str) {
        let found = self.lines(email, action).any(|line| line["severity"] == severity);
        assert!(found, "no {severity} line {action:?} of {email} in {:#?}", self.0);
    }

    /// Panics unless an error of the mailbox holds `text`.
    pub(crate) fn assert_error(&self, email: &str, text: &str) {
        let errors = self.errors(email);
        assert!(errors.iter().any(|error| error.contains(text)), "no error of {email} says {text:?}: {errors:#?}");
    }
}
