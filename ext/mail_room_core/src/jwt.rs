//! JSON Web Tokens (RFC 7519) by which a webhook knows who sends.
//!
//! The token of today's gem: claims `nonce`, `iat` and `iss`, signed with a secret that both sides
//! keep in a file. GitLab's side of it is `lib/gitlab/mail_room/authenticator.rb`.

mod compact;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod mint;
mod signer;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;
use serde_json::Value;

pub(crate) use self::{
    compact::{compact, nonce, now},
    mint::Mint,
    signer::{Algorithm, Signer},
};
use crate::{Error, Result, fields::Fields, secret};

/// The `jwt_…` keys of a mailbox's `delivery_options`, but for the header's name.
#[derive(Clone, Debug)]
pub(crate) struct JwtSettings {
    issuer: String,
    algorithm: Algorithm,
    secret_path: PathBuf,
    /// `kid` in the token's header. GitLab takes a token with one for ES256, so there is none unless asked for.
    key_id: Option<String>,
    /// Seconds from now until the claim `exp`.
    expires_in: Option<u64>,
}

impl JwtSettings {
    /// Reads `jwt_issuer`, `jwt_algorithm`, `jwt_secret_path`, `jwt_key_id` and `jwt_expires_in`, and
    /// tries the secret.
    ///
    /// # Errors
    /// [`Error::Configuration`] for what is missing or unknown, and for a secret that cannot be used.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        let name = fields.required_text("jwt_algorithm")?;
        let algorithm = Algorithm::named(&name)
            .ok_or_else(|| fields.error("jwt_algorithm", format!("must be {}", Algorithm::NAMES)))?;
        let expires_in = fields.whole("jwt_expires_in")?;
        if expires_in == Some(0) {
            return Err(fields.error("jwt_expires_in", "must be at least 1 second"));
        }
        let settings = Self {
            issuer: fields.required_text("jwt_issuer")?,
            algorithm,
            secret_path: fields.required_text("jwt_secret_path")?.into(),
            key_id: fields.text("jwt_key_id")?.filter(|id| !id.is_empty()),
            expires_in,
        };
        Jwt::new(settings.clone())
            .signer()
            .map_err(|problem| fields.error("jwt_secret_path", format!("cannot be used ({problem})")))?;
        Ok(settings)
    }
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

#[derive(Serialize)]
struct Claims<'a> {
    nonce: String,
    iat: u64,
    iss: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
}

/// Makes tokens with the secret as it is in its file at that moment.
pub(crate) struct Jwt {
    settings: JwtSettings,
    /// What was read last, and the key it became. The file is read for each token, as today's gem
    /// does: it is tiny, and no look at its dates tells as surely whether it was replaced.
    known: Mutex<Option<(Vec<u8>, Arc<Signer>)>>,
}

impl Jwt {
    pub(crate) fn new(settings: JwtSettings) -> Self {
        Self { settings, known: Mutex::new(None) }
    }

    /// Where the secret lies.
    pub(crate) fn secret_path(&self) -> &Path {
        &self.settings.secret_path
    }

    /// A new token in compact form. Reads a file and may take a millisecond to sign: not for a
    /// thread that others wait for.
    ///
    /// # Errors
    /// Names the file and says what is wrong with it.
    pub(crate) fn token(&self) -> Result<String, String> {
        self.signed(&*self.signer()?)
    }

    /// The same with a secret that was read already. Reads no file.
    ///
    /// # Errors
    /// Says what went wrong, without a secret.
    fn signed(&self, signer: &Signer) -> Result<String, String> {
        let JwtSettings { issuer, algorithm, key_id, expires_in, .. } = &self.settings;
        let iat = now();
        let header = Header { alg: algorithm.name(), kid: key_id.as_deref() };
        let claims =
            Claims { nonce: nonce()?, iat, iss: issuer, exp: expires_in.map(|lifetime| iat.saturating_add(lifetime)) };
        compact(&header, &claims, signer)
    }

    /// How many bytes a secret has that both sides share; None where there is none but a private key.
    ///
    /// # Errors
    /// As [`Self::token`].
    pub(crate) fn secret_length(&self) -> Result<Option<usize>, String> {
        let path = &self.settings.secret_path;
        let failed = |problem: String| format!("{}: {problem}", path.display());
        let content = secret::read(path).map_err(failed)?;
        self.settings.algorithm.shares(&content).transpose().map_err(failed)
    }

    /// # Errors
    /// As [`Self::token`].
    pub(crate) fn signer(&self) -> Result<Arc<Signer>, String> {
        let path = &self.settings.secret_path;
        let failed = |problem: String| format!("{}: {problem}", path.display());
        let content = secret::read(path).map_err(failed)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, signer)) = known.as_ref().filter(|(read, _)| *read == content) {
            return Ok(Arc::clone(signer));
        }
        let signer = Arc::new(Signer::read(self.settings.algorithm, &content).map_err(failed)?);
        *known = Some((content, Arc::clone(&signer)));
        Ok(signer)
    }
}

/// Makes one token from settings with the keys of `delivery_options`: `jwt_issuer`, `jwt_algorithm`,
/// `jwt_secret_path`, and perhaps `jwt_key_id` and `jwt_expires_in`.
///
/// # Errors
/// [`Error::Configuration`] when a setting is missing or unknown, or the secret cannot be used. The
/// text names the key and the file, never the secret.
pub fn token(settings: &Value) -> Result<String> {
    let fields = Fields::new(settings, "JWT".to_owned())?;
    Jwt::new(JwtSettings::read(&fields)?).token().map_err(Error::Configuration)
}

#[cfg(test)]
mod tests;
