use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;
use tokio_rustls::rustls::server::ParsedCertificate;

use super::*;

/// Made for these tests, and used for nothing else.
const PEM: &str = include_str!("test.pem");

/// Another certificate, without its key.
const OTHER: &str = include_str!("other.pem");

/// What stands before the key of RSA (RFC 8017, appendix A.1.1) in a certificate's field for it, for 2048 bits.
const BEFORE_THE_KEY: usize = 24;

fn problem(pem: &str) -> String {
    match Certificate::of_pem(pem.as_bytes()) {
        Ok(_) => panic!("it was taken"),
        Err(problem) => problem,
    }
}

fn split() -> (&'static str, &'static str) {
    PEM.split_at(PEM.find("-----BEGIN PRIVATE KEY").expect("a key"))
}

fn json(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("Base64")).expect("JSON")
}

#[test]
fn an_assertion_is_signed_by_the_key_of_the_certificate_it_names() {
    let certificate = Certificate::of_pem(PEM.as_bytes()).expect("a certificate");
    let url = "https://login.example.com/t/oauth2/v2.0/token";
    let made = certificate.assertion("client", url).expect("an assertion");
    let (signed, signature) = made.rsplit_once('.').expect("a signature");
    let (header, claims) = signed.split_once('.').expect("claims");

    let der = CertificateDer::from_pem_slice(PEM.as_bytes()).expect("a certificate");
    let parsed = ParsedCertificate::try_from(&der).expect("a certificate");
    let public = parsed.subject_public_key_info();
    let public = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &public[BEFORE_THE_KEY..]);
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("Base64");
    public.verify(signed.as_bytes(), &signature).expect("its signature");

    let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, &der));
    assert_eq!(json(header), serde_json::json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint}));
    let claims = json(claims);
    assert_eq!([&claims["aud"], &claims["iss"], &claims["sub"]], [url, "client", "client"]);
    assert_eq!(claims["exp"].as_u64(), claims["nbf"].as_u64().map(|begin| begin + 600));
    assert!(now().abs_diff(claims["nbf"].as_u64().expect("a time")) < 60, "{claims}");

    let second = certificate.assertion("client", url).expect("an assertion");
    assert_ne!(json(second.split('.').nth(1).expect("claims"))["jti"], claims["jti"]);
}

#[test]
fn the_key_may_stand_first() {
    let (certificate, key) = split();
    Certificate::of_pem(format!("{key}{certificate}").as_bytes()).expect("a certificate");
}

#[test]
fn a_file_that_cannot_be_used_is_told_and_not_shown() {
    let (certificate, key) = split();
    assert!(problem("").contains("is empty"));
    assert!(problem("secret").contains("must hold a private key as PEM"));
    assert!(problem(certificate).contains("must hold a private key as PEM"));
    assert!(problem(key).contains("holds no certificate beside its key"));
    assert!(problem(&format!("{OTHER}{key}")).contains("does not belong to its first certificate"));
    let nonsense = "-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n";
    assert!(problem(&format!("{nonsense}{key}")).contains("a certificate that cannot be read"));
    let sealed = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert!(problem(&format!("{certificate}{sealed}")).contains("without a passphrase"));
    let path = Path::new("/nowhere/client.pem");
    assert!(Certificate::read(path).map(drop).expect_err("an error").contains("No such file"));
}
