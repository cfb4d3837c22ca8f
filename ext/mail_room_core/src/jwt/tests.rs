use std::{env, fs, process};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey},
};
use serde_json::json;

use super::*;

/// A file of its own that goes away with the test.
struct Secret(PathBuf);

impl Secret {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = env::temp_dir().join(format!("mail_room-jwt-{}-{name}", process::id()));
        fs::write(&path, content).expect("a temporary file");
        Self(path)
    }

    fn settings(&self, algorithm: &str) -> Value {
        json!({"jwt_issuer": "gitlab-mailroom", "jwt_algorithm": algorithm, "jwt_secret_path": self.0})
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn decoded(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).expect("Base64")
}

fn parts(token: &str) -> (String, Value, Vec<u8>) {
    let (signed, signature) = token.rsplit_once('.').expect("a signature");
    let (_, claims) = signed.split_once('.').expect("claims");
    let claims = serde_json::from_slice(&decoded(claims)).expect("JSON");
    (signed.to_owned(), claims, decoded(signature))
}

fn problem(name: &str, content: &[u8], algorithm: &str) -> String {
    let secret = Secret::new(name, content);
    let text = token(&secret.settings(algorithm)).expect_err("an unusable secret").to_string();
    assert!(text.contains(": jwt_secret_path cannot be used ("), "{text}");
    assert!(text.contains(&secret.0.display().to_string()), "{text}");
    text
}

#[test]
fn hmac_tokens_are_those_of_todays_gem() {
    let secret = Secret::new("hmac", format!("{}\n", STANDARD.encode([7; 32])).as_bytes());
    for (name, algorithm) in [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
    {
        let made = token(&secret.settings(name)).expect("a token");
        let (signed, claims, signature) = parts(&made);
        let header = decoded(made.split('.').next().expect("a header"));
        assert_eq!(header, format!("{{\"alg\":\"{name}\"}}").as_bytes());
        hmac::verify(&hmac::Key::new(algorithm, &[7; 32]), signed.as_bytes(), &signature).expect("its signature");
        let keys: Vec<&String> = claims.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["nonce", "iat", "iss"]);
        assert_eq!(claims["nonce"].as_str().map(str::len), Some(24));
        assert_eq!(claims["iss"], "gitlab-mailroom");
    }
}

#[test]
fn key_id_and_expiry_are_added_when_asked_for() {
    let secret = Secret::new("extras", STANDARD.encode([7; 32]).as_bytes());
    let mut settings = secret.settings("HS256");
    settings["jwt_key_id"] = "key-1".into();
    settings["jwt_expires_in"] = 60.into();
    let made = token(&settings).expect("a token");
    assert_eq!(decoded(made.split('.').next().expect("a header")), br#"{"alg":"HS256","kid":"key-1"}"#);
    let (_, claims, _) = parts(&made);
    assert_eq!(claims["exp"].as_u64(), claims["iat"].as_u64().map(|iat| iat + 60));
    settings["jwt_expires_in"] = 0.into();
    assert!(token(&settings).expect_err("an error").to_string().contains(": jwt_expires_in must be at least 1"));
}

fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der)).into_bytes()
}

/// A new key of the curve P-256 in both forms it is kept in, and its public part.
fn p256() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).expect("a key");
    // ring writes: a sequence of a version, 21 bytes that name the curve, and an octet string.
    let sec1 = &pkcs8.as_ref()[3 + 3 + 21 + 2..];
    (pem("PRIVATE KEY", pkcs8.as_ref()), pem("EC PRIVATE KEY", sec1), key.public_key().as_ref().to_vec())
}

// RSA keys, which ring cannot make, are tried in spec/integration/postback_jwt_spec.rb.
#[test]
fn elliptic_curve_keys_sign_in_both_forms() {
    let (pkcs8, sec1, public) = p256();
    for (name, pem) in [("pkcs8", pkcs8), ("sec1", sec1)] {
        let (signed, _, signature) = parts(&token(&Secret::new(name, &pem).settings("ES256")).expect("a token"));
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &public);
        public.verify(signed.as_bytes(), &signature).expect("its signature");
    }
}

