//! What may have been meant by a message that nobody takes.

use std::borrow::Cow;

use super::{
    Headers, MailboxType,
    candidates::{Kind, LOOKED_AT, Reading},
    found::Found,
    handler::{self, Handler},
    search::Search,
    wildcard::{PLACEHOLDER, WildcardAddress},
};

/// Nobody reads more.
const MOST: usize = 5;

/// Headers that look as if they counted.
const NOT_LOOKED_AT: [(&str, Kind); 7] = [
    ("In-Reply-To", Kind::MessageIds),
    ("Bcc", Kind::Addresses),
    ("Resent-To", Kind::Addresses),
    ("Resent-Cc", Kind::Addresses),
    ("Apparently-To", Kind::Addresses),
    ("X-Forwarded-For", Kind::Raw),
    ("X-Received", Kind::Received),
];

/// What an operator may want to look at. Decides nothing.
pub(super) fn of(searches: &[Search<'_>], headers: &Headers<'_>, found: Option<&Found<'_>>) -> Vec<String> {
    let mut hints: Vec<String> = match found {
        Some(found) => of_key(searches, found).into_iter().chain(later(searches, headers, found)).collect(),
        None if headers.is_empty() => {
            vec!["there is no header field: is this a whole message, as a mail server has it?".to_owned()]
        }
        None => searches.iter().flat_map(|search| of_search(search, headers)).collect(),
    };
    hints.dedup();
    hints.truncate(MOST);
    hints
}

fn of_key(searches: &[Search<'_>], found: &Found<'_>) -> Option<String> {
    let key = found.key.as_str();
    match found.handler {
        Some(Handler::CreateNote) if key.ends_with("-unsubscribe") => Some(
            "GitLab takes unsubscribe for a part of the notification's key here, and so the message for a comment"
                .to_owned(),
        ),
        Some(_) => None,
        None if searches.iter().all(|search| search.mailbox == MailboxType::ServiceDeskEmail) => None,
        None if handler::by_key(&key.to_ascii_lowercase()).is_some() => {
            Some("in lower case GitLab would take this key".to_owned())
        }
        None => ["-issue", "-merge-request"]
            .iter()
            .any(|end| handler::by_key(&format!("{key}{end}")).is_some())
            .then(|| "the end of the key is missing: -issue, or -merge-request".to_owned()),
    }
}

/// GitLab stops at the first key, also at one that nobody takes.
fn later(searches: &[Search<'_>], headers: &Headers<'_>, found: &Found<'_>) -> Option<String> {
    if found.handler.is_some() {
        return None;
    }
    let taken = |(header, kind): &(&'static str, Kind)| {
        let candidates = kind.candidates(headers, header, Reading::Letter);
        let taken = |value: &Cow<'_, str>| {
            searches.iter().any(|search| search.key(*kind, value).is_some_and(|key| handler::by_key(key).is_some()))
        };
        candidates.iter().any(taken)
    };
    let (header, _) = LOOKED_AT.iter().find(|looked_at| taken(looked_at))?;
    Some(format!("{header} holds a key that would be taken, but GitLab stops at the first one it finds"))
}

fn of_search(search: &Search<'_>, headers: &Headers<'_>) -> Vec<String> {
    let mut hints: Vec<String> = search.address.and_then(of_address).into_iter().collect();
    let near = search.address.and_then(Near::to);
    for (header, kind) in LOOKED_AT {
        for value in kind.candidates(headers, header, Reading::Intent) {
            hints.extend(match kind {
                Kind::MessageIds => of_message_id(search, &value),
                _ => near.as_ref().and_then(|near| near.miss(&value)).map(|miss| format!("{header}: {value} {miss}")),
            });
            if hints.len() >= MOST {
                return hints;
            }
        }
    }
    for (header, kind) in NOT_LOOKED_AT {
        let candidates = kind.candidates(headers, header, Reading::Intent);
        if candidates.iter().any(|value| search.key(kind, value).is_some()) {
            hints.push(format!("{header} holds a key, but GitLab does not look there"));
        }
    }
    hints
}

/// What is odd about the configured address itself.
fn of_address(address: &WildcardAddress) -> Option<String> {
    let text = address.text();
    if !address.has_placeholder() {
        return Some(format!("{text} has no {PLACEHOLDER}: only replies are taken there, known by their References"));
    }
    if text.matches(PLACEHOLDER).count() > 1 {
        return Some(format!("only the first {PLACEHOLDER} of {text} stands for a key"));
    }
    (!text.contains('@')).then(|| format!("{text} is no address: it has no @"))
}

fn of_message_id(search: &Search<'_>, id: &str) -> Option<String> {
    let (_, host) = id.strip_prefix("reply-")?.rsplit_once('@')?;
    Some(match search.reply_id {
        None => format!("References: a reply to a notification of {host}, but no host is configured"),
        Some(_) => format!("References: a reply to a notification of {host}, which is not the host that is configured"),
    })
}

/// Addresses that are nearly the one that is looked for. ASCII case does not matter in it.
struct Near<'a> {
    text: &'a str,
    whole: WildcardAddress,
    /// Before the `@`, where the key stands there.
    local: Option<WildcardAddress>,
    domain: String,
    /// What people write when they leave the key out.
    keyless: [String; 2],
}

impl<'a> Near<'a> {
    fn to(address: &'a WildcardAddress) -> Option<Self> {
        if !address.has_placeholder() {
            return None;
        }
        let lower = address.text().to_ascii_lowercase();
        let (before, after) = lower.split_once(PLACEHOLDER)?;
        let (local, domain) = lower.rsplit_once('@').unwrap_or((&lower, ""));
        // Alone, it would be near to everything.
        let local = (local != PLACEHOLDER).then(|| WildcardAddress::new(local).ok()).flatten();
        Some(Self {
            text: address.text(),
            whole: WildcardAddress::new(&lower).ok()?,
            local: local.filter(WildcardAddress::has_placeholder),
            domain: domain.to_owned(),
            keyless: [format!("{before}{after}"), format!("{}{after}", before.trim_end_matches(['+', '-', '.', '_']))],
        })
    }

    fn miss(&self, value: &str) -> Option<String> {
        let value = value.trim_start_matches('<').trim_end_matches('>').to_ascii_lowercase();
        if self.whole.key(&value).is_some() {
            return Some(format!("differs from {} in case only, but to GitLab case matters", self.text));
        }
        if self.keyless.contains(&value) {
            return Some("carries no key".to_owned());
        }
        let (local, domain) = value.rsplit_once('@')?;
        let elsewhere = domain != self.domain && self.local.as_ref()?.key(local).is_some();
        elsewhere.then(|| format!("is of another domain than {}", self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::super::IncomingEmail;

    fn hints_for(address: &str, raw: &str) -> Vec<String> {
        let told = IncomingEmail::new(Some(address), None, Some("gitlab.example.com"))
            .expect("an address")
            .explain(raw.as_bytes());
        let hints = told["hints"].as_array().expect("a list");
        hints.iter().map(|hint| hint.as_str().expect("a text").to_owned()).collect()
    }

    fn hints(raw: &str) -> Vec<String> {
        hints_for("incoming+%{key}@example.com", raw)
    }

    #[test]
    fn addresses_that_nearly_match() {
        for (address, hint) in [
            ("Incoming+k@example.com", "differs from incoming+%{key}@example.com in case only"),
            ("incoming+k@Example.COM", "differs from"),
            ("incoming@example.com", "carries no key"),
            ("incoming+@example.com", "carries no key"),
            ("incoming+k@example.org", "is of another domain than incoming+%{key}@example.com"),
        ] {
            let hints = hints(&format!("To: {address}\n\nbody"));
            assert!(hints.len() == 1 && hints[0].starts_with(&format!("To: {address} {hint}")), "{hints:?}");
        }
        assert!(hints("To: support@example.com\n\nbody").is_empty());
        assert!(hints_for("%{key}@example.com", "To: support@example.org\n\nbody").is_empty());
    }

    #[test]
    fn configured_addresses_that_take_little() {
        let raw = "To: incoming@example.com\n\nbody";
        assert!(hints_for("incoming@example.com", raw)[0].contains("only replies are taken there"));
        assert!(hints_for("%{key}+%{key}@example.com", raw)[0].starts_with("only the first"));
        assert!(hints_for("incoming+%{key}", raw)[0].contains("has no @"));
    }

    #[test]
    fn replies_to_another_host_and_headers_that_do_not_count() {
        let other = hints("References: <reply-k@old.example.com>\n\nbody");
        assert!(other[0].contains("a notification of old.example.com, which is not the host"), "{other:?}");
        assert_eq!(
            hints("In-Reply-To: <reply-k@gitlab.example.com>\nBcc: incoming+k@example.com\n\nbody"),
            ["In-Reply-To", "Bcc"].map(|header| format!("{header} holds a key, but GitLab does not look there"))
        );
    }

    #[test]
    fn keys_that_are_nearly_taken() {
        let to = |key: &str| hints(&format!("To: incoming+{key}@example.com\n\nbody"));
        assert_eq!(to("59D8DF8370B7E95C5A49FBF86AEB2C93"), ["in lower case GitLab would take this key"]);
        assert_eq!(to("acme-website-42-Token"), ["the end of the key is missing: -issue, or -merge-request"]);
        assert!(to("rs-0000000000000000000000abc-unsubscribe")[0].contains("for a comment"));
        assert!(to("59d8df8370b7e95c5a49fbf86aeb2c93").is_empty() && to("nonsense").is_empty());
    }

    #[test]
    fn there_are_not_too_many() {
        assert_eq!(hints(&"Delivered-To: incoming@example.com\n".repeat(1000)).len(), 1);
        let many: String = (0..1000).map(|n| format!("Delivered-To: incoming+{n}@example.org\n")).collect();
        assert_eq!(hints(&many).len(), super::MOST);
    }
}
