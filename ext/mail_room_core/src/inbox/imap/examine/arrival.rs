//! A message that is on its way.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout_at};

use super::{access, named, recent};
use crate::{
    Error, Result,
    check::Awaited,
    inbox::{
        Mark, Witness,
        imap::{Account, Imap, ImapSettings},
    },
    mailbox::Mailbox,
    message::Uid,
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
    let started = Instant::now();
    let account = Account::new(Arc::new(settings.clone()), &mailbox.timeouts);
    // Whoever opens the mailbox for more than reading takes `\Recent` from all that is in it.
    let reads_only = recent::counts(&settings.search_command);
    let mut imap = if reads_only {
        access::examined(mailbox, &account).await?
    } else {
        Imap::open(&account, mailbox, &Witness::nobody()).await?
    };
    let held = imap.wire.exists();
    let mut others = false;
    let search = async {
        loop {
            imap.wire.take_news();
            let found = named::find(&mut imap, message_id).await?;
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
    let left = if reads_only {
        let reason = "it stays: search_command counts recent messages, and whoever removes one makes all of them old";
        Some(reason.to_owned())
    } else {
        remove(&mut imap, &found).await
    };
    imap.logout().await;
    Ok(Awaited::Found { after, left })
}

/// What is left of it, in words; None when nothing is.
async fn remove(imap: &mut Imap, found: &[Uid]) -> Option<String> {
    if found.len() > 1 {
        return Some(format!("it stays: {} messages have its Message-ID", found.len()));
    }
    if let Err(error) = imap.mark(found, Mark::DeliveredAndDeleted).await {
        return Some(format!("it could not be removed: {error}"));
    }
    if !imap.uid_plus {
        return Some("it is marked as seen and deleted, and stays: the server lacks UIDPLUS".to_owned());
    }
    imap.expunge(found).await.err().map(|error| format!("it is marked as seen and deleted, and stays: {error}"))
}
