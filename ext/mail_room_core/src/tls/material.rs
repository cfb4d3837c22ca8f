//! What a policy's files hold at the moment.

use ring::digest::{Context, SHA256};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{TlsPolicy, certificates};

/// Tells whether two of them are the same.
pub(super) type Fingerprint = [u8; 32];

/// Certificates and keys, read but not looked at.
pub(super) struct Material {
    /// Whom to trust; none when that is anyone.
    pub(super) roots: Vec<CertificateDer<'static>>,
    /// What to show.
    pub(super) client: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
}

impl Material {
    /// # Errors
    /// Says which file cannot be used.
    pub(super) fn read(policy: &TlsPolicy) -> Result<Self, String> {
        let roots = if policy.trust_anyone {
            Vec::new()
        } else if policy.names_authorities() {
            certificates::trusted(policy.ca_file.as_deref(), policy.ca_path.as_deref())?
        } else {
            certificates::of_the_system()?
        };
        let client = match &policy.client {
            None => None,
            Some(client) => Some((client.chain()?, client.key()?)),
        };
        Ok(Self { roots, client })
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        let mut context = Context::new(&SHA256);
        let mut add = |bytes: &[u8]| {
            context.update(&(bytes.len() as u64).to_be_bytes());
            context.update(bytes);
        };
        self.roots.iter().for_each(|root| add(root));
        add(&[]);
        if let Some((chain, key)) = &self.client {
            chain.iter().for_each(|certificate| add(certificate));
            add(key.secret_der());
        }
        context.finish().as_ref().try_into().unwrap_or_default()
    }
}
