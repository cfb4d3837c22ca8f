//! Reads typed values out of a settings object, with errors that name the mailbox and the key.

use std::{cell::RefCell, fmt::Display, path::PathBuf, rc::Rc, time::Duration};

use serde_json::{Map, Value};

use crate::{Error, Result};

/// One level of a settings object, such as a mailbox or its `delivery_options`.
///
/// `null` counts as absent everywhere: GitLab's templates render explicit nils.
pub(crate) struct Fields<'a> {
    map: Option<&'a Map<String, Value>>,
    /// Where this level stands, such as `delivery_options.`.
    prefix: String,
    /// Whom errors speak of, such as `mailbox "inbox" of a@example.com`.
    subject: String,
    /// What is not wrong but worth a warning. Shared by all levels.
    remarks: Rc<RefCell<Vec<String>>>,
}

impl<'a> Fields<'a> {
    /// # Errors
    /// [`Error::Configuration`] when `value` is not an object.
    pub(crate) fn new(value: &'a Value, subject: String) -> Result<Self> {
        match value {
            Value::Object(map) => Ok(Self { map: Some(map), prefix: String::new(), subject, remarks: Rc::default() }),
            _ => Err(Error::Configuration(format!("{subject}: settings must be a mapping"))),
        }
    }

    /// The level below `key`; empty when the key is absent.
    pub(crate) fn section(&self, key: &str) -> Result<Fields<'a>> {
        let map = match self.get(key) {
            None => None,
            Some(Value::Object(map)) => Some(map),
            Some(other) => return Err(self.wrong(key, "must be a mapping", other)),
        };
        Ok(self.below(map, format!("{}{key}.", self.prefix)))
    }

    /// The mappings listed below `key`; none when the key is absent.
    pub(crate) fn list(&self, key: &str) -> Result<Vec<Fields<'a>>> {
        let entries = match self.get(key) {
            None => return Ok(Vec::new()),
            Some(Value::Array(entries)) => entries,
            Some(other) => return Err(self.wrong(key, "must be a list", other)),
        };
        let fields = |(nth, entry): (usize, &'a Value)| match entry {
            Value::Object(map) => Ok(self.below(Some(map), format!("{}{key}.{nth}.", self.prefix))),
            other => Err(self.wrong(&format!("{key}.{nth}"), "must be a mapping", other)),
        };
        entries.iter().enumerate().map(fields).collect()
    }

    fn below(&self, map: Option<&'a Map<String, Value>>, prefix: String) -> Fields<'a> {
        Fields { map, prefix, subject: self.subject.clone(), remarks: Rc::clone(&self.remarks) }
    }

    /// Something about `key` that an operator should know, for the log.
    pub(crate) fn remark(&self, key: &str, remark: &str) {
        self.remarks.borrow_mut().push(format!("{}{key} {remark}", self.prefix));
    }

    /// What was remarked on any level, once.
    pub(crate) fn take_remarks(&self) -> Vec<String> {
        self.remarks.take()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map?.get(key).filter(|value| !value.is_null())
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.map.into_iter().flat_map(|map| map.keys().map(String::as_str))
    }

    pub(crate) fn text(&self, key: &str) -> Result<Option<String>> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            // A password of digits that stands in YAML without quotes.
            Some(Value::Number(number)) if !number.is_f64() => Ok(Some(number.to_string())),
            Some(other) => Err(self.wrong(key, "must be text (put it in quotes)", other)),
        }
    }

    pub(crate) fn required_text(&self, key: &str) -> Result<String> {
        self.text(key)?.filter(|text| !text.is_empty()).ok_or_else(|| self.error(key, "is required"))
    }

    pub(crate) fn path(&self, key: &str) -> Result<Option<PathBuf>> {
        Ok(self.text(key)?.filter(|text| !text.is_empty()).map(PathBuf::from))
    }

    pub(crate) fn switch(&self, key: &str) -> Result<bool> {
        match self.get(key) {
            None => Ok(false),
            Some(Value::Bool(on)) => Ok(*on),
            Some(other) => Err(self.wrong(key, "must be true or false", other)),
        }
    }

    /// A whole number; digits in quotes count as one.
    pub(crate) fn whole(&self, key: &str) -> Result<Option<u64>> {
        let number = match self.get(key) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        number.map(Some).ok_or_else(|| self.error(key, "must be a whole number, 0 or more"))
    }

    pub(crate) fn port(&self, key: &str) -> Result<Option<u16>> {
        match self.whole(key)? {
            None => Ok(None),
            Some(number) => match u16::try_from(number) {
                Ok(port) if port > 0 => Ok(Some(port)),
                _ => Err(self.error(key, "must be a port from 1 to 65535")),
            },
        }
    }

    /// A number of seconds above zero, fractions allowed.
    pub(crate) fn seconds(&self, key: &str, default: Duration) -> Result<Duration> {
        let seconds = match self.get(key) {
            None => return Ok(default),
            Some(Value::Number(number)) => number.as_f64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        seconds
            .filter(|seconds| *seconds > 0.0)
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .ok_or_else(|| self.error(key, "must be a number of seconds above 0"))
    }

    /// An error about `key` that also says which kind of value stands there, never the value.
    fn wrong(&self, key: &str, expected: &str, found: &Value) -> Error {
        let kind = match found {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "text",
            Value::Array(_) => "a list",
            Value::Object(_) => "a mapping",
        };
        self.error(key, format!("{expected}, but is {kind}"))
    }

    pub(crate) fn error(&self, key: &str, problem: impl Display) -> Error {
        Error::Configuration(format!("{}: {}{key} {problem}", self.subject, self.prefix))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message<T: std::fmt::Debug>(result: Result<T>) -> String {
        result.expect_err("an error").to_string()
    }

    #[test]
    fn errors_name_mailbox_and_key_but_not_the_value() {
        let value = json!({"password": 8_675_309.5, "delivery_options": {"queue": ["x"]}, "port": "99999"});
        let fields = Fields::new(&value, "mailbox \"inbox\" of a@example.com".into()).expect("an object");
        let text = message(fields.text("password"));
        assert_eq!(
            text,
            "mailbox \"inbox\" of a@example.com: password must be text (put it in quotes), but is a number"
        );
        let options = fields.section("delivery_options").expect("a section");
        assert!(message(options.text("queue")).contains(": delivery_options.queue must be text"));
        assert!(message(fields.port("port")).contains("must be a port from 1 to 65535"));
        assert!(message(fields.required_text("host")).ends_with(": host is required"));
    }

    #[test]
    fn digits_are_text_and_a_number_with_quotes_and_without() {
        let value = json!({"password": 12345, "token": -1, "port": "993"});
        let fields = Fields::new(&value, String::new()).expect("an object");
        assert_eq!(fields.text("password").expect("text").as_deref(), Some("12345"));
        assert_eq!(fields.text("token").expect("text").as_deref(), Some("-1"));
        assert_eq!(fields.whole("port").expect("a number"), Some(993));
    }

    #[test]
    fn null_is_absent_and_quoted_digits_are_a_number() {
        let value = json!({"idle_timeout": null, "port": "993", "ssl": null});
        let fields = Fields::new(&value, String::new()).expect("an object");
        assert_eq!(fields.seconds("idle_timeout", Duration::from_secs(7)).expect("default"), Duration::from_secs(7));
        assert_eq!(fields.port("port").expect("a port"), Some(993));
        assert!(!fields.switch("ssl").expect("off"));
    }
}
