//! Which versions and cipher suites may be used.

use serde_json::Value;
use tokio_rustls::rustls::{
    CipherSuite, SupportedCipherSuite, SupportedProtocolVersion,
    crypto::ring::ALL_CIPHER_SUITES,
    version::{TLS12, TLS13},
};

use crate::{Result, fields::Fields};

/// Bits of a policy that restrict the handshake. OpenSSL knows more; what rustls leaves out is left
/// out because it is not safe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Protocol {
    newer_only: bool,
    older_only: bool,
    /// None: all of them.
    suites: Option<Vec<CipherSuite>>,
}

impl Protocol {
    /// Reads `min_version`, `max_version`, `ssl_version` and `ciphers`.
    ///
    /// # Errors
    /// [`crate::Error::Configuration`] for what rustls cannot honour.
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self> {
        let (exact, least) = (version(fields, "ssl_version")?, version(fields, "min_version")?);
        let most = version(fields, "max_version")?;
        let newer_only = exact.or(least) == Some(Version::Tls13);
        let older_only = exact.or(most) == Some(Version::Tls12);
        for (key, highest) in [("ssl_version", exact), ("max_version", most)] {
            if highest == Some(Version::Older) || (newer_only && highest == Some(Version::Tls12)) {
                return Err(fields.error(key, "leaves no version of TLS: 1.2 and 1.3 are available"));
            }
        }
        Ok(Self { newer_only, older_only, suites: suites(fields)? })
    }

    pub(super) fn versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        match (self.newer_only, self.older_only) {
            (true, _) => vec![&TLS13],
            (_, true) => vec![&TLS12],
            _ => vec![&TLS13, &TLS12],
        }
    }

    /// `ciphers` names suites of TLS 1.2, as with OpenSSL, unless it names one of TLS 1.3 too.
    pub(super) fn suites(&self) -> Vec<SupportedCipherSuite> {
        let Some(wanted) = &self.suites else { return ALL_CIPHER_SUITES.to_vec() };
        let newer_named =
            ALL_CIPHER_SUITES.iter().any(|suite| suite.tls13().is_some() && wanted.contains(&suite.suite()));
        let admitted = |suite: &&SupportedCipherSuite| {
            wanted.contains(&suite.suite()) || (suite.tls13().is_some() && !newer_named)
        };
        ALL_CIPHER_SUITES.iter().filter(admitted).copied().collect()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    /// Below 1.2: as a minimum it forbids nothing that is left.
    Older,
    Tls12,
    Tls13,
}

/// `TLS1_2`, `TLSv1_2`, `TLSv1.2`, `1.2` or OpenSSL's number.
fn version(fields: &Fields<'_>, key: &str) -> Result<Option<Version>> {
    let name = match fields.get(key) {
        None => return Ok(None),
        Some(Value::String(text)) => text.to_ascii_uppercase().replace(['V', '_', '.'], "").replace("TLS", ""),
        Some(other) => other.to_string().replace('.', ""),
    };
    match name.as_str() {
        "12" | "771" => Ok(Some(Version::Tls12)),
        "13" | "772" => Ok(Some(Version::Tls13)),
        "1" | "10" | "11" | "769" | "770" | "SSL3" | "SSL23" | "23" | "768" => Ok(Some(Version::Older)),
        _ => Err(fields.error(key, "must be a version of TLS such as TLS1_2")),
    }
}

/// An OpenSSL cipher list. Names of suites select; what only excludes weak ones, or asks for all
/// strong ones, holds anyway.
fn suites(fields: &Fields<'_>) -> Result<Option<Vec<CipherSuite>>> {
    let mut wanted = Vec::new();
    let Some(list) = fields.text("ciphers")? else { return Ok(None) };
    for word in list.split([':', ',', ' ']).filter(|word| !word.is_empty()) {
        if word.starts_with(['!', '-', '@']) || matches!(word, "DEFAULT" | "HIGH" | "ALL" | "SECURE128" | "SECURE256") {
            continue;
        }
        let suite = NAMES.iter().find(|(name, _)| *name == word).map(|(_, suite)| *suite);
        wanted.push(suite.ok_or_else(|| {
            let known: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            fields.error("ciphers", format!("names {word:?}, which is not available; these are: {}", known.join(", ")))
        })?);
    }
    Ok((!wanted.is_empty()).then_some(wanted))
}

/// OpenSSL's names of what ring offers.
const NAMES: [(&str, CipherSuite); 9] = [
    ("TLS_AES_256_GCM_SHA384", CipherSuite::TLS13_AES_256_GCM_SHA384),
    ("TLS_AES_128_GCM_SHA256", CipherSuite::TLS13_AES_128_GCM_SHA256),
    ("TLS_CHACHA20_POLY1305_SHA256", CipherSuite::TLS13_CHACHA20_POLY1305_SHA256),
    ("ECDHE-ECDSA-AES256-GCM-SHA384", CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
    ("ECDHE-ECDSA-AES128-GCM-SHA256", CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
    ("ECDHE-ECDSA-CHACHA20-POLY1305", CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ("ECDHE-RSA-AES256-GCM-SHA384", CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
    ("ECDHE-RSA-AES128-GCM-SHA256", CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
    ("ECDHE-RSA-CHACHA20-POLY1305", CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(options: &Value) -> Result<Protocol> {
        Protocol::read(&Fields::new(options, "m".into())?)
    }

    #[test]
    fn versions_as_openssl_writes_them() {
        for name in [json!("TLS1_3"), json!("TLSv1.3"), json!(772)] {
            assert_eq!(read(&json!({"min_version": name})).expect("a version").versions(), [&TLS13]);
        }
        assert_eq!(read(&json!({"min_version": "TLS1"})).expect("a version").versions().len(), 2);
        assert_eq!(read(&json!({"ssl_version": "TLSv1_2"})).expect("a version").versions(), [&TLS12]);
        assert!(read(&json!({"max_version": "TLS1_1"})).is_err());
        assert!(read(&json!({"min_version": "TLS1_3", "max_version": "TLS1_2"})).is_err());
        assert!(read(&json!({"min_version": "new"})).is_err());
    }

    #[test]
    fn cipher_lists_select_or_are_refused() {
        let count = |list: &str| read(&json!({"ciphers": list})).map(|protocol| protocol.suites().len());
        assert_eq!(count("DEFAULT:!aNULL:@SECLEVEL=1").expect("all"), 9);
        assert_eq!(count("ECDHE-RSA-AES256-GCM-SHA384").expect("one, and those of 1.3"), 4);
        assert_eq!(count("TLS_AES_128_GCM_SHA256").expect("one"), 1);
        assert!(count("RC4-SHA").expect_err("weak").to_string().contains("\"RC4-SHA\""));
    }
}
