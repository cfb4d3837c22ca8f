//! The findings of one subject, in the order of their names.

use super::{Finding, Outcome, Problem};

/// A check failed, and what comes after it cannot be looked at.
#[derive(Debug)]
pub(crate) struct Stop;

/// Findings as they come in.
#[derive(Debug)]
pub(crate) struct Report {
    names: &'static [&'static str],
    findings: Vec<Finding>,
}

impl Report {
    /// A report on these checks.
    pub(crate) fn new(names: &'static [&'static str]) -> Self {
        Self { names, findings: Vec::new() }
    }

    pub(crate) fn yes(&mut self, check: &'static str, detail: impl AsRef<str>) {
        self.note(check, Outcome::Yes, detail.as_ref(), None);
    }

    /// A yes with something to think about, when there is an `advice`.
    pub(crate) fn yes_but(&mut self, check: &'static str, detail: impl AsRef<str>, advice: Option<&str>) {
        self.note(check, Outcome::Yes, detail.as_ref(), advice);
    }

    pub(crate) fn no(&mut self, check: &'static str, detail: impl AsRef<str>, advice: impl AsRef<str>) -> Stop {
        let advice = Some(advice.as_ref()).filter(|advice| !advice.is_empty());
        self.note(check, Outcome::No, detail.as_ref(), advice);
        Stop
    }

    pub(crate) fn problem(&mut self, check: &'static str, problem: Problem) -> Stop {
        self.no(check, problem.detail, problem.advice)
    }

    pub(crate) fn skipped(&mut self, check: &'static str, detail: impl AsRef<str>, advice: Option<&str>) {
        self.note(check, Outcome::Skipped, detail.as_ref(), advice);
    }

    /// All findings. What could not be looked at needs what failed; where nothing did, the time was over.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        let found = |name: &&str| self.findings.iter().any(|finding| finding.check == *name);
        let mut missing = self.names.iter().copied().filter(|name| !found(name)).collect::<Vec<_>>().into_iter();
        let failed = self.findings.iter().find(|finding| finding.outcome == Outcome::No).map(|finding| finding.check);
        let Some(needed) = failed.or_else(|| missing.next().inspect(|name| self.late(name))) else {
            return self.sorted();
        };
        for name in missing {
            self.skipped(name, format!("needs {needed}"), None);
        }
        self.sorted()
    }

    /// It was waited for so long that the time was over.
    fn late(&mut self, check: &'static str) {
        let detail = format!("not done within {} s, the most that all of it may take", super::LIMIT.as_secs());
        self.no(check, detail, "look at what answers so slowly, or lower the timeouts of the mailbox");
    }

    fn sorted(mut self) -> Vec<Finding> {
        self.findings.sort_by_key(|finding| self.names.iter().position(|name| *name == finding.check));
        self.findings
    }

    fn note(&mut self, check: &'static str, outcome: Outcome, detail: &str, advice: Option<&str>) {
        self.findings.push(Finding::new(check, outcome, detail, advice));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["a.one", "a.two", "a.three"];

    #[test]
    fn what_comes_after_a_failure_needs_it() {
        let mut report = Report::new(&NAMES);
        report.yes("a.one", "here");
        report.no("a.two", "gone\r\nfor ever", "bring it back");
        let findings = report.finish();
        assert_eq!(findings[1].detail.as_deref(), Some("gone  for ever"));
        let last = Finding::new("a.three", Outcome::Skipped, "needs a.two", None);
        assert_eq!((findings.len(), &findings[2]), (3, &last));
    }

    #[test]
    fn what_was_waited_for_in_vain_is_named() {
        let mut report = Report::new(&NAMES);
        report.yes("a.one", "here");
        let outcomes: Vec<_> = report.finish().into_iter().map(|finding| (finding.check, finding.outcome)).collect();
        assert_eq!(outcomes, [("a.one", Outcome::Yes), ("a.two", Outcome::No), ("a.three", Outcome::Skipped)]);
    }
}
