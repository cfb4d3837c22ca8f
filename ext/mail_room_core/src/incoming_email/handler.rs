//! Who takes a message, by its mail key.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::Serialize;

/// GitLab's handlers (`lib/gitlab/email/handler.rb`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Handler {
    /// A reply to a notification becomes a comment.
    CreateNote,
    /// A new issue.
    CreateIssue,
    /// A comment on an issue that is named by its number.
    CreateNoteOnIssuable,
    /// No more notifications of one thread.
    Unsubscribe,
    /// A new merge request.
    CreateMergeRequest,
    /// A customer's request.
    ServiceDesk,
}

/// What can be read from a key.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyParts {
    pub(crate) project_id: Option<u64>,
    pub(crate) project_slug: Option<String>,
    pub(crate) project_path: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) issue_iid: Option<u64>,
}

/// One way to write a key.
struct Pattern {
    handler: Handler,
    regex: Regex,
    condition: fn(&str) -> bool,
}

/// A handler, how its keys are written, and what must hold besides.
type Row = (Handler, String, fn(&str) -> bool);

/// In the order GitLab asks its handlers: the first that takes a key gets it.
static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    /// Keys of notifications: those of old, and partitioned ones with an optional namespace.
    const FULL: &str = "(?:[a-f0-9]{32}|[0-9a-z]{1,4}-[0-9a-z]{25}(?:-[0-9a-z]{1,13})?)";
    const ACTION: &str = "(?<slug>.+)-(?<id>[0-9]+)";
    const PATH: &str = r"(?<path>[^+]*)\+";
    let no_path = |key: &str| !key.contains('/');
    let any = |_: &str| true;
    let rows: [Row; 9] = [
        (Handler::CreateNote, format!(r"{FULL}\z"), any),
        (Handler::CreateIssue, format!(r"{ACTION}-(?<token>.+)-issue\z"), no_path),
        (Handler::CreateIssue, format!(r"{PATH}(?<token>[^+]*)\z"), |key| !key.contains("+unsubscribe")),
        (Handler::CreateNoteOnIssuable, format!(r"{ACTION}-(?<token>.+)-issue-(?<iid>[0-9]+)\z"), any),
        (Handler::Unsubscribe, format!(r"{FULL}[-+]unsubscribe\z"), any),
        (Handler::CreateMergeRequest, format!(r"{ACTION}-(?<token>.+)-merge-request\z"), no_path),
        (Handler::CreateMergeRequest, format!(r"{PATH}merge-request\+(?<token>.*)"), any),
        (Handler::ServiceDesk, format!(r"{ACTION}-issue-\z"), no_path),
        (Handler::ServiceDesk, r"(?<path>[^+]*)\z".to_owned(), |key| key.contains('/')),
    ];
    let pattern = |(handler, regex, condition)| {
        // All of them are right: a test compiles them.
        Some(Pattern { handler, regex: Regex::new(&format!(r"\A{regex}")).ok()?, condition })
    };
    rows.into_iter().filter_map(pattern).collect()
});

/// A key is a part of an address (RFC 5321, section 4.5.3.1), and GitLab limits the path of a project to 255 characters:
/// what is longer than this would only cost time.
const LONGEST_KEY: usize = 4 << 10;

/// The key of a project in a Service Desk address, behind the slug of its path.
static PROJECT_KEY: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\A(?<slug>.+)-[a-z0-9_]+\z").ok());

/// Who takes a message with this key, sent to the address for incoming mail.
pub(crate) fn by_key(key: &str) -> Option<(Handler, KeyParts)> {
    if key.len() > LONGEST_KEY {
        return None;
    }
    let take = |pattern: &Pattern| {
        let groups = (pattern.condition)(key).then(|| pattern.regex.captures(key))??;
        Some((pattern.handler, KeyParts::of(&groups)))
    };
    PATTERNS.iter().find_map(take)
}

/// What a key tells that was sent to the Service Desk's own address, where every key is taken.
pub(crate) fn of_service_desk(key: &str) -> KeyParts {
    match by_key(key) {
        Some((Handler::ServiceDesk, parts)) => parts,
        _ if key.len() > LONGEST_KEY => KeyParts::default(),
        _ => PROJECT_KEY
            .as_ref()
            .and_then(|regex| regex.captures(key))
            .map(|groups| KeyParts::of(&groups))
            .unwrap_or_default(),
    }
}

impl KeyParts {
    fn of(groups: &Captures<'_>) -> Self {
        let text = |name| groups.name(name).map(|group| group.as_str());
        let number = |name| text(name).and_then(|digits| digits.parse().ok());
        let owned = |name| text(name).map(str::to_owned);
        Self {
            project_id: number("id"),
            project_slug: owned("slug"),
            project_path: owned("path"),
            token: owned("token"),
            issue_iid: number("iid"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(PATTERNS.len(), 9);
        assert!(PROJECT_KEY.is_some());
    }
}
