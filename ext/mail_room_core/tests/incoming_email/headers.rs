use mail_room_core::incoming_email::Handler;

use super::route;

/// A header, and the key in it.
type Found = Option<(&'static str, &'static str)>;

/// Header lines, and where GitLab finds which key.
const LETTER: [(&[&str], Found); 24] = [
    (&["To: Incoming+k@example.com"], None),
    (&["To: incoming+k@Example.com"], None),
    (&["To: \"B\" <incoming+k@example.com>"], Some(("To", "k"))),
    (&["To: incoming+k@example.com (our GitLab)"], Some(("To", "k"))),
    (&["To: =?UTF-8?B?5pel5pys?= <incoming+k@example.com>"], Some(("To", "k"))),
    (&["To: GitLab: a@example.org, incoming+k@example.com;"], Some(("To", "k"))),
    (&["To: a@example.org, B <incoming+k@example.com>, incoming+j@example.com"], Some(("To", "k"))),
    (&["To: a@example.org", "To: incoming+k@example.com"], Some(("To", "k"))),
    (&["To: undisclosed-recipients:;", "Delivered-To: incoming+k@example.com"], Some(("Delivered-To", "k"))),
    (&["To: incoming+a@b@example.com"], Some(("To", "a@b"))),
    (&["Delivered-To: <incoming+k@example.com>"], Some(("Delivered-To", "k"))),
    (&["Delivered-To:\r\n incoming+k@example.com"], Some(("Delivered-To", "k"))),
    (&["Delivered-To: a@example.org", "DELIVERED-TO: incoming+k@example.com"], Some(("Delivered-To", "k"))),
    (&["X-Delivered-To: incoming+k@example.com"], Some(("X-Delivered-To", "k"))),
    (&["Envelope-To: incoming+k@example.com"], Some(("Envelope-To", "k"))),
    (&["X-Envelope-To: incoming+k@example.com"], Some(("X-Envelope-To", "k"))),
    (&["X-Original-To: incoming+k@example.com"], Some(("X-Original-To", "k"))),
    (&["X-Forwarded-To: incoming+k@example.com"], Some(("X-Forwarded-To", "k"))),
    (&["Cc: a@example.org, incoming+k@example.com"], Some(("Cc", "k"))),
    (&["Received: by a\r\n\tfor\r\n\t<incoming+k@example.com>; x"], Some(("Received", "k"))),
    (
        &["Received: by a for <x@example.org>; x", "Received: by a for <incoming+k@example.com>; x"],
        Some(("Received", "k")),
    ),
    (&["Bcc: incoming+k@example.com", "Resent-To: incoming+k@example.com"], None),
    (&["X-Forwarded-For: incoming+k@example.com", "Apparently-To: incoming+k@example.com"], None),
    (&["\r\n \r\nTo: incoming+k@example.com"], Some(("To", "k"))),
];

/// What GitLab does not find, although it stands in a header it looks at.
const INTENT: [(&[&str], &str); 6] = [
    (&["To: incoming+k@example.com", "To: a@example.org"], "To"),
    (&["To: B <incoming+k@example.com>, C <c@example.org"], "To"),
    (&["Delivered-To: Foo <incoming+k@example.com>"], "Delivered-To"),
    (&["Received: from a by b with esmtp for incoming+k@example.com; Mon, 2 Sep 2024 08:15:02 +0200"], "Received"),
    (&["Received: by a for <x@example.org> by b for <incoming+k@example.com>; x"], "Received"),
    (&["Cc: incoming+k@example.com", "Cc: a@example.org"], "Cc"),
];

/// In GitLab's order.
const LOOKED_AT: [&str; 10] = [
    "To",
    "References",
    "Delivered-To",
    "X-Delivered-To",
    "Envelope-To",
    "X-Envelope-To",
    "Received",
    "X-Original-To",
    "X-Forwarded-To",
    "Cc",
];

#[test]
fn keys_are_found_where_gitlab_finds_them() {
    for (lines, expected) in LETTER {
        let route = route(lines);
        let found = route.header.zip(route.mail_key.as_deref());
        assert_eq!(found, expected, "{lines:?}");
        assert!(!route.differs_from_gitlab, "{lines:?}");
    }
}

#[test]
fn keys_are_found_where_gitlab_means_to_find_them() {
    for (lines, header) in INTENT {
        let route = route(lines);
        assert_eq!((route.header, route.mail_key.as_deref()), (Some(header), Some("k")), "{lines:?}");
        assert_eq!(route.value.as_deref(), Some("incoming+k@example.com"), "{lines:?}");
        assert!(route.differs_from_gitlab, "{lines:?}");
    }
}

#[test]
fn the_first_header_of_gitlabs_order_counts() {
    let line = |name: &str| match name {
        "References" => format!("{name}: <a@b> <reply-{name}@gitlab.example.com>"),
        "Received" => format!("{name}: by a for <incoming+{name}@example.com>; x"),
        _ => format!("{name}: incoming+{name}@example.com"),
    };
    for pair in LOOKED_AT.windows(2) {
        let route = route(&[&line(pair[1]), &line(pair[0])]);
        assert_eq!((route.header, route.mail_key.as_deref()), (Some(pair[0]), Some(pair[0])), "{pair:?}");
    }
}

#[test]
fn two_addresses_in_one_field_are_a_path_and_a_token_to_gitlab() {
    let one = "59d8df8370b7e95c5a49fbf86aeb2c93";
    let route = route(&[&format!("Envelope-To: incoming+{one}@example.com, incoming+other@example.com")]);
    assert_eq!((route.mail_key.as_deref(), route.handler), (Some(one), Some(Handler::CreateNote)));
    assert!(route.differs_from_gitlab);
}
