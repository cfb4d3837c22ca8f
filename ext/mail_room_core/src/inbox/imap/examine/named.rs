//! Messages of one name. A server's search is a hint and no more: there are some that find too much.

use super::super::{
    Imap,
    login::quoted,
    response::{Fetched, Response},
    uid_set::uid_sets,
};
use crate::{Error, Result, incoming_email::Headers, message::Uid};

/// Of what a search finds only so many are looked at, the latest.
const MOST: usize = 100;

/// The messages whose one `Message-ID` is this.
pub(super) async fn find(imap: &mut Imap, message_id: &str) -> Result<Vec<Uid>> {
    let quoted = quoted(message_id).ok_or_else(|| Error::Protocol("unusable Message-ID".into()))?;
    let found = imap.search(&format!("HEADER Message-ID {quoted}")).await?;
    those(imap, &found, |name| name == message_id).await
}

/// Those of these messages that are there and whose one `Message-ID` is as it should be.
pub(super) async fn those(
    imap: &mut Imap,
    uids: &[Uid],
    is_it: impl Fn(&str) -> bool + Send + Sync,
) -> Result<Vec<Uid>> {
    let latest = &uids[uids.len().saturating_sub(MOST)..];
    let mut named = Vec::new();
    for set in uid_sets(latest) {
        let collect = |response| {
            if let Response::Fetch(Fetched { uid: Some(uid), header: Some(header), .. }) = response
                && latest.contains(&uid)
                && name(&header).is_some_and(|name| is_it(&name))
            {
                named.push(uid);
            }
        };
        imap.fetch_items(&set, "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])", collect).await?;
    }
    named.sort_unstable();
    named.dedup();
    Ok(named)
}

/// The `Message-ID`, in its brackets; None when there is none, or more than one.
fn name(header: &[u8]) -> Option<String> {
    let headers = Headers::parse(header);
    let mut values = headers.values("Message-ID");
    let name = values.next()?.trim().to_owned();
    values.next().is_none().then_some(name)
}
