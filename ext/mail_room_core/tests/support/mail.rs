//! The messages of the traces. Each goes by a name, so that a test can say which were delivered and
//! still know that they were delivered byte for byte.

/// Messages no ordinary one looks like.
const SPECIAL: [(&str, &[u8]); 4] = [
    ("empty", b""),
    ("auto_reply", b"Auto-Submitted: auto-replied\r\nSubject: out of office\r\n\r\nI am away.\r\n"),
    // What a quoted string cannot hold as it is.
    ("quoted", br#"Subject: a "quote" and a \"#),
    // What line-based code stumbles over: NUL, 8-bit bytes, lone CR and LF, and text that looks like
    // the protocol around it.
    ("odd", b"Subject: odd\n\r\r\n\0\xff\xfe {99999}\r\nA0001 OK done\r\n)\r\n* BYE (((\r\n"),
];

/// The message `<name>` stands for in a trace.
pub(crate) fn mail(name: &str) -> Vec<u8> {
    match SPECIAL.into_iter().find(|(special, _)| *special == name) {
        Some((_, raw)) => raw.to_vec(),
        None => format!("Subject: {name}\r\n\r\nThis is {name}.\r\n").into_bytes(),
    }
}

/// The name of a delivered message, or what was delivered instead.
pub(crate) fn name(raw: &[u8]) -> String {
    if let Some((special, _)) = SPECIAL.into_iter().find(|(_, special)| *special == raw) {
        return special.to_owned();
    }
    let text = String::from_utf8_lossy(raw);
    let subject = text.lines().next().and_then(|line| line.strip_prefix("Subject: ")).unwrap_or_default();
    if mail(subject) == raw { subject.to_owned() } else { format!("no known message: {text:?}") }
}
