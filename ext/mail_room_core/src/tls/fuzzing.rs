//! A door for certificates and keys: those of settings, and those a server shows.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio_rustls::rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};

use super::{TlsPolicy, any_name::AnyName, material::Material, own_certificate::OwnCertificate};
use crate::fields::Fields;

/// PEM text, or the bytes of one certificate: as a client's own, and as what a server shows.
pub(crate) fn certificate(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if text.contains("-----BEGIN") {
        let options = json!({"cert": text, "key": text, "verify_mode": "none"});
        let policy = Fields::new(&options, "m".to_owned()).and_then(|fields| TlsPolicy::read(&fields));
        if let Ok(policy) = policy {
            let _ = Material::read(&policy).and_then(|material| policy.build(material));
        }
    }
    let mut shown: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(bytes).filter_map(Result::ok).collect();
    if shown.is_empty() {
        shown.push(CertificateDer::from(bytes.to_vec()));
    }
    verify(&shown);
    let now = std::time::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
    if let Some(read) = shown.first().and_then(super::presented::Shown::read) {
        assert!(read.told(now).contains("signed by"), "what is told of a certificate");
    }
}

fn verify(shown: &[CertificateDer<'static>]) {
    let mut roots = RootCertStore::empty();
    if roots.add_parsable_certificates(shown.iter().cloned()).0 == 0 {
        return;
    }
    let provider = Arc::new(ring::default_provider());
    let Ok(webpki) = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build() else { return };
    let own = Arc::new(OwnCertificate::new(webpki, shown.to_vec()));
    let Ok(name) = ServerName::try_from("localhost") else { return };
    // 2026, when the certificates of the corpus hold.
    let now = UnixTime::since_unix_epoch(Duration::from_secs(1_790_000_000));
    let verdict = own.verify_server_cert(&shown[0], &shown[1..], &name, &[], now).is_ok();
    let any_name = AnyName::new(own).verify_server_cert(&shown[0], &shown[1..], &name, &[], now).is_ok();
    assert!(any_name || !verdict, "who is trusted by name is trusted by any name");
}
