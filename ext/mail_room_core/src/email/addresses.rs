//! Lists of addresses (RFC 5322, section 3.4), as people and their programs really write them.

use super::words;

/// A name, where there is one, and an address.
pub(super) type Address = (Option<String>, String);

/// All addresses of a field, those within groups too.
pub(super) fn addresses(value: &[u8]) -> Vec<Address> {
    let text = words::text(value);
    let mut list = List::default();
    let mut rest = text.as_ref();
    while let Some(next) = rest.chars().next() {
        rest = match next {
            '"' => list.quoted(rest),
            '(' => list.comment(rest),
            '<' => list.angle(rest),
            ',' | ';' => {
                list.finish();
                &rest[1..]
            }
            // What comes before it is the name of a group.
            ':' if !list.in_literal && list.angle.is_none() => {
                list.forget();
                &rest[1..]
            }
            _ => {
                let length = next.len_utf8();
                let end = rest[length..].find(['"', '(', '<', ',', ';', ':']).map_or(rest.len(), |end| length + end);
                list.plain(&rest[..end]);
                &rest[end..]
            }
        };
    }
    list.finish();
    list.found
}

/// What was read of a list, and of the address at hand.
#[derive(Default)]
struct List {
    found: Vec<Address>,
    /// What stands outside of quotes, comments and brackets; quoted strings with their quotes.
    plain: String,
    angle: Option<String>,
    /// In the brackets of `user@[IPv6:::1]`.
    in_literal: bool,
    comments: Vec<String>,
}

impl List {
    fn plain(&mut self, text: &str) {
        self.plain.push_str(text);
        if let Some(at) = text.rfind(['[', ']']) {
            self.in_literal = text[at..].starts_with('[');
        }
    }

    fn forget(&mut self) {
        self.plain.clear();
        self.angle = None;
        self.in_literal = false;
        self.comments.clear();
    }

    /// The address at hand is complete.
    fn finish(&mut self) {
        let comment = || Some(words::decode_text(&self.comments.join(" "))).filter(|text| !text.is_empty());
        let (name, address) = match &self.angle {
            Some(angle) => {
                let phrase = self.plain.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
                let name = words::decode_text(&unquoted(&phrase));
                (Some(name).filter(|name| !name.is_empty()).or_else(comment), without_route(angle))
            }
            None => (comment(), joined(&self.plain)),
        };
        let address = words::decode_text(&address);
        // A name alone is nobody's address, except that local users have such.
        if !address.is_empty() && (address.contains('@') || !address.contains(' ')) {
            self.found.push((name, address));
        }
        self.forget();
    }

    fn quoted<'x>(&mut self, text: &'x str) -> &'x str {
        let end = end_of_quoted(text);
        self.plain.push_str(&text[..end]);
        &text[end..]
    }

    fn comment<'x>(&mut self, text: &'x str) -> &'x str {
        let end = end_of_comment(text);
        let inner = &text[1..end];
        self.comments.push(unescaped(inner.strip_suffix(')').unwrap_or(inner)).trim().to_owned());
        self.plain.push(' ');
        &text[end..]
    }

    /// One that is never closed ends with the next comma.
    fn angle<'x>(&mut self, text: &'x str) -> &'x str {
        let routed = text[1..].trim_start().starts_with('@');
        let mut end = 1;
        while let Some(next) = text[end..].chars().next() {
            match next {
                '"' => end += end_of_quoted(&text[end..]),
                '>' => break,
                ',' if !routed => break,
                _ => end += next.len_utf8(),
            }
        }
        self.angle = Some(text[1..end].split_ascii_whitespace().collect());
        text[end..].strip_prefix('>').unwrap_or(&text[end..])
    }
}

