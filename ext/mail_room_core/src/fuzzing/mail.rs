//! Messages, which anybody may send.

use serde_json::Value;

use crate::charset::{Text, to_utf8};

/// A message as text. Its type says that the text is UTF-8; what is ASCII, and each line's end, is the
/// same as before, and JSON gives back what it took.
pub(crate) fn charset(raw: &[u8]) {
    let text = to_utf8(raw);
    if std::str::from_utf8(raw).is_ok() {
        assert_eq!(text.as_bytes(), raw, "UTF-8 was changed");
    }
    let streamed = Text::new(raw.to_vec());
    let pieces: Vec<&[u8]> = streamed.pieces().collect();
    assert!(pieces.iter().all(|piece| std::str::from_utf8(piece).is_ok()), "a piece is no UTF-8");
    assert_eq!(pieces.concat(), text.as_bytes(), "the pieces are another text");
    let lines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines(text.as_bytes()), lines(raw), "a line's end was lost or made up");
    // Two bytes of windows-1252 make six of UTF-8 at most.
    assert!(text.len() <= 3 * raw.len(), "{} bytes became {}", raw.len(), text.len());
    let json = Value::from(text.as_ref()).to_string();
    assert!(serde_json::from_str(&json).is_ok_and(|read: Value| read == text.as_ref()), "JSON garbled it");
}
