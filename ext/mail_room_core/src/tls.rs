//! Which certificates are trusted, and the handshake itself.

mod any_certificate;
mod any_name;
mod certificates;
mod fault;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod material;
mod own_certificate;
mod presented;
mod protocol;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        client::{Resumption, WebPkiServerVerifier, danger::ServerCertVerifier},
        crypto::{CryptoProvider, ring},
        pki_types::{CertificateDer, ServerName},
    },
};

use self::{
    certificates::ClientCertificate,
    material::{Fingerprint, Material},
    protocol::Protocol,
};
pub(crate) use self::{
    fault::{Fault, HandshakeFailure, explain},
    presented::Presented,
};
use crate::{Error, Result, fields::Fields};

/// How long a configuration is given to new connections before its files are looked at again.
const SHARED: Duration = Duration::from_secs(60);

/// The configurations in use; few, since most mailboxes have the same policy.
static KNOWN: Mutex<Vec<Known>> = Mutex::new(Vec::new());

/// A configuration, and what it was made of.
struct Known {
    policy: TlsPolicy,
    fingerprint: Fingerprint,
    looked_at: Instant,
    config: Arc<ClientConfig>,
}

impl Known {
    fn is_fresh(&self) -> bool {
        self.looked_at.elapsed() < SHARED
    }
}

/// How far a server has to prove who it is. Holds for implicit TLS and STARTTLS alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TlsPolicy {
    /// Trust these roots instead of the system's.
    ca_file: Option<PathBuf>,
    ca_path: Option<PathBuf>,
    /// `verify_mode: none`: encrypted, but with whom is anyone's guess.
    trust_anyone: bool,
    client: Option<ClientCertificate>,
    protocol: Protocol,
    /// Whatever a trusted CA has signed will do.
    any_name: bool,
}

/// Whose certificates are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// One made for the host, by a trusted CA.
    Named,
    /// One made by a trusted CA, for whatever host.
    AnyName,
    Anyone,
}

/// What an OpenSSL-style hash may say here.
const KEYS: [&str; 12] = [
    "ca_file",
    "ca_path",
    "verify_mode",
    "verify_hostname",
    "cert",
    "key",
    "cert_file",
    "key_file",
    "min_version",
    "max_version",
    "ssl_version",
    "ciphers",
];

impl TlsPolicy {
    /// For settings that say it in words of their own: `ca`, `certificate` and `key` are the keys of
    /// the files.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a file that cannot be used.
    pub(crate) fn in_words(fields: &Fields<'_>, [ca, certificate, key]: [&str; 3], trust: Trust) -> Result<Self> {
        let ca_file = fields.path(ca)?;
        if let Some(path) = &ca_file {
            fs::File::open(path).map_err(|error| unusable(fields, ca, path, &error))?;
        }
        let client = ClientCertificate::read(fields, &[certificate], &[key])?;
        let (trust_anyone, any_name) = (trust == Trust::Anyone, trust == Trust::AnyName);
        Ok(Self { ca_file, client, trust_anyone, any_name, ..Self::default() })
    }

    /// Encryption without any check.
    pub(crate) fn trusting_anyone() -> Self {
        Self { trust_anyone: true, ..Self::default() }
    }

