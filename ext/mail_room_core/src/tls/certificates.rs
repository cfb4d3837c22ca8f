//! Certificates and keys from files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::{Result, fields::Fields, secret::Secret};

/// The trusted certificates of a `ca_file` and of all files of a `ca_path`.
///
/// # Errors
/// Says which file cannot be read.
pub(super) fn trusted(file: Option<&Path>, folder: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut paths: Vec<PathBuf> = file.iter().map(|path| path.to_path_buf()).collect();
    if let Some(folder) = folder {
        let entries = folder.read_dir().map_err(|error| format!("{}: {error}", folder.display()))?;
        paths.extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()));
    }
    let mut certificates = Vec::new();
    for path in &paths {
        let found = CertificateDer::pem_file_iter(path).map_err(|error| format!("{}: {error}", path.display()))?;
        certificates.extend(found.filter_map(Result::ok));
    }
    Ok(certificates)
}

/// The system's roots; `SSL_CERT_FILE` and `SSL_CERT_DIR` stand in for them as with OpenSSL.
///
/// # Errors
/// When there are none, and reading them went wrong.
pub(super) fn of_the_system() -> Result<Vec<CertificateDer<'static>>, String> {
    let found = rustls_native_certs::load_native_certs();
    match (found.certs.is_empty(), found.errors.first()) {
        (true, Some(error)) => Err(format!("system CA certificates: {error}")),
        _ => Ok(found.certs),
    }
}

/// The certificate this side shows, for servers that ask for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClientCertificate {
    certificate: Pem,
    key: Pem,
}

/// Text in PEM format, or the file it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pem {
    File(PathBuf),
    Text(Secret),
}

impl ClientCertificate {
    /// Reads certificate and key by the names their settings go by, such as `cert` and `key`, as OpenSSL
    /// calls them, or `cert_file` and `key_file`, as Redis clients do. Each may be a path or the PEM text
    /// itself. The key may stand in the certificate's file.
    ///
    /// # Errors
    /// [`crate::Error::Configuration`] when one of the two is missing or cannot be used.
    pub(super) fn read(fields: &Fields<'_>, certificates: &[&str], keys: &[&str]) -> Result<Option<Self>> {
        let certificate = Pem::read(fields, certificates)?;
        let key = Pem::read(fields, keys)?;
        let Some((name, certificate)) = certificate else {
            return match key {
                Some((name, _)) => {
                    Err(fields.error(name, format!("needs a certificate beside it ({})", certificates.join(" or "))))
                }
                None => Ok(None),
            };
        };
        let (key_name, key) = key.unwrap_or_else(|| (name, certificate.clone()));
        let client = Self { certificate, key };
        client.chain().map_err(|problem| fields.error(name, problem))?;
        client.key().map_err(|problem| fields.error(key_name, problem))?;
        Ok(Some(client))
    }

    /// # Errors
    /// Says which file cannot be used.
    pub(super) fn chain(&self) -> Result<Vec<CertificateDer<'static>>, String> {
        let text = self.certificate.bytes()?;
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&text).filter_map(Result::ok).collect();
        if chain.is_empty() { Err(format!("{} holds no certificate", self.certificate.place())) } else { Ok(chain) }
    }

    /// # Errors
    /// Says which file cannot be used.
    pub(super) fn key(&self) -> Result<PrivateKeyDer<'static>, String> {
        let text = self.key.bytes()?;
        PrivateKeyDer::from_pem_slice(&text)
            .map_err(|_| format!("{} holds no private key without a passphrase", self.key.place()))
    }
}

impl Pem {
    fn read<'n>(fields: &Fields<'_>, names: &[&'n str]) -> Result<Option<(&'n str, Self)>> {
        for name in names {
            match fields.get(name) {
                None => {}
                Some(Value::String(text)) if text.contains("-----BEGIN") => {
                    return Ok(Some((name, Self::Text(Secret::new(text.clone())))));
                }
                Some(_) => return Ok(fields.path(name)?.map(|path| (*name, Self::File(path)))),
            }
        }
        Ok(None)
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::File(path) => fs::read(path).map_err(|error| format!("{} cannot be read: {error}", shown(path))),
            Self::Text(text) => Ok(text.expose().as_bytes().to_vec()),
        }
    }

    fn place(&self) -> String {
        match self {
            Self::File(path) => shown(path),
            Self::Text(_) => "the text".to_owned(),
        }
    }
}

/// A path as errors tell it. What does not look like one may be a key without its first line.
fn shown(path: &Path) -> String {
    if path.is_absolute() || path.extension().is_some() {
        format!("({})", path.display())
    } else {
        "(neither an absolute path nor PEM text)".to_owned()
    }
}
