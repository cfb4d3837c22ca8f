//! A look at the delivery of a mailbox.

use super::{DeliverySettings, postback, que, sidekiq};
use crate::{
    arbitration::ArbitrationSettings,
    check::{Check, Report},
    mailbox::Mailbox,
    postgres_connection::PostgresConnections,
    redis_connection::RedisConnections,
};

/// The checks that there are.
pub(crate) fn names(delivery: &DeliverySettings) -> &'static [&'static str] {
    match delivery {
        DeliverySettings::Sidekiq(_) => &sidekiq::examine::NAMES,
        DeliverySettings::Postback(_) => &postback::examine::NAMES,
        DeliverySettings::Que(_) => &que::examine::NAMES,
        DeliverySettings::Logger(_) | DeliverySettings::Noop | DeliverySettings::Ruby(_) => &[],
    }
}

/// Looks, as far as it gets.
pub(crate) async fn run(mailbox: &Mailbox, check: Check, report: &mut Report) {
    let timeouts = &mailbox.timeouts;
    let looked = match &mailbox.delivery {
        DeliverySettings::Sidekiq(settings) => {
            let redis = RedisConnections::default().get(&settings.redis, timeouts.delivery);
            let claims = match &mailbox.arbitration {
                ArbitrationSettings::Redis(arbiter) if arbiter.redis.same_database(&settings.redis) => {
                    Some(arbiter.commands())
                }
                _ => None,
            };
            sidekiq::examine::run(settings, &redis, claims, report).await
        }
        DeliverySettings::Postback(settings) => postback::examine::run(mailbox, settings, check, report).await,
        DeliverySettings::Que(settings) => {
            let postgres = PostgresConnections::default().get(settings.postgres.clone(), timeouts);
            que::examine::run(&que::Que::new((**settings).clone(), postgres), report).await
        }
        DeliverySettings::Logger(_) | DeliverySettings::Noop | DeliverySettings::Ruby(_) => Ok(()),
    };
    drop(looked);
}