/// An address without the white space there may be around its dots and `@` (section 4.4).
fn joined(address: &str) -> String {
    let mut joined = String::with_capacity(address.len());
    for word in address.split_ascii_whitespace() {
        if !joined.is_empty() && !joined.ends_with(['@', '.']) && !word.starts_with(['@', '.']) {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined
}

/// Section 4.4: `<@relay,@other:user@host>` is an old way to write `<user@host>`.
fn without_route(address: &str) -> String {
    let route = address.strip_prefix('@').and_then(|rest| rest.split_once(':'));
    route.map_or(address, |(_, address)| address).to_owned()
}

/// Where a quoted string ends that a text begins with.
fn end_of_quoted(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, next)| {
        let ends = *next == '"' && !escaped;
        escaped = *next == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// Where a comment ends that a text begins with. There may be comments within.
fn end_of_comment(text: &str) -> usize {
    let (mut depth, mut escaped) = (0_usize, false);
    let end = text.char_indices().find(|(_, next)| {
        match next {
            '(' if !escaped => depth += 1,
            ')' if !escaped => depth -= 1,
            _ => {}
        }
        escaped = *next == '\\' && !escaped;
        depth == 0
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(next) = characters.next() {
        plain.extend(if next == '\\' { characters.next() } else { Some(next) });
    }
    plain
}

/// A phrase without the quotes of its quoted strings.
fn unquoted(phrase: &str) -> String {
    if !phrase.contains('"') {
        return phrase.to_owned();
    }
    let mut plain = String::with_capacity(phrase.len());
    let mut rest = phrase;
    while let Some((before, _)) = rest.split_once('"') {
        plain.push_str(before);
        let tail = &rest[before.len()..];
        let end = end_of_quoted(tail);
        let inner = &tail[1..end];
        plain.push_str(&unescaped(inner.strip_suffix('"').unwrap_or(inner)));
        rest = &tail[end..];
    }
    plain.push_str(rest);
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The gem drops local parts without a domain, keeps routes and comments within addresses, stops at dots with
    /// white space around them, and gives some addresses the domain of another.
    const GARBLED: [&str; 27] = [
        "<incoming+k>",
        "GitLab <incoming+k>",
        "incoming . k@example.com",
        "incoming.k@example . com",
        "a@b, incoming . k@example.com",
        "a@b, incoming . k",
        "incoming . k",
        "incoming (c) @example.com",
        "incoming+k@(c)example.com",
        "incoming+k@example.com (c  d)",
        "\"a\"@b <incoming+k@example.com>",
        "a b <\"c\">",
        "incoming+k@[127.0.0.1] , a",
        "incoming+k@[127.0.0.1] (c) , a",
        "a. @b  ,c",
        "a. @b . d , c",
        "a. @b  . d, c",
        "Group: <a>;",
        "<@relay:a@b>",
        "Foo <@relay,@other:a@b>",
        "< @relay , @other : a@b >",
        "<@relay,,@other,:a@b>",
        "<,@relay:a@b>",
        "<@relay:a>",
        "x@y, <@relay:a>",
        "<@relay:\"a\">",
        "<@relay(c):a@b(d)>",
    ];

    fn found(value: &str) -> Vec<(String, String)> {
        addresses(value.as_bytes()).into_iter().map(|(name, address)| (name.unwrap_or_default(), address)).collect()
    }

    #[test]
    fn addresses_come_with_their_names() {
        for (value, expected) in [
            ("a@b, <c@d>", [("", "a@b"), ("", "c@d")].as_slice()),
            (
                "Ann Other <ann@b>, \"Other, \\\"Bob\\\"\" <bob@b>",
                &[("Ann Other", "ann@b"), ("Other, \"Bob\"", "bob@b")],
            ),
            ("ann@b (Ann (of B\\) Other))", &[("Ann (of B) Other)", "ann@b")]),
            ("=?utf-8?q?J=C3=BCrgen?= =?utf-8?q?_M?= <j@b>", &[("Jürgen M", "j@b")]),
            ("\"=?utf-8?q?J=C3=BCrgen=2C?=\" <j@b>", &[("Jürgen,", "j@b")]),
            ("Team: a@b, Bee <b@b>;, c@b", &[("", "a@b"), ("Bee", "b@b"), ("", "c@b")]),
            ("undisclosed-recipients:;", &[]),
            ("\"john doe\"@b, <\"a>b\"@b>", &[("", "\"john doe\"@b"), ("", "\"a>b\"@b")]),
            ("<@relay,@other:u@h>, x", &[("", "u@h"), ("", "x")]),
            ("a@b@c.com", &[("", "a@b@c.com")]),
            ("u@[IPv6:::1]", &[("", "u@[IPv6:::1]")]),
            (
                "john . doe @ (c) b.c, =?utf-8?q?x=40y?=, odd@group: a@b;",
                &[("c", "john.doe@b.c"), ("", "x@y"), ("", "a@b")],
            ),
            ("Just a Name, a@b c@d", &[("", "a@b c@d")]),
            ("<open@b, next@b", &[("", "open@b"), ("", "next@b")]),
            ("日本 <j@b>", &[("日本", "j@b")]),
            ("\"open", &[("", "\"open")]),
            (",, <>;(", &[]),
        ] {
            let expected: Vec<_> = expected.iter().map(|(name, address)| ((*name).into(), (*address).into())).collect();
            assert_eq!(found(value), expected, "{value}");
        }
    }

    /// What Ruby's `mail` gem finds in lists that it can parse. Where it garbles, or drops, there is no need to.
    #[test]
    fn lists_are_read_as_by_the_mail_gem() {
        let cases = include_str!("../incoming_email/address_list/cases.json");
        let cases: Vec<(String, Value)> = serde_json::from_str(cases).unwrap();
        let differing = cases.iter().filter(|(list, expected)| {
            let ours: Vec<_> = addresses(list.as_bytes()).into_iter().map(|(_, address)| address).collect();
            expected.is_array() && Value::from(ours) != *expected
        });
        let differing: Vec<_> = differing.map(|(list, _)| list.as_str()).collect();
        assert_eq!(differing, GARBLED);
    }

    #[test]
    fn time_grows_with_length() {
        for piece in ["<", "\"", "(", "\\\"", "<@,", "a:", "<\"", "=?", "[:", "< @,", "@ "] {
            addresses(piece.repeat(1 << 17).as_bytes());
        }
    }
}
