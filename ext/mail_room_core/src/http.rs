//! What every HTTP request here has in common.

mod date;
#[cfg(test)]
pub(crate) mod scripted;

use std::{
    error::Error as StdError,
    io,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Client, Url, redirect::Policy};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore, crypto::ring};

pub(crate) use self::date::{http_date, retry_after};
use crate::tls::{self, TlsPolicy};

/// Shorter than servers keep a silent connection (Puma: 20 s), so that a request is seldom sent into
/// one that is being closed.
const IDLE_CONNECTION: Duration = Duration::from_secs(15);
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Makes the client for one URL, and makes it anew when the certificates it trusts were read anew.
///
/// A client has its own pool of connections. It belongs to the runtime that uses it, so none is kept
/// for the whole process.
pub(crate) struct Clients {
    tls: TlsPolicy,
    secure: bool,
    direct: bool,
    connect: Duration,
    made: Mutex<Option<(Option<Arc<ClientConfig>>, Client)>>,
}

impl Clients {
    /// `connect` is the limit for resolving, connecting and the TLS handshake together.
    pub(crate) fn new(url: &Url, tls: TlsPolicy, connect: Duration) -> Self {
        let secure = url.scheme() == "https";
        Self { tls, secure, direct: is_loopback(url), connect, made: Mutex::new(None) }
    }

    /// # Errors
    /// Says which file of certificates cannot be used.
    pub(crate) fn get(&self) -> Result<Client, String> {
        let config = if self.secure { Some(self.tls.client_config()?) } else { None };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, client)) = made.as_ref()
            && known.as_ref().map(Arc::as_ptr) == config.as_ref().map(Arc::as_ptr)
        {
            return Ok(client.clone());
        }
        let client = self.make(config.as_deref())?;
        *made = Some((config, client.clone()));
        Ok(client)
    }

    fn make(&self, config: Option<&ClientConfig>) -> Result<Client, String> {
        let config = match config {
            Some(config) => config.clone(),
            None => trusts_nobody()?,
        };
        let mut builder = Client::builder()
            .tls_backend_preconfigured(config)
            .user_agent(concat!("gitlab-mail_room-rs/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(self.connect)
            .pool_idle_timeout(IDLE_CONNECTION)
            .tcp_keepalive(KEEPALIVE);
        if self.direct {
            builder = builder.no_proxy();
        }
        builder.build().map_err(|error| explain(&error))
    }
}

/// For plain HTTP, where no certificate is ever looked at: a machine without CA certificates can post
/// to itself. Without any configuration reqwest would ask for the provider of the whole process.
fn trusts_nobody() -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// Whether requests to this URL go through a proxy of the environment.
pub(crate) fn is_proxied(url: &Url) -> bool {
    let through = |uri| Matcher::from_system().intercept(&uri).is_some();
    !is_loopback(url) && url.as_str().parse::<hyper::Uri>().is_ok_and(through)
}

/// No proxy is asked to connect to itself. Ruby's `URI#find_proxy` has the same exception, so that
/// existing set-ups with an `http_proxy` and a webhook on the same machine rely on it.
pub(crate) fn is_loopback(url: &Url) -> bool {
    host(url).is_some_and(is_this_machine)
}

/// Whether a host is this machine, by its name or address alone.
pub(crate) fn is_this_machine(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost"),
    }
}

/// The host of a URL as resolvers take it: an IPv6 address without its brackets.
pub(crate) fn host(url: &Url) -> Option<&str> {
    url.host_str().map(|host| host.trim_start_matches('[').trim_end_matches(']'))
}

/// Why a request got no answer: the innermost cause, since the outer ones only say "error sending
/// request". Never with the URL, whose query may hold a secret.
pub(crate) fn explain(error: &reqwest::Error) -> String {
    let mut cause: &(dyn StdError + 'static) = error;
    while let Some(inner) = cause.source() {
        if let Some(text) = cause.downcast_ref().and_then(explain_tls) {
            return text;
        }
        cause = inner;
    }
    if let Some(text) = cause.downcast_ref().and_then(explain_tls) {
        return text;
    }
    if error.is_connect() && error.is_timeout() {
        return "cannot connect in time (connect_timeout)".to_owned();
    }
    let what = if error.is_dns() {
        "cannot resolve the host: "
    } else if error.is_connect() {
        "cannot connect: "
    } else {
        ""
    };
    format!("{what}{cause}")
}

/// What `tls` says about the failure of a handshake, however often it is wrapped.
fn explain_tls(error: &io::Error) -> Option<String> {
    let inner = error.get_ref()?;
    if inner.is::<rustls::Error>() {
        return Some(format!("TLS failed: {}", tls::explain(error)));
    }
    inner.downcast_ref().and_then(explain_tls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_reached_without_a_proxy() {
        for url in ["http://localhost:8080/", "http://127.0.0.2/", "https://[::1]/", "http://gitlab.localhost/"] {
            assert!(is_loopback(&Url::parse(url).expect("a URL")), "{url}");
        }
        for url in ["http://localhost.example.com/", "http://10.0.0.1/", "https://gitlab.example.com/"] {
            assert!(!is_loopback(&Url::parse(url).expect("a URL")), "{url}");
        }
    }
}
