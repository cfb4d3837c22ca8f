//! A look at the arbiter of a mailbox.

use super::ArbitrationSettings;
use crate::{check::Report, delivery::DeliverySettings, mailbox::Mailbox, redis_connection::RedisConnections};

const REDIS: &str = "arbitration.redis";
const ROLE: &str = "arbitration.role";

/// The checks that there are.
pub(crate) fn names(arbitration: &ArbitrationSettings) -> &'static [&'static str] {
    match arbitration {
        ArbitrationSettings::Noop => &[],
        ArbitrationSettings::Redis(_) => &[REDIS, ROLE],
    }
}

/// Looks, as far as it gets.
pub(crate) async fn run(mailbox: &Mailbox, report: &mut Report) {
    let ArbitrationSettings::Redis(settings) = &mailbox.arbitration else { return };
    let apart = match &mailbox.delivery {
        DeliverySettings::Sidekiq(sidekiq) => !sidekiq.redis.same_database(&settings.redis),
        _ => false,
    };
    let advice = "this is another database than Sidekiq's: a process that dies between the two may leave a job twice. With \
                  the same redis_url and redis_db in arbitration_options that cannot happen";
    let connection = RedisConnections::default().get(&settings.redis, mailbox.timeouts.delivery);
    drop(connection.examine(REDIS, ROLE, Some(advice).filter(|_| apart), &settings.commands(), report).await);
}
