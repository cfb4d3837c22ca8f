//! What a pass asks of any inbox, in terms of IMAP.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Imap;
use crate::{
    Result,
    inbox::{Exceptions, Fetched, Inbox, Mark, MessageSize, Next, Unread},
    mailbox::Settlement,
    message::{Origin, Uid},
};

#[async_trait]
impl Inbox for Imap {
    fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    async fn unread(&mut self) -> Result<Unread> {
        let uids = Imap::unread(self).await?;
        Ok(Unread { count: uids.len(), uids })
    }

    async fn sizes(&mut self, uids: &[Uid]) -> Result<Vec<MessageSize>> {
        Imap::sizes(self, uids).await
    }

    async fn fetch(&mut self, uids: &[Uid]) -> Result<Fetched> {
        Ok(Fetched { messages: Imap::fetch(self, uids).await?, missing: Vec::new() })
    }

    async fn announce(&mut self, next: Next<'_>) -> Result<()> {
        Imap::announce(self, next);
        Ok(())
    }

    async fn mark(&mut self, uids: &[Uid], mark: Mark) -> Result<Exceptions> {
        Imap::mark(self, uids, mark).await.map(|()| Exceptions::new())
    }

    async fn expunge(&mut self, uids: &[Uid]) -> Result<Exceptions> {
        Imap::expunge(self, uids).await.map(|()| Exceptions::new())
    }

    async fn move_to(&mut self, uids: &[Uid], mailbox: &str) -> Result<Exceptions> {
        Imap::move_to(self, uids, mailbox).await.map(|()| Exceptions::new())
    }

    async fn add_keyword(&mut self, uid: Uid, keyword: &str) -> Result<bool> {
        Imap::add_keyword(self, &[uid], keyword).await
    }

    async fn remove_keywords(&mut self, uid: Uid, keywords: &[&str]) -> Result<()> {
        self.unmark(&[uid], &keywords.join(" ")).await
    }

    async fn leftovers(&mut self) -> Result<Vec<Uid>> {
        Imap::leftovers(self).await
    }

    async fn quarantined(&mut self, aside: bool, named: &[String]) -> Result<Vec<Uid>> {
        Imap::quarantined(self, aside, named).await
    }

    async fn put_back(&mut self, uids: &[Uid], named: bool, home: Option<&str>) -> Result<()> {
        Imap::put_back(self, uids, named, home).await
    }

    fn shortcomings(&self, settlement: Settlement) -> Vec<(&'static str, &'static str)> {
        let mut shortcomings = Vec::new();
        if settlement.delete && settlement.expunge && !self.uid_plus {
            let hint = "the server lacks UIDPLUS: EXPUNGE also removes what other clients marked \\Deleted";
            shortcomings.push(("expunging by EXPUNGE", hint));
        }
        if !self.idle {
            let hint = "the server lacks IDLE: it is polled, so new messages may wait up to a minute";
            shortcomings.push(("polling by NOOP", hint));
        }
        shortcomings
    }

    fn ends_at(&self) -> Option<Instant> {
        self.ends_at
    }

    async fn wait(&mut self, longest: Duration, stop: &CancellationToken) -> Result<()> {
        Imap::wait(self, longest, stop.cancelled()).await
    }

    async fn logout(self: Box<Self>) {
        Imap::logout(*self).await;
    }
}
