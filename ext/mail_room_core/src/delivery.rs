//! ⑤ Handing a message to an application.

pub(crate) mod examine;
pub mod hand_over;
mod logger;
mod noop;
pub(crate) mod postback;
mod que;
mod sidekiq;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::{Map, Value};

use self::{logger::LoggerSettings, postback::PostbackSettings, que::QueSettings, sidekiq::SidekiqSettings};
use crate::{
    Result, arbitration::ClaimsIn, fields::Fields, incoming_email::MailboxType, mailbox::Timeouts, message::Message,
    postgres_connection::PostgresConnections, redis_connection::RedisConnections,
};

/// What became of a delivery.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The application has the message. What the log line tells besides, such as an HTTP status.
    Accepted(Map<String, Value>),
    /// Not this time. Other messages may fare better.
    TryAgain(String),
    /// Another process may have this message by now. Nothing was done.
    ClaimLost,
    /// The application will never take this message: it is quarantined.
    Refused(String),
    /// Nothing can be delivered at the moment, nor before `retry_after` when the receiver said so.
    ReceiverDown { receiver: &'static str, reason: String, retry_after: Option<Duration> },
}

impl Outcome {
    /// The same, with the reason why it is not accepted in other words.
    pub(crate) fn map_reason(self, words: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Accepted(details) => Self::Accepted(details),
            Self::ClaimLost => Self::ClaimLost,
            Self::TryAgain(reason) => Self::TryAgain(words(reason)),
            Self::Refused(reason) => Self::Refused(words(reason)),
            Self::ReceiverDown { receiver, reason, retry_after } => {
                Self::ReceiverDown { receiver, reason: words(reason), retry_after }
            }
        }
    }

    /// Accepted, and there is nothing more to tell.
    pub(crate) fn accepted() -> Self {
        Self::Accepted(Map::new())
    }
}

/// Takes messages for an application.
#[async_trait]
pub(crate) trait Delivery: Send + Sync {
    /// The name log lines carry, as the Ruby class is called.
    fn name(&self) -> &str;

    /// Delivers one message. Ends within the delivery timeout, but for Ruby classes, whose work no
    /// one can break off.
    async fn deliver(&self, message: Message) -> Outcome;

    /// How many messages it takes at once without mixing up their order, because it sends them down one line.
    fn takes_at_once(&self) -> usize {
        1
    }

    /// Whether what is accepted is recorded with the arbiter in the same step, so that nothing can
    /// come between the two.
    fn records_acceptance(&self) -> bool {
        false
    }

    /// Makes sure that what was accepted since the last call outlives the receiver's machine. Called
    /// before messages are marked.
    ///
    /// # Errors
    /// [`crate::Error::ReceiverDown`] when some of it may be lost: nothing of it may be marked then.
    async fn confirm(&self) -> Result<()> {
        Ok(())
    }

    /// Some messages are said to have been accepted before, by another process: to be confirmed too.
    fn doubt(&self) {}

    /// Whether a delivery has a chance. Asked before anything is fetched in a new session, and again
    /// for a receiver that was down.
    ///
    /// # Errors
    /// [`crate::Error::ReceiverDown`].
    async fn reachable(&self) -> Result<()> {
        Ok(())
    }
}

/// Which delivery a mailbox uses.
#[derive(Clone, Debug)]
pub(crate) enum DeliverySettings {
    Sidekiq(Box<SidekiqSettings>),
    Postback(Box<PostbackSettings>),
    Que(Box<QueSettings>),
    Logger(LoggerSettings),
    Noop,
    /// A Ruby class of this name.
    Ruby(String),
}

impl DeliverySettings {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        match fields.required_text("delivery_method")?.as_str() {
            "sidekiq" => SidekiqSettings::read(fields).map(Box::new).map(Self::Sidekiq),
            "postback" => PostbackSettings::read(fields).map(Box::new).map(Self::Postback),
            "que" => QueSettings::read(fields).map(Box::new).map(Self::Que),
            "logger" => LoggerSettings::read(fields).map(Self::Logger),
            "noop" => Ok(Self::Noop),
            "ruby" => fields.required_text("deliverer").map(Self::Ruby),
            _ => Err(fields.error("delivery_method", "must be sidekiq, postback, que, logger or noop")),
        }
    }

    /// Which of GitLab's receivers messages go to, where these settings tell.
    pub(crate) fn mailbox_type(&self) -> Option<MailboxType> {
        match self {
            Self::Sidekiq(settings) => settings.mailbox_type(),
            Self::Postback(settings) => settings.mailbox_type(),
            Self::Que(_) | Self::Logger(_) | Self::Noop | Self::Ruby(_) => None,
        }
    }

    /// The delivery, and for a Ruby class the end of the hand-over Ruby takes messages from.
    ///
    /// # Errors
    /// When a log file or a pipe cannot be opened.
    pub(crate) fn build(
        self,
        redis: &mut RedisConnections,
        postgres: &mut PostgresConnections,
        claims_in: &ClaimsIn,
        timeouts: &Timeouts,
    ) -> Result<(Arc<dyn Delivery>, Option<hand_over::Receiver>)> {
        Ok(match self {
            Self::Sidekiq(settings) => {
                let connection = redis.get(&settings.redis, timeouts.delivery);
                let claims = claims_in(&settings.redis);
                (Arc::new(sidekiq::Sidekiq::new(*settings, connection, claims)), None)
            }
            Self::Postback(settings) => (Arc::new(postback::Postback::new(*settings, timeouts)), None),
            Self::Que(settings) => {
                let connection = postgres.get(settings.postgres.clone(), timeouts);
                (Arc::new(que::Que::new(*settings, connection)), None)
            }
            Self::Logger(settings) => (Arc::new(logger::Logger::open(&settings, timeouts.delivery)?), None),
            Self::Noop => (Arc::new(noop::Noop), None),
            Self::Ruby(class) => {
                let (sender, receiver) = hand_over::hand_over(class)?;
                (Arc::new(sender), Some(receiver))
            }
        })
    }
}
