//! From the content of a secret file to a signature (RFC 7518, section 3).

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    hmac,
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding},
};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, pem::PemObject};

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Hs256,
    Hs384,
    Hs512,
    Rs256,
    Ps256,
    Es256,
}

impl Algorithm {
    /// For error texts.
    pub(super) const NAMES: &'static str = "HS256, HS384, HS512, RS256, PS256 or ES256";

    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Hs256, Self::Hs384, Self::Hs512, Self::Rs256, Self::Ps256, Self::Es256]
            .into_iter()
            .find(|one| one.name() == name)
    }

    /// The length of the secret in bytes, where both sides share it.
    pub(super) fn shares(self, content: &[u8]) -> Option<Result<usize, String>> {
        matches!(self, Self::Hs256 | Self::Hs384 | Self::Hs512).then(|| secret(content).map(|secret| secret.len()))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
        }
    }
}

/// A key that signs.
pub(crate) enum Signer {
    Hmac(hmac::Key),
    Rsa(Box<RsaKeyPair>, &'static dyn RsaEncoding),
    Ecdsa(Box<EcdsaKeyPair>),
}

impl Signer {
    /// # Errors
    /// Says what is wrong with the content, without showing any of it.
    pub(crate) fn read(algorithm: Algorithm, content: &[u8]) -> Result<Self, String> {
        match algorithm {
            Algorithm::Hs256 => hmac_key(hmac::HMAC_SHA256, content),
            Algorithm::Hs384 => hmac_key(hmac::HMAC_SHA384, content),
            Algorithm::Hs512 => hmac_key(hmac::HMAC_SHA512, content),
            Algorithm::Rs256 => rsa_key(content, &RSA_PKCS1_SHA256),
            Algorithm::Ps256 => rsa_key(content, &RSA_PSS_SHA256),
            Algorithm::Es256 => ecdsa_key(content),
        }
    }

    pub(super) fn sign(&self, data: &[u8]) -> Result<Vec<u8>, String> {
        let failed = |_| "the token cannot be signed".to_owned();
        match self {
            Self::Hmac(key) => Ok(hmac::sign(key, data).as_ref().to_vec()),
            Self::Rsa(key, padding) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(*padding, &SystemRandom::new(), data, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Self::Ecdsa(key) => {
                let signature = key.sign(&SystemRandom::new(), data).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }
}

fn hmac_key(algorithm: hmac::Algorithm, content: &[u8]) -> Result<Signer, String> {
    Ok(Signer::Hmac(hmac::Key::new(algorithm, &secret(content)?)))
}

/// As gitlab-mail_room reads it: `Base64.strict_decode64(File.read(path).chomp)`.
fn secret(content: &[u8]) -> Result<Vec<u8>, String> {
    let text = content.strip_suffix(b"\n").map_or(content, |line| line.strip_suffix(b"\r").unwrap_or(line));
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    if text.starts_with(b"-----BEGIN") {
        return Err("holds a PEM key; HS256, HS384 and HS512 need a Base64 secret".to_owned());
    }
    // The decoder's own words quote a byte of the secret.
    STANDARD
        .decode(text)
        .map_err(|_| "must hold one line of strict Base64 (make one by: openssl rand -base64 32)".to_owned())
}

fn rsa_key(content: &[u8], padding: &'static dyn RsaEncoding) -> Result<Signer, String> {
    let key = match private_key(content)? {
        PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
        _ => return Err("holds no RSA key, which RS256 and PS256 need".to_owned()),
    };
    key.map(|key| Signer::Rsa(Box::new(key), padding))
        .map_err(|error| format!("is no RSA key of 2048 bits or more ({error})"))
}

fn ecdsa_key(content: &[u8]) -> Result<Signer, String> {
    let der = match private_key(content)? {
        PrivateKeyDer::Pkcs8(der) => der.secret_pkcs8_der().to_vec(),
        PrivateKeyDer::Sec1(der) => pkcs8_of_sec1(der.secret_sec1_der()),
        _ => return Err("holds no elliptic curve key, which ES256 needs".to_owned()),
    };
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &SystemRandom::new())
        .map(Box::new)
        .map(Signer::Ecdsa)
        .map_err(|error| format!("is no key of the curve P-256 with its public part ({error})"))
}

fn private_key(content: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    if content.trim_ascii().is_empty() {
        return Err("is empty".to_owned());
    }
    PrivateKeyDer::from_pem_slice(content).map_err(|_| {
        "must hold a private key as PEM, without a passphrase (convert by: openssl pkcs8 -topk8 -nocrypt)".to_owned()
    })
}

/// `EC PRIVATE KEY` (RFC 5915), which ring cannot read, in the wrapping that it can (RFC 5208).
fn pkcs8_of_sec1(sec1: &[u8]) -> Vec<u8> {
    const INTEGER_0: &[u8] = &[0x02, 0x01, 0x00];
    // SEQUENCE { id-ecPublicKey, prime256v1 }
    const P256: &[u8] = b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
    der(0x30, &[INTEGER_0, P256, &der(0x04, sec1)].concat())
}

/// One DER value: tag, length, content.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let bytes = &length[length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1)..];
    let mut value = vec![tag];
    if content.len() >= 0x80 {
        value.push(0x80 | bytes.len() as u8);
    }
    value.extend_from_slice(bytes);
    value.extend_from_slice(content);
    value
}
