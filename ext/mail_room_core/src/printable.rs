//! What others say, fit for a line that people read: it may steer a terminal, or pass for more than one line.

/// The characters of a text, with a space in place of each that is a control character.
pub(crate) fn printable(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|character| if character.is_control() { ' ' } else { character })
}

/// A text in one line of at most so many characters, with one space wherever there is white space.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let printable: String = printable(text).collect();
    let words: Vec<&str> = printable.split_whitespace().collect();
    words.join(" ").chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_becomes_a_space() {
        assert_eq!(printable("a\x1b[2J\r\nb\u{9b}ü").collect::<String>(), "a [2J  b ü");
        assert_eq!(one_line("\r\n a\x1b\tb \u{a0} c\0", 100), "a b c");
        assert_eq!(one_line("a bcd", 3), "a b");
    }
}
