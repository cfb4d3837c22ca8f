//! XOAUTH2 and OAUTHBEARER: an access token (RFC 6750) instead of a password.

use async_trait::async_trait;

use super::{Mechanism, scram::escaped};
use crate::{Result, secret::Secret};

/// Both say all they have to say at once. A server that does not take the token answers with JSON about the
/// reason, and with NO once that was answered.
pub(in crate::inbox::imap) struct Bearer {
    name: &'static str,
    first: String,
    /// What a server that complained gets.
    acknowledgement: &'static [u8],
    complaint: Option<Vec<u8>>,
}

impl Bearer {
    /// [Google](https://developers.google.com/workspace/gmail/imap/xoauth2-protocol) and
    /// [Microsoft](https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth).
    pub(in crate::inbox::imap) fn xoauth2(email: &str, token: &Secret) -> Self {
        let first = format!("user={email}\u{1}auth=Bearer {}\u{1}\u{1}", token.expose());
        Self { name: "XOAUTH2", first, acknowledgement: b"", complaint: None }
    }

    /// RFC 7628.
    pub(in crate::inbox::imap) fn oauthbearer(email: &str, host: &str, port: u16, token: &Secret) -> Self {
        let first = format!(
            "n,a={},\u{1}host={host}\u{1}port={port}\u{1}auth=Bearer {}\u{1}\u{1}",
            escaped(email),
            token.expose()
        );
        Self { name: "OAUTHBEARER", first, acknowledgement: b"\x01", complaint: None }
    }
}

#[async_trait]
impl Mechanism for Bearer {
    fn name(&self) -> &'static str {
        self.name
    }

    fn first(&mut self) -> Option<Vec<u8>> {
        Some(self.first.clone().into_bytes())
    }

    async fn respond(&mut self, challenge: &[u8]) -> Result<Option<Vec<u8>>> {
        if self.complaint.is_some() {
            return Ok(None);
        }
        self.complaint = Some(challenge.to_owned());
        Ok(Some(self.acknowledgement.to_owned()))
    }

    fn complaint(&self) -> Option<&[u8]> {
        self.complaint.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(mut mechanism: Bearer) -> String {
        String::from_utf8(mechanism.first().expect("the first words")).expect("text")
    }

    #[test]
    fn says_who_it_is_and_shows_the_token() {
        // RFC 7628, section 4.1, with a port.
        let token = Secret::new("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==".into());
        assert_eq!(
            first(Bearer::oauthbearer("user@example.com", "server.example.com", 143, &token)),
            "n,a=user@example.com,\u{1}host=server.example.com\u{1}port=143\u{1}\
             auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\u{1}\u{1}"
        );
        assert_eq!(
            first(Bearer::xoauth2("someuser@example.com", &Secret::new("ya29.vF9dft4qmTc2Nvb3".into()))),
            "user=someuser@example.com\u{1}auth=Bearer ya29.vF9dft4qmTc2Nvb3\u{1}\u{1}"
        );
    }

    #[test]
    fn a_name_cannot_end_before_its_end() {
        let words = first(Bearer::oauthbearer("a,b=c@example.com", "h", 1, &Secret::new("t".into())));
        assert!(words.starts_with("n,a=a=2Cb=3Dc@example.com,\u{1}"), "{words}");
    }
}
