//! ⑤ Handing a message to an application.

pub mod hand_over;
mod logger;
mod noop;
mod sidekiq;

use async_trait::async_trait;

use self::{logger::LoggerSettings, sidekiq::SidekiqSettings};
use crate::{Result, fields::Fields, mailbox::Timeouts, message::Message, redis_connection::RedisConnections};

/// What became of a delivery.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The application has the message.
    Accepted,
    /// Not this time. Other messages may fare better.
    TryAgain(String),
    /// Nothing can be delivered at the moment.
    ReceiverDown { receiver: &'static str, reason: String },
}

/// Takes messages for an application.
#[async_trait]
pub(crate) trait Delivery: Send + Sync {
    /// The name log lines carry, as the Ruby class is called.
    fn name(&self) -> &str;

    /// Delivers one message. Ends within the delivery timeout, but for Ruby classes, whose work no
    /// one can break off.
    async fn deliver(&self, message: Message) -> Outcome;

    /// Whether a delivery has a chance. Asked before anything is fetched again for a receiver that
    /// was down.
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
    Logger(LoggerSettings),
    Noop,
    /// A Ruby class of this name.
    Ruby(String),
}

impl DeliverySettings {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        match fields.required_text("delivery_method")?.as_str() {
            "sidekiq" => SidekiqSettings::read(fields).map(Box::new).map(Self::Sidekiq),
            "logger" => LoggerSettings::read(fields).map(Self::Logger),
            "noop" => Ok(Self::Noop),
            "ruby" => fields.required_text("deliverer").map(Self::Ruby),
            _ => Err(fields.error("delivery_method", "must be sidekiq, logger or noop")),
        }
    }

    /// The delivery, and for a Ruby class the end of the hand-over Ruby takes messages from.
    ///
    /// # Errors
    /// When a log file or a pipe cannot be opened.
    pub(crate) fn build(
        self,
        redis: &mut RedisConnections,
        timeouts: &Timeouts,
    ) -> Result<(Box<dyn Delivery>, Option<hand_over::Receiver>)> {
        Ok(match self {
            Self::Sidekiq(settings) => {
                let connection = redis.get(&settings.redis, timeouts.delivery);
                (Box::new(sidekiq::Sidekiq::new(*settings, connection)), None)
            }
            Self::Logger(settings) => (Box::new(logger::Logger::open(&settings, timeouts.delivery)?), None),
            Self::Noop => (Box::new(noop::Noop), None),
            Self::Ruby(class) => {
                let (sender, receiver) = hand_over::hand_over(class)?;
                (Box::new(sender), Some(receiver))
            }
        })
    }
}
