//! The form tokens are sent in (RFC 7515, section 3.1).

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;

use super::Signer;

/// Header, claims and signature, each in Base64, with dots between them.
///
/// # Errors
/// Says what went wrong, without a secret.
pub(crate) fn compact(header: &impl Serialize, claims: &impl Serialize, signer: &Signer) -> Result<String, String> {
    let signed = format!("{}.{}", encode(header)?, encode(claims)?);
    let signature = signer.sign(signed.as_bytes())?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn encode(part: &impl Serialize) -> Result<String, String> {
    serde_json::to_vec(part).map(|json| URL_SAFE_NO_PAD.encode(json)).map_err(|error| error.to_string())
}

/// 24 hex digits, as of Ruby's `SecureRandom.hex(12)`.
///
/// # Errors
/// When the system has no random numbers.
pub(crate) fn nonce() -> Result<String, String> {
    let mut bytes = [0; 12];
    SystemRandom::new().fill(&mut bytes).map_err(|_| "the system has no random numbers".to_owned())?;
    let number = bytes.into_iter().fold(0, |number: u128, byte| number << 8 | u128::from(byte));
    Ok(format!("{number:024x}"))
}

/// In seconds since 1970, as claims tell time (RFC 7519, section 2).
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
