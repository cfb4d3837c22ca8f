//! What there is to say of a handshake.

use std::time::{Duration, SystemTime};

use tokio::time::timeout;

use super::Problem;
use crate::{
    net,
    tls::{Fault, HandshakeFailure, Presented, TlsPolicy, explain},
};

/// A certificate that expires sooner is worth a word.
const SOON_DAYS: i64 = 14;

/// How long a second look may take, at each of its steps.
pub(crate) const SECOND_LOOK: Duration = Duration::from_secs(5);

/// What was agreed on, and a warning when there is reason for one. `section` is where the policy stands in the
/// settings.
pub(crate) fn secured(policy: &TlsPolicy, presented: &Presented, section: &str) -> (String, Option<String>) {
    let now = SystemTime::now();
    let shown = presented.certificate.as_ref();
    let certificate = shown.map_or_else(
        || "a certificate that cannot be read".to_owned(),
        |shown| format!("certificate {}", shown.told(now)),
    );
    let (verified, unverified) = match policy.trusted() {
        Some(roots) => (format!("verified against {roots}"), None),
        None => (
            "not verified".to_owned(),
            Some(format!(
                "whoever is between can pretend to be the server and read the password: \
                 set {section}.ca_file in place of verify_mode none"
            )),
        ),
    };
    let left = shown.map(|shown| shown.days_left(now)).filter(|left| *left < SOON_DAYS);
    let expires = left.map(|_| "have the server's certificate renewed".to_owned());
    (format!("{}; {certificate}; {verified}", presented.protocol), unverified.or(expires))
}

/// Why there was no handshake, with what the server shows to those who do not verify.
pub(crate) async fn failed(
    policy: &TlsPolicy,
    (host, port): (&str, u16),
    presented: Option<Presented>,
    failure: &HandshakeFailure,
    section: &str,
) -> Problem {
    let error = match failure {
        HandshakeFailure::Unusable(reason) => {
            return Problem::new(reason.clone(), format!("mend host, or the files that {section} names"));
        }
        HandshakeFailure::Late(limit) => {
            let detail = format!("{host}:{port} did not answer the TLS handshake within {} s", limit.as_secs_f32());
            return Problem::new(
                detail,
                "does the server speak TLS on this port? Set the port, or switch TLS off for it",
            );
        }
        HandshakeFailure::Failed(error) => error,
    };
    let now = SystemTime::now();
    let fault = Fault::of(error);
    let shown = presented.and_then(|presented| presented.certificate);
    let shows = shown.as_ref().map(|shown| format!("; the server shows a certificate {}", shown.told(now)));
    let names = shown.as_ref().map_or_else(|| "another host".to_owned(), |shown| shown.told_names());
    let roots = policy.trusted().unwrap_or_default();
    let advice = match fault {
        Fault::Name if shown.as_ref().is_some_and(|shown| shown.names.is_empty()) => format!(
            "the certificate has no subjectAltName, and its subject does not count: have one made with DNS:{host}"
        ),
        Fault::Name => {
            format!("use as host one of the names of the certificate ({names}), or have one made for {host}")
        }
        Fault::Chain if shown.as_ref().is_some_and(|shown| shown.self_signed) => format!(
            "the certificate signs itself: set {section}.ca_file to a copy of it (`openssl s_client -connect \
             {host}:{port} -showcerts` shows it), once you know that it is the right one"
        ),
        Fault::Chain => format!(
            "not signed by a CA in {roots}: set {section}.ca_file to the certificate of the CA that did; or the server \
             does not send the certificates between its own and the CA's, which has to be mended there"
        ),
        Fault::Expired => "have the server's certificate renewed; or is the clock of this machine fast?".to_owned(),
        Fault::NotYetValid => "is the clock of this machine slow? Else have the certificate made anew".to_owned(),
        Fault::NotTls => "the server does not speak TLS on this port: check the port, or how TLS begins".to_owned(),
        Fault::Protocol => format!(
            "the server and {section} have no version of TLS (1.2 and 1.3 are known here) or cipher in common: \
             bring the server up to date, or look at min_version, max_version and ciphers"
        ),
        Fault::Other => "the server's own log may tell more".to_owned(),
    };
    Problem::new(format!("{}{}", explain(error), shows.unwrap_or_default()), advice)
}

/// What a server shows that speaks TLS from the first byte, to one who verifies nothing; None when it does not.
pub(crate) async fn at(host: &str, port: u16) -> Option<Presented> {
    let socket = timeout(SECOND_LOOK, net::connect(host, port)).await.ok()?.ok()?;
    let stream = TlsPolicy::trusting_anyone().attempt(host, socket, SECOND_LOOK).await.ok()?;
    Some(Presented::of(stream.get_ref().1))
}
