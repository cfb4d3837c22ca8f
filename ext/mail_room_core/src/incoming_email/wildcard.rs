//! An address with a place for a key.

use regex::Regex;

/// An address such as `incoming+%{key}@example.com`, or one without a placeholder, which carries no key.
#[derive(Clone, Debug)]
pub(crate) struct WildcardAddress {
    text: String,
    pattern: Option<Regex>,
}
