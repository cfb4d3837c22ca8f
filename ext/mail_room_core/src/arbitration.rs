//! ③ Which of several processes that watch one mailbox delivers a message.

mod noop;

use async_trait::async_trait;

use crate::{
    Result,
    fields::Fields,
    message::{Origin, Uid},
};

/// Decides, before a message is fetched, whether it is this process's to deliver.
#[async_trait]
pub(crate) trait Arbitration: Send + Sync {
    /// The name log lines carry, as the Ruby class is called.
    fn name(&self) -> &'static str;

    /// Those of `uids` that this process may deliver; it holds them until they are settled or
    /// released.
    ///
    /// # Errors
    /// [`crate::Error::ReceiverDown`] when the arbiter cannot be asked. Nothing is claimed then.
    async fn claim(&self, origin: &Origin, uids: &[Uid]) -> Result<Vec<Uid>>;

    /// Lets go of messages that were claimed and not delivered, so that another process, or a later
    /// pass, may take them at once.
    async fn release(&self, origin: &Origin, uids: &[Uid]);
}

/// Which arbitration a mailbox uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArbitrationSettings {
    /// This process alone watches the mailbox.
    Noop,
}

impl ArbitrationSettings {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        match fields.text("arbitration_method")?.as_deref() {
            None | Some("noop") => Ok(Self::Noop),
            Some(_) => Err(fields.error("arbitration_method", "must be noop")),
        }
    }

    pub(crate) fn build(self) -> Box<dyn Arbitration> {
        match self {
            Self::Noop => Box::new(noop::Noop),
        }
    }
}
