//! Something that is wrong, before it has become a finding.

/// What was seen, and what to do.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) detail: String,
    pub(crate) advice: String,
}

impl Problem {
    pub(crate) fn new(detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { detail: detail.into(), advice: advice.into() }
    }
}
