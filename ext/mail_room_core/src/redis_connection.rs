//! Connections to Redis, shared by all that use the same server.

use std::{collections::HashMap, sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, IntoConnectionInfo, Pipeline, aio::MultiplexedConnection,
    io::tcp::TcpSettings,
};
use socket2::TcpKeepalive;
use tokio::{sync::Mutex, time::timeout};

use crate::{Result, fields::Fields, secret::Secret};

/// What redis-rb connects to when nothing is configured.
const DEFAULT_URL: &str = "redis://localhost:6379";

/// After so much silence the kernel asks whether the server is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Where a Redis server is: `redis_url` and `redis_db`.
#[derive(Clone, Debug)]
pub(crate) struct RedisSettings {
    info: ConnectionInfo,
    /// Tells servers and users apart. Holds the password.
    identity: Secret,
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
        let tcp = TcpSettings::default().set_nodelay(true).set_keepalive(TcpKeepalive::new().with_time(KEEPALIVE));
        Ok(Self { info: info.set_tcp_settings(tcp), identity: Secret::new(format!("{url} {db:?}")) })
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
        Arc::clone(self.connections.entry((settings.identity.expose().to_owned(), limit)).or_insert_with(connection))
    }
}

/// A connection that is made when first needed, and made anew after anything went wrong on it.
pub(crate) struct RedisConnection {
    info: ConnectionInfo,
    limit: Duration,
    open: Mutex<Option<MultiplexedConnection>>,
}

impl RedisConnection {
    fn new(info: ConnectionInfo, limit: Duration) -> Self {
        Self { info, limit, open: Mutex::new(None) }
    }

    /// Runs commands whose results do not matter, within the delivery timeout.
    ///
    /// # Errors
    /// Says what is wrong. A command that timed out may have been carried out nevertheless.
    pub(crate) async fn run(&self, commands: &Pipeline) -> Result<(), String> {
        let work = async { commands.exec_async(&mut self.connection().await?).await };
        let failure = match timeout(self.limit, work).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} s", self.limit.as_secs_f32()),
        };
        // A connection that went silent can look alive for a quarter of an hour: never use it again.
        self.open.lock().await.take();
        Err(format!("{}: {failure}", self.info.addr()))
    }

    /// # Errors
    /// Says why the server cannot be used at the moment.
    pub(crate) async fn ping(&self) -> Result<(), String> {
        self.run(redis::pipe().cmd("PING")).await
    }

    /// A handle on the one connection. Who comes while it is being made waits for it.
    async fn connection(&self) -> redis::RedisResult<MultiplexedConnection> {
        let mut open = self.open.lock().await;
        if let Some(connection) = open.as_ref() {
            return Ok(connection.clone());
        }
        // `run` has the limit for all of it; the library's own would come before it.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let connection = Client::open(self.info.clone())?.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(open.insert(connection).clone())
    }
}
