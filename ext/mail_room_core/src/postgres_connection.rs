//! Connections to PostgreSQL, shared by all that use the same server, database and user.

mod failure;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod link;
mod settings;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Mutex,
    time::{Instant, timeout_at},
};
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

use self::link::Link;
pub(crate) use self::{
    failure::Failure,
    settings::{PostgresSettings, required_text, text},
};
use crate::mailbox::Timeouts;

/// As good as for ever; clocks do not reach as far as settings may.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What a statement is given, with the types it is told.
pub(crate) type Parameters<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

/// One connection per server, user and timeouts, however many mailboxes deliver through it:
/// statements are pipelined.
#[derive(Default)]
pub(crate) struct PostgresConnections {
    connections: Vec<Arc<PostgresConnection>>,
}

impl PostgresConnections {
    pub(crate) fn get(&mut self, settings: PostgresSettings, timeouts: &Timeouts) -> Arc<PostgresConnection> {
        let wanted = PostgresConnection::new(settings, timeouts);
        if let Some(known) = self.connections.iter().find(|known| known.reaches_the_same(&wanted)) {
            return Arc::clone(known);
        }
        let connection = Arc::new(wanted);
        self.connections.push(Arc::clone(&connection));
        connection
    }
}

/// A connection that is made when first needed, and made anew after anything went wrong on it.
pub(crate) struct PostgresConnection {
    settings: PostgresSettings,
    connect: Duration,
    statement: Duration,
    open: Mutex<Option<Arc<Link>>>,
}

impl PostgresConnection {
    fn new(settings: PostgresSettings, timeouts: &Timeouts) -> Self {
        Self { settings, connect: timeouts.connect, statement: timeouts.delivery, open: Mutex::new(None) }
    }

    fn reaches_the_same(&self, other: &Self) -> bool {
        (&self.settings, self.connect, self.statement) == (&other.settings, other.connect, other.statement)
    }

    /// Runs a statement that changes something, within the delivery timeout, connecting included.
    ///
    /// # Errors
    /// Without an SQLSTATE, the statement may have been carried out nevertheless.
    pub(crate) async fn execute(&self, statement: &str, parameters: Parameters<'_>) -> Result<u64, Failure> {
        let deadline = from_now(self.statement);
        let link = self.link(deadline).await?;
        self.answer(&link, deadline, link.client().execute_typed(statement, parameters)).await
    }

    /// Runs a statement that asks for something, as [`PostgresConnection::execute`] does.
    ///
    /// # Errors
    /// Says what is wrong.
    pub(crate) async fn query(&self, statement: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, Failure> {
        let deadline = from_now(self.statement);
        let link = self.link(deadline).await?;
        self.answer(&link, deadline, link.client().query_typed(statement, parameters)).await
    }

    async fn answer<T>(
        &self,
        link: &Link,
        deadline: Instant,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Failure> {
        let failure = match timeout_at(deadline, work).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => Failure::from(&error),
            Err(_) => Failure::silence("no answer", self.statement),
        };
        // A connection that went silent can look alive for a quarter of an hour: never use it again.
        if !failure.spares_the_connection() {
            link.break_off();
        }
        Err(failure.at(&self.settings))
    }

    /// The one connection. Who comes while it is being made waits for it.
    async fn link(&self, deadline: Instant) -> Result<Arc<Link>, Failure> {
        let deadline = deadline.min(from_now(self.connect));
        let linked = async {
            let mut open = self.open.lock().await;
            if let Some(link) = open.as_ref().filter(|link| link.is_usable()) {
                return Ok(Arc::clone(link));
            }
            *open = None;
            let link = Arc::new(Link::open(&self.settings, self.statement).await?);
            Ok(Arc::clone(open.insert(link)))
        };
        let late = || Failure::silence("not connected", self.connect.min(self.statement));
        timeout_at(deadline, linked).await.unwrap_or_else(|_| Err(late())).map_err(|failure| failure.at(&self.settings))
    }
}

fn from_now(limit: Duration) -> Instant {
    Instant::now() + limit.min(LONGEST)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fields::Fields;

    fn settings(password: &str) -> PostgresSettings {
        let options = json!({"username": "mailer", "password": password});
        PostgresSettings::read(&Fields::new(&options, "x".into()).expect("a mapping")).expect("settings")
    }

    #[test]
    fn a_limit_may_be_longer_than_any_clock_runs() {
        assert!(from_now(Duration::MAX) > Instant::now());
    }

    #[test]
    fn mailboxes_share_a_connection_when_all_of_it_is_the_same() {
        let (mut connections, timeouts) = (PostgresConnections::default(), Timeouts::default());
        let first = connections.get(settings("a"), &timeouts);
        assert!(Arc::ptr_eq(&first, &connections.get(settings("a"), &timeouts)));
        assert!(!Arc::ptr_eq(&first, &connections.get(settings("b"), &timeouts)));
        let hasty = Timeouts { delivery: Duration::from_secs(1), ..timeouts };
        assert!(!Arc::ptr_eq(&first, &connections.get(settings("a"), &hasty)));
    }
}
