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
    /// The first that failed of those that others need.
    failed: Option<&'static str>,
    /// What may be left behind where the time is over.
    unfinished: Option<&'static str>,
}

impl Report {
    /// A report on these checks.
    pub(crate) fn new(names: &'static [&'static str]) -> Self {
        Self { names, findings: Vec::new(), failed: None, unfinished: None }
    }

    pub(crate) fn yes(&mut self, check: &'static str, detail: impl AsRef<str>) {
        self.note(check, Outcome::Yes, detail.as_ref(), None);
    }

    /// A yes with something to think about, when there is an `advice`.
    pub(crate) fn yes_but(&mut self, check: &'static str, detail: impl AsRef<str>, advice: Option<&str>) {
        self.note(check, Outcome::Yes, detail.as_ref(), advice);
    }

    pub(crate) fn no(&mut self, check: &'static str, detail: impl AsRef<str>, advice: impl AsRef<str>) -> Stop {
        self.flaw(check, detail, advice);
        self.failed.get_or_insert(check);
        Stop
    }

    /// A no that nothing after it needs.
    pub(crate) fn flaw(&mut self, check: &'static str, detail: impl AsRef<str>, advice: impl AsRef<str>) {
        let advice = Some(advice.as_ref()).filter(|advice| !advice.is_empty());
        self.note(check, Outcome::No, detail.as_ref(), advice);
    }

    /// From here on something may be left behind, should the time be over: what, and what to do about it.
    pub(crate) fn may_leave(&mut self, advice: &'static str) {
        self.unfinished = Some(advice);
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
        let Some(needed) = self.failed.or_else(|| missing.next().inspect(|name| self.late(name))) else {
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
        let advice = "look at what answers so slowly, or lower the timeouts of the mailbox";
        match self.unfinished {
            Some(left) => self.flaw(check, detail, format!("{left}; {advice}")),
            None => self.flaw(check, detail, advice),
        }
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
    fn what_was_waited_for_in_vain_is_named_whatever_else_is_wrong() {
        let mut report = Report::new(&NAMES);
        report.flaw("a.one", "somewhat wrong", "mend it");
        report.may_leave("take it away");
        let findings = report.finish();
        let outcomes: Vec<_> = findings.iter().map(|finding| (finding.check, finding.outcome)).collect();
        assert_eq!(outcomes, [("a.one", Outcome::No), ("a.two", Outcome::No), ("a.three", Outcome::Skipped)]);
        assert!(findings[1].detail.as_deref().is_some_and(|detail| detail.starts_with("not done within")));
        assert!(findings[1].advice.as_deref().is_some_and(|advice| advice.starts_with("take it away; ")));
        assert_eq!(findings[2].detail.as_deref(), Some("needs a.two"));
    }
}
