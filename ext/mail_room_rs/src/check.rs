//! `MailRoom::Native.examine` and `MailRoom::Native.await_message`

use std::time::Duration;

use magnus::{Error, Ruby};
use mail_room_core::{
    check::{Check, await_message as awaited},
    mailbox::Mailbox,
};

use crate::{
    call,
    error::{Failure, guarded},
};

pub(crate) fn examine(ruby: &Ruby, settings_json: String, options_json: String) -> Result<String, Error> {
    guarded(ruby, || -> Result<_, Failure> {
        let check = Check::from_json(&options_json)?;
        let mailbox = Mailbox::from_json(&settings_json)?;
        let findings = call::wait_for(ruby, async move { check.run(&mailbox).await })?;
        Ok(serde_json::json!(findings).to_string())
    })
}

pub(crate) fn await_message(
    ruby: &Ruby,
    settings_json: String,
    message_id: String,
    seconds: f64,
) -> Result<String, Error> {
    guarded(ruby, || -> Result<_, Failure> {
        let mailbox = Mailbox::from_json(&settings_json)?;
        let limit =
            Duration::try_from_secs_f64(seconds).map_err(|_| Failure::Misuse("seconds must not be negative"))?;
        let finding = call::wait_for(ruby, async move { awaited(&mailbox, &message_id, limit).await })?;
        Ok(serde_json::json!(finding).to_string())
    })
}
