//! Where a PostgreSQL server is, and how far it has to prove that it is the one.

use std::{env, path::PathBuf};

use crate::{
    Result,
    fields::Fields,
    secret::Secret,
    tls::{TlsPolicy, Trust},
};

/// What libpq connects to when nothing is configured.
const DEFAULT_HOST: &str = "localhost";
const DEFAULT_PORT: u16 = 5432;

/// Keys of the files TLS may need: whom to trust, and what to show.
const FILES: [&str; 3] = ["sslrootcert", "sslcert", "sslkey"];

/// `host`, `port`, `database`, `username` and `password`, as today's gem gives them to libpq, and
/// libpq's own `sslmode`, `sslrootcert`, `sslcert` and `sslkey`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PostgresSettings {
    pub(super) place: Place,
    /// Named after the user unless set.
    pub(super) database: Option<String>,
    /// The user this process runs as unless set.
    pub(super) username: Option<String>,
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
        Ok(Self {
            place: Place::read(fields)?,
            database: given(fields, "database")?,
            username: given(fields, "username")?,
            password: given(fields, "password")?.map(Secret::new),
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
        let mode = given(fields, "sslmode")?;
        let checked = FILES.iter().find(|key| fields.get(key).is_some());
        let trust = match (mode.as_deref().unwrap_or("prefer"), checked) {
            ("disable" | "allow" | "prefer", Some(key)) => {
                return Err(fields.error(key, "needs sslmode verify-full, verify-ca or require"));
            }
            ("disable", None) => return Ok(Self::Never),
            ("allow" | "prefer", None) => return Ok(Self::WhenOffered),
            // libpq treats `require` like `verify-ca` once it is told of a CA.
            ("require", _) if fields.get(FILES[0]).is_none() => Trust::Anyone,
            ("require" | "verify-ca", _) => Trust::AnyName,
            ("verify-full", _) => Trust::Named,
            _ => {
                return Err(fields.error("sslmode", "must be disable, prefer, require, verify-ca or verify-full"));
            }
        };
        TlsPolicy::in_words(fields, FILES, trust).map(Self::Always)
    }
}

/// A setting, or what the environment says in its place: the gem before left it to libpq, which looks
/// there (PostgreSQL documentation, section 34.15).
fn given(fields: &Fields<'_>, key: &str) -> Result<Option<String>> {
    let variable = match key {
        "database" => "PGDATABASE",
        "username" => "PGUSER",
        "password" => "PGPASSWORD",
        _ => "PGSSLMODE",
    };
    let by_environment = || env::var(variable).ok().filter(|value| !value.is_empty());
    Ok(text(fields, key)?.or_else(by_environment))
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
        assert_eq!(settings.encryption, Encryption::WhenOffered);
    }

    #[test]
    fn a_directory_is_where_the_socket_lies() {
        let settings = read(json!({"host": "/run/postgresql", "port": "5433"})).expect("settings");
        assert_eq!(settings.place, Place::Socket("/run/postgresql/.s.PGSQL.5433".into()));
    }

    #[test]
    fn sslmode_means_what_it_means_to_libpq() {
        let encryption = |settings| read(settings).map(|settings| settings.encryption);
        let always = |trust, ca: Value| {
            let fields = Fields::new(&ca, "x".into()).expect("a mapping");
            Ok(Encryption::Always(TlsPolicy::in_words(&fields, FILES, trust).expect("a policy")))
        };
        assert_eq!(encryption(json!({"sslmode": "disable"})), Ok(Encryption::Never));
        assert_eq!(encryption(json!({"sslmode": "require"})), always(Trust::Anyone, json!({})));
        assert_eq!(encryption(json!({"sslmode": "verify-ca"})), always(Trust::AnyName, json!({})));
        assert_eq!(encryption(json!({"sslmode": "verify-full"})), always(Trust::Named, json!({})));
        let ca = json!({"sslrootcert": "/dev/null"});
        assert_eq!(encryption(json!({"sslmode": "require", "sslrootcert": "/dev/null"})), always(Trust::AnyName, ca));
    }

    #[test]
    fn says_what_is_wrong_and_shows_no_value() {
        let wrong = |settings| read(settings).expect_err("an error");
        assert!(wrong(json!({"sslmode": "always"})).starts_with("x: sslmode must be disable, prefer"));
        assert!(wrong(json!({"sslrootcert": "/dev/null"})).starts_with("x: sslrootcert needs sslmode verify-full"));
        let missing = json!({"sslmode": "verify-ca", "sslrootcert": "/nowhere"});
        assert!(wrong(missing).starts_with("x: sslrootcert (/nowhere) cannot be read"));
        let lonely = json!({"sslmode": "require", "sslkey": "/dev/null"});
        assert!(wrong(lonely).starts_with("x: sslkey needs a certificate beside it (sslcert)"));
        assert!(wrong(json!({"port": 0})).starts_with("x: port must be a port"));
        assert!(wrong(json!({"sslcert": "x"})).starts_with("x: sslcert needs sslmode"));
        let password = wrong(json!({"password": "hunter\u{0}2"}));
        assert!(password.starts_with("x: password must not contain a NUL") && !password.contains("hunter"));
    }
}
