//! What was found, in words an operator can act on.

use serde::Serialize;

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

/// More of a detail is not shown: servers have been seen to answer at length.
const MOST_CHARS: usize = 1_000;

impl Finding {
    pub(crate) fn new(check: &'static str, outcome: Outcome, detail: &str, advice: Option<&str>) -> Self {
        Self { check, outcome, detail: Some(printable(detail)), advice: advice.map(printable) }
    }
}

/// One line, in bounds: what servers say may steer a terminal.
fn printable(text: &str) -> String {
    let shown = |character: char| if character.is_control() { ' ' } else { character };
    text.chars().take(MOST_CHARS).map(shown).collect()
}
