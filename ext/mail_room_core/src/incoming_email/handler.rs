//! Who takes a message, by its mail key.

use serde::Serialize;

use super::MailboxType;

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyParts<'a> {
    /// The digits of a project's id.
    pub(super) id: Option<&'a str>,
    pub(super) slug: Option<&'a str>,
    pub(super) path: Option<&'a str>,
    pub(super) token: Option<&'a str>,
    /// The digits of an issue's number in its project.
    pub(super) iid: Option<&'a str>,
}

/// What a handler reads from a key that it takes.
type Take = for<'a> fn(&'a str) -> Option<KeyParts<'a>>;

/// Who takes which keys, in the order GitLab asks: the first that takes a key gets it.
const HANDLERS: [(Handler, Take); 9] = [
    (Handler::CreateNote, note),
    (Handler::CreateIssue, |key| action(without_path(key)?.strip_suffix("-issue")?)),
    (Handler::CreateIssue, issue_of_old),
    (Handler::CreateNoteOnIssuable, note_on_issuable),
    (Handler::Unsubscribe, |key| note(key.strip_suffix("unsubscribe")?.strip_suffix(['-', '+'])?)),
    (Handler::CreateMergeRequest, |key| action(without_path(key)?.strip_suffix("-merge-request")?)),
    (Handler::CreateMergeRequest, merge_request_of_old),
    (Handler::ServiceDesk, |key| project(without_path(key)?.strip_suffix("-issue-")?)),
    (Handler::ServiceDesk, service_desk_of_old),
];

/// A key is a part of an address (RFC 5321, section 4.5.3.1), and GitLab limits the path of a project to 255 characters:
/// what is longer than this would only cost time.
const LONGEST_KEY: usize = 4 << 10;

/// Who takes a message with this key, and what the key tells, for the receiver it was sent to.
pub(super) fn of(mailbox: MailboxType, key: &str) -> (Option<Handler>, KeyParts<'_>) {
    match (mailbox, by_key(key)) {
        (MailboxType::IncomingEmail, taken) => {
            taken.map_or_else(Default::default, |(taker, parts)| (Some(taker), parts))
        }
        // There, every key is taken.
        (MailboxType::ServiceDeskEmail, Some((Handler::ServiceDesk, parts))) => (Some(Handler::ServiceDesk), parts),
        (MailboxType::ServiceDeskEmail, _) => (Some(Handler::ServiceDesk), project_key(key).unwrap_or_default()),
    }
}

/// Who takes a message with this key, sent to the address for incoming mail.
pub(super) fn by_key(key: &str) -> Option<(Handler, KeyParts<'_>)> {
    if !is_readable(key) {
        return None;
    }
    HANDLERS.into_iter().find_map(|(handler, take)| Some((handler, take(key)?)))
}

/// GitLab's patterns take no line's end, which no address holds either.
fn is_readable(key: &str) -> bool {
    key.len() <= LONGEST_KEY && !key.contains('\n')
}

/// Today's keys have the slug of a path, and no path.
fn without_path(key: &str) -> Option<&str> {
    (!key.contains('/')).then_some(key)
}

/// A key of a notification: one of old, or a partitioned one with an optional namespace.
fn note(key: &str) -> Option<KeyParts<'_>> {
    let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let plain = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z'));
    if key.len() == 32 && hex(key) {
        return Some(KeyParts::default());
    }
    let (partition, rest) = key.split_once('-')?;
    let (random, namespace) = rest.split_once('-').map_or((rest, None), |(random, space)| (random, Some(space)));
    let fits = (1..=4).contains(&partition.len())
        && random.len() == 25
        && namespace.is_none_or(|namespace| (1..=13).contains(&namespace.len()));
    let plain = fits && [partition, random, namespace.unwrap_or_default()].into_iter().all(plain);
    plain.then(KeyParts::default)
}

/// `slug-id-token`, with the longest slug there can be.
fn action(text: &str) -> Option<KeyParts<'_>> {
    let read = |(dash, _)| {
        let (slug, rest) = (&text[..dash], &text[dash + 1..]);
        let (id, token) = rest.split_once('-')?;
        let complete = !slug.is_empty() && is_number(id) && !token.is_empty();
        complete.then(|| KeyParts { slug: Some(slug), id: Some(id), token: Some(token), ..KeyParts::default() })
    };
    text.rmatch_indices('-').find_map(read)
}

