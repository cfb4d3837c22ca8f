//! SCRAM-SHA-256 (RFC 5802, RFC 7677): each side proves that it knows the password, and nobody tells it.
//!
//! Without channel binding: what it is needed for are connections without TLS, which have none.

#[cfg(any(test, fuzzing))]
pub(in crate::inbox::imap) mod fuzzing;
mod server_first;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    digest::{self, SHA256, SHA256_OUTPUT_LEN},
    hmac::{self, HMAC_SHA256},
    pbkdf2::{self, PBKDF2_HMAC_SHA256},
    rand::{SecureRandom, SystemRandom},
};
use stringprep::saslprep;

use self::server_first::ServerFirst;
use super::Mechanism;
use crate::{Error, Result, aside::aside, secret::Secret};

/// The beginning of the client's first message: no channel binding, no other identity. Its base64 comes again
/// in the last one.
const GS2_HEADER: &str = "n,,";

const NONCE_BYTES: usize = 18;

type Hash = [u8; SHA256_OUTPUT_LEN];

/// The client's side of the exchange.
pub(in crate::inbox::imap) struct ScramSha256 {
    password: Secret,
    nonce: String,
    /// The client's first message without the header.
    first_bare: String,
    state: State,
}

enum State {
    /// The server's first message is due: salt and iteration count.
    Salt,
    /// Its last one is due: the signature that shows that it knows the password.
    Signature {
        server_key: hmac::Key,
        signed: String,
    },
    Verified,
    /// The server says why it refuses (RFC 5802, section 7, `server-error`).
    Failed(Vec<u8>),
}

impl ScramSha256 {
    /// # Errors
    /// [`Error::Protocol`] when the system has no random numbers.
    pub(in crate::inbox::imap) fn new(email: &str, password: &Secret) -> Result<Self> {
        let mut nonce = [0; NONCE_BYTES];
        SystemRandom::new().fill(&mut nonce).map_err(|_| unusable("the system has no random numbers"))?;
        Ok(Self::with_nonce(email, password, STANDARD.encode(nonce)))
    }

    fn with_nonce(email: &str, password: &Secret, nonce: String) -> Self {
        let first_bare = format!("n={},r={nonce}", escaped(&prepared(email)));
        let password = Secret::new(prepared(password.expose()).into_owned());
        Self { password, nonce, first_bare, state: State::Salt }
    }

    /// The client's last message, given the salted password.
    fn prove(&mut self, first: &ServerFirst, salted: &Hash) -> Vec<u8> {
        let unproven = format!("c={},r={}", STANDARD.encode(GS2_HEADER), first.nonce);
        let signed = format!("{},{},{unproven}", self.first_bare, first.text);
        let salted = hmac::Key::new(HMAC_SHA256, salted);
        let client_key = hmac::sign(&salted, b"Client Key");
        let stored_key = digest::digest(&SHA256, client_key.as_ref());
        let signature = hmac::sign(&hmac::Key::new(HMAC_SHA256, stored_key.as_ref()), signed.as_bytes());
        let proof: Vec<u8> =
            client_key.as_ref().iter().zip(signature.as_ref()).map(|(key, signature)| key ^ signature).collect();
        let server_key = hmac::Key::new(HMAC_SHA256, hmac::sign(&salted, b"Server Key").as_ref());
        self.state = State::Signature { server_key, signed };
        format!("{unproven},p={}", STANDARD.encode(proof)).into_bytes()
    }

    /// Looks at the server's last message.
    fn verify(&mut self, last: &[u8]) -> Result<()> {
        let State::Signature { server_key, signed } = &self.state else { return Ok(()) };
        if last.starts_with(b"e=") {
            self.state = State::Failed(last.to_owned());
            return Ok(());
        }
        let signature = last.strip_prefix(b"v=").and_then(|rest| rest.split(|byte| *byte == b',').next());
        let signature = signature.and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
        hmac::verify(server_key, signed.as_bytes(), &signature)
            .map_err(|_| unusable("its signature is wrong: it does not know the password, and may be anybody"))?;
        self.state = State::Verified;
        Ok(())
    }
}

#[async_trait]
impl Mechanism for ScramSha256 {
    fn name(&self) -> &'static str {
        "SCRAM-SHA-256"
    }

    fn first(&mut self) -> Option<Vec<u8>> {
        Some(format!("{GS2_HEADER}{}", self.first_bare).into_bytes())
    }

    async fn respond(&mut self, challenge: &[u8]) -> Result<Option<Vec<u8>>> {
        match self.state {
            State::Salt if challenge.starts_with(b"e=") => {
                self.state = State::Failed(challenge.to_owned());
                Ok(None)
            }
            State::Salt => {
                let first = ServerFirst::read(challenge, &self.nonce)?;
                let salted = salted(&self.password, &first).await?;
                Ok(Some(self.prove(&first, &salted)))
            }
            State::Signature { .. } => {
                self.verify(challenge)?;
                Ok(Some(Vec::new()))
            }
            State::Verified | State::Failed(_) => Ok(None),
        }
    }

    fn complaint(&self) -> Option<&[u8]> {
        if let State::Failed(told) = &self.state { Some(told) } else { None }
    }

    fn succeeded(&self) -> Result<()> {
        match self.state {
            State::Verified => Ok(()),
            _ => Err(unusable("it says OK, and did not show that it knows the password")),
        }
    }
}

/// RFC 5802, section 2.2, `Hi`. Half a second of a processor where the server asks for much, which is not to
/// keep other mailboxes waiting.
async fn salted(password: &Secret, first: &ServerFirst) -> Result<Hash> {
    let (password, salt, iterations) = (password.clone(), first.salt.clone(), first.iterations);
    let salted = aside(move || {
        let mut salted = [0; SHA256_OUTPUT_LEN];
        pbkdf2::derive(PBKDF2_HMAC_SHA256, iterations, &salt, password.expose().as_bytes(), &mut salted);
        salted
    });
    salted.await.map_err(|_| Error::ShuttingDown)
}

/// Both sides have to mean the same bytes by the same letters (RFC 4013). What it forbids goes as it is, as
/// PostgreSQL has it: servers that never heard of it may have such passwords.
fn prepared(text: &str) -> Cow<'_, str> {
    saslprep(text).unwrap_or(Cow::Borrowed(text))
}

/// RFC 5802, section 5.1, `saslname`.
pub(super) fn escaped(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

fn unusable(reason: &str) -> Error {
    Error::Protocol(format!("SCRAM-SHA-256: {reason}"))
}
