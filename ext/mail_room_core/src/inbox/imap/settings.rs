//! Where an IMAP mailbox is and how to get in.

mod credentials;
mod password;

pub(super) use self::{
    credentials::{Credentials, PasswordMethod, TokenMethod},
    password::Password,
};
use crate::{Result, fields::Fields, http::is_this_machine, tls::TlsPolicy};

/// The IMAP keys of a mailbox's settings.
#[derive(Clone, Debug)]
pub(crate) struct ImapSettings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) email: String,
    pub(crate) credentials: Credentials,
    pub(crate) name: String,
    pub(crate) search_command: String,
}

/// What stands between the password and the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Security {
    /// Nothing.
    Plain,
    /// TLS from the first byte (RFC 8314).
    Tls(TlsPolicy),
    /// TLS after STARTTLS (RFC 3501, section 6.2.1).
    StartTls(TlsPolicy),
}

impl ImapSettings {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        let port = fields.port("port")?.ok_or_else(|| fields.error("port", "is required"))?;
        let host = fields.required_text("host")?;
        let security = Security::read(fields, port)?;
        let credentials = Credentials::read(fields)?;
        // RFC 6750, section 5.3. Whoever reads a token along can log in with it.
        if matches!(credentials, Credentials::Token { .. }) && !security.is_tls() && !is_this_machine(&host) {
            return Err(fields.error("oauth2", "needs ssl or start_tls: no token is sent without TLS"));
        }
        Ok(Self {
            host,
            port,
            security,
            email: fields.required_text("email")?,
            credentials,
            name: fields.required_text("name")?,
            search_command: search_command(fields)?,
        })
    }

    /// Whose mailbox it is, in a form that tells accounts of different servers apart: a login name
    /// that is no address gets the host.
    pub(crate) fn account(&self) -> String {
        if self.email.contains('@') {
            self.email.clone()
        } else {
            format!("{}@{}", self.email, self.host.to_ascii_lowercase())
        }
    }
}

impl Security {
    /// Whether nobody between can read along.
    pub(super) fn is_tls(&self) -> bool {
        *self != Self::Plain
    }

    /// `ssl` may be true, false or a hash of options, and `start_tls` true besides. TLS inside TLS
    /// makes no sense: with both set, port 993 means TLS from the first byte, any other STARTTLS.
    fn read(fields: &Fields<'_>, port: u16) -> Result<Self> {
        let start_tls = fields.switch("start_tls")?;
        let (ssl, policy) = if fields.get("ssl").is_some_and(serde_json::Value::is_object) {
            (true, TlsPolicy::read(&fields.section("ssl")?)?)
        } else {
            let ssl = fields.switch("ssl").map_err(|_| fields.error("ssl", "must be true, false or a mapping"))?;
            (ssl, TlsPolicy::default())
        };
        Ok(match (ssl, start_tls) {
            (true, true) if port == 993 => Self::Tls(policy),
            (_, true) => Self::StartTls(policy),
            (true, false) => Self::Tls(policy),
            (false, false) => Self::Plain,
        })
    }
}

/// The criteria of SEARCH, `UNSEEN` unless set. A line break would smuggle in a second command.
fn search_command(fields: &Fields<'_>) -> Result<String> {
    let command = fields.text("search_command")?.unwrap_or_else(|| "UNSEEN".to_owned());
    if command.trim().is_empty() || command.chars().any(char::is_control) || !command.is_ascii() {
        return Err(fields.error("search_command", "must be one line of IMAP search criteria, such as UNSEEN"));
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(more: &Value) -> Result<ImapSettings> {
        let mut settings = json!({"host": "h", "port": 143, "email": "incoming", "password": "p", "name": "inbox"});
        let map = settings.as_object_mut().expect("an object");
        map.extend(more.as_object().expect("an object").clone());
        ImapSettings::read(&Fields::new(&settings, "m".into())?)
    }

    #[test]
    fn start_tls_and_ssl_together() {
        let security = |ssl: Value, port: u16| {
            read(&json!({"ssl": ssl, "port": port, "start_tls": true})).expect("settings").security
        };
        let policy = TlsPolicy::default;
        assert_eq!(security(json!(true), 993), Security::Tls(policy()));
        assert_eq!(security(json!(true), 143), Security::StartTls(policy()));
        assert_eq!(security(json!(null), 143), Security::StartTls(policy()));
        let lax = security(json!({"verify_mode": "none"}), 143);
        assert!(matches!(lax, Security::StartTls(given) if given != policy()));
    }

    #[test]
    fn a_token_needs_tls_on_its_way_to_another_machine() {
        let with = |host: &str, ssl: bool| {
            read(&json!({"host": host, "ssl": ssl, "password": null, "oauth2": {"token_file": "/run/token"}}))
        };
        for (host, ssl) in [("imap.example.com", true), ("localhost", false), ("127.0.0.2", false), ("::1", false)] {
            assert!(with(host, ssl).is_ok(), "{host}");
        }
        let error = with("localhost.example.com", false).expect_err("an error").to_string();
        assert!(error.ends_with("oauth2 needs ssl or start_tls: no token is sent without TLS"), "{error}");
    }

    #[test]
    fn a_search_command_is_one_line() {
        assert_eq!(read(&json!({})).expect("settings").search_command, "UNSEEN");
        assert!(read(&json!({"search_command": "ALL\r\nA9 DELETE inbox"})).is_err());
    }

    #[test]
    fn a_bare_login_name_is_told_apart_by_its_host() {
        assert_eq!(read(&json!({})).expect("settings").account(), "incoming@h");
        assert_eq!(read(&json!({"email": "a@b"})).expect("settings").account(), "a@b");
    }
}
