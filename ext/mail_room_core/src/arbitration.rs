//! ③ Which of several processes that watch one mailbox delivers a message.

pub(crate) mod examine;
mod noop;
mod redis;

use std::sync::Arc;

use async_trait::async_trait;

use self::redis::RedisArbitrationSettings;
pub(crate) use self::redis::{Claims, Push};
use crate::{
    Result,
    fields::Fields,
    mailbox::Timeouts,
    message::{Origin, Uid},
    redis_connection::{RedisConnections, RedisSettings},
};

/// What became of claims.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Claimed {
    /// To be delivered by this process, which holds them until they are settled or released.
    pub(crate) granted: Vec<Uid>,
    /// Delivered already, by a process that could not mark them any more: to be marked only.
    pub(crate) done: Vec<Uid>,
}

/// Decides, before a message is fetched, whether it is this process's to deliver.
#[async_trait]
pub(crate) trait Arbitration: Send + Sync {
    /// The name log lines carry, as the Ruby class is called.
    fn name(&self) -> &'static str;

    /// Asks for `uids`. Those in neither part of the answer are in the hands of another process.
    ///
    /// # Errors
    /// [`crate::Error::ReceiverDown`] when the arbiter cannot be asked. Nothing is claimed then.
    async fn claim(&self, origin: &Origin, uids: &[Uid]) -> Result<Claimed>;

    /// Keeps what is claimed from running out, for as long as it is polled. Never ends.
    async fn renew(&self) {
        std::future::pending().await
    }

    /// Whether a claim still stands. To be asked right before a delivery: when the arbiter was out of
    /// reach for long, another process may have the message by now.
    fn holds(&self, _origin: &Origin, _uid: Uid) -> bool {
        true
    }

    /// Whether [`Arbitration::record`] does anything.
    fn keeps_records(&self) -> bool {
        false
    }

    /// Records that a message was accepted, before it is marked: should this process die in between,
    /// the next one marks it and does not deliver it again.
    ///
    /// # Errors
    /// Says why the arbiter could not be told.
    async fn record(&self, _origin: &Origin, _uid: Uid) -> Result<(), String> {
        Ok(())
    }

    /// What was accepted is marked on the server now: its record has served.
    async fn settled(&self, _origin: &Origin, _uids: &[Uid]) {}

    /// Counts failures of a message, and tells how many there are now in all processes. None when the
    /// arbiter does not count, or cannot at the moment.
    async fn count_failures(&self, _origin: &Origin, _uid: Uid, _more: u32) -> Option<u32> {
        None
    }

    /// The fate of these messages is decided: their failures do not count any more.
    async fn forget_failures(&self, _origin: &Origin, _uids: &[Uid]) {}

    /// Lets go of messages that were claimed and not delivered, so that another process, or a later
    /// pass, may take them at once.
    async fn release(&self, origin: &Origin, uids: &[Uid]);
}

/// Which arbitration a mailbox uses.
#[derive(Clone, Debug)]
pub(crate) enum ArbitrationSettings {
    /// This process alone watches the mailbox.
    Noop,
    Redis(Box<RedisArbitrationSettings>),
}

/// Turns a delivery's Redis into what records acceptance there, when the arbiter uses it too.
pub(crate) type ClaimsIn = Box<dyn Fn(&RedisSettings) -> Option<Arc<Claims>>>;

impl ArbitrationSettings {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        match fields.text("arbitration_method")?.as_deref() {
            None | Some("noop") => Ok(Self::Noop),
            Some("redis") => RedisArbitrationSettings::read(fields).map(Box::new).map(Self::Redis),
            Some(_) => Err(fields.error("arbitration_method", "must be redis or noop")),
        }
    }

    pub(crate) fn build(self, redis: &mut RedisConnections, timeouts: &Timeouts) -> (Arc<dyn Arbitration>, ClaimsIn) {
        match self {
            Self::Noop => (Arc::new(noop::Noop), Box::new(|_| None)),
            Self::Redis(settings) => {
                let connection = redis.get(&settings.redis, timeouts.delivery);
                let arbiter = Arc::new(redis::Redis::new(*settings, connection));
                (arbiter.clone(), Box::new(move |redis| arbiter.claims_in(redis)))
            }
        }
    }
}
