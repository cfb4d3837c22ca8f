//! PLAIN and LOGIN: the password as it is.

use async_trait::async_trait;

use super::Mechanism;
use crate::{Result, secret::Secret};

/// RFC 4616.
pub(in crate::inbox::imap) struct Plain {
    email: String,
    password: Secret,
}

impl Plain {
    pub(in crate::inbox::imap) fn new(email: &str, password: &Secret) -> Self {
        Self { email: email.to_owned(), password: password.clone() }
    }
}

#[async_trait]
impl Mechanism for Plain {
    fn name(&self) -> &'static str {
        "PLAIN"
    }

    fn first(&mut self) -> Option<Vec<u8>> {
        Some(format!("\0{}\0{}", self.email, self.password.expose()).into_bytes())
    }

    async fn respond(&mut self, _challenge: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }
}

/// `draft-murchison-sasl-login`: no standard, and all that some servers offer. The server asks twice, each in
/// words of its own.
pub(in crate::inbox::imap) struct Login {
    answers: std::array::IntoIter<String, 2>,
}

impl Login {
    pub(in crate::inbox::imap) fn new(email: &str, password: &Secret) -> Self {
        Self { answers: [email.to_owned(), password.expose().to_owned()].into_iter() }
    }
}

#[async_trait]
impl Mechanism for Login {
    fn name(&self) -> &'static str {
        "LOGIN"
    }

    fn first(&mut self) -> Option<Vec<u8>> {
        None
    }

    async fn respond(&mut self, _challenge: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.answers.next().map(String::into_bytes))
    }
}
