//! An address with a place for a key.

use regex::{Regex, escape};

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
    pattern: Option<Regex>,
}

impl WildcardAddress {
    /// # Errors
    /// [`Error::Configuration`] when it is too long to be an address.
    pub(crate) fn new(text: &str) -> Result<Self> {
        let pattern = text.split_once(PLACEHOLDER).map(|(before, after)| {
            // The key has no line's end in it, and may hold anything else: the address itself for example.
            anchored("address", text, &format!("<?{}(.+){}>?", escape(before), escape(after)))
        });
        let pattern = pattern.transpose()?;
        Ok(Self { text: text.to_owned(), pattern })
    }

    /// As configured.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is a place for a key.
    pub(crate) fn has_placeholder(&self) -> bool {
        self.pattern.is_some()
    }

    /// The key this address carries. Case matters.
    pub(crate) fn key<'a>(&self, address: &'a str) -> Option<&'a str> {
        let groups = self.pattern.as_ref()?.captures(address)?;
        groups.get(1).map(|key| key.as_str())
    }
}

/// A pattern for a whole text, made of `setting`, which `name` is the name of.
///
/// # Errors
/// [`Error::Configuration`] when it is too long for what it is said to be.
pub(super) fn anchored(name: &str, setting: &str, pattern: &str) -> Result<Regex> {
    let fits = setting.len() <= LONGEST;
    let regex = fits.then(|| Regex::new(&format!(r"\A{pattern}\z")).ok()).flatten();
    regex.ok_or_else(|| Error::Configuration(format!("{name} is too long to be one")))
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
}
