//! Scripted servers under TLS.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
    server::TlsStream,
};

/// Expired or not, of this name or not: no client here looks at it.
const CERTIFICATE_AND_KEY: &[u8] = include_bytes!("../../fuzz/corpus/certificate/own_ca_with_key");

/// # Errors
/// Says why there was no handshake.
pub(super) async fn secured(socket: TcpStream) -> Result<TlsStream<TcpStream>, String> {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE_AND_KEY).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(CERTIFICATE_AND_KEY).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate with its key");
    TlsAcceptor::from(Arc::new(config)).accept(socket).await.map_err(|error| error.to_string())
}
