//! Logging in by SASL (RFC 4422): AUTHENTICATE (RFC 3501, section 6.2.2).

pub(super) mod bearer;
pub(super) mod password;
pub(super) mod scram;

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};

use super::wire::{Limit, Replies, Wire};
use crate::{Error, Result, printable::printable, secret::Secret};

/// The longest first words that go with the command. RFC 2683, section 3.2.1.5, wants servers to take command
/// lines of 8,000 bytes; a token may be longer.
const LONGEST_WITH_COMMAND: usize = 7_900;

/// How much is shown of what a server says before it refuses.
const COMPLAINT_CHARS: usize = 300;

/// One exchange, seen from the client.
#[async_trait]
pub(super) trait Mechanism: Send {
    /// As AUTHENTICATE calls it.
    fn name(&self) -> &'static str;

    /// What the client says first; None where the server begins.
    fn first(&mut self) -> Option<Vec<u8>>;

    /// The answer to a challenge; None when there is none, which cancels the exchange.
    ///
    /// # Errors
    /// When the server is not who it has to be.
    async fn respond(&mut self, challenge: &[u8]) -> Result<Option<Vec<u8>>>;

    /// What the server has said about a failure, before it says NO.
    fn complaint(&self) -> Option<&[u8]> {
        None
    }

    /// Looks back when the server says OK.
    ///
    /// # Errors
    /// As [`Mechanism::respond`].
    fn succeeded(&self) -> Result<()> {
        Ok(())
    }
}

/// Runs one exchange. `begins_with_command` says that the server takes the client's first words together with
/// the command (RFC 4959).
///
/// # Errors
/// [`Error::Refused`] when the server says NO or BAD, with what it said about the reason before.
pub(super) async fn authenticate(
    wire: &mut Wire,
    mechanism: Box<dyn Mechanism>,
    begins_with_command: bool,
    limit: Limit,
) -> Result<()> {
    let mut exchange = Exchange::new(mechanism);
    let mut arguments = exchange.mechanism.name().to_owned();
    if begins_with_command && let Some(first) = exchange.take_first_words() {
        // RFC 4959, section 3: nothing to say is not the same as saying nothing.
        let words = if first.is_empty() { "=" } else { &first };
        arguments = format!("{arguments} {words}");
        wire.hide(Secret::new(first));
    }
    match wire.converse("AUTHENTICATE", &arguments, &mut exchange, limit, |_| ()).await {
        Ok(_) => exchange.mechanism.succeeded(),
        Err(Error::Refused { command, status, text }) => {
            let told = exchange.complaint().map(|told| wire.shown_text(&told));
            let told = told.map_or_else(String::new, |told| format!(" (the server's challenge: {told})"));
            Err(Error::Refused { command, status, text: format!("{text}{told}") })
        }
        Err(error) => Err(error),
    }
}

struct Exchange {
    mechanism: Box<dyn Mechanism>,
    /// What the client says first, in base64, unless it was said.
    first: Option<String>,
    unreadable: bool,
}

impl Exchange {
    fn new(mut mechanism: Box<dyn Mechanism>) -> Self {
        let first = mechanism.first().map(|first| STANDARD.encode(first));
        Self { mechanism, first, unreadable: false }
    }

    fn take_first_words(&mut self) -> Option<String> {
        self.first.take_if(|first| first.len() <= LONGEST_WITH_COMMAND)
    }

    /// One printable line, however the server ends its own.
    fn complaint(&self) -> Option<String> {
        if self.unreadable {
            return Some("not base64".to_owned());
        }
        let told = String::from_utf8_lossy(self.mechanism.complaint()?).into_owned();
        Some(printable(told.trim()).take(COMPLAINT_CHARS).collect())
    }
}

#[async_trait]
impl Replies for Exchange {
    async fn reply(&mut self, asked: &str) -> Result<Option<String>> {
        // Nothing was asked yet, though some say a word or two.
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let Ok(challenge) = STANDARD.decode(asked) else {
            self.unreadable = true;
            return Ok(None);
        };
        let response = self.mechanism.respond(&challenge).await?;
        Ok(response.map(|response| STANDARD.encode(response)))
    }
}
