//! A certificate by which a client proves who it is (RFC 7523, section 2.2).
//!
//! Microsoft: "Microsoft identity platform application authentication certificate credentials".

use std::path::Path;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use serde::Serialize;
use tokio_rustls::rustls::{
    self, InconsistentKeys,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};

use crate::{
    jwt::{Algorithm, Signer, compact, nonce, now},
    secret,
};

/// In seconds. Microsoft asks for 5 to 10 minutes.
const LIFETIME: u64 = 10 * 60;

/// The value of `client_assertion_type`.
pub(super) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A certificate and the key that belongs to it.
pub(super) struct Certificate {
    /// SHA-256 of the certificate, by which the server finds it among those it knows.
    thumbprint: String,
    signer: Signer,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    #[serde(rename = "x5t#S256")]
    thumbprint: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: String,
    iat: u64,
    nbf: u64,
    exp: u64,
}

impl Certificate {
    /// Reads a PEM file with a certificate and its RSA key of 2048 bits or more. May wait for a disk.
    ///
    /// # Errors
    /// Says what is wrong with the file, without naming it.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        Self::of_pem(&secret::read(path)?)
    }

    fn of_pem(content: &[u8]) -> Result<Self, String> {
        let signer = Signer::read(Algorithm::Ps256, content)?;
        let certificate = CertificateDer::pem_slice_iter(content)
            .next()
            .and_then(Result::ok)
            .ok_or("holds no certificate beside its key")?;
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, &certificate));
        let key = PrivateKeyDer::from_pem_slice(content).map_err(|_| "holds no private key")?;
        match CertifiedKey::from_der(vec![certificate], key, &default_provider()) {
            Ok(_) => Ok(Self { thumbprint, signer }),
            Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                Err("holds a key that does not belong to its first certificate".to_owned())
            }
            Err(_) => Err("holds a certificate that cannot be read".to_owned()),
        }
    }

    /// A JWT that is valid for ten minutes and used once.
    ///
    /// # Errors
    /// Says what went wrong, without a secret.
    pub(super) fn assertion(&self, client_id: &str, token_url: &str) -> Result<String, String> {
        let begin = now();
        let header = Header { alg: Algorithm::Ps256.name(), typ: "JWT", thumbprint: &self.thumbprint };
        let claims = Claims {
            aud: token_url,
            iss: client_id,
            sub: client_id,
            jti: nonce()?,
            iat: begin,
            nbf: begin,
            exp: begin + LIFETIME,
        };
        compact(&header, &claims, &self.signer)
    }
}

#[cfg(test)]
mod tests;
