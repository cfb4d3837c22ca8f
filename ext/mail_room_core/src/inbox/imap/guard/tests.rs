use super::*;

fn refused(line: &[u8]) -> bool {
    Guard::new(1000).line(line).is_err()
}

#[test]
fn lets_ordinary_responses_pass() {
    let mut guard = Guard::new(1000);
    for line in ["* OK ready (really) {5}\r\n", "* CAPABILITY IMAP4rev1\r\n", "* 2 FETCH (UID 8 BODY[] NIL)\r\n"] {
        assert_eq!(guard.line(line.as_bytes()), Ok(Next::Response), "{line}");
    }
    let body = b"* 1 FETCH (UID 7 FLAGS (\\Seen) RFC822.SIZE 9 BODY[] {1000}\r\n";
    assert_eq!(guard.line(body), Ok(Next::Body { bytes: 1000, before: 52 }));
    assert_eq!(guard.line(b")\r\n"), Ok(Next::Response));
    assert_eq!(guard.line(b"* LIST () \"/\" {5}\r\n"), Ok(Next::Literal { bytes: 5, before: 14 }));
    assert_eq!(guard.literal(b"INBOX"), Ok(()));
    assert_eq!(guard.line(b"\r\n"), Ok(Next::Response));
    assert_eq!(guard.line(b"a1 OK done {7}\r\n"), Ok(Next::Response));
}

#[test]
fn refuses_literals_nobody_asked_for() {
    for line in [
        "* LIST () \"/\" {500000000}\r\n",
        "* 1 FETCH (UID 7 BODY[] {1001}\r\n",
        "* 1 FETCH (UID 7 BODY[] {99999999999999999999999}\r\n",
        "* OK {100000000}\r\n",
        "* NO [BADCHARSET ({100000000}\r\n",
        "a1 NO [BADCHARSET ({100000000}\r\n",
        // The parser may take for a literal what the guard does not, and the other way round.
        "* LIST () \"/\" \"a {5}\r\n",
        "* LIST () \"/\" {5}\n",
    ] {
        assert!(refused(line.as_bytes()), "{line}");
    }
    let mut guard = Guard::new(1000);
    assert!(guard.line(b"* 1 FETCH (BODY[] {600}\r\n").is_ok());
    assert!(guard.line(b" BODY[] {600}\r\n").is_err(), "two bodies that are too large together");
}

#[test]
fn refuses_nesting_also_where_it_hides_behind_a_fake_literal() {
    let bomb = "(".repeat(100);
    for start in [
        "* 1 FETCH (BODYSTRUCTURE ",
        "* 1 FETCH (FOO (BODY[] {900}\r\n",
        "* 1 FETCH (FOO \")\" BAR (BODY[] {900}\r\n",
        "* 1 FETCH (FOO a\"b BODY[] {900}\r\n",
    ] {
        let mut guard = Guard::new(1000);
        let (line, rest) = start.split_at(start.find('\n').map_or(0, |at| at + 1));
        let looked_at = match line {
            "" => Ok(()),
            line => match guard.line(line.as_bytes()) {
                Ok(Next::Literal { .. }) => guard.literal(bomb.as_bytes()),
                Ok(other) => panic!("{start}: {other:?}"),
                Err(error) => Err(error),
            },
        };
        let verdict = looked_at.and_then(|()| guard.line(format!("{rest}{bomb}\r\n").as_bytes()));
        assert!(verdict.is_err(), "{start}");
    }
}

#[test]
fn refuses_responses_without_end() {
    let mut guard = Guard::new(1000);
    let verdict = (0..300).try_for_each(|_| {
        guard.line(b"* LIST () \"/\" {4096}\r\n")?;
        guard.literal(&[b'x'; 4096])
    });
    assert!(verdict.is_err());
    assert!(refused(&vec![b'x'; LINE_BYTES + 1]));
    assert!(Guard::new(1000).unfinished_line(LINE_BYTES + 1).is_err());
    let mut guard = Guard::new(1000);
    assert!((0..3000).try_for_each(|_| guard.search_piece(&[b'1'; 4096])).is_err());
}
