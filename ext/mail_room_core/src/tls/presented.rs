//! What a server shows in a handshake, in an operator's words.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio_rustls::rustls::{ClientConnection, pki_types::CertificateDer};
use x509_cert::{
    Certificate,
    der::Decode,
    ext::pkix::{SubjectAltName, name::GeneralName},
};

/// More names than this are counted only.
const MOST_NAMES: usize = 5;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A handshake that was made, and the certificate that was shown in it.
#[derive(Debug)]
pub(crate) struct Presented {
    /// Such as `TLSv1.3, TLS13_AES_256_GCM_SHA384`.
    pub(crate) protocol: String,
    /// None when there is none, or none that can be read.
    pub(crate) certificate: Option<Shown>,
}

/// What stands in a certificate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Host names and addresses. Nobody looks at the subject for them any more (RFC 9525, section 6.3).
    pub(crate) names: Vec<String>,
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) self_signed: bool,
    pub(crate) not_before: SystemTime,
    pub(crate) not_after: SystemTime,
}

impl Presented {
    pub(crate) fn of(connection: &ClientConnection) -> Self {
        let version = connection.protocol_version().and_then(|version| version.as_str().map(str::to_owned));
        let suite = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
        let protocol = [version.map(|name| name.replace("TLSv1_", "TLSv1.")), suite.map(str::to_owned)];
        Self {
            protocol: protocol.into_iter().flatten().collect::<Vec<_>>().join(", "),
            certificate: connection.peer_certificates().and_then(<[_]>::first).and_then(Shown::read),
        }
    }
}

impl Shown {
    pub(super) fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?.tbs_certificate;
        Some(Self {
            names: certificate.get().ok().flatten().map_or_else(Vec::new, |(_, names)| host_names(&names)),
            subject: certificate.subject.to_string(),
            issuer: certificate.issuer.to_string(),
            self_signed: certificate.issuer == certificate.subject,
            not_before: UNIX_EPOCH.checked_add(certificate.validity.not_before.to_unix_duration())?,
            not_after: UNIX_EPOCH.checked_add(certificate.validity.not_after.to_unix_duration())?,
        })
    }

    /// Whole days until it expires; less than zero when it has.
    pub(crate) fn days_left(&self, now: SystemTime) -> i64 {
        let days = |time: Duration| i64::try_from(time.as_secs() / DAY.as_secs()).unwrap_or(i64::MAX);
        match self.not_after.duration_since(now) {
            Ok(left) => days(left),
            Err(since) => -1 - days(since.duration()),
        }
    }

    /// The first of its names; its subject where it has none.
    pub(crate) fn told_names(&self) -> String {
        if self.names.is_empty() {
            return self.subject.clone();
        }
        let shown: Vec<&str> = self.names.iter().take(MOST_NAMES).map(String::as_str).collect();
        let more = self.names.len().saturating_sub(MOST_NAMES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", shown.join(", "))
    }

    /// Whose it is, who signed it, and until when it holds.
    pub(crate) fn told(&self, now: SystemTime) -> String {
        let issued = if self.self_signed { "by itself".to_owned() } else { format!("by {}", self.issuer) };
        let date = jiff::Timestamp::try_from(self.not_after);
        let date = date.map_or_else(|_| "?".to_owned(), |date| date.strftime("%Y-%m-%d").to_string());
        let left = self.days_left(now);
        let expires =
            if left < 0 { format!("expired on {date}") } else { format!("expires on {date}, in {left} days") };
        format!("for {}, signed {issued}, {expires}", self.told_names())
    }
}

fn host_names(names: &SubjectAltName) -> Vec<String> {
    let name = |name: &GeneralName| match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(bytes) => match bytes.as_bytes() {
            [a, b, c, d] => Some(IpAddr::from([*a, *b, *c, *d]).to_string()),
            bytes => <[u8; 16]>::try_from(bytes).ok().map(|bytes| IpAddr::from(bytes).to_string()),
        },
        _ => None,
    };
    names.0.iter().filter_map(name).collect()
}
