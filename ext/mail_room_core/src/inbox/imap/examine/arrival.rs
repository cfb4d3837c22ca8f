//! A message that is on its way.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::probe::with_message_id;
use crate::{
    Error, Result,
    check::Awaited,
    inbox::{
        Mark, Witness,
        imap::{Account, Imap, ImapSettings},
    },
    mailbox::Mailbox,
};

/// How long a wait for news may last before the message is looked for all the same.
const LOOK: Duration = Duration::from_secs(5);

/// Waits until the message is in the mailbox, and removes it.
///
/// # Errors
/// Those of a session. A message that was found and could not be removed is none.
pub(crate) async fn wait(
    mailbox: &Mailbox,
    settings: &ImapSettings,
    message_id: &str,
    limit: Duration,
) -> Result<Awaited> {
    let (started, criteria) = (Instant::now(), with_message_id(message_id)?);
    let account = Account::new(settings, &mailbox.timeouts);
    let mut imap = Imap::open(&account, mailbox, &Witness::nobody()).await?;
    let held = imap.wire.exists();
    let mut others = false;
    let search = async {
        loop {
            imap.wire.take_news();
            let found = imap.search(&criteria).await?;
            if !found.is_empty() {
                return Ok::<_, Error>(found);
            }
            others |= imap.wire.exists() > held;
            imap.wait(LOOK, std::future::pending()).await?;
            others |= imap.wire.has_news();
        }
    };
    let Ok(found) = timeout_at(started + limit, search).await else { return Ok(Awaited::Nothing { others }) };
    let (found, after) = (found?, started.elapsed());
    let left = remove(&mut imap, &found).await;
    imap.logout().await;
    Ok(Awaited::Found { after, left })
}

/// What is left of it, in words; None when nothing is.
async fn remove(imap: &mut Imap, found: &[u32]) -> Option<String> {
    if let Err(error) = imap.mark(found, Mark::DeliveredAndDeleted).await {
        return Some(format!("it could not be removed: {error}"));
    }
    if !imap.uid_plus {
        return Some("it is marked as seen and deleted, and stays: the server lacks UIDPLUS".to_owned());
    }
    imap.expunge(found).await.err().map(|error| format!("it is marked as seen and deleted, and stays: {error}"))
}