/// `path+token`
fn issue_of_old(key: &str) -> Option<KeyParts<'_>> {
    let (path, token) = key.split_once('+')?;
    let taken = !token.contains('+') && !token.starts_with("unsubscribe");
    taken.then(|| KeyParts { path: Some(path), token: Some(token), ..KeyParts::default() })
}

/// `slug-id-token-issue-iid`
fn note_on_issuable(key: &str) -> Option<KeyParts<'_>> {
    let (rest, iid) = key.rsplit_once('-').filter(|(_, iid)| is_number(iid))?;
    Some(KeyParts { iid: Some(iid), ..action(rest.strip_suffix("-issue")?)? })
}

/// `path+merge-request+token`
fn merge_request_of_old(key: &str) -> Option<KeyParts<'_>> {
    let (path, rest) = key.split_once('+')?;
    let token = rest.strip_prefix("merge-request+")?;
    Some(KeyParts { path: Some(path), token: Some(token), ..KeyParts::default() })
}

/// `slug-id`
fn project(text: &str) -> Option<KeyParts<'_>> {
    let (slug, id) = text.rsplit_once('-').filter(|(slug, id)| !slug.is_empty() && is_number(id))?;
    Some(KeyParts { slug: Some(slug), id: Some(id), ..KeyParts::default() })
}

/// The path alone.
fn service_desk_of_old(key: &str) -> Option<KeyParts<'_>> {
    let path = key.contains('/') && !key.contains('+');
    path.then(|| KeyParts { path: Some(key), ..KeyParts::default() })
}

/// The key of a project in a Service Desk address, behind the slug of its path.
fn project_key(key: &str) -> Option<KeyParts<'_>> {
    let (slug, project) = key.rsplit_once('-').filter(|_| is_readable(key))?;
    let known = project.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'_'));
    (known && !project.is_empty() && !slug.is_empty()).then(|| KeyParts { slug: Some(slug), ..KeyParts::default() })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    /// What must hold besides the pattern.
    type Condition = fn(&str) -> bool;

    /// The patterns of GitLab's handlers, in the order in which they are asked.
    fn patterns() -> Vec<(Handler, Regex, Condition)> {
        const FULL: &str = "(?:[a-f0-9]{32}|[0-9a-z]{1,4}-[0-9a-z]{25}(?:-[0-9a-z]{1,13})?)";
        const ACTION: &str = "(?<slug>.+)-(?<id>[0-9]+)";
        const PATH: &str = r"(?<path>[^+]*)\+";
        let no_path = |key: &str| !key.contains('/');
        let any = |_: &str| true;
        let rows: [(Handler, String, Condition); 9] = [
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
        let compiled = |pattern: String| Regex::new(&format!(r"\A{pattern}")).expect("a pattern");
        rows.into_iter().map(|(handler, pattern, condition)| (handler, compiled(pattern), condition)).collect()
    }

    fn parts<'a>(pattern: &Regex, key: &'a str) -> Option<KeyParts<'a>> {
        let groups = pattern.captures(key)?;
        let text = |name| groups.name(name).map(|group| group.as_str());
        Some(KeyParts {
            id: text("id"),
            slug: text("slug"),
            path: text("path"),
            token: text("token"),
            iid: text("iid"),
        })
    }

    #[test]
    fn keys_are_taken_by_whom_gitlabs_patterns_name() {
        const PIECES: [&str; 19] = [
            "-",
            "-",
            "-1",
            "7-",
            "12",
            "issue",
            "-issue",
            "-issue-",
            "-merge-request",
            "merge-request+",
            "+",
            "/",
            "a",
            "unsubscribe",
            "_",
            "A",
            "ü",
            "1a2b3c4d5e6f7a8b9c0d1e2f3",
            "59d8df8370b7e95c5a49fbf86aeb2c93",
        ];
        let patterns = patterns();
        let project_key = Regex::new(r"\A(?<slug>.+)-[a-z0-9_]+\z").expect("a pattern");
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..50_000 {
            let key: String = (0..random.usize(..8)).map(|_| PIECES[random.usize(..PIECES.len())]).collect();
            let expected = patterns.iter().find_map(|(handler, pattern, condition)| {
                Some((*handler, parts(pattern, &key).filter(|_| condition(&key))?))
            });
            assert_eq!(by_key(&key), expected, "{key}");
            let expected = match expected {
                Some((Handler::ServiceDesk, parts)) => parts,
                _ => parts(&project_key, &key).unwrap_or_default(),
            };
            assert_eq!(of(MailboxType::ServiceDeskEmail, &key), (Some(Handler::ServiceDesk), expected), "{key}");
        }
    }
}
