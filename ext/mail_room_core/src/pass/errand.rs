//! What the inbox is sent for while deliveries go on: marks for what was accepted, and the next messages.

use std::sync::Arc;

use serde_json::json;

use crate::{
    Error, Result,
    delivery::Delivery,
    inbox::{Exceptions, Fetched, Inbox, MessageSize, Next},
    log::{Log, brief},
    message::Uid,
    settle::{Batch, CarriedOut, NotCarriedOut},
};

/// What the inbox is asked for.
#[derive(Clone, Debug)]
pub(super) enum Question {
    Sizes(Arc<[Uid]>),
    Messages(Arc<[Uid]>),
}

/// What it answers.
pub(super) enum Answer {
    Sizes(Vec<MessageSize>),
    Messages(Fetched),
}

/// Needs the inbox alone, and nothing of the pass: that goes on meanwhile.
pub(super) struct Errand {
    /// What will be asked, now and after this, in order.
    pub(super) announce: Vec<Question>,
    pub(super) batches: Vec<Batch>,
    /// What was marked before, and is to be removed.
    pub(super) removals: Vec<Uid>,
    pub(super) quarantine_mailbox: Option<String>,
    pub(super) ask: Option<Question>,
    /// One message the server cannot send must not hold up its neighbours.
    pub(super) singly: bool,
    pub(super) delivery: Arc<dyn Delivery>,
    pub(super) log: Log,
}

/// What came of it. After an error that ends the session, or a mark that failed, the rest was left undone.
#[derive(Default)]
pub(super) struct Done {
    /// The receiver may have lost what it had accepted: none of it was marked.
    pub(super) unconfirmed: Option<Error>,
    pub(super) settled: Vec<(Batch, Result<CarriedOut, NotCarriedOut>)>,
    pub(super) removed: Option<(Vec<Uid>, Result<Exceptions>)>,
    pub(super) answer: Option<(Question, Result<Answer>)>,
}

impl Question {
    pub(super) fn uids(&self) -> &[Uid] {
        match self {
            Self::Sizes(uids) | Self::Messages(uids) => uids,
        }
    }

    fn next(&self) -> Next<'_> {
        match self {
            Self::Sizes(uids) => Next::Sizes(uids),
            Self::Messages(uids) => Next::Messages(uids),
        }
    }
}

impl Errand {
    /// Does it, and gives the inbox back. A question that cannot even be announced counts as asked in vain.
    pub(super) async fn run<'a>(self, inbox: &'a mut (dyn Inbox + 'a)) -> (&'a mut (dyn Inbox + 'a), Done) {
        let done = self.work(&mut *inbox).await;
        (inbox, done)
    }

    async fn work(mut self, inbox: &mut dyn Inbox) -> Done {
        let mut done = Done::default();
        if !self.removals.is_empty()
            && let Err(error) = inbox.announce(Next::Removal(&self.removals)).await
        {
            done.removed = Some((self.removals, Err(error)));
            return done;
        }
        for question in std::mem::take(&mut self.announce) {
            if let Err(error) = inbox.announce(question.next()).await {
                done.answer = Some((question, Err(error)));
                return done;
            }
        }
        for batch in std::mem::take(&mut self.batches) {
            if batch.mark.follows_acceptance()
                && let Err(error) = self.delivery.confirm().await
            {
                done.unconfirmed = Some(error);
                return done;
            }
            let outcome = batch.carry_out(inbox, self.quarantine_mailbox.as_deref()).await;
            let failed = outcome.is_err();
            done.settled.push((batch, outcome));
            if failed {
                return done;
            }
        }
        if !self.removals.is_empty() {
            let uids = std::mem::take(&mut self.removals);
            let outcome = inbox.expunge(&uids).await;
            let failed = outcome.is_err();
            done.removed = Some((uids, outcome));
            if failed {
                return done;
            }
        }
        if let Some(question) = self.ask.take() {
            let answer = self.answer(inbox, &question).await;
            done.answer = Some((question, answer));
        }
        done
    }

    async fn answer(&self, inbox: &mut dyn Inbox, question: &Question) -> Result<Answer> {
        match question {
            Question::Sizes(uids) => inbox.sizes(uids).await.map(Answer::Sizes),
            Question::Messages(uids) => match inbox.fetch(uids).await {
                Err(error @ Error::Refused { .. }) if self.singly => self.fetch_singly(inbox, uids, &error).await,
                fetched => fetched,
            }
            .map(Answer::Messages),
        }
    }

    /// The messages the server can send. `error` is what it said to all at once.
    async fn fetch_singly(&self, inbox: &mut dyn Inbox, uids: &[Uid], error: &Error) -> Result<Fetched> {
        self.log.warn("fetching one by one", json!({"error": brief(&error.to_string())}));
        let mut all = Fetched::default();
        for uid in uids {
            match inbox.fetch(&[*uid]).await {
                Err(Error::Refused { .. }) => {}
                fetched => {
                    let Fetched { messages, missing } = fetched?;
                    all.messages.extend(messages);
                    all.missing.extend(missing);
                }
            }
        }
        Ok(all)
    }
}
