//! `MailRoom::Native.examine` and `MailRoom::Native.await_message`

use std::time::Duration;

use magnus::{Error, Ruby};
use mail_room_core::{
    check::{Check, await_message as awaited, to_json},
    mailbox::Mailbox,
};

use crate::{
    call,
    error::{Failure, guarded},
};

pub(crate) fn examine(ruby: &Ruby, settings_json: String, options_json: String) -> Result<String, Error> {
    guarded(ruby, || -> Result<_, Failure> {
        let check = Check::from_json(&options_json)?;
        let mailbox = mailbox(ruby, settings_json)?;
        call::wait_for(ruby, async move { to_json(check.run(&mailbox).await, &mailbox) })
    })
}

pub(crate) fn await_message(
    ruby: &Ruby,
    settings_json: String,
    message_id: String,
    seconds: f64,
) -> Result<String, Error> {
    guarded(ruby, || -> Result<_, Failure> {
        let limit =
            Duration::try_from_secs_f64(seconds).map_err(|_| Failure::Misuse("seconds must not be negative"))?;
        let mailbox = mailbox(ruby, settings_json)?;
        call::wait_for(ruby, async move { awaited(&mailbox, &message_id, limit).await.to_json(&mailbox) })
    })
}

/// Files with secrets are tried, on whatever disk they lie.
fn mailbox(ruby: &Ruby, settings_json: String) -> Result<Mailbox, Failure> {
    Ok(call::wait_for_thread(ruby, move || Mailbox::from_json(&settings_json))??)
}
