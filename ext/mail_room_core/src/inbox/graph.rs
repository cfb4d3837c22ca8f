//! ② A mailbox on Microsoft Graph (v1.0).

#[allow(dead_code, unused_imports, reason = "what uses it comes next")]
mod client;
mod settings;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

pub(crate) use self::settings::GraphSettings;
use super::{Fetched, Inbox, Mark, MessageSize, Unread, Witness};
use crate::{
    Error, Result,
    mailbox::{Mailbox, Settlement},
    message::{Origin, Uid},
};

/// What of a mailbox outlives its sessions.
pub(crate) struct Account {}

impl Account {
    pub(crate) fn new(_settings: &GraphSettings, _mailbox: &Mailbox) -> Self {
        Self {}
    }
}

/// A session with one folder.
pub(crate) struct Graph {
    origin: Arc<Origin>,
}

impl Graph {
    pub(crate) async fn open(_account: Arc<Account>, _mailbox: &Mailbox, _witness: &Witness) -> Result<Self> {
        Err(Error::Unusable("not there yet".to_owned()))
    }
}

#[async_trait]
impl Inbox for Graph {
    fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    async fn unread(&mut self) -> Result<Unread> {
        Ok(Unread::default())
    }

    async fn sizes(&mut self, _uids: &[Uid]) -> Result<Vec<MessageSize>> {
        Ok(Vec::new())
    }

    async fn fetch(&mut self, _uids: &[Uid]) -> Result<Fetched> {
        Ok(Fetched::default())
    }

    async fn mark(&mut self, _uids: &[Uid], _mark: Mark) -> Result<()> {
        Ok(())
    }

    async fn expunge(&mut self, _uids: &[Uid]) -> Result<()> {
        Ok(())
    }

    async fn move_to(&mut self, _uids: &[Uid], _mailbox: &str) -> Result<()> {
        Ok(())
    }

    async fn add_keyword(&mut self, _uid: Uid, _keyword: &str) -> Result<bool> {
        Ok(false)
    }

    async fn remove_keywords(&mut self, _uid: Uid, _keywords: &[&str]) -> Result<()> {
        Ok(())
    }

    async fn leftovers(&mut self) -> Result<Vec<Uid>> {
        Ok(Vec::new())
    }

    async fn quarantined(&mut self, _aside: bool, _named: &[String]) -> Result<Vec<Uid>> {
        Ok(Vec::new())
    }

    async fn put_back(&mut self, _uids: &[Uid], _named: bool, _home: Option<&str>) -> Result<()> {
        Ok(())
    }

    fn shortcomings(&self, _settlement: Settlement) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }

    async fn wait(&mut self, longest: Duration, stop: &CancellationToken) -> Result<()> {
        tokio::select! {
            () = tokio::time::sleep(longest) => {}
            () = stop.cancelled() => {}
        }
        Ok(())
    }

    async fn logout(self: Box<Self>) {}
}
