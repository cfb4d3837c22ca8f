//! Where a Redis server is, in the words of `mail_room.yml`.

use std::{fmt, path::PathBuf};

use redis::{ConnectionAddr, IntoConnectionInfo, RedisConnectionInfo};

use super::sentinel::Sentinels;
use crate::{Result, fields::Fields, tls::TlsPolicy};

/// What redis-rb connects to when nothing is configured.
const DEFAULT_URL: &str = "redis://localhost:6379";

/// `redis_url`, `redis_db`, `redis_ssl_params`, `sentinels`, `sentinel_username`, `sentinel_password`.
///
/// Sources: GitLab's `config/mail_room.yml` and the README of gitlab-mail_room.
#[derive(Clone, Debug)]
pub(crate) struct RedisSettings {
    pub(super) place: Place,
    /// User, password and database.
    pub(super) login: RedisConnectionInfo,
    pub(super) tls: Option<TlsPolicy>,
    pub(super) sentinels: Option<Sentinels>,
}

/// Where to connect to. With sentinels the host is the name of the master.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Tcp { host: String, port: u16 },
    Unix(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl RedisSettings {
    /// # Errors
    /// [`crate::Error::Configuration`] when the URL is none of Redis, or TLS files cannot be used.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        let url = fields.text("redis_url")?.filter(|url| !url.is_empty()).unwrap_or_else(|| DEFAULT_URL.to_owned());
        // The library's own message could repeat the URL, and with it a password.
        let unusable = || {
            fields.error("redis_url", "must be redis://[user:password@]host[:port][/db], rediss://… or unix:/path?db=N")
        };
        let secured = url.get(..9).is_some_and(|scheme| scheme.eq_ignore_ascii_case("rediss://"));
        // TLS is ours, so that one policy holds for all; the library only reads the rest.
        let plain = if secured { format!("redis://{}", &url[9..]) } else { url.clone() };
        let info = plain.as_str().into_connection_info().map_err(|_| unusable())?;
        let place = match info.addr() {
            ConnectionAddr::Tcp(host, port) => {
                Place::Tcp { host: host.trim_matches(['[', ']']).to_owned(), port: *port }
            }
            ConnectionAddr::Unix(path) => Place::Unix(path.clone()),
            _ => return Err(unusable()),
        };
        let params = fields.section("redis_ssl_params")?;
        let policy = TlsPolicy::read(&params)?;
        let sentinels = Sentinels::read(fields, &place)?;
        let mut login = info.redis_settings().clone().set_skip_set_lib_name();
        if let Some(db) = fields.whole("redis_db")? {
            let db = i64::try_from(db).map_err(|_| fields.error("redis_db", "must be the number of a database"))?;
            login = login.set_db(db);
        }
        let tls = secured.then_some(policy);
        Ok(Self { place, login, tls, sentinels })
    }

    /// Whether one connection will do for both.
    pub(super) fn same_login(&self, other: &Self) -> bool {
        let who =
            |login: &RedisConnectionInfo| (login.username().map(str::to_owned), login.password().map(str::to_owned));
        self.same_database(other) && self.tls == other.tls && who(&self.login) == who(&other.login)
    }

    /// Whether commands to one can be part of a transaction of the other.
    pub(crate) fn same_database(&self, other: &Self) -> bool {
        self.place == other.place && self.sentinels == other.sentinels && self.login.db() == other.login.db()
    }

    /// The database that is used.
    pub(crate) fn database(&self) -> i64 {
        self.login.db()
    }

    /// Whether another server may take over.
    pub(crate) fn is_replicated(&self) -> bool {
        self.sentinels.is_some()
    }

    /// How errors call the server; no user, no password.
    pub(crate) fn title(&self) -> String {
        let scheme = if self.tls.is_some() { "rediss" } else { "redis" };
        match &self.place {
            Place::Tcp { host, port } if self.sentinels.is_none() => format!("{scheme}://{host}:{port}"),
            Place::Tcp { host, .. } => format!("{scheme} master {host:?}"),
            Place::Unix(path) => format!("unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(options: &Value) -> Result<RedisSettings> {
        RedisSettings::read(&Fields::new(options, "m".into())?)
    }

    #[test]
    fn the_forms_of_a_url() {
        let settings =
            read(&json!({"redis_url": "rediss://us%40er:p%2Fw@[::1]:6390/5", "redis_db": 7})).expect("a URL");
        assert_eq!(settings.place, Place::Tcp { host: "::1".into(), port: 6390 });
        assert_eq!(settings.login.username(), Some("us@er"));
        assert_eq!(settings.login.password(), Some("p/w"));
        assert_eq!(settings.login.db(), 7);
        assert!(settings.tls.is_some());
        let settings = read(&json!({"redis_url": "unix:/run/redis.sock?db=3"})).expect("a socket");
        assert_eq!(settings.place, Place::Unix("/run/redis.sock".into()));
        assert_eq!(settings.login.db(), 3);
        assert_eq!(read(&json!({"redis_url": null})).expect("the default").title(), "redis://localhost:6379");
    }

    #[test]
    fn an_error_never_shows_the_url() {
        let error = read(&json!({"redis_url": "http://:hunter2@host"})).expect_err("no URL of Redis").to_string();
        assert!(error.contains("redis_url") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn sentinels_have_a_password_of_their_own() {
        let options = json!({
            "redis_url": "redis://:hunter2@mymaster", "sentinel_password": "hunter3",
            "sentinels": [{"host": "s1", "port": "26380"}, {"host": "s2", "ssl": true, "ssl_params": {"verify_mode": "none"}}],
        });
        let settings = read(&options).expect("sentinels");
        assert_eq!(settings.title(), "redis master \"mymaster\"");
        assert!(!format!("{settings:?}").contains("hunter3"));
        for wrong in [json!({}), json!([]), json!(["s1"]), json!([{"port": 1}])] {
            let error = read(&json!({"redis_url": "redis://m", "sentinels": wrong})).map(|settings| settings.sentinels);
            assert!(error.is_err() || matches!(error, Ok(None)), "{wrong}");
        }
    }

    #[test]
    fn the_same_database_whoever_logs_in() {
        let one = read(&json!({"redis_url": "redis://a:b@h/2"})).expect("a URL");
        assert!(one.same_database(&read(&json!({"redis_url": "redis://c:d@h", "redis_db": 2})).expect("a URL")));
        assert!(!one.same_database(&read(&json!({"redis_url": "redis://a:b@h"})).expect("a URL")));
    }
}
