use mail_room_core::incoming_email::{Handler, IncomingEmail, MailboxType};

use super::gitlab;

/// What a key tells: project id, slug, path, token, issue.
type Told = (Option<u64>, Option<&'static str>, Option<&'static str>, Option<&'static str>, Option<u64>);

const NOTHING: Told = (None, None, None, None, None);
const ACTION: Told = (Some(20), Some("gitlab-org-gitlab-ce"), None, Some("Author_Token12345678"), None);

const fn path(path: &'static str, token: Option<&'static str>) -> Told {
    (None, None, Some(path), token, None)
}

const TAKEN: [(&str, Handler, Told); 18] = [
    ("59d8df8370b7e95c5a49fbf86aeb2c93", Handler::CreateNote, NOTHING),
    ("rs-0000000000000000000000abc", Handler::CreateNote, NOTHING),
    ("rs-0000000000000000000000abc-rs", Handler::CreateNote, NOTHING),
    ("gitlab-org-gitlab-ce-20-Author_Token12345678-issue", Handler::CreateIssue, ACTION),
    (
        "gitlab-org/gitlab-ce+Author_Token12345678",
        Handler::CreateIssue,
        path("gitlab-org/gitlab-ce", Some("Author_Token12345678")),
    ),
    (
        "gitlab-org-gitlab-ce-20-Author_Token12345678-issue-34",
        Handler::CreateNoteOnIssuable,
        (Some(20), Some("gitlab-org-gitlab-ce"), None, Some("Author_Token12345678"), Some(34)),
    ),
    ("gitlab-org-gitlab-ce-20-Author_Token12345678-merge-request", Handler::CreateMergeRequest, ACTION),
    ("gitlab-org/gitlab-ce+merge-request+Tok", Handler::CreateMergeRequest, path("gitlab-org/gitlab-ce", Some("Tok"))),
    ("59d8df8370b7e95c5a49fbf86aeb2c93-unsubscribe", Handler::Unsubscribe, NOTHING),
    ("59d8df8370b7e95c5a49fbf86aeb2c93+unsubscribe", Handler::Unsubscribe, NOTHING),
    ("rs-0000000000000000000000abc-rs-unsubscribe", Handler::Unsubscribe, NOTHING),
    ("rs-0000000000000000000000abc+unsubscribe", Handler::Unsubscribe, NOTHING),
    // Reads as a namespace.
    ("rs-0000000000000000000000abc-unsubscribe", Handler::CreateNote, NOTHING),
    (
        "+59d8df8370b7e95c5a49fbf86aeb2c93-unsubscribe",
        Handler::CreateIssue,
        path("", Some("59d8df8370b7e95c5a49fbf86aeb2c93-unsubscribe")),
    ),
    (
        "gitlab-org-gitlab-ce-20-issue-",
        Handler::ServiceDesk,
        (Some(20), Some("gitlab-org-gitlab-ce"), None, None, None),
    ),
    ("gitlab-org/gitlab-ce", Handler::ServiceDesk, path("gitlab-org/gitlab-ce", None)),
    // A slash makes it one of the old form.
    ("gitlab-org/gitlab-ce-20-Token-issue", Handler::ServiceDesk, path("gitlab-org/gitlab-ce-20-Token-issue", None)),
    ("gitlab-org/gitlab-ce-20-issue-", Handler::ServiceDesk, path("gitlab-org/gitlab-ce-20-issue-", None)),
];

const TAKEN_BY_NOBODY: [&str; 7] = [
    "gitlab-org/gitlab-ce+Author_Token+extra",
    "gitlab-org/gitlab-ce+unsubscribe",
    "59D8DF8370B7E95C5A49FBF86AEB2C93",
    "59d8df8370b7e95c5a49fbf86aeb2c93-Unsubscribe",
    "h5bp-html5-boilerplate-invalid",
    "gitlab-org-gitlab-ce-issue-",
    "!!!not-a-key!!!",
];

fn mail(address: &str) -> Vec<u8> {
    format!("To: <{address}>\r\n\r\nText.\r\n").into_bytes()
}

#[test]
fn every_kind_of_key_has_its_handler() {
    // Some keys cannot stand in an address of To: a raw header takes them all.
    for (key, handler, told) in TAKEN {
        let raw = format!("X-Original-To: incoming+{key}@example.com\r\n\r\nText.\r\n");
        let route = gitlab("incoming+%{key}@example.com").route(raw.as_bytes());
        assert_eq!((route.mail_key.as_deref(), route.handler, route.error), (Some(key), Some(handler), None));
        let (project_id, slug, path, token, issue_iid) = told;
        assert_eq!((route.project_id, route.issue_iid), (project_id, issue_iid), "{key}");
        assert_eq!(route.project_slug.as_deref(), slug, "{key}");
        assert_eq!(route.project_path.as_deref(), path, "{key}");
        assert_eq!(route.token.as_deref(), token, "{key}");
        assert!(!route.differs_from_gitlab, "{key}");
    }
}

#[test]
fn other_keys_are_told_and_taken_by_nobody() {
    for key in TAKEN_BY_NOBODY {
        let raw = format!("X-Original-To: incoming+{key}@example.com\r\n\r\nText.\r\n");
        let route = gitlab("incoming+%{key}@example.com").route(raw.as_bytes());
        assert_eq!(route.mail_key.as_deref(), Some(key));
        assert_eq!((route.handler, route.error), (None, Some("UnknownIncomingEmail")), "{key}");
    }
}

#[test]
fn the_service_desk_takes_every_key_of_its_own_address() {
    let desk = IncomingEmail::new(None, Some("desk+%{key}@example.com"), None).expect("an address");
    let route = desk.route(&mail("desk+h5bp-html5-boilerplate-support@example.com"));
    assert_eq!((route.mailbox, route.handler), (MailboxType::ServiceDeskEmail, Some(Handler::ServiceDesk)));
    assert_eq!(route.project_slug.as_deref(), Some("h5bp-html5-boilerplate"));
    let route = desk.route(&mail("desk@example.com"));
    assert_eq!((route.handler, route.error), (None, Some("UnknownIncomingEmail")));
}

#[test]
fn the_address_for_incoming_mail_comes_first() {
    let both =
        IncomingEmail::new(Some("in+%{key}@example.com"), Some("desk+%{key}@example.com"), None).expect("addresses");
    let mailbox = |raw: &[u8]| both.route(raw).mailbox;
    let known = b"To: desk+a-b@example.com\r\nCc: in+59d8df8370b7e95c5a49fbf86aeb2c93@example.com\r\n\r\n";
    assert_eq!(mailbox(known), MailboxType::IncomingEmail);
    // Nobody takes this key, and the Service Desk takes the other.
    assert_eq!(mailbox(b"To: desk+a-b@example.com\r\nCc: in+c@example.com\r\n\r\n"), MailboxType::ServiceDeskEmail);
    assert_eq!(mailbox(b"To: desk+a-b@example.com\r\n\r\n"), MailboxType::ServiceDeskEmail);
    assert_eq!(mailbox(b"To: a@example.com\r\n\r\n"), MailboxType::IncomingEmail);
}
