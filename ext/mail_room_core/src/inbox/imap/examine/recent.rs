//! Searches by `\Recent`, the flag that a mailbox loses by being opened (RFC 3501, section 2.3.2).

/// The search criteria that look at it (RFC 3501, section 6.4.4).
const WORDS: [&str; 3] = ["NEW", "OLD", "RECENT"];

/// Whether one of them may be among these. A subject may have such a word, too, and then it does no harm.
pub(super) fn counts(criteria: &str) -> bool {
    let mut words = criteria.split(|character: char| !character.is_ascii_alphanumeric());
    words.any(|word| WORDS.iter().any(|recent| word.eq_ignore_ascii_case(recent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_seen_wherever_it_stands() {
        for criteria in ["NEW", "unseen (or recent old)", "NOT RECENT"] {
            assert!(counts(criteria), "{criteria}");
        }
        for criteria in ["UNSEEN", "ALL", "SUBJECT renewal", "KEYWORD $OLDER"] {
            assert!(!counts(criteria), "{criteria}");
        }
    }
}
