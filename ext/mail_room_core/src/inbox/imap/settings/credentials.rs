//! What shows the server that it is us.

use super::password::Password;
use crate::{Result, fields::Fields, oauth2::OAuth2Settings};

/// What shows the server that it is us.
#[derive(Clone, Debug)]
pub(crate) enum Credentials {
    Password {
        password: Password,
        /// When the settings insist on one way.
        method: Option<PasswordMethod>,
    },
    Token {
        source: OAuth2Settings,
        method: TokenMethod,
    },
}

/// How a password gets to the server, or the proof that we know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasswordMethod {
    Login,
    Plain,
    ScramSha256,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenMethod {
    Xoauth2,
    OauthBearer,
}

impl Credentials {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self> {
        let name = fields.text("auth_method")?.filter(|name| !name.is_empty());
        let method = name.as_deref().map(|name| method(name).ok_or_else(|| fields.error("auth_method", METHODS)));
        let method = method.transpose()?;
        let Some(source) = OAuth2Settings::read(fields)? else {
            let method = match method {
                None => None,
                Some(Method::Password(method)) => Some(method),
                Some(Method::Token(_)) => {
                    return Err(fields.error("auth_method", "takes an access token: it needs oauth2 beside it"));
                }
            };
            return Ok(Self::Password { password: Password::read(fields)?, method });
        };
        for key in ["password", "password_file"] {
            if fields.text(key)?.is_some_and(|written| !written.is_empty()) {
                fields.remark(key, "has no effect with oauth2");
            }
        }
        match method {
            None => Ok(Self::Token { source, method: TokenMethod::Xoauth2 }),
            Some(Method::Token(method)) => Ok(Self::Token { source, method }),
            Some(Method::Password(_)) => {
                Err(fields.error("auth_method", "takes a password: with oauth2 it must be xoauth2 or oauthbearer"))
            }
        }
    }
}

enum Method {
    Password(PasswordMethod),
    Token(TokenMethod),
}

const METHODS: &str = "must be login, plain, scram-sha-256, xoauth2 or oauthbearer";

fn method(name: &str) -> Option<Method> {
    Some(match name.to_ascii_lowercase().as_str() {
        "login" => Method::Password(PasswordMethod::Login),
        "plain" => Method::Password(PasswordMethod::Plain),
        "scram-sha-256" => Method::Password(PasswordMethod::ScramSha256),
        "xoauth2" => Method::Token(TokenMethod::Xoauth2),
        "oauthbearer" => Method::Token(TokenMethod::OauthBearer),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(more: &Value) -> Result<Credentials> {
        let mut settings = json!({"password": "p"});
        let map = settings.as_object_mut().expect("an object");
        map.extend(more.as_object().expect("an object").clone());
        Credentials::read(&Fields::new(&settings, "m".into())?)
    }

    #[test]
    fn a_login_method_that_is_none_is_told_which_there_are() {
        let error = read(&json!({"auth_method": "cram-md5"})).expect_err("an error").to_string();
        assert!(error.ends_with("auth_method must be login, plain, scram-sha-256, xoauth2 or oauthbearer"), "{error}");
        let method = |name| match read(&json!({"auth_method": name})).expect("settings") {
            Credentials::Password { method, .. } => method,
            Credentials::Token { .. } => panic!("a token"),
        };
        assert_eq!(method("SCRAM-SHA-256"), Some(PasswordMethod::ScramSha256));
        assert_eq!(method("Plain"), Some(PasswordMethod::Plain));
    }

    #[test]
    fn a_token_has_to_come_from_somewhere() {
        for name in ["xoauth2", "OAUTHBEARER"] {
            let error = read(&json!({"auth_method": name})).expect_err("an error").to_string();
            assert!(error.contains("auth_method") && error.contains("oauth2"), "{error}");
        }
        let error = read(&json!({"password": null})).expect_err("an error").to_string();
        assert!(error.ends_with("password is required (or password_file)"), "{error}");
    }
}
