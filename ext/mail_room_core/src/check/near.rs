//! Names of mailboxes that may have been meant.

/// More names than this are not kept.
const MOST: usize = 10_000;

/// Nor longer ones, in bytes.
const LONGEST: usize = 1_024;

/// Nor more bytes of them.
const MOST_BYTES: usize = 1 << 20;

/// More than this are not shown.
const SHOWN: usize = 5;

/// Names that are there, as many as can be kept.
#[derive(Default)]
pub(crate) struct Names {
    names: Vec<String>,
    bytes: usize,
}

impl Names {
    pub(crate) fn add(&mut self, name: String) {
        let bytes = self.bytes + name.len();
        if self.names.len() < MOST && name.len() <= LONGEST && bytes <= MOST_BYTES {
            self.names.push(name);
            self.bytes = bytes;
        }
    }

    /// See [`told`].
    pub(crate) fn told(&self, wanted: &str) -> String {
        told(wanted, &self.names)
    }
}

/// The nearest of the names that are there, in words; empty when there are none.
pub(crate) fn told(wanted: &str, names: &[String]) -> String {
    let mut names: Vec<(usize, &str)> = names.iter().map(|name| (distance(wanted, name), name.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return String::new();
    }
    let near = names.len() > SHOWN;
    let shown: Vec<String> = names.into_iter().take(SHOWN).map(|(_, name)| format!("{name:?}")).collect();
    format!("; {} {}", if near { "nearest are" } else { "there are" }, shown.join(", "))
}

/// How many letters differ (Levenshtein), whatever their case; a name below others counts by its last part, too.
fn distance(wanted: &str, name: &str) -> usize {
    let last = |name: &str| name.rsplit(['/', '.']).next().unwrap_or_default().to_lowercase();
    let (wanted, name) = (wanted.to_lowercase(), name.to_lowercase());
    letters(&wanted, &name).min(letters(&last(&wanted), &last(&name)) + 1)
}

fn letters(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(100).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (nth, letter) in one.chars().take(100).enumerate() {
        let mut before = std::mem::replace(&mut row[0], nth + 1);
        for (at, another) in other.iter().enumerate() {
            let changed = before + usize::from(letter != *another);
            before = row[at + 1];
            row[at + 1] = changed.min(before + 1).min(row[at] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first() {
        let names = ["Archive", "INBOX", "Drafts", "Sent", "Trash", "INBOX.Support"].map(str::to_owned);
        assert!(told("suport", &names).starts_with("; nearest are \"INBOX.Support\""), "{}", told("suport", &names));
        assert!(told("inbx", &names[..3]).starts_with("; there are \"INBOX\""));
        assert_eq!(told("inbox", &[]), "");
    }

    #[test]
    fn no_server_fills_the_memory() {
        let mut names = Names::default();
        names.add("x".repeat(LONGEST + 1));
        assert_eq!(names.told("x"), "");
        for nth in 0..20_000 {
            names.add(format!("{nth:01000}"));
        }
        assert_eq!((names.names.len(), names.bytes <= MOST_BYTES), (1_048, true));
    }
}
