//! Where a PostgreSQL server is, and how far it has to prove that it is the one.

use std::path::PathBuf;

use crate::{
    Result,
    fields::Fields,
    secret::Secret,
    tls::{TlsPolicy, Trust},
};

/// What libpq connects to when nothing is configured.
const DEFAULT_HOST: &str = "localhost";
const DEFAULT_PORT: u16 = 5432;

/// `host`, `port`, `database`, `username` and `password`, as today's gem gives them to libpq, and
/// libpq's own `sslmode` and `sslrootcert`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PostgresSettings {
    pub(super) place: Place,
    pub(super) database: String,
    pub(super) username: String,
    pub(super) password: Option<Secret>,
    pub(super) encryption: Encryption,
}

/// Where the server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Tcp { host: String, port: u16 },
    Socket(PathBuf),
}

/// `sslmode` (PostgreSQL documentation, section 34.19.3, table 34.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    Never,
    /// Against listeners only: whoever can change what is sent can also say that there is no TLS.
    WhenOffered,
    Always(TlsPolicy),
}

impl PostgresSettings {
    /// # Errors
    /// [`crate::Error::Configuration`] for values that are missing or cannot be meant.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        let username = required_text(fields, "username")?;
        Ok(Self {
            place: Place::read(fields)?,
            database: text(fields, "database")?.unwrap_or_else(|| username.clone()),
            username,
            password: text(fields, "password")?.map(Secret::new),
            encryption: Encryption::read(fields)?,
        })
    }
}

impl Place {
    fn read(fields: &Fields<'_>) -> Result<Self> {
        let host = text(fields, "host")?.unwrap_or_else(|| DEFAULT_HOST.to_owned());
        let port = fields.port("port")?.unwrap_or(DEFAULT_PORT);
        // As libpq has it: a host that is a directory holds the socket.
        let is_directory = host.starts_with('/');
        Ok(if is_directory {
            Self::Socket(PathBuf::from(host).join(format!(".s.PGSQL.{port}")))
        } else {
            Self::Tcp { host, port }
        })
    }
}

impl Encryption {
    fn read(fields: &Fields<'_>) -> Result<Self> {
        // Connecting without it would be refused at best.
        for key in ["sslcert", "sslkey"] {
            if fields.get(key).is_some() {
                return Err(fields.error(key, "is not available in this version yet"));
            }
        }
        let ca_file = fields.path("sslrootcert")?;
        if let Some(path) = ca_file.as_ref().filter(|path| !path.exists()) {
            return Err(fields.error("sslrootcert", format!("({}) does not exist", path.display())));
        }
        let trust = match (fields.text("sslmode")?.as_deref().unwrap_or("prefer"), &ca_file) {
            ("disable" | "prefer", Some(_)) => {
                return Err(fields.error("sslrootcert", "needs sslmode verify-full, verify-ca or require"));
            }
            ("disable", None) => return Ok(Self::Never),
            ("prefer", None) => return Ok(Self::WhenOffered),
            ("require", None) => Trust::Anyone,
            // libpq treats `require` like `verify-ca` once it is told of a CA.
            ("require" | "verify-ca", _) => Trust::AnyName,
            ("verify-full", _) => Trust::Named,
            _ => {
                return Err(fields.error("sslmode", "must be disable, prefer, require, verify-ca or verify-full"));
            }
        };
        Ok(Self::Always(TlsPolicy::new(ca_file, trust)))
    }
}

/// Text that PostgreSQL can take. Its protocol ends text with a NUL, and so would every statement.
///
/// # Errors
/// [`crate::Error::Configuration`] when it is no text, or holds a NUL.
pub(crate) fn text(fields: &Fields<'_>, key: &str) -> Result<Option<String>> {
    match fields.text(key)? {
        Some(text) if text.contains('\0') => Err(fields.error(key, "must not contain a NUL character")),
        text => Ok(text.filter(|text| !text.is_empty())),
    }
}

/// # Errors
/// As [`text`], and when there is none.
pub(crate) fn required_text(fields: &Fields<'_>, key: &str) -> Result<String> {
    text(fields, key)?.ok_or_else(|| fields.error(key, "is required"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(changes: Value) -> Result<PostgresSettings, String> {
        let mut settings = json!({"username": "mailer", "password": "hunter2"});
        if let (Value::Object(settings), Value::Object(changes)) = (&mut settings, changes) {
            settings.extend(changes);
        }
        let fields = Fields::new(&settings, "x".into()).map_err(|error| error.to_string())?;
        PostgresSettings::read(&fields).map_err(|error| error.to_string())
    }

    #[test]
    fn has_the_defaults_of_libpq() {
        let settings = read(json!({"host": null})).expect("settings");
        assert_eq!(settings.place, Place::Tcp { host: "localhost".into(), port: 5432 });
        assert_eq!((settings.database.as_str(), settings.encryption), ("mailer", Encryption::WhenOffered));
    }

    #[test]
    fn a_directory_is_where_the_socket_lies() {
        let settings = read(json!({"host": "/run/postgresql", "port": "5433"})).expect("settings");
        assert_eq!(settings.place, Place::Socket("/run/postgresql/.s.PGSQL.5433".into()));
    }

    #[test]
    fn sslmode_means_what_it_means_to_libpq() {
        let encryption = |settings| read(settings).map(|settings| settings.encryption);
        let always = |trust, ca: Option<&str>| Ok(Encryption::Always(TlsPolicy::new(ca.map(PathBuf::from), trust)));
        assert_eq!(encryption(json!({"sslmode": "disable"})), Ok(Encryption::Never));
        assert_eq!(encryption(json!({"sslmode": "require"})), always(Trust::Anyone, None));
        assert_eq!(encryption(json!({"sslmode": "verify-ca"})), always(Trust::AnyName, None));
        assert_eq!(encryption(json!({"sslmode": "verify-full"})), always(Trust::Named, None));
        let ca = json!({"sslmode": "require", "sslrootcert": "/dev/null"});
        assert_eq!(encryption(ca), always(Trust::AnyName, Some("/dev/null")));
    }

    #[test]
    fn says_what_is_wrong_and_shows_no_value() {
        let wrong = |settings| read(settings).expect_err("an error");
        assert!(wrong(json!({"sslmode": "allow"})).starts_with("sslmode must be disable, prefer"));
        assert!(wrong(json!({"sslrootcert": "/dev/null"})).starts_with("sslrootcert needs sslmode verify-full"));
        assert!(wrong(json!({"sslrootcert": "/nowhere"})).contains("does not exist"));
        assert!(wrong(json!({"username": ""})).starts_with("username is required"));
        assert!(wrong(json!({"port": 0})).starts_with("port must be a port"));
        assert!(wrong(json!({"sslcert": "x"})).starts_with("sslcert is not available"));
        let password = wrong(json!({"password": "hunter\u{0}2"}));
        assert!(password.starts_with("password must not contain a NUL") && !password.contains("hunter"));
    }
}
