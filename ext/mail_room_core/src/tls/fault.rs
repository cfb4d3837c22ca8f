//! Why there was no handshake, for those who look closer.

use std::{io, time::Duration};

use tokio_rustls::rustls::{self, AlertDescription, CertificateError};

/// Why there was no handshake.
#[derive(Debug)]
pub(crate) enum HandshakeFailure {
    /// What is configured cannot be used.
    Unusable(String),
    Failed(io::Error),
    /// Not done within this time.
    Late(Duration),
}

/// What is wrong between the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The certificate is for another host.
    Name,
    /// No trusted CA has signed the certificate.
    Chain,
    Expired,
    NotYetValid,
    /// The other side speaks something else.
    NotTls,
    /// No version or cipher suite that both sides know.
    Protocol,
    Other,
}

impl Fault {
    pub(crate) fn of(error: &io::Error) -> Self {
        let reason = error.get_ref().and_then(|source| source.downcast_ref::<rustls::Error>());
        match reason {
            Some(rustls::Error::InvalidCertificate(reason)) => Self::of_certificate(reason),
            Some(rustls::Error::InvalidMessage(_)) => Self::NotTls,
            Some(
                rustls::Error::PeerIncompatible(_)
                | rustls::Error::AlertReceived(
                    AlertDescription::ProtocolVersion
                    | AlertDescription::HandshakeFailure
                    | AlertDescription::InsufficientSecurity,
                ),
            ) => Self::Protocol,
            _ => Self::Other,
        }
    }

    fn of_certificate(reason: &CertificateError) -> Self {
        match reason {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::Name,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::UnknownIssuer => Self::Chain,
            reason if is_of_another_key(reason) => Self::Chain,
            // See `own_certificate`.
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => Self::Chain,
            _ => Self::Other,
        }
    }
}

/// Whether the name of its signer is trusted here, but with another key, as that of a CA that was made anew.
fn is_of_another_key(reason: &CertificateError) -> bool {
    matches!(
        reason,
        CertificateError::BadSignature | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
    )
}

/// rustls's words, with what an operator looks for in front.
pub(crate) fn explain(error: &io::Error) -> String {
    let reason = error.get_ref().and_then(|source| source.downcast_ref::<rustls::Error>());
    let hint = match reason {
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "the certificate is not signed by a trusted CA (ca_file names another)"
        }
        Some(rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => "the certificate has expired",
        Some(rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => "the certificate is for another host name",
        Some(rustls::Error::InvalidMessage(_)) => "the server does not speak TLS on this port",
        // rustls lists numbers here.
        Some(rustls::Error::InvalidCertificate(reason)) if is_of_another_key(reason) => {
            return "the certificate is not signed by the key of the CA of that name that is trusted (ca_file names \
                    another)"
                .to_owned();
        }
        _ => return error.to_string(),
    };
    format!("{hint}: {error}")
}
