//! A server's side of SCRAM-SHA-256 (RFC 5802), honest or not.
//!
//! | manner | what it does |
//! | --- | --- |
//! | `honest` | knows the password `hunter2` of `one@example.com` |
//! | `another nonce` | begins with a nonce that is not made of the client's |
//! | `1 iteration`, `4000000000 iterations` | asks for so many |
//! | `wrong signature` | does not know the password |
//! | `no signature` | says OK where the signature is due |
//! | `invalid-proof` | says that it does not believe the client |

use std::num::NonZeroU32;

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{digest, hmac, pbkdf2};

const PASSWORD: &[u8] = b"hunter2";
const SALT: &[u8] = b"a grain of it";

pub(super) struct Exchange {
    manner: String,
    iterations: u32,
    client_first: String,
    server_first: String,
    ended: bool,
}

impl Exchange {
    pub(super) fn new(manner: &str) -> Self {
        let iterations = manner.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(4096);
        Self {
            manner: manner.to_owned(),
            iterations,
            client_first: String::new(),
            server_first: String::new(),
            ended: false,
        }
    }

    /// The next challenge; none when it has no more.
    ///
    /// # Errors
    /// Says where the client does what no client of SCRAM does.
    pub(super) fn next(&mut self, heard: &str) -> Result<Option<String>, String> {
        let heard = STANDARD.decode(heard).map_err(|_| format!("{heard:?} is not base64"))?;
        let heard = String::from_utf8(heard).map_err(|error| error.to_string())?;
        if self.server_first.is_empty() {
            return self.begin(&heard).map(Some);
        }
        if self.ended {
            return if heard.is_empty() { Ok(None) } else { Err(format!("more than an acknowledgement: {heard:?}")) };
        }
        self.ended = true;
        if self.manner == "no signature" {
            return Ok(None);
        }
        self.end(&heard).map(Some)
    }

    fn begin(&mut self, heard: &str) -> Result<String, String> {
        let bare = heard.strip_prefix("n,,").ok_or_else(|| format!("not how SCRAM begins: {heard:?}"))?;
        let nonce = bare.strip_prefix("n=one@example.com,r=").ok_or_else(|| format!("not our user: {heard:?}"))?;
        let nonce = if self.manner == "another nonce" { "another" } else { nonce };
        self.client_first = bare.to_owned();
        self.server_first = format!("r={nonce}+ours,s={},i={}", STANDARD.encode(SALT), self.iterations);
        Ok(STANDARD.encode(&self.server_first))
    }

    fn end(&self, heard: &str) -> Result<String, String> {
        let (unproven, proof) = heard.rsplit_once(",p=").ok_or_else(|| format!("no proof: {heard:?}"))?;
        let nonce = self.server_first.split(',').next().unwrap_or_default();
        if unproven != format!("c=biws,{nonce}") {
            return Err(format!("not our exchange: {heard:?}"));
        }
        let signed = format!("{},{},{unproven}", self.client_first, self.server_first);
        let mut salted = [0; 32];
        let iterations = NonZeroU32::new(self.iterations).expect("some iterations");
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, SALT, PASSWORD, &mut salted);
        let client_key = sign(&salted, b"Client Key");
        let stored_key = digest::digest(&digest::SHA256, &client_key);
        let signature = sign(stored_key.as_ref(), signed.as_bytes());
        let expected: Vec<u8> = client_key.iter().zip(&signature).map(|(key, signature)| key ^ signature).collect();
        if STANDARD.encode(expected) != proof {
            return Err("a wrong proof".to_owned());
        }
        let last = match self.manner.as_str() {
            "wrong signature" => format!("v={}", STANDARD.encode([7; 32])),
            "invalid-proof" => "e=invalid-proof".to_owned(),
            _ => format!("v={}", STANDARD.encode(sign(&sign(&salted, b"Server Key"), signed.as_bytes()))),
        };
        Ok(STANDARD.encode(last))
    }
}

fn sign(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}
