//! The GitLab a mailbox belongs to, as far as messages tell: its address.

use crate::{
    Error, Result,
    delivery::DeliverySettings,
    fields::Fields,
    incoming_email::{IncomingEmail, MailboxType},
};

/// Reads `incoming_email`. Where it does not say which of GitLab's mailboxes this is, the delivery does.
///
/// # Errors
/// [`Error::Configuration`].
pub(super) fn incoming_email(fields: &Fields<'_>, delivery: &DeliverySettings) -> Result<Option<IncomingEmail>> {
    if fields.get("incoming_email").is_none() {
        return Ok(None);
    }
    let section = fields.section("incoming_email")?;
    let address = section.required_text("address")?;
    if !address.contains('@') {
        return Err(section.error("address", "must be an address such as incoming+%{key}@example.com"));
    }
    let mailbox_type = match section.text("mailbox_type")?.as_deref() {
        None | Some("") => delivery.mailbox_type(),
        Some("incoming_email") => MailboxType::IncomingEmail,
        Some("service_desk_email") => MailboxType::ServiceDeskEmail,
        Some(_) => return Err(section.error("mailbox_type", "must be incoming_email or service_desk_email")),
    };
    let (incoming, service_desk) = match mailbox_type {
        MailboxType::IncomingEmail => (Some(address.as_str()), None),
        MailboxType::ServiceDeskEmail => (None, Some(address.as_str())),
    };
    let host = section.text("host")?.filter(|host| !host.is_empty());
    let known = IncomingEmail::new(incoming, service_desk, host.as_deref());
    known.map(Some).map_err(|error| match error {
        Error::Configuration(problem) => section.error("address", format!("cannot be used: {problem}")),
        other => other,
    })
}
