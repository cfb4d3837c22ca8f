//! An address with a place for a key.

use crate::{Error, Result};

/// What stands in an address for the key.
pub(crate) const PLACEHOLDER: &str = "%{key}";

/// Neither an address (RFC 5321, section 4.5.3.1) nor the name of a host is ever as long.
const LONGEST: usize = 1000;

/// An address such as `incoming+%{key}@example.com`, or one without a placeholder, which carries no key
/// (`gems/gitlab-email_handler/lib/gitlab/email_handler/mail_key.rb`).
#[derive(Clone, Debug)]
pub(crate) struct WildcardAddress {
    text: String,
    around_the_key: Option<Around>,
}

impl WildcardAddress {
    /// # Errors
    /// [`Error::Configuration`] when it is too long to be an address.
    pub(crate) fn new(text: &str) -> Result<Self> {
        let around_the_key =
            text.split_once(PLACEHOLDER).map(|(before, after)| Around::new("address", text, before, after));
        Ok(Self { text: text.to_owned(), around_the_key: around_the_key.transpose()? })
    }

    /// As configured.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is a place for a key.
    pub(crate) fn has_placeholder(&self) -> bool {
        self.around_the_key.is_some()
    }

    /// The key this address carries, which may stand in angle brackets. Case matters.
    pub(crate) fn key<'a>(&self, address: &'a str) -> Option<&'a str> {
        let around = self.around_the_key.as_ref()?;
        // As GitLab's pattern `<?…>?` tries it: with the first bracket before without, and the longest key first.
        let key = |text: &'a str| around.key(text).or_else(|| around.key(text.strip_suffix('>')?));
        address.strip_prefix('<').and_then(key).or_else(|| key(address))
    }
}

/// What stands around a key.
#[derive(Clone, Debug)]
pub(super) struct Around {
    before: String,
    after: String,
}

impl Around {
    /// Made of `setting`, which `name` is the name of.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it is too long for what it is said to be.
    pub(super) fn new(name: &str, setting: &str, before: &str, after: &str) -> Result<Self> {
        if setting.len() > LONGEST {
            return Err(Error::Configuration(format!("{name} is too long to be one")));
        }
        Ok(Self { before: before.to_owned(), after: after.to_owned() })
    }

    /// What stands there. It has no line's end in it, and may hold anything else: the address itself for example.
    pub(super) fn key<'a>(&self, text: &'a str) -> Option<&'a str> {
        let key = text.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        (!key.is_empty() && !key.contains('\n')).then_some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key<'a>(wildcard: &str, address: &'a str) -> Option<&'a str> {
        WildcardAddress::new(wildcard).expect("an address").key(address)
    }

    #[test]
    fn the_key_stands_for_the_placeholder() {
        const INCOMING: &str = "incoming+%{key}@example.com";
        assert_eq!(key(INCOMING, "incoming+k@example.com"), Some("k"));
        assert_eq!(key(INCOMING, "<incoming+k@example.com>"), Some("k"));
        assert_eq!(key(INCOMING, "incoming+a@b@example.com"), Some("a@b"));
        for other in
            ["incoming+@example.com", "Incoming+k@example.com", "incoming+k@Example.com", "incoming+k@example.org"]
        {
            assert_eq!(key(INCOMING, other), None, "{other}");
        }
        assert_eq!(key(INCOMING, "incoming+k\n@example.com"), None);
    }

    #[test]
    fn the_placeholder_may_stand_anywhere_and_only_the_first_counts() {
        assert_eq!(key("%{key}@in.example.com", "a-b@in.example.com"), Some("a-b"));
        assert_eq!(key("in@%{key}.example.com", "in@k.example.com"), Some("k"));
        assert_eq!(key("%{key}+%{key}@example.com", "k+%{key}@example.com"), Some("k"));
        assert_eq!(key("incoming@example.com", "incoming@example.com"), None);
        assert_eq!(key("a.b+%{key}@example.com", "axb+k@example.com"), None);
    }

    #[test]
    fn keys_are_those_that_gitlabs_pattern_finds() {
        const PIECES: [&str; 8] = ["<", ">", "in+", "@x", "k", "\n", "in", "ü"];
        let mut random = fastrand::Rng::with_seed(1);
        let mut text = |most: usize| -> String {
            (0..random.usize(..=most)).map(|_| PIECES[random.usize(..PIECES.len())]).collect()
        };
        for _ in 0..20_000 {
            let (before, after) = (text(2), text(2));
            let pattern = format!(r"\A<?{}(.+){}>?\z", regex::escape(&before), regex::escape(&after));
            let pattern = regex::Regex::new(&pattern).expect("a pattern");
            let address = WildcardAddress::new(&format!("{before}{PLACEHOLDER}{after}")).expect("an address");
            for value in [text(6), format!("<{before}{}{after}>", text(2)), format!("{before}{}{after}", text(2))] {
                let expected = pattern.captures(&value).and_then(|groups| groups.get(1)).map(|key| key.as_str());
                assert_eq!(address.key(&value), expected, "{before:?} {after:?} {value:?}");
            }
        }
    }
}
