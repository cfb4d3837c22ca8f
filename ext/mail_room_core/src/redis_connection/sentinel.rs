//! Redis Sentinel: asking which server is the master at the moment.
//!
//! Source: "Guidelines for Redis clients with support for Redis Sentinel" of Redis' documentation.

use std::time::Duration;

use futures_util::{StreamExt, stream::FuturesUnordered};
use redis::RedisConnectionInfo;
use tokio::time::timeout;

use super::{link, settings::Place};
use crate::{Result, fields::Fields, secret::Secret, tls::TlsPolicy};

/// Where a sentinel listens unless told otherwise.
const PORT: u16 = 26379;

/// How long one sentinel may take: there are others to ask.
const PATIENCE: Duration = Duration::from_secs(5);

/// The sentinels of one master.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sentinels {
    master: String,
    list: Vec<Sentinel>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Sentinel {
    host: String,
    port: u16,
    username: Option<String>,
    password: Option<Secret>,
    tls: Option<TlsPolicy>,
}

impl Sentinels {
    /// `sentinels`, a list of `host`, `port`, `ssl` and `ssl_params`; user and password stand beside
    /// it, or in an entry. Empty counts as absent.
    pub(super) fn read(fields: &Fields<'_>, place: &Place) -> Result<Option<Self>> {
        let entries = fields.list("sentinels")?;
        if entries.is_empty() {
            return Ok(None);
        }
        let Place::Tcp { host: master, .. } = place else {
            return Err(fields.error("redis_url", "must hold the name of the master when there are sentinels"));
        };
        let (username, password) = (fields.text("sentinel_username")?, fields.text("sentinel_password")?);
        let list = entries
            .iter()
            .map(|entry| {
                let policy = TlsPolicy::read(&entry.section("ssl_params")?)?;
                Ok(Sentinel {
                    host: entry.required_text("host")?,
                    port: entry.port("port")?.unwrap_or(PORT),
                    username: entry.text("username")?.or_else(|| username.clone()).filter(|name| !name.is_empty()),
                    password: entry
                        .text("password")?
                        .or_else(|| password.clone())
                        .filter(|password| !password.is_empty())
                        .map(Secret::new),
                    tls: entry.switch("ssl")?.then_some(policy),
                })
            })
            .collect::<Result<_>>()?;
        Ok(Some(Self { master: master.clone(), list }))
    }

    /// Where the master is, by the first sentinel that knows.
    ///
    /// # Errors
    /// What each of them answered.
    pub(super) async fn find_master(&self) -> Result<Place, String> {
        let mut problems = Vec::new();
        let mut asked: FuturesUnordered<_> = self
            .list
            .iter()
            .map(|sentinel| async move {
                let answer = timeout(PATIENCE, sentinel.ask(&self.master)).await;
                let answer = answer.unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())));
                answer.map_err(|problem| format!("sentinel {}:{}: {problem}", sentinel.host, sentinel.port))
            })
            .collect();
        // All at once: one that hangs must not hold up the others.
        while let Some(answer) = asked.next().await {
            match answer {
                Ok(master) => return Ok(master),
                Err(problem) => problems.push(problem),
            }
        }
        Err(problems.join("; "))
    }
}

impl Sentinel {
    async fn ask(&self, master: &str) -> Result<Place, String> {
        let mut login = RedisConnectionInfo::default().set_skip_set_lib_name();
        if let Some(username) = &self.username {
            login = login.set_username(username);
        }
        if let Some(password) = &self.password {
            login = login.set_password(password.expose());
        }
        let place = Place::Tcp { host: self.host.clone(), port: self.port };
        let mut connection = link::open(&place, self.tls.as_ref(), &login, PATIENCE).await?;
        let answer: Option<(String, u16)> = redis::cmd("SENTINEL")
            .arg("get-master-addr-by-name")
            .arg(master)
            .query_async(&mut connection)
            .await
            .map_err(|error| link::explain(&error, &login))?;
        let (host, port) = answer.ok_or_else(|| format!("knows no master {master:?}"))?;
        Ok(Place::Tcp { host, port })
    }
}
