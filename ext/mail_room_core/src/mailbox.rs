//! The settings of one mailbox: from what was written to what it means, checked once.

mod filter;
mod gitlab;
mod limits;
mod timeouts;

use serde::Deserialize;
use serde_json::Value;

pub(crate) use self::{
    filter::{Action, Filter, Rule},
    limits::Limits,
    timeouts::Timeouts,
};
use crate::{
    Error, Result,
    arbitration::ArbitrationSettings,
    delivery::DeliverySettings,
    fields::Fields,
    inbox::InboxSettings,
    incoming_email::IncomingEmail,
    log::{Redactor, Target},
};

/// Everything a watcher needs to know about its mailbox.
///
/// Where the keys come from: `gitlab-mail_room`'s README and GitLab's `config/mail_room.yml`.
#[derive(Clone, Debug)]
pub struct Mailbox {
    pub(crate) inbox: InboxSettings,
    pub(crate) arbitration: ArbitrationSettings,
    pub(crate) delivery: DeliverySettings,
    pub(crate) settlement: Settlement,
    /// The GitLab it belongs to, when the log is to tell what that will do with messages.
    pub(crate) incoming_email: Option<IncomingEmail>,
    pub(crate) filter: Filter,
    /// Where quarantined messages are moved to; unless set they stay.
    pub(crate) quarantine_mailbox: Option<String>,
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    pub(crate) log: Target,
    /// What an operator should know about these settings although nothing is wrong with them.
    pub(crate) remarks: Vec<String>,
    /// What its log must not tell.
    pub(crate) redactor: Redactor,
}

/// What becomes of a message on the server once the application has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settlement {
    /// Mark `\Deleted` besides `\Seen`.
    pub(crate) delete: bool,
    /// Remove what was marked `\Deleted`.
    pub(crate) expunge: bool,
}

impl Settlement {
    fn read(fields: &Fields<'_>, inbox: &InboxSettings) -> Result<Self> {
        let delete = fields.switch("delete_after_delivery")?;
        let expunge = fields.switch("expunge_deleted")?;
        // Microsoft Graph has no mark for messages that are to be removed later.
        Ok(Self { delete, expunge: expunge || matches!(inbox, InboxSettings::Graph(_)) })
    }
}

impl Mailbox {
    /// Reads the settings of one mailbox, an object with the keys of `MailRoom::Mailbox`.
    ///
    /// # Errors
    /// [`Error::Configuration`] when a value is missing or of the wrong type; the text names the
    /// mailbox and the key, never the value.
    pub fn from_settings(settings: &Value) -> Result<Self> {
        let fields = Fields::new(settings, title(settings))?;
        let inbox = InboxSettings::read(&fields)?;
        let delivery = DeliverySettings::read(&fields)?;
        let filter = Filter::read(&fields)?;
        Ok(Self {
            redactor: Redactor::of(settings, inbox.email()),
            settlement: Settlement::read(&fields, &inbox)?,
            arbitration: ArbitrationSettings::read(&fields)?,
            incoming_email: gitlab::incoming_email(&fields, &delivery, &filter)?,
            filter,
            delivery,
            quarantine_mailbox: quarantine_mailbox(&fields, &inbox)?,
            inbox,
            limits: Limits::read(&fields)?,
            timeouts: Timeouts::read(&fields)?,
            log: Target::read(&fields)?,
            remarks: fields.take_remarks(),
        })
    }

    /// Reads the settings of one mailbox from JSON text.
    ///
    /// # Errors
    /// As [`Mailbox::from_settings`], and when the text is not JSON.
    pub fn from_json(text: &str) -> Result<Self> {
        Self::from_settings(&parse::<Value>(text)?)
    }
}

fn quarantine_mailbox(fields: &Fields<'_>, inbox: &InboxSettings) -> Result<Option<String>> {
    let name = fields.text("quarantine_mailbox")?.filter(|name| !name.is_empty());
    if name.as_deref().is_some_and(|name| inbox.is_called(name)) {
        return Err(fields.error("quarantine_mailbox", "must be another mailbox than name"));
    }
    Ok(name)
}

/// Parses settings; serde's own message could quote a value, so only the place is told.
pub(crate) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| Error::Configuration(format!("settings are not JSON (column {})", error.column())))
}

/// How errors call a mailbox: `mailbox "inbox" of support@example.com`.
fn title(settings: &Value) -> String {
    let text = |key| settings.get(key).and_then(Value::as_str).unwrap_or("?");
    format!("mailbox {:?} of {}", text("name"), text("email"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_dump_tells_no_secret() {
        let redis = json!({
            "redis_url": "redis://user:hunter2@mymaster", "sentinel_password": "hunter2", "worker": "W", "queue": "q",
            "sentinels": [{"host": "s", "password": "hunter2"}],
        });
        let deliveries = [
            json!({"delivery_method": "sidekiq", "delivery_options": redis}),
            json!({"delivery_method": "postback", "delivery_token": "hunter2",
                   "delivery_url": "https://u:hunter2@h/hook?key=hunter2"}),
            json!({"delivery_method": "postback", "delivery_url": "http://h/", "delivery_username": "u",
                   "delivery_password": "hunter2"}),
            json!({"delivery_method": "que", "delivery_options": {"password": "hunter2", "job_class": "J"}}),
        ];
        for delivery in deliveries {
            let mut settings = json!({
                "email": "one@example.com", "password": "hunter2", "name": "INBOX", "host": "h", "port": 993,
                "arbitration_method": "redis", "arbitration_options": redis,
            });
            let more = delivery.as_object().expect("a mapping").clone();
            settings.as_object_mut().expect("a mapping").extend(more);
            let dump = format!("{0:?} {0:#?}", Mailbox::from_settings(&settings).expect("settings"));
            assert!(dump.contains("one@example.com") && !dump.contains("hunter2"), "{dump}");
        }
    }
}
