//! The content of a JSON string, as `serde_json` writes it: seven characters by a letter, other control characters
//! by their number, and all else as it is (RFC 8259, section 7).
//!
//! Mail is mostly lines of 70 plain bytes, so what matters is how fast the next line end is found.

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// How many bytes are counted before the small counters are added up.
const COUNTED: usize = 32;

/// How many bytes that stay as they are are passed over at once.
const SKIPPED: usize = 16;

/// How many bytes a piece of UTF-8 has when it is escaped.
pub(super) fn length(text: &[u8]) -> usize {
    let (blocks, rest) = text.as_chunks::<COUNTED>();
    // In steps that a processor does for many bytes at once, none of which can overflow a byte.
    let block = |block: &[u8; COUNTED]| usize::from(block.iter().map(|byte| more(*byte)).sum::<u8>());
    text.len()
        + blocks.iter().map(block).sum::<usize>()
        + rest.iter().map(|byte| usize::from(more(*byte))).sum::<usize>()
}

/// How many bytes more this one takes.
fn more(byte: u8) -> u8 {
    let control = u8::from(byte < 0x20);
    let by_letter = u8::from(matches!(byte, b'\x08' | b'\t' | b'\n' | b'\x0c' | b'\r'));
    control * 5 - by_letter * 4 + u8::from(byte == b'"') + u8::from(byte == b'\\')
}

/// Appends a piece of UTF-8, escaped.
pub(super) fn append(mut text: &[u8], to: &mut Vec<u8>) {
    to.reserve(text.len() + text.len() / 16);
    loop {
        let plain = plain(text);
        let (run, rest) = text.split_at(plain);
        to.extend_from_slice(run);
        text = match rest {
            [] => return,
            // Every line ends so.
            [b'\r', b'\n', rest @ ..] => {
                to.extend_from_slice(b"\\r\\n");
                rest
            }
            [byte, rest @ ..] => {
                append_one(*byte, to);
                rest
            }
        };
    }
}

/// How many bytes at the beginning stay as they are.
fn plain(text: &[u8]) -> usize {
    // In steps that a processor does for all bytes of a block at once.
    let special = |byte: u8| u8::from(byte < 0x20) | u8::from(byte == b'"') | u8::from(byte == b'\\');
    let clean = |block: &&[u8; SKIPPED]| block.iter().fold(0, |any, byte| any | special(*byte)) == 0;
    let skipped = text.as_chunks::<SKIPPED>().0.iter().take_while(clean).count() * SKIPPED;
    let (words, rest) = text[skipped..].as_chunks::<8>();
    for (nth, word) in words.iter().enumerate() {
        let marks = marks(u64::from_le_bytes(*word));
        if marks != 0 {
            return skipped + nth * 8 + (marks.trailing_zeros() / 8) as usize;
        }
    }
    let left = rest.iter().position(|byte| more(*byte) > 0).unwrap_or(rest.len());
    skipped + words.len() * 8 + left
}

/// Marks the first of eight bytes that is to be escaped, by its highest bit. What is marked behind it means nothing:
/// a subtraction may have borrowed from there.
///
/// Source: "Determine if a word has a byte less than n" of Sean Anderson's "Bit Twiddling Hacks".
fn marks(word: u64) -> u64 {
    let equal = |byte: u8| {
        let differs = word ^ (LOW * u64::from(byte));
        differs.wrapping_sub(LOW) & !differs
    };
    let control = word.wrapping_sub(LOW * 0x20) & !word;
    (control | equal(b'"') | equal(b'\\')) & HIGH
}

fn append_one(byte: u8, to: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let letter = match byte {
        b'\x08' => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        b'\x0c' => b'f',
        b'\r' => b'r',
        b'"' | b'\\' => byte,
        _ => {
            to.extend_from_slice(b"\\u00");
            to.extend([byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]));
            return;
        }
    };
    to.extend_from_slice(&[b'\\', letter]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) {
        let mut escaped = Vec::new();
        append(text.as_bytes(), &mut escaped);
        let quoted = serde_json::to_vec(text).expect("text");
        assert_eq!(escaped, quoted[1..quoted.len() - 1], "{text:?}");
        assert_eq!(length(text.as_bytes()), escaped.len(), "{text:?}");
    }

    #[test]
    fn every_character_at_every_place() {
        for character in (0..=0x2100).filter_map(char::from_u32) {
            for before in [0, 1, 7, 31, 70] {
                check(&format!("{}{character}{character}abc", "x".repeat(before)));
            }
        }
    }

    #[test]
    fn whatever_comes_together() {
        let mut random = fastrand::Rng::with_seed(7);
        let characters = [
            'a',
            ' ',
            '\r',
            '\n',
            '"',
            '\\',
            '\0',
            '\u{1f}',
            '\u{7f}',
            '\u{80}',
            'ß',
            '日',
            '\u{1f600}',
            '!',
            '#',
            '[',
            ']',
            '~',
        ];
        for _ in 0..20_000 {
            let length = random.usize(0..80);
            check(&(0..length).map(|_| characters[random.usize(0..characters.len())]).collect::<String>());
            check(&(0..length).map(|_| random.char(..)).collect::<String>());
        }
    }

    #[test]
    fn nothing_but_control_characters() {
        check(&"\u{1}".repeat(100_000));
        check(&"\r\n".repeat(100_000));
    }
}
