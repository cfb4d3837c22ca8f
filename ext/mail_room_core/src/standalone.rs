//! Single deliveries and single questions to an arbiter, for programs that watch no mailbox.

use std::{sync::Arc, time::Duration};

use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Map, Value};

use crate::{
    Error, Result,
    arbitration::ArbitrationSettings,
    delivery::{Delivery, DeliverySettings, Outcome},
    fields::Fields,
    log::brief,
    mailbox::{self, Timeouts},
    message::{Message, Origin},
    postgres_connection::PostgresConnections,
    redis_connection::{RECEIVER, RedisConnection, RedisConnections, RedisSettings},
};

/// How a delivery that is no mailbox' is called in errors about its settings.
const SUBJECT: &str = "options";

/// One delivery, with connections of its own.
pub struct Deliverer {
    delivery: Arc<dyn Delivery>,
}

impl Deliverer {
    /// Reads settings like those of a mailbox, of which only `delivery_method`, the keys of that
    /// delivery and the timeouts matter.
    ///
    /// # Errors
    /// [`Error::Configuration`] and [`Error::LogFile`].
    pub fn from_json(settings: &str) -> Result<Self> {
        let settings = mailbox::parse(settings)?;
        let fields = Fields::new(&settings, SUBJECT.to_owned())?;
        let timeouts = Timeouts::read(&fields)?;
        let mut redis = RedisConnections::default();
        let (_, no_claims) = ArbitrationSettings::Noop.build(&mut redis, &timeouts);
        let (delivery, hand_over) = DeliverySettings::read(&fields)?.build(
            &mut redis,
            &mut PostgresConnections::default(),
            &no_claims,
            &timeouts,
        )?;
        if hand_over.is_some() {
            return Err(fields.error("delivery_method", "must be one that is done natively"));
        }
        Ok(Self { delivery })
    }

    /// Delivers a message that came from no inbox: the id it carries is a random one. Returns what a
    /// log line would tell of it besides, such as an HTTP status.
    ///
    /// # Errors
    /// [`Error::ReceiverDown`] and [`Error::NotDelivered`]. A delivery that took too long may have
    /// been made nevertheless.
    pub async fn deliver(&self, raw: Vec<u8>) -> Result<Map<String, Value>> {
        let message = Message { origin: Arc::new(nowhere()?), uid: 0, raw };
        match self.delivery.deliver(message).await {
            Outcome::Accepted(details) => self.delivery.confirm().await.map(|()| details),
            Outcome::ClaimLost => Err(Error::NotDelivered("message not accepted: its claim was lost".to_owned())),
            Outcome::TryAgain(reason) => Err(Error::NotDelivered(format!("message not accepted: {}", brief(&reason)))),
            Outcome::Refused(reason) => Err(Error::NotDelivered(format!("message refused: {}", brief(&reason)))),
            Outcome::ReceiverDown { receiver, reason, retry_after } => {
                Err(Error::ReceiverDown { receiver, reason: brief(&reason), retry_after })
            }
        }
    }
}

/// An origin no other message has, so that the delivery id made of it is random.
fn nowhere() -> Result<Origin> {
    let mut random = [0; 16];
    SystemRandom::new()
        .fill(&mut random)
        .map_err(|_| Error::NotDelivered("the operating system gives no random numbers".to_owned()))?;
    Ok(Origin::numbered(format!("{:032x}", u128::from_ne_bytes(random)), String::new(), 0))
}

/// The arbiter today's gem has: the first who asks for a UID gets it, for as long as the key lives.
pub struct Arbiter {
    redis: Arc<RedisConnection>,
    namespace: Option<String>,
}

impl Arbiter {
    /// Reads settings like those of a mailbox, of which only `arbitration_options` and the timeouts
    /// matter.
    ///
    /// # Errors
    /// [`Error::Configuration`].
    pub fn from_json(settings: &str) -> Result<Self> {
        let settings = mailbox::parse(settings)?;
        let fields = Fields::new(&settings, SUBJECT.to_owned())?;
        let limit = Timeouts::read(&fields)?.delivery;
        let options = fields.section("arbitration_options")?;
        Ok(Self {
            redis: RedisConnections::default().get(&RedisSettings::read(&options)?, limit),
            namespace: options.text("namespace")?.filter(|namespace| !namespace.is_empty()),
        })
    }

    /// Whether the caller is the first to ask for `uid` within `expiration`, whole seconds.
    ///
    /// # Errors
    /// [`Error::ReceiverDown`] when Redis cannot be asked.
    pub async fn deliver(&self, uid: &str, expiration: Duration) -> Result<bool> {
        // Same key and value as gitlab-mail_room: old and new processes exclude each other by it.
        let key = match &self.namespace {
            Some(namespace) => format!("{namespace}:delivered:{uid}"),
            None => format!("delivered:{uid}"),
        };
        let down = |reason| Error::ReceiverDown { receiver: RECEIVER, reason, retry_after: None };
        self.redis.set_nx_ex(&key, "1", expiration.as_secs()).await.map_err(down)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn delivers_without_a_mailbox() {
        let deliverer = Deliverer::from_json(r#"{"delivery_method": "noop"}"#).expect("settings");
        assert_eq!(deliverer.deliver(b"Subject: hi\r\n\r\n".to_vec()).await.expect("accepted"), Map::new());
    }

    #[test]
    fn no_two_deliveries_have_the_same_id() {
        assert_ne!(nowhere().expect("random").account, nowhere().expect("random").account);
    }

    #[test]
    fn errors_name_the_key() {
        let wrong = Deliverer::from_json(r#"{"delivery_method": "sidekiq", "delivery_options": {"worker": [1]}}"#);
        let text = wrong.err().expect("an error").to_string();
        assert!(text.starts_with("options: delivery_options.worker must be text"), "{text}");
        assert!(Deliverer::from_json(r#"{"delivery_method": "ruby", "deliverer": "A"}"#).is_err());
    }
}
