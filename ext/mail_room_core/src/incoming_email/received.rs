//! The recipient a server names in its trace (RFC 5321, section 4.4).

use memchr::memmem;

/// White space without that of Unicode.
const BLANK: [char; 6] = [' ', '\t', '\r', '\n', '\x0b', '\x0c'];

/// GitLab's own way to find it, `for\s+<([^<]+)>`: the first that stands in angle brackets behind "for".
pub(super) fn first_in_brackets(trace: &str) -> Option<&str> {
    let mut words = memmem::find_iter(trace.as_bytes(), "for");
    words.find_map(|at| {
        let behind = behind_blanks(&trace[at + 3..])?.strip_prefix('<')?;
        let (most, _) = behind.split_once('<').unwrap_or((behind, ""));
        most.rsplit_once('>').map(|(recipient, _)| recipient).filter(|recipient| !recipient.is_empty())
    })
}

/// All that can be found behind the word "for", with brackets or, as Exim writes it, without.
pub(super) fn all(trace: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    memmem::find_iter(trace.as_bytes(), "for").filter_map(move |at| {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        if at < from || trace.as_bytes()[..at].last().is_some_and(is_word) {
            return None;
        }
        let behind = behind_blanks(&trace[at + 3..])?;
        let behind = behind.strip_prefix('<').unwrap_or(behind);
        let ends = |character: char| BLANK.contains(&character) || "<>;()".contains(character);
        let recipient = &behind[..behind.find(ends).unwrap_or(behind.len())];
        if recipient.is_empty() {
            return None;
        }
        from = trace.len() - behind.len() + recipient.len();
        Some(recipient)
    })
}

/// None where no blank is.
fn behind_blanks(text: &str) -> Option<&str> {
    let behind = text.trim_start_matches(BLANK);
    (behind.len() < text.len()).then_some(behind)
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn they_are_those_that_the_patterns_find() {
        const PIECES: [&str; 14] =
            ["for", "for ", " for <", "<", ">", " ", "\r\n\t", ";", "(", ")", "a@b", "_", "ü", "x"];
        let letter = Regex::new(r"for[ \t\r\n\x0b\x0c]+<([^<]+)>").expect("a pattern");
        let intent = Regex::new(r"(?-u:\b)for[ \t\r\n\x0b\x0c]+<?([^ \t\r\n\x0b\x0c<>;()]+)").expect("a pattern");
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..50_000 {
            let trace: String = (0..random.usize(..12)).map(|_| PIECES[random.usize(..PIECES.len())]).collect();
            let found = |pattern: &Regex| -> Vec<String> {
                pattern.captures_iter(&trace).map(|groups| groups[1].to_owned()).collect()
            };
            assert_eq!(first_in_brackets(&trace), found(&letter).first().map(String::as_str), "{trace:?}");
            assert_eq!(all(&trace).collect::<Vec<_>>(), found(&intent), "{trace:?}");
        }
    }
}
