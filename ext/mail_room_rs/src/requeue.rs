//! `MailRoom::Native.requeue`

use magnus::{Error, Ruby};
use mail_room_core::{
    mailbox::Mailbox,
    requeue::{Requeue, Requeued},
};

use crate::{
    call,
    error::{Failure, guarded},
};

/// Names of mailboxes, and what was found in them.
type Found = Vec<(String, Vec<u32>)>;

pub(crate) fn requeue(ruby: &Ruby, settings_json: String, uids: Vec<u32>, dry_run: bool) -> Result<Found, Error> {
    guarded(ruby, || -> Result<_, Failure> {
        let mailbox = Mailbox::from_json(&settings_json)?;
        let work = async move { Requeue { uids, dry_run }.run(mailbox).await };
        let found = call::wait_for(ruby, work)??;
        Ok(found.into_iter().map(|Requeued { mailbox, uids }| (mailbox, uids)).collect())
    })
}
