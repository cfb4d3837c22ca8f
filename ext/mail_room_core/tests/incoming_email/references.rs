use super::{gitlab, route};

/// The value of References, and whether GitLab itself finds the key there, which is `k`.
const FOUND: [(&str, bool); 9] = [
    ("<a@b> <reply-k@gitlab.example.com>", true),
    ("<reply-k@gitlab.example.com> <reply-j@gitlab.example.com>", true),
    ("<a@b>\r\n\t<reply-k@gitlab.example.com>\r\n <c@d>", true),
    // As Exchange and iOS write them.
    ("<a@b>,<reply-k@gitlab.example.com>", true),
    ("<a@b>,\r\n <reply-k@gitlab.example.com>", true),
    ("\"<a@b>,<reply-k@gitlab.example.com>\"", true),
    ("<a b@c> <reply-k@gitlab.example.com>", true),
    // The mail gem gives GitLab a single id without its brackets, and GitLab looks for brackets.
    ("<reply-k@gitlab.example.com>", false),
    ("\r\n <reply-k@gitlab.example.com>", false),
];

const NOT_FOUND: [&str; 5] = [
    "",
    "<a@b> <reply-k@gitlab.example.org>",
    "<a@b> <reply-k@gitlabxexample.com>",
    "<a@b> <reply-@gitlab.example.com>",
    "<a@b> <no-reply-k@gitlab.example.com>",
];

#[test]
fn replies_are_known_by_their_references() {
    for (value, to_gitlab) in FOUND {
        let route = route(&["To: a@example.org", &format!("References: {value}")]);
        assert_eq!(route.mail_key.as_deref(), Some("k"), "{value}");
        assert_eq!(route.header, Some("References"), "{value}");
        assert_eq!(route.value.as_deref(), Some("reply-k@gitlab.example.com"), "{value}");
        assert_eq!(route.differs_from_gitlab, !to_gitlab, "{value}");
    }
}

#[test]
fn other_ids_are_none_of_gitlabs() {
    for value in NOT_FOUND {
        let route = route(&["To: a@example.org", &format!("References: {value}")]);
        assert_eq!((route.mail_key, route.error), (None, Some("UnknownIncomingEmail")), "{value}");
        assert!(!route.differs_from_gitlab, "{value}");
    }
    assert_eq!(route(&["In-Reply-To: <reply-k@gitlab.example.com>"]).mail_key, None);
}

#[test]
fn of_several_fields_gitlab_reads_the_last() {
    let (ours, other) = ("References: <a@b> <reply-k@gitlab.example.com>", "References: <a@b> <c@d>");
    let route_of = |lines: &[&str]| route(lines);
    let (last, first) = (route_of(&[other, ours]), route_of(&[ours, other]));
    assert_eq!((last.mail_key.as_deref(), last.differs_from_gitlab), (Some("k"), false));
    assert_eq!((first.mail_key.as_deref(), first.differs_from_gitlab), (Some("k"), true));
}

#[test]
fn an_address_without_a_placeholder_takes_replies_alone() {
    let dedicated = gitlab("incoming@example.com");
    let reply = dedicated.route(b"To: incoming@example.com\r\nReferences: <a@b> <reply-k@gitlab.example.com>\r\n\r\n");
    assert_eq!(reply.mail_key.as_deref(), Some("k"));
    let issue = dedicated.route(b"To: incoming@example.com\r\n\r\nNew.\r\n");
    assert_eq!((issue.mail_key, issue.error), (None, Some("UnknownIncomingEmail")));
}
