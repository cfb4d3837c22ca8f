//! Keeps the secrets of a mailbox out of its log, whoever tells them.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Url;
use serde_json::Value;

use crate::secret::Secret;

/// A shorter secret would make lines unreadable, and hides behind nothing that could be called one.
const SHORTEST: usize = 4;

/// Texts of this length may have been cut off, in the middle of a secret perhaps.
const CUT: usize = 100;

/// What is as long as this in the query of a URL is no name of anything.
const LONG: usize = 16;

/// What stands where a secret was.
const MARK: &str = "[REDACTED]";

/// The secrets of one mailbox. Each place that deals with one takes care not to tell it; but servers
/// repeat what they were sent when nobody expects it, and Ruby classes raise with all they know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Redactor {
    secrets: Arc<[Secret]>,
}

impl Redactor {
    /// Collects whatever the settings of a mailbox hold below a key that sounds like a secret, and the
    /// passwords and queries of URLs; each as it is, and as login methods encode it for `email`.
    pub(crate) fn of(settings: &Value, email: &str) -> Self {
        let mut found = Vec::new();
        collect(settings, "", &mut found);
        let encoded: Vec<String> =
            found.iter().flat_map(|secret| [secret.clone(), sasl_plain(email, secret), base64(secret)]).collect();
        let mut long: Vec<String> = encoded.into_iter().filter(|secret| secret.len() >= SHORTEST).collect();
        // One secret may be the beginning of another, whose rest would stay.
        long.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self { secrets: long.into_iter().map(Secret::new).collect() }
    }

    /// `text` without secrets.
    pub(crate) fn text(&self, text: impl Into<String>) -> String {
        self.secrets.iter().fold(text.into(), |text, secret| {
            let mut text = secret.redacted(text);
            if text.len() >= CUT
                && let Some(beginning) = beginning_at_end(&text, secret.expose())
            {
                text.truncate(text.len() - beginning);
                text.push_str(MARK);
            }
            text
        })
    }

    /// `value` without secrets in any of its texts.
    pub(crate) fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(list) => list.into_iter().map(|inner| self.value(inner)).collect(),
            Value::Object(mut map) => {
                map.values_mut().for_each(|inner| *inner = self.value(inner.take()));
                Value::Object(map)
            }
            other => other,
        }
    }
}

/// How many bytes of the secret a text ends with.
fn beginning_at_end(text: &str, secret: &str) -> Option<usize> {
    let lengths = (SHORTEST..secret.len()).rev().filter(|length| secret.is_char_boundary(*length));
    lengths.into_iter().find(|length| text.ends_with(&secret[..*length]))
}

fn collect(value: &Value, key: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| collect(inner, key, found)),
        Value::Array(list) => list.iter().for_each(|inner| collect(inner, key, found)),
        Value::String(text) if is_secret(key) => found.push(text.clone()),
        Value::Number(number) if is_secret(key) => found.push(number.to_string()),
        Value::String(text) => {
            found.extend(url_password(text));
            found.extend(url_query(text));
        }
        _ => {}
    }
}

/// As `MailRoom::Redaction` has it for `inspect`.
fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let says_where = ["_path", "_file", "_url", "_uri"].iter().any(|ending| key.ends_with(ending));
    let words = ["passw", "passphrase", "secret", "token", "credential", "private_key", "apikey", "api_key"];
    !says_where && (key == "key" || words.iter().any(|word| key.contains(word)))
}

/// As it is written; people write passwords with an `@` in them without escaping it.
fn url_password(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let (userinfo, _) = rest.rsplit_once('@')?;
    userinfo.split_once(':').map(|(_, password)| password.to_owned())
}

/// What the query of a URL holds that sounds like a secret, or is as long as one: as it is sent, and
/// as a server reads it.
fn url_query(text: &str) -> Vec<String> {
    let Ok(url) = Url::parse(text) else { return Vec::new() };
    let sent = url.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let sent = sent.map(|(key, value)| (key.into(), value.into()));
    let telling = sent.chain(url.query_pairs()).filter(|(key, value)| is_secret(key) || value.len() >= LONG);
    telling.map(|(_, value)| value.into_owned()).collect()
}

/// RFC 4616.
fn sasl_plain(email: &str, password: &str) -> String {
    base64(&format!("\0{email}\0{password}"))
}

fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn knows_the_secrets_of_a_mailbox_and_nothing_else() {
        let settings = json!({
            "email": "one@example.com", "password": "hunter2", "host": "imap.example.com",
            "delivery_options": {"redis_url": "redis://:hunter3@redis:6379", "jwt_secret_path": "/etc/jwt"},
            "arbitration_options": {"sentinels": [{"host": "s", "password": 12345}]},
            "oauth2": {"token_url": "https://login.example.com/token"},
        });
        let redactor = Redactor::of(&settings, "one@example.com");
        let told =
            "hunter2 hunter3 12345 AG9uZUBleGFtcGxlLmNvbQBodW50ZXIy, but one@example.com imap.example.com /etc/jwt";
        let left = "[REDACTED] [REDACTED] [REDACTED] [REDACTED], but one@example.com imap.example.com /etc/jwt";
        assert_eq!(redactor.text(told), left);
        assert_eq!(redactor.text("https://login.example.com/token"), "https://login.example.com/token");
        assert_eq!(redactor.value(json!({"error": ["hunter2"]})), json!({"error": ["[REDACTED]"]}));
        assert!(!format!("{redactor:?}").contains("hunter"));
    }

    #[test]
    fn knows_what_the_query_of_a_url_holds() {
        let url = "https://example.com/hook?token=a%2Fb+c&project=support&sig=0123456789abcdef#end";
        let redactor = Redactor::of(&json!({"delivery_url": url}), "one@example.com");
        let told = "no route for /hook?token=a%2Fb+c&project=support&sig=0123456789abcdef, not with a/b c";
        let left = "no route for /hook?token=[REDACTED]&project=support&sig=[REDACTED], not with [REDACTED]";
        assert_eq!(redactor.text(told), left);
    }

    #[test]
    fn knows_the_beginning_of_a_secret_where_a_text_was_cut_off() {
        let redactor = Redactor::of(&json!({"password": "correct horse"}), "one@example.com");
        let long = "x".repeat(CUT);
        assert_eq!(redactor.text(format!("{long} correct ho")), format!("{long} [REDACTED]"));
        assert_eq!(redactor.text("is correct"), "is correct");
    }
}
