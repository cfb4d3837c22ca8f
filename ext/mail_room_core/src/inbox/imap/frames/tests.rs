use super::*;

/// What reaches the parser of bytes that come in pieces of this size.
fn in_pieces(bytes: &[u8], size: usize) -> Result<String, String> {
    let mut frames = Frames::new(Guard::new(10_000));
    let mut passed = Vec::new();
    for piece in bytes.chunks(size) {
        frames.push(piece);
        loop {
            let taken = frames.take(100)?;
            if taken.is_empty() {
                break;
            }
            passed.extend_from_slice(&taken);
        }
    }
    assert!(!frames.is_amid(), "all of it was whole");
    Ok(String::from_utf8_lossy(&passed).into_owned())
}

/// The same, however the bytes arrive.
fn passed(bytes: impl AsRef<[u8]>) -> Result<String, String> {
    let at_once = in_pieces(bytes.as_ref(), usize::MAX);
    for size in [1, 7, 4096] {
        assert_eq!(in_pieces(bytes.as_ref(), size), at_once);
    }
    at_once
}

#[test]
fn passes_on_ordinary_sessions_as_they_are() {
    let body = "(((((\r\n{999999}\r\n* BYE\r\n".repeat(20);
    let session = format!(
        "* OK ready (really) {{5}}\r\n* CAPABILITY IMAP4rev1\r\n* LIST () \"/\" {{5}}\r\nINBOX\r\n\
         * SEARCH 1 2 3\r\n* 1 FETCH (UID 7 FLAGS (\\Seen) RFC822.SIZE 9 BODY[] {{{}}}\r\n{body})\r\n\
         * 2 FETCH (UID 8 BODY[] NIL)\r\n* 3 FETCH (BODY[] {{0}}\r\n UID 9)\r\n+ go on\r\na1 OK done\r\n",
        body.len()
    );
    assert_eq!(passed(&session), Ok(session));
}

#[test]
fn passes_over_what_cannot_be_read() {
    for unreadable in [
        "* XWEATHER sunny (25 \"degrees\")\r\n",
        "* XWEATHER {6}\r\nA1 OK \r\n",
        "* 99999999999999999999 EXISTS\r\n",
        "* 1 FETCH (UID 7 FLAGS)\r\n",
        "* 1 FETCH (UID BODY[] {7}\r\n* BYE\r\n)\r\n",
        "* 1 FETCH (INTERNALDATE NIL)\r\n",
    ] {
        let session = format!("{unreadable}* 2 FETCH (UID 8 BODY[] {{3}}\r\ntwo)\r\nA1 OK done\r\n");
        assert_eq!(passed(&session).as_deref(), Ok(&session[unreadable.len()..]), "{unreadable}");
    }
}

#[test]
fn makes_a_body_void_that_an_unreadable_item_follows() {
    let session = "* 1 FETCH (UID 7 BODY[] {3}\r\none FLAGS)\r\nA1 OK done\r\n";
    let void = "* 1 FETCH (UID 7 BODY[] {3}\r\none UID 0)\r\nA1 OK done\r\n";
    assert_eq!(passed(session).as_deref(), Ok(void));
    let longer = "* 1 FETCH (UID 7 BODY[] {3}\r\nlonger)\r\nA1 OK done\r\n";
    assert!(passed(longer).is_err(), "nobody knows where it ends");
}

#[test]
fn cuts_long_answers_to_search() {
    let uids: Vec<String> = (1..20_000).map(|uid| uid.to_string()).collect();
    let pieces = passed(format!("* SEARCH {}\r\n", uids.join(" "))).expect("pieces");
    assert!(pieces.lines().all(|line| line.len() < 4096));
    let found: Vec<&str> = pieces.lines().flat_map(|line| line["* SEARCH ".len()..].split(' ')).collect();
    assert_eq!(found, uids);
    assert!(passed(format!("* SEARCH {} x\r\n", uids.join(" "))).is_err(), "that is not all it found");
}