    /// Reads an OpenSSL-style hash such as `{ca_file: /etc/ssl/own.pem}`.
    ///
    /// # Errors
    /// [`Error::Configuration`] for keys rustls has no use for and values it cannot honour.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        if let Some(key) = fields.keys().find(|key| !KEYS.contains(key) && fields.get(key).is_some()) {
            return Err(fields.error(key, format!("is not supported ({} are)", KEYS.join(", "))));
        }
        let policy = Self {
            ca_file: fields.path("ca_file")?,
            ca_path: fields.path("ca_path")?,
            trust_anyone: trusts_anyone(fields)?,
            client: ClientCertificate::read(fields, &["cert", "cert_file"], &["key", "key_file"])?,
            protocol: Protocol::read(fields)?,
            any_name: fields.get("verify_hostname").is_some() && !fields.switch("verify_hostname")?,
        };
        if policy.trust_anyone {
            fields.remark("verify_mode", "is none: the server's certificate is not checked");
        } else if policy.any_name {
            fields.remark("verify_hostname", "is false: the server's certificate may be made for another");
        }
        if let Some(path) = &policy.ca_file {
            fs::File::open(path).map_err(|error| unusable(fields, "ca_file", path, &error))?;
        }
        if let Some(path) = &policy.ca_path {
            path.read_dir().map_err(|error| unusable(fields, "ca_path", path, &error))?;
        }
        Ok(policy)
    }

    /// A handshake with `host` over a connected socket.
    ///
    /// # Errors
    /// [`Error::Tls`] and [`Error::Deadline`]; the socket is gone then.
    ///
    /// Cancelling drops the connection.
    pub(crate) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        host: &str,
        socket: S,
        limit: Duration,
    ) -> Result<TlsStream<S>> {
        self.attempt(host, socket, limit).await.map_err(|failure| match failure {
            HandshakeFailure::Unusable(reason) => Error::Tls { host: host.to_owned(), reason },
            HandshakeFailure::Failed(error) => Error::Tls { host: host.to_owned(), reason: explain(&error) },
            HandshakeFailure::Late(limit) => Error::Deadline { wait: "the TLS handshake", limit },
        })
    }

    /// As [`TlsPolicy::handshake`], for those who want to know more of what went wrong.
    pub(crate) async fn attempt<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        host: &str,
        socket: S,
        limit: Duration,
    ) -> Result<TlsStream<S>, HandshakeFailure> {
        let unusable = || HandshakeFailure::Unusable("not a valid host name".into());
        let name = ServerName::try_from(host.to_owned()).map_err(|_| unusable())?;
        let config = self.client_config().map_err(HandshakeFailure::Unusable)?;
        let connector = TlsConnector::from(config);
        let stream = timeout(limit, connector.connect(name, socket)).await;
        stream.map_err(|_| HandshakeFailure::Late(limit))?.map_err(HandshakeFailure::Failed)
    }

    /// Against what a server's certificate is verified, in words; None when it is not.
    pub(crate) fn trusted(&self) -> Option<String> {
        let named = |key: &str, path: &Path| format!("{key} {}", path.display());
        let files = [("ca_file", &self.ca_file), ("ca_path", &self.ca_path)];
        let files: Vec<String> =
            files.iter().filter_map(|(key, path)| path.as_deref().map(|path| named(key, path))).collect();
        let roots = if files.is_empty() { "this machine's CA certificates".to_owned() } else { files.join(", ") };
        let names = if self.any_name { ", for whatever name" } else { "" };
        (!self.trust_anyone).then(|| format!("{roots}{names}"))
    }

    /// Shared by all connections of the same policy: the system's roots alone are 100 kB, and a connection keeps its own
    /// for as long as it lasts.
    ///
    /// Files are looked at again after a while, so that a renewed `ca_file` needs no restart. Where they are the same,
    /// so is the configuration.
    ///
    /// # Errors
    /// Says which file cannot be used.
    pub(crate) fn client_config(&self) -> Result<Arc<ClientConfig>, String> {
        let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known().retain(|known| known.is_fresh() || Arc::strong_count(&known.config) > 1);
        if let Some(known) = known().iter().find(|known| known.policy == *self && known.is_fresh()) {
            return Ok(Arc::clone(&known.config));
        }
        // Files are read here, so nobody is kept waiting by the lock; two may do the same.
        let material = Material::read(self)?;
        let fingerprint = material.fingerprint();
        let config = Arc::new(self.build(material)?);
        let mut known = known();
        let same = |known: &&mut Known| known.policy == *self && known.fingerprint == fingerprint;
        if let Some(known) = known.iter_mut().find(same) {
            known.looked_at = Instant::now();
            return Ok(Arc::clone(&known.config));
        }
        let new = Known { policy: self.clone(), fingerprint, looked_at: Instant::now(), config: Arc::clone(&config) };
        known.push(new);
        Ok(config)
    }

    fn names_authorities(&self) -> bool {
        self.ca_file.is_some() || self.ca_path.is_some()
    }

    fn build(&self, material: Material) -> Result<ClientConfig, String> {
        // The provider is passed by hand: the process-wide default belongs to whoever embeds us.
        let provider = CryptoProvider { cipher_suites: self.protocol.suites(), ..ring::default_provider() };
        let provider = Arc::new(provider);
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&self.protocol.versions())
            .map_err(|error| error.to_string())?;
        let builder = builder.dangerous().with_custom_certificate_verifier(self.verifier(provider, material.roots)?);
        let mut config = match material.client {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| format!("the client certificate cannot be used: {error}"))?,
        };
        // Connections live for days; the cache would hold sessions the server has long forgotten.
        config.resumption = Resumption::disabled();
        Ok(config)
    }

    fn verifier(
        &self,
        provider: Arc<CryptoProvider>,
        certificates: Vec<CertificateDer<'static>>,
    ) -> Result<Arc<dyn ServerCertVerifier>, String> {
        if self.trust_anyone {
            return Ok(Arc::new(any_certificate::AnyCertificate::new(provider)));
        }
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(certificates.iter().cloned());
        if added == 0 {
            return Err("no usable CA certificate found".into());
        }
        let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| error.to_string())?;
        let verifier: Arc<dyn ServerCertVerifier> = if self.names_authorities() {
            Arc::new(own_certificate::OwnCertificate::new(webpki, certificates))
        } else {
            webpki
        };
        Ok(if self.any_name { Arc::new(any_name::AnyName::new(verifier)) } else { verifier })
    }
}

