//! What is noted at a message: a text of ours that no person sees.

use serde_json::{Value, json};

use crate::inbox::keywords::is_ours;

/// The property that holds our keywords (Microsoft, "singleValueLegacyExtendedProperty resource type"), in a property
/// set that nobody else uses.
pub(super) const NOTE: &str = "String {b9c0e6a4-5d0b-4c6e-9d3e-7a1f0c2b8e55} Name MailRoom";

/// The property with a message's size in bytes, PidTagMessageSize ([MS-OXPROPS], section 2.796): as the server
/// keeps it, not as it sends it.
pub(super) const SIZE: &str = "Integer 0x0E08";

/// Extended properties cannot be emptied, only replaced.
const NOTHING: &str = "none";

/// The change that leaves exactly these keywords.
pub(super) fn noting(keywords: &[String]) -> Value {
    let value = if keywords.is_empty() { NOTHING.to_owned() } else { keywords.join(" ") };
    json!([{"id": NOTE, "value": value}])
}

/// The keywords a note holds.
pub(super) fn keywords(note: &str) -> Vec<String> {
    note.split_ascii_whitespace().filter(|keyword| is_ours(keyword)).map(str::to_owned).collect()
}

/// The part of a filter that finds messages with exactly this note.
pub(super) fn filter(keyword: &str) -> String {
    format!("singleValueExtendedProperties/any(ep: ep/id eq '{NOTE}' and ep/value eq '{keyword}')")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let kept = ["$MailRoomAttempt4".to_owned(), "$MailRoomQuarantined".to_owned()];
        let written = noting(&kept);
        assert_eq!(keywords(written[0]["value"].as_str().expect("a text")), kept);
        let nothing = noting(&[]);
        assert!(keywords(nothing[0]["value"].as_str().expect("a text")).is_empty());
        assert!(keywords("some words of $others").is_empty());
    }
}
