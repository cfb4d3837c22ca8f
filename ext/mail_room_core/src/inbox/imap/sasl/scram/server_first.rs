//! What a server asks a client to do with the password.

use std::num::NonZeroU32;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::unusable;
use crate::Result;

/// RFC 7677, section 4, has at least 4,096. Who asks for less wants to guess the password from the proof.
pub(super) const FEWEST_ITERATIONS: u32 = 4_096;

/// More than the 600,000 that are advised for this hash today, and no more than a second or two of a processor:
/// 32 bits would be an hour.
pub(super) const MOST_ITERATIONS: u32 = 1_000_000;

/// The `server-first-message` (RFC 5802, section 7).
#[derive(Debug)]
pub(super) struct ServerFirst {
    pub(super) text: String,
    /// The client's and the server's in one.
    pub(super) nonce: String,
    pub(super) salt: Vec<u8>,
    pub(super) iterations: NonZeroU32,
}

impl ServerFirst {
    /// # Errors
    /// [`crate::Error::Protocol`] when it is none, is no answer to this nonce, or asks for too little or too much.
    pub(super) fn read(challenge: &[u8], client_nonce: &str) -> Result<Self> {
        let text = String::from_utf8(challenge.to_owned()).map_err(|_| unusable("its challenge is not UTF-8"))?;
        let mut attributes = text.split(',');
        let mut next = |name| attributes.next().and_then(|attribute| attribute.strip_prefix(name));
        // An extension that must be understood (`m=`) would stand in front, and is not.
        let (Some(nonce), Some(salt), Some(iterations)) = (next("r="), next("s="), next("i=")) else {
            return Err(unusable("its challenge is not one of SCRAM"));
        };
        let longer = nonce.strip_prefix(client_nonce).is_some_and(|own| !own.is_empty());
        if !longer || !nonce.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(unusable("its nonce is not made of ours: it may be an old exchange, replayed"));
        }
        let salt = STANDARD.decode(salt).ok().filter(|salt| !salt.is_empty());
        let salt = salt.ok_or_else(|| unusable("its salt is not base64"))?;
        let iterations = iterations.parse().ok().filter(|count| (FEWEST_ITERATIONS..=MOST_ITERATIONS).contains(count));
        let iterations = iterations.and_then(NonZeroU32::new).ok_or_else(|| {
            unusable(&format!("its iteration count is not between {FEWEST_ITERATIONS} and {MOST_ITERATIONS}"))
        })?;
        Ok(Self { nonce: nonce.to_owned(), salt, iterations, text })
    }
}
