//! What was found, in words an operator can act on.

use serde::Serialize;
use serde_json::json;

use crate::{mailbox::Mailbox, printable::printable};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// All is well. With an advice it is a warning.
    Yes,
    /// Mail will not get through.
    No,
    /// There was nothing to look at, or no way to.
    Skipped,
}

/// What came of one check. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check's name, such as `imap.login`.
    pub check: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What was seen.
    pub detail: Option<String>,
    /// What to do.
    pub advice: Option<String>,
}

/// More of a text is not shown: servers have been seen to answer at length.
const MOST_CHARS: usize = 1_000;

/// Findings as a JSON array, without whatever the mailbox keeps secret: servers repeat what they were sent when nobody
/// expects it.
pub fn to_json(findings: Vec<Finding>, mailbox: &Mailbox) -> String {
    let findings: Vec<Finding> = findings.into_iter().map(|finding| finding.told(mailbox)).collect();
    json!(findings).to_string()
}

impl Finding {
    pub(crate) fn new(check: &'static str, outcome: Outcome, detail: &str, advice: Option<&str>) -> Self {
        let told = |text: &str| printable(text).collect::<String>();
        Self { check, outcome, detail: Some(told(detail)), advice: advice.map(told) }
    }

    /// As JSON; what [`to_json`] says of many holds of this one.
    pub fn to_json(self, mailbox: &Mailbox) -> String {
        json!(self.told(mailbox)).to_string()
    }

    /// Without secrets, and in bounds: of a secret that was cut off the beginning would stay.
    fn told(self, mailbox: &Mailbox) -> Self {
        let told = |text: String| shortened(mailbox.redactor.text(&text));
        Self { detail: self.detail.map(told), advice: self.advice.map(told), ..self }
    }
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MOST_CHARS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_no_secret_and_no_more_than_fits() {
        let settings = json!({"email": "anna@example.com", "password": "hunter2", "host": "localhost", "port": 143, "name": "inbox",
                              "delivery_method": "noop"});
        let mailbox = Mailbox::from_json(&settings.to_string()).expect("settings");
        let long = format!("{}hunter2 and more", "x".repeat(MOST_CHARS - 3));
        let findings = vec![
            Finding::new("imap.login", Outcome::No, "LOGIN anna hunter2\r\nrefused", Some("not hunter2")),
            Finding::new("imap.select", Outcome::Skipped, &long, None),
        ];
        let told: serde_json::Value = serde_json::from_str(&to_json(findings, &mailbox)).expect("JSON");
        let first = json!({"check": "imap.login", "outcome": "no", "detail": "LOGIN anna [REDACTED]  refused",
                           "advice": "not [REDACTED]"});
        assert_eq!(told[0], first);
        assert_eq!(told[1]["detail"], format!("{}[RE…", "x".repeat(MOST_CHARS - 3)));
    }
}
