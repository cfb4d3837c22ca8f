//! A door for servers that do not know the password.

use super::{
    ScramSha256,
    server_first::{FEWEST_ITERATIONS, MOST_ITERATIONS, ServerFirst},
};
use crate::{inbox::imap::sasl::Mechanism, secret::Secret};

/// Those of RFC 7677, section 3, so that there are seeds.
const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";

/// The server's two messages, a line each. Whatever they are, it never counts as one that knows the password:
/// what that is salted to here is nobody's.
pub(crate) fn server(bytes: &[u8]) {
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let (first, last) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let mut client = ScramSha256::with_nonce("user", &Secret::new("pencil".into()), NONCE.into());
    let Ok(first) = ServerFirst::read(first, NONCE) else { return };
    assert!((FEWEST_ITERATIONS..=MOST_ITERATIONS).contains(&first.iterations.get()), "too little or too much work");
    assert!(first.nonce.starts_with(NONCE) && first.nonce.len() > NONCE.len(), "an old nonce");
    let response = String::from_utf8(client.prove(&first, &[7; 32])).unwrap_or_default();
    assert!(response.starts_with(&format!("c=biws,r={},p=", first.nonce)), "{response}");
    assert!(response.bytes().all(|byte| byte.is_ascii_graphic()), "{response:?}");
    if client.verify(last).is_ok() {
        assert_eq!(client.complaint(), Some(last), "a failure is taken for a success");
    }
    assert!(client.succeeded().is_err(), "anybody is taken for the server");
}
