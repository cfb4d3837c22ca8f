//! Waiting for new messages.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::{
    Imap,
    response::{Response, Status},
    wire::{Limit, completed},
};
use crate::{Error, Result};

/// How often a server that cannot tell of new messages is asked.
const POLL: Duration = Duration::from_secs(60);

/// An IDLE that the server has agreed to.
pub(super) struct Idling {
    tag: String,
    started: Instant,
    /// Another client may make a message unread again, which no EXISTS tells.
    unread_again: bool,
}

impl Imap {
    /// Returns when new messages may be there, or after `idle_timeout` at the latest: `longest`
    /// shortens it for messages that wait to be tried again, and so does the end of the access token.
    ///
    /// Returns at once when something came in since the last search: a server that told of it
    /// before IDLE began may not tell again.
    ///
    /// Not cancel safe: for an end from outside there is `stop`, which ends the wait in order.
    ///
    /// # Errors
    /// Those of any command.
    pub(crate) async fn wait(&mut self, longest: Duration, stop: impl Future<Output = ()> + Send) -> Result<()> {
        self.abandon();
        let deadline = Instant::now() + longest.min(self.timeouts.idle);
        let deadline = self.ends_at.map_or(deadline, |ends_at| deadline.min(ends_at));
        tokio::pin!(stop);
        if self.idle {
            // Where messages wait to be tried again, what others do with them is no reason to hurry.
            let heed_flags = longest == Duration::MAX;
            match self.idle_until(deadline, heed_flags, &mut stop).await {
                // Announced and yet refused: there are servers behind proxies that do this.
                Err(Error::Refused { command: "IDLE", .. }) => self.idle = false,
                done => return done,
            }
        }
        self.poll_until(deadline, &mut stop).await
    }

    /// RFC 2177. The deadline is absolute: servers send keepalives, and they must not extend it.
    async fn idle_until(
        &mut self,
        deadline: Instant,
        heed_flags: bool,
        stop: &mut (impl Future<Output = ()> + Send + Unpin),
    ) -> Result<()> {
        if self.wire.has_news() {
            return Ok(());
        }
        let idling = self.begin_idle().await?;
        self.idle_on(idling, deadline, heed_flags, stop).await
    }

    /// Up to the server's word that it will tell of what is new from now on.
    pub(super) async fn begin_idle(&mut self) -> Result<Idling> {
        self.wire.rest().await?;
        let limit = self.limit();
        let tag = self.wire.send("IDLE", "", limit).await?;
        let started = Instant::now();
        let mut unread_again = false;
        loop {
            match self.wire.next("IDLE", started, limit).await? {
                Response::Continuation(_) => return Ok(Idling { tag, started, unread_again }),
                Response::Fetch(fetched) => unread_again |= fetched.is_unseen(),
                Response::Completion { status, code, text, .. } => {
                    // Even an OK ends it before it began.
                    let status = if status == Status::Ok { Status::No } else { status };
                    let ended = completed("IDLE", status, code, text).map_err(|error| self.wire.shown(error));
                    return ended.and(Err(Error::Protocol("IDLE ended before it began".into())));
                }
                Response::Bye(text) => return Err(self.wire.shown(Error::Bye(text))),
                _ => {}
            }
        }
    }

    /// From then on, up to the first news or the end of the time.
    pub(super) async fn idle_on(
        &mut self,
        idling: Idling,
        deadline: Instant,
        heed_flags: bool,
        stop: &mut (impl Future<Output = ()> + Send + Unpin),
    ) -> Result<()> {
        let Idling { tag, started, unread_again } = idling;
        let mut unread_again = heed_flags && unread_again;
        let silent = Limit::Total(deadline.duration_since(started) + self.timeouts.done);
        while !self.wire.has_news() && !unread_again {
            tokio::select! {
                response = self.wire.next("IDLE", started, silent) => match response? {
                    Response::Fetch(fetched) => unread_again = heed_flags && fetched.is_unseen(),
                    Response::Bye(text) => return Err(self.wire.shown(Error::Bye(text))),
                    Response::Completion { .. } => return Err(Error::Protocol("IDLE ended by itself".into())),
                    _ => {}
                },
                () = sleep_until(deadline) => break,
                () = &mut *stop => break,
            }
        }
        self.done(&tag).await
    }

    async fn done(&mut self, tag: &str) -> Result<()> {
        let limit = Limit::Total(self.timeouts.done);
        let started = Instant::now();
        self.wire.send_untagged("DONE", "DONE", limit).await?;
        loop {
            match self.wire.next("the answer to DONE", started, limit).await? {
                Response::Completion { tag: answered, status, code, text } if answered == tag => {
                    return completed("DONE", status, code, text).map(|_| ()).map_err(|error| self.wire.shown(error));
                }
                Response::Completion { .. } => {
                    return Err(Error::Protocol("DONE was answered with another tag".into()));
                }
                Response::Bye(text) => return Err(self.wire.shown(Error::Bye(text))),
                _ => {}
            }
        }
    }

    /// NOOP is how a client without IDLE hears of new messages (RFC 3501, section 6.1.2).
    async fn poll_until(
        &mut self,
        deadline: Instant,
        stop: &mut (impl Future<Output = ()> + Send + Unpin),
    ) -> Result<()> {
        while !self.wire.has_news() && Instant::now() < deadline {
            tokio::select! {
                () = sleep_until(deadline.min(Instant::now() + POLL)) => {}
                () = &mut *stop => return Ok(()),
            }
            self.wire.run("NOOP", "", self.limit(), |_| ()).await?;
        }
        Ok(())
    }
}