fn unusable(fields: &Fields<'_>, key: &str, path: &Path, error: &io::Error) -> Error {
    fields.error(key, format!("({}) cannot be read: {error}", path.display()))
}

/// `none`, `peer` and its stricter forms, or OpenSSL's numbers for them.
fn trusts_anyone(fields: &Fields<'_>) -> Result<bool> {
    match fields.get("verify_mode") {
        None => Ok(false),
        Some(Value::String(mode)) if mode == "none" => Ok(true),
        Some(Value::String(mode)) if matches!(mode.as_str(), "peer" | "client_once" | "fail_if_no_peer_cert") => {
            Ok(false)
        }
        Some(Value::Number(mode)) if mode.as_u64().is_some() => Ok(mode.as_u64() == Some(0)),
        Some(_) => Err(fields.error("verify_mode", "must be none, peer, client_once or fail_if_no_peer_cert")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_kept_as_long_as_its_files_say_the_same() {
        let folder = std::env::temp_dir().join(format!("mail_room-tls-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let ca_file = folder.join("ca.pem");
        let policy = TlsPolicy { ca_file: Some(ca_file.clone()), ..TlsPolicy::default() };
        let age = || {
            let mut known = KNOWN.lock().expect("a lock");
            let known = known.iter_mut().find(|known| known.policy == policy).expect("a configuration");
            known.looked_at = known.looked_at.checked_sub(SHARED).expect("a time");
        };
        let authorities = certificates::of_the_system().expect("authorities");
        let write = |count: usize| {
            use base64::Engine;
            let pem = |der: &CertificateDer<'_>| {
                let text = base64::engine::general_purpose::STANDARD.encode(der);
                format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
            };
            fs::write(&ca_file, authorities.iter().take(count).map(pem).collect::<String>()).expect("a file");
        };
        write(1);
        let first = policy.client_config().expect("a configuration");
        age();
        assert!(Arc::ptr_eq(&first, &policy.client_config().expect("the same")));
        write(2);
        assert!(Arc::ptr_eq(&first, &policy.client_config().expect("the same, not looked at")));
        age();
        assert!(!Arc::ptr_eq(&first, &policy.client_config().expect("another")));
        fs::remove_dir_all(folder).expect("removed");
    }
}