#[test]
fn a_secret_that_cannot_be_used_is_told_and_not_shown() {
    assert!(problem("empty", b"\n", "HS256").contains("is empty"));
    for (name, content) in [
        ("two-lines", "c2VjcmV0\nc2VjcmV0\n"),
        ("unpadded", "c2VjcmV0cw"),
        ("url-safe", "_-8_"),
        ("trailing-bits", "c2VjcmV0cx=="),
        ("spaces", " c2VjcmV0"),
    ] {
        let text = problem(name, content.as_bytes(), "HS256");
        assert!(text.contains("one line of strict Base64"), "{text}");
        assert!(!text.contains("c2Vj"), "{text}");
    }
    let (p256, ..) = p256();
    let rsa = pem("RSA PRIVATE KEY", b"none really");
    assert!(problem("pem", &p256, "HS256").contains("holds a PEM key"));
    assert!(problem("rsa-for-ec", &rsa, "ES256").contains("holds no elliptic curve key"));
    assert!(problem("ec-for-rsa", &p256, "RS256").contains("is no RSA key"));
    assert!(problem("no-pem", b"c2VjcmV0", "ES256").contains("must hold a private key as PEM"));
    assert!(problem("no-key", b" \n", "RS256").contains("is empty"));
    assert!(problem("large", &vec![b'A'; 70_000], "HS256").contains("too large"));
}

#[test]
fn a_secret_that_is_not_there_is_told() {
    let settings = json!({"jwt_issuer": "i", "jwt_algorithm": "HS256", "jwt_secret_path": "/nowhere/secret"});
    let text = token(&settings).expect_err("an error").to_string();
    assert!(text.contains("/nowhere/secret: No such file"), "{text}");
    let settings = json!({"jwt_issuer": "i", "jwt_algorithm": "HS256", "jwt_secret_path": "/dev/zero"});
    assert!(token(&settings).expect_err("an error").to_string().contains("/dev/zero: is not a file"));
}

#[test]
fn a_secret_is_taken_as_it_is_at_that_moment() {
    let secret = Secret::new("rotated", STANDARD.encode([1; 32]).as_bytes());
    let settings = secret.settings("HS256");
    let fields = Fields::new(&settings, String::new()).expect("an object");
    let jwt = Jwt::new(JwtSettings::read(&fields).expect("settings"));
    let signed_by = |byte: u8| {
        let (signed, _, signature) = parts(&jwt.token().expect("a token"));
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &[byte; 32]), signed.as_bytes(), &signature).is_ok()
    };
    assert!(signed_by(1));
    fs::write(&secret.0, STANDARD.encode([2; 32])).expect("a write");
    assert!(signed_by(2));
    fs::write(&secret.0, "half a sec").expect("a write");
    assert!(jwt.token().expect_err("an error").contains("strict Base64"));
}

#[test]
fn algorithms_that_nobody_knows_are_refused() {
    let settings = json!({"jwt_issuer": "i", "jwt_algorithm": "none", "jwt_secret_path": "/dev/null"});
    let text = token(&settings).expect_err("an error").to_string();
    assert!(text.contains(": jwt_algorithm must be HS256, HS384, HS512, RS256, PS256 or ES256"), "{text}");
}

#[tokio::test]
async fn tokens_that_are_asked_for_together_are_each_their_own() {
    let secret = Secret::new("together", STANDARD.encode([7; 32]).as_bytes());
    let settings = secret.settings("HS256");
    let fields = Fields::new(&settings, String::new()).expect("an object");
    let mint = Mint::new(Jwt::new(JwtSettings::read(&fields).expect("settings")));
    let tokens = futures_util::future::join_all((0..50).map(|_| mint.token())).await;
    let nonces: std::collections::HashSet<String> =
        tokens.iter().map(|token| parts(token.as_ref().expect("a token")).1["nonce"].to_string()).collect();
    assert_eq!(nonces.len(), 50);
    fs::write(&secret.0, "half a sec").expect("a write");
    assert!(mint.token().await.expect_err("an error").contains("strict Base64"));
}
