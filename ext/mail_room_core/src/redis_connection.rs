//! Connections to Redis, shared by all that use the same server.

use std::{collections::HashMap, sync::Arc, time::Duration};

use redis::{
    Client, ConnectionInfo, IntoConnectionInfo, Pipeline,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::{sync::OnceCell, time::timeout};

use crate::{Result, fields::Fields};

/// What redis-rb connects to when nothing is configured.
const DEFAULT_URL: &str = "redis://localhost:6379";

/// Where a Redis server is: `redis_url` and `redis_db`.
#[derive(Clone, Debug)]
pub(crate) struct RedisSettings {
    info: ConnectionInfo,
    /// Tells servers and users apart. Holds the password: never to be shown.
    identity: String,
}

impl RedisSettings {
    /// # Errors
    /// [`crate::Error::Configuration`] when the URL is none of Redis.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        // Connecting without them would reach the wrong server, or reach it unprotected.
        for key in ["sentinels", "redis_ssl_params"] {
            if fields.get(key).is_some() {
                return Err(fields.error(key, "is not available in this version yet"));
            }
        }
        let url = fields.text("redis_url")?.filter(|url| !url.is_empty()).unwrap_or_else(|| DEFAULT_URL.to_owned());
        // The library's own message could repeat the URL, and with it a password.
        let unusable = || {
            fields.error("redis_url", "must be redis://[user:password@]host[:port][/db], rediss://… or unix:/path?db=N")
        };
        let mut info = url.as_str().into_connection_info().map_err(|_| unusable())?;
        let db = fields.whole("redis_db")?;
        if let Some(db) = db {
            let db = i64::try_from(db).map_err(|_| fields.error("redis_db", "must be the number of a database"))?;
            info = info.clone().set_redis_settings(info.redis_settings().clone().set_db(db));
        }
        Ok(Self { info, identity: format!("{url} {db:?}") })
    }
}

/// One connection per server and timeout, however many mailboxes push to it: commands are
/// multiplexed.
#[derive(Default)]
pub(crate) struct RedisConnections {
    connections: HashMap<(String, Duration), Arc<RedisConnection>>,
}

impl RedisConnections {
    pub(crate) fn get(&mut self, settings: &RedisSettings, limit: Duration) -> Arc<RedisConnection> {
        let connection = || Arc::new(RedisConnection::new(settings.info.clone(), limit));
        Arc::clone(self.connections.entry((settings.identity.clone(), limit)).or_insert_with(connection))
    }
}

/// A connection that is made when first needed and made again when lost.
pub(crate) struct RedisConnection {
    info: ConnectionInfo,
    limit: Duration,
    manager: OnceCell<ConnectionManager>,
}

impl RedisConnection {
    fn new(info: ConnectionInfo, limit: Duration) -> Self {
        Self { info, limit, manager: OnceCell::new() }
    }

    /// Runs commands whose results do not matter, within the delivery timeout.
    ///
    /// # Errors
    /// Says what is wrong. A command that timed out may have been carried out nevertheless.
    pub(crate) async fn run(&self, commands: &Pipeline) -> Result<(), String> {
        let work = async {
            let mut manager = self.manager.get_or_try_init(|| self.connect()).await?.clone();
            commands.exec_async(&mut manager).await
        };
        match timeout(self.limit, work).await {
            Ok(outcome) => outcome.map_err(|error| format!("{}: {error}", self.info.addr())),
            Err(_) => Err(format!("{}: no answer within {} s", self.info.addr(), self.limit.as_secs_f32())),
        }
    }

    /// # Errors
    /// Says why the server cannot be used at the moment.
    pub(crate) async fn ping(&self) -> Result<(), String> {
        self.run(redis::pipe().cmd("PING")).await
    }

    async fn connect(&self) -> redis::RedisResult<ConnectionManager> {
        let config = ConnectionManagerConfig::new()
            // The watcher has a backoff of its own.
            .set_number_of_retries(1)
            .set_connection_timeout(Some(self.limit))
            .set_response_timeout(Some(self.limit));
        ConnectionManager::new_with_config(Client::open(self.info.clone())?, config).await
    }
}
