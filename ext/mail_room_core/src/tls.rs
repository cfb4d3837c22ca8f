//! Which certificates are trusted, and the handshake itself.

mod any_certificate;
mod any_name;
mod own_certificate;

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        self, CertificateError, ClientConfig, RootCertStore,
        client::{Resumption, WebPkiServerVerifier, danger::ServerCertVerifier},
        crypto::{CryptoProvider, ring},
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::{Error, Result, fields::Fields};

/// How long a configuration is given to new connections.
const SHARED: Duration = Duration::from_secs(60);

/// The configurations of the last minute; few, since most mailboxes have the same policy.
static KNOWN: Mutex<Vec<(TlsPolicy, Instant, Arc<ClientConfig>)>> = Mutex::new(Vec::new());

/// How far a server has to prove who it is. Holds for implicit TLS and STARTTLS alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TlsPolicy {
    /// Trust these roots instead of the system's.
    ca_file: Option<PathBuf>,
    ca_path: Option<PathBuf>,
    /// `verify_mode: none`: encrypted, but with whom is anyone's guess.
    pub(crate) trust_anyone: bool,
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

impl TlsPolicy {
    /// For protocols whose settings say it in their own words. `ca_file` stands in for the system's
    /// roots.
    pub(crate) fn new(ca_file: Option<PathBuf>, trust: Trust) -> Self {
        Self { ca_file, ca_path: None, trust_anyone: trust == Trust::Anyone, any_name: trust == Trust::AnyName }
    }

    /// Reads an OpenSSL-style hash such as `{ca_file: /etc/ssl/own.pem}`.
    ///
    /// # Errors
    /// [`Error::Configuration`] for keys rustls has no use for and values it cannot honour.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        for key in fields.keys() {
            if !matches!(key, "ca_file" | "ca_path" | "verify_mode") {
                return Err(fields.error(key, "is not supported (ca_file, ca_path and verify_mode are)"));
            }
        }
        let policy = Self {
            ca_file: fields.path("ca_file")?,
            ca_path: fields.path("ca_path")?,
            trust_anyone: trusts_anyone(fields)?,
            any_name: false,
        };
        for (key, path) in [("ca_file", &policy.ca_file), ("ca_path", &policy.ca_path)] {
            if let Some(path) = path.as_ref().filter(|path| !path.exists()) {
                return Err(fields.error(key, format!("({}) does not exist", path.display())));
            }
        }
        Ok(policy)
    }

    /// A handshake with `host` over a connected socket.
    ///
    /// # Errors
    /// [`Error::Tls`] and [`Error::Deadline`]; the socket is gone then.
    ///
    /// Cancelling drops the connection.
    pub(crate) async fn handshake(
        &self,
        host: &str,
        socket: TcpStream,
        limit: Duration,
    ) -> Result<TlsStream<TcpStream>> {
        let failed = |reason: String| Error::Tls { host: host.to_owned(), reason };
        let name = ServerName::try_from(host.to_owned()).map_err(|_| failed("not a valid host name".into()))?;
        let config = self.client_config().map_err(&failed)?;
        let connector = TlsConnector::from(config);
        match timeout(limit, connector.connect(name, socket)).await {
            Ok(stream) => stream.map_err(|error| failed(explain(&error))),
            Err(_) => Err(Error::Deadline { wait: "the TLS handshake", limit }),
        }
    }

    /// Shared by all connections of the same policy: the system's roots alone are 100 kB.
    ///
    /// Built anew after a while, so that a renewed `ca_file` needs no restart.
    ///
    /// # Errors
    /// Says which file cannot be used.
    pub(crate) fn client_config(&self) -> Result<Arc<ClientConfig>, String> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(_, built, _)| built.elapsed() < SHARED);
        if let Some((.., config)) = known.iter().find(|(policy, ..)| policy == self) {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(self.build()?);
        known.push((self.clone(), Instant::now(), Arc::clone(&config)));
        Ok(config)
    }

    fn build(&self) -> Result<ClientConfig, String> {
        // The provider is passed by hand: the process-wide default belongs to whoever embeds us.
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let verifier = self.verifier(provider)?;
        let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
        // Connections live for days; the cache would hold sessions the server has long forgotten.
        config.resumption = Resumption::disabled();
        Ok(config)
    }

    fn verifier(&self, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, String> {
        if self.trust_anyone {
            return Ok(Arc::new(any_certificate::AnyCertificate::new(provider)));
        }
        let configured = self.ca_file.is_some() || self.ca_path.is_some();
        let certificates = if configured { self.configured_roots()? } else { system_roots()? };
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(certificates.iter().cloned());
        if added == 0 {
            return Err("no usable CA certificate found".into());
        }
        let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| error.to_string())?;
        let verifier: Arc<dyn ServerCertVerifier> =
            if configured { Arc::new(own_certificate::OwnCertificate::new(webpki, certificates)) } else { webpki };
        Ok(if self.any_name { Arc::new(any_name::AnyName::new(verifier)) } else { verifier })
    }

    fn configured_roots(&self) -> Result<Vec<CertificateDer<'static>>, String> {
        let mut paths: Vec<PathBuf> = self.ca_file.iter().cloned().collect();
        if let Some(directory) = &self.ca_path {
            let entries = directory.read_dir().map_err(|error| format!("{}: {error}", directory.display()))?;
            paths.extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()));
        }
        let mut certificates = Vec::new();
        for path in &paths {
            let found = CertificateDer::pem_file_iter(path).map_err(|error| format!("{}: {error}", path.display()))?;
            certificates.extend(found.filter_map(Result::ok));
        }
        Ok(certificates)
    }
}

/// The system's roots; `SSL_CERT_FILE` and `SSL_CERT_DIR` stand in for them as with OpenSSL.
fn system_roots() -> Result<Vec<CertificateDer<'static>>, String> {
    let found = rustls_native_certs::load_native_certs();
    match (found.certs.is_empty(), found.errors.first()) {
        (true, Some(error)) => Err(format!("system CA certificates: {error}")),
        _ => Ok(found.certs),
    }
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

/// rustls's words, with what an operator looks for in front.
pub(crate) fn explain(error: &io::Error) -> String {
    let reason = error.get_ref().and_then(|source| source.downcast_ref::<rustls::Error>());
    let hint = match reason {
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "the certificate is not signed by a trusted CA (ssl.ca_file names another)"
        }
        Some(rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => "the certificate has expired",
        Some(rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => "the certificate is for another host name",
        Some(rustls::Error::InvalidMessage(_)) => "the server does not speak TLS on this port",
        _ => return error.to_string(),
    };
    format!("{hint}: {error}")
}
