//! `MailRoom::Native.requeue`

use magnus::{Error, Ruby};
use mail_room_core::{
    mailbox::Mailbox,
    message::Name,
    requeue::{Requeue, Requeued},
};

use crate::{
    call,
    error::{Failure, guarded},
};

/// Names of mailboxes, and what was found in them.
type Found = Vec<(String, Vec<String>)>;

pub(crate) fn requeue(ruby: &Ruby, settings_json: String, named: Vec<String>, dry_run: bool) -> Result<Found, Error> {
    guarded(ruby, || -> Result<_, Failure> {
        let mailbox = Mailbox::from_json(&settings_json)?;
        let work = async move { Requeue { named, dry_run }.run(mailbox).await };
        let found = call::wait_for(ruby, work)??;
        let told = |messages: Vec<Name>| messages.iter().map(Name::to_string).collect();
        Ok(found.into_iter().map(|Requeued { mailbox, messages }| (mailbox, told(messages))).collect())
    })
}
