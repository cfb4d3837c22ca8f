//! What a server gets that asks for more.

use async_trait::async_trait;

use crate::Result;

/// Answers to `+` (RFC 3501, section 7.5), one after the other.
#[async_trait]
pub(in crate::inbox::imap) trait Replies: Send {
    /// The next line; None when there is no answer to what it asks.
    ///
    /// # Errors
    /// When the session must not go on.
    async fn reply(&mut self, asked: &str) -> Result<Option<String>>;
}

#[async_trait]
impl Replies for std::slice::Iter<'_, String> {
    async fn reply(&mut self, _asked: &str) -> Result<Option<String>> {
        Ok(self.next().cloned())
    }
}
