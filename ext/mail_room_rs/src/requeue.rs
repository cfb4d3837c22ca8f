//! `MailRoom::Native.requeue`

use magnus::{Error, Ruby};
use mail_room_core::{mailbox::Mailbox, requeue::Requeue};

use crate::{call, error::guarded};

pub(crate) fn requeue(ruby: &Ruby, settings_json: String, uids: Vec<u32>, dry_run: bool) -> Result<Vec<u32>, Error> {
    guarded(ruby, || {
        let mailbox = Mailbox::from_json(&settings_json)?;
        let work = async move { Requeue { uids, dry_run }.run(mailbox).await };
        Ok::<_, crate::error::Failure>(call::wait_for(ruby, work)??)
    })
}
