//! The example of RFC 7677, section 3, and servers that lie.

use super::*;

const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
const FIRST: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const FINAL: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                     p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const SIGNATURE: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

fn client() -> ScramSha256 {
    ScramSha256::with_nonce("user", &Secret::new("pencil".into()), NONCE.into())
}

async fn respond(client: &mut ScramSha256, challenge: &str) -> Result<Option<String>> {
    let response = client.respond(challenge.as_bytes()).await?;
    Ok(response.map(|bytes| String::from_utf8(bytes).expect("text")))
}

#[tokio::test]
async fn the_example_of_the_rfc() {
    let mut client = client();
    assert_eq!(client.first().as_deref(), Some(&b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"[..]));
    assert_eq!(respond(&mut client, FIRST).await.expect("an answer").as_deref(), Some(FINAL));
    assert!(client.succeeded().is_err(), "a server that says OK too early");
    assert_eq!(respond(&mut client, SIGNATURE).await.expect("an answer").as_deref(), Some(""));
    client.succeeded().expect("a server that knows the password");
    assert_eq!(respond(&mut client, SIGNATURE).await.expect("an end"), None);
}

#[tokio::test]
async fn every_exchange_has_a_nonce_of_its_own() {
    let nonce = || ScramSha256::new("user", &Secret::new("pencil".into())).expect("random numbers").nonce;
    assert_ne!(nonce(), nonce());
    assert!(nonce().len() >= 24 && !nonce().contains(','));
}

#[tokio::test]
async fn challenges_that_are_none() {
    let wrong = [
        ("", "not one of SCRAM"),
        ("m=x,r=rOprNGfwEbeRWgbNEkqO1,s=W22Z,i=4096", "not one of SCRAM"),
        ("s=W22Z,r=rOprNGfwEbeRWgbNEkqO1,i=4096", "not one of SCRAM"),
        ("r=rOprNGfwEbeRWgbNEkqO,s=W22Z,i=4096", "nonce"),
        ("r=another,s=W22Z,i=4096", "nonce"),
        ("r=rOprNGfwEbeRWgbNEkqO 1,s=W22Z,i=4096", "nonce"),
        ("r=rOprNGfwEbeRWgbNEkqO1,s=W22Z!,i=4096", "salt"),
        ("r=rOprNGfwEbeRWgbNEkqO1,s=,i=4096", "salt"),
        ("r=rOprNGfwEbeRWgbNEkqO1,s=W22Z,i=1", "iteration count"),
        ("r=rOprNGfwEbeRWgbNEkqO1,s=W22Z,i=4000000000", "iteration count"),
        ("r=rOprNGfwEbeRWgbNEkqO1,s=W22Z,i=99999999999999999999", "iteration count"),
        ("r=rOprNGfwEbeRWgbNEkqO1,s=W22Z,i=-4096", "iteration count"),
    ];
    for (challenge, reason) in wrong {
        let error = respond(&mut client(), challenge).await.expect_err(challenge).to_string();
        assert!(error.contains(reason), "{challenge}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_know_the_password() {
    for signature in ["v=", "v=AAAA", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=", "", "x"] {
        let mut client = client();
        respond(&mut client, FIRST).await.expect("an answer");
        assert!(respond(&mut client, signature).await.is_err(), "{signature}");
        assert!(client.succeeded().is_err());
    }
}

#[tokio::test]
async fn a_server_that_says_why_it_refuses() {
    let mut client = client();
    respond(&mut client, FIRST).await.expect("an answer");
    assert_eq!(respond(&mut client, "e=invalid-proof").await.expect("an answer").as_deref(), Some(""));
    assert_eq!(client.complaint(), Some(&b"e=invalid-proof"[..]));
    assert!(client.succeeded().is_err());
}

#[test]
fn letters_that_mean_the_same_are_the_same() {
    let bare = |email: &str| ScramSha256::with_nonce(email, &Secret::new("p".into()), "n".into()).first_bare;
    // RFC 4013, section 3: a soft hyphen is nothing, and a ligature its letters.
    assert_eq!(bare("I\u{ad}X"), "n=IX,r=n");
    assert_eq!(bare("a,b=\u{fb01}"), "n=a=2Cb=3Dfi,r=n");
    assert_eq!(bare("\u{7}"), "n=\u{7},r=n");
}
