//! The GitLab a mailbox belongs to, as far as messages tell: its address.

use crate::{
    Error, Result,
    delivery::DeliverySettings,
    fields::Fields,
    incoming_email::{IncomingEmail, MailboxType, PLACEHOLDER},
    mailbox::{Filter, Rule},
};

/// Reads `incoming_email`. Where it does not say which of GitLab's mailboxes this is, the delivery may. The rule about
/// messages that nobody takes must not rest on a guess: it would have mail skipped that somebody wants.
///
/// # Errors
/// [`Error::Configuration`].
pub(super) fn incoming_email(
    fields: &Fields<'_>,
    delivery: &DeliverySettings,
    filter: &Filter,
) -> Result<Option<IncomingEmail>> {
    if fields.get("incoming_email").is_none() && filter.has(Rule::Unmatched) {
        return Err(fields.error("filter.unmatched", "needs incoming_email.address"));
    }
    if fields.get("incoming_email").is_none() {
        return Ok(None);
    }
    let section = fields.section("incoming_email")?;
    let address = section.required_text("address")?;
    if !address.contains('@') {
        return Err(section.error("address", "must be an address such as incoming+%{key}@example.com"));
    }
    let host = section.text("host")?.filter(|host| !host.is_empty());
    let mailbox_type = match section.text("mailbox_type")?.as_deref() {
        None | Some("") => delivery.mailbox_type(),
        Some("incoming_email") => Some(MailboxType::IncomingEmail),
        Some("service_desk_email") => Some(MailboxType::ServiceDeskEmail),
        Some(_) => return Err(section.error("mailbox_type", "must be incoming_email or service_desk_email")),
    };
    if filter.has(Rule::Unmatched) {
        let unmatched = |problem: &str| fields.error("filter.unmatched", problem);
        if mailbox_type.is_none() {
            return Err(unmatched("needs incoming_email.mailbox_type with this delivery"));
        }
        let has_placeholder = address.contains(PLACEHOLDER);
        match (has_placeholder, &host) {
            (true, Some(_)) => {}
            (true, None) => fields
                .remark("filter.unmatched", "without incoming_email.host: replies are known by their address alone"),
            (false, Some(_)) => fields.remark(
                "filter.unmatched",
                "with an address without %{key}: only replies are known, by their References",
            ),
            (false, None) => {
                return Err(unmatched(
                    "needs %{key} in incoming_email.address, or incoming_email.host: nothing matches",
                ));
            }
        }
    }
    let (incoming, service_desk) = match mailbox_type.unwrap_or_default() {
        MailboxType::IncomingEmail => (Some(address.as_str()), None),
        MailboxType::ServiceDeskEmail => (None, Some(address.as_str())),
    };
    let known = IncomingEmail::new(incoming, service_desk, host.as_deref());
    known.map(Some).map_err(|error| match error {
        Error::Configuration(problem) => fields.error("incoming_email", format!("cannot be used: {problem}")),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::mailbox::Mailbox;

    const ADDRESS: &str = "incoming+%{key}@example.com";

    fn read(delivery: &Value, incoming_email: &Value) -> Result<Option<MailboxType>> {
        let mut settings = json!({
            "email": "one@example.com", "password": "hunter2", "name": "INBOX", "host": "h", "port": 993,
            "incoming_email": incoming_email,
        });
        let more = delivery.as_object().expect("a mapping").clone();
        settings.as_object_mut().expect("a mapping").extend(more);
        let mailbox = Mailbox::from_settings(&settings)?;
        Ok(mailbox.incoming_email.map(|gitlab| gitlab.route(b"Subject: x\r\n\r\n").mailbox))
    }

    #[test]
    fn the_delivery_tells_which_mailbox_it_is() {
        use MailboxType::{IncomingEmail, ServiceDeskEmail};
        let sidekiq = |worker: &str| {
            let options = json!({"redis_url": "redis://h", "queue": "q", "worker": worker});
            json!({"delivery_method": "sidekiq", "delivery_options": options})
        };
        let postback = |url: &str| json!({"delivery_method": "postback", "delivery_url": url});
        let api = "https://gitlab.example.com/api/v4/internal/mail_room";
        let ruby = json!({"delivery_method": "ruby", "deliverer": "ServiceDeskEmailReceiverWorker"});
        for (delivery, expected) in [
            (sidekiq("EmailReceiverWorker"), IncomingEmail),
            (sidekiq("ServiceDeskEmailReceiverWorker"), ServiceDeskEmail),
            (postback(&format!("{api}/incoming_email")), IncomingEmail),
            (postback(&format!("{api}/service_desk_email")), ServiceDeskEmail),
            (postback("https://gitlab.example.com/hook?from=/service_desk_email"), IncomingEmail),
            (ruby, IncomingEmail),
        ] {
            assert_eq!(read(&delivery, &json!({"address": ADDRESS})).expect("settings"), Some(expected), "{delivery}");
            for (written, said) in [("incoming_email", IncomingEmail), ("service_desk_email", ServiceDeskEmail)] {
                let incoming_email = json!({"address": ADDRESS, "mailbox_type": written});
                assert_eq!(read(&delivery, &incoming_email).expect("settings"), Some(said), "{delivery}");
            }
            assert_eq!(read(&delivery, &Value::Null).expect("settings"), None);
        }
    }

    #[test]
    fn errors_name_mailbox_and_key() {
        for (incoming_email, problem) in [
            (json!({}), ".address is required"),
            (json!({"address": "", "host": "h"}), ".address is required"),
            (json!({"address": "%{key}"}), ".address must be an address such as incoming+%{key}@example.com"),
            (
                json!({"address": format!("{ADDRESS}{}", "x".repeat(700_000))}),
                " cannot be used: address is too long to be one",
            ),
            (
                json!({"address": ADDRESS, "mailbox_type": "inbox"}),
                ".mailbox_type must be incoming_email or service_desk_email",
            ),
        ] {
            let error = read(&json!({"delivery_method": "noop"}), &incoming_email).expect_err("an error").to_string();
            let expected = format!("mailbox \"INBOX\" of one@example.com: incoming_email{problem}");
            assert!(error.starts_with(&expected) && error.len() < 200, "{error:.300}");
        }
    }
}
