//! Settings, which a template may have rendered into anything.

use serde_json::Value;

use crate::mailbox::Mailbox;

/// Added to a value, so that it is known when it shows.
const MARK: &str = "Zq7vXk9w";

/// Keys whose value an error may tell: names, and words for which there are others. So it may with the
/// places of files, which get no mark.
const TOLD: [&str; 6] = ["email", "name", "ciphers", "min_version", "max_version", "ssl_version"];

/// Keys whose value is a secret as a whole, whatever it is.
const SECRET: [&str; 12] = [
    "password",
    "sentinel_password",
    "delivery_token",
    "token",
    "delivery_password",
    "redis_url",
    "delivery_url",
    "url",
    "client_secret",
    "refresh_token",
    "token_command",
    "key",
];

/// The settings of a mailbox. Whatever they are, they end in settings or in an error, no error tells a
/// value, and no dump a secret.
pub(crate) fn mailbox(bytes: &[u8]) {
    let Ok(mut settings) = serde_json::from_slice::<Value>(bytes) else {
        if let Ok(text) = std::str::from_utf8(bytes) {
            assert!(Mailbox::from_json(text).is_err());
        }
        return;
    };
    defuse(&mut settings, "");
    look_at(&settings, "");
    let values = count(&settings);
    for nth in 0..values.min(40) {
        let (mut marked, mut left) = (settings.clone(), nth);
        if let Some(key) = mark(&mut marked, "", &mut left) {
            look_at(&marked, &key);
        }
    }
}

/// `key` is that of the value that holds the mark.
fn look_at(settings: &Value, key: &str) {
    match Mailbox::from_json(&settings.to_string()) {
        Err(error) if TOLD.contains(&key) => drop(error.to_string()),
        Err(error) => {
            let text = error.to_string();
            assert!(!text.contains(MARK), "an error tells the value of {key}: {text}");
        }
        Ok(mailbox) => {
            let dump = format!("{mailbox:?}");
            assert!(!SECRET.contains(&key) || !dump.contains(MARK), "a dump tells {key}: {dump}");
        }
    }
}

/// No file of this machine is opened: a name could be that of a device, or of a pipe nobody writes to.
fn defuse(value: &mut Value, key: &str) {
    match value {
        Value::Object(map) => map.iter_mut().for_each(|(key, inner)| defuse(inner, key)),
        Value::Array(list) => list.iter_mut().for_each(|inner| defuse(inner, key)),
        Value::String(text) if opens(key) && !text.contains("-----BEGIN") && !text.is_empty() => {
            *text = "/nonexistent/file".to_owned();
        }
        // A number is text where a path is asked for.
        Value::Number(_) if opens(key) => *value = Value::from("/nonexistent/file"),
        _ => {}
    }
}

fn opens(key: &str) -> bool {
    ["_file", "_path", "cert", "key"].iter().any(|ending| key.ends_with(ending))
}

fn count(value: &Value) -> usize {
    match value {
        Value::Object(map) => map.values().map(count).sum(),
        Value::Array(list) => list.iter().map(count).sum(),
        Value::String(_) => 1,
        _ => 0,
    }
}

/// Marks the text with this number, and tells its key.
fn mark(value: &mut Value, key: &str, left: &mut usize) -> Option<String> {
    match value {
        Value::Object(map) => map.iter_mut().find_map(|(key, inner)| mark(inner, key, left)),
        Value::Array(list) => list.iter_mut().find_map(|inner| mark(inner, key, left)),
        Value::String(text) if *left == 0 => {
            // Within the userinfo of a URL, where its password stands.
            match text.split_once("://") {
                Some((scheme, rest)) => *text = format!("{scheme}://u:{MARK}@{}", rest.rsplit('@').next()?),
                // The name of a host, a socket or a file.
                None if key.ends_with("url") || (opens(key) && text.starts_with('/')) => return None,
                None => text.push_str(MARK),
            }
            Some(key.to_owned())
        }
        Value::String(_) => {
            *left -= 1;
            None
        }
        _ => None,
    }
}
