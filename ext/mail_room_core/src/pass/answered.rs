//! Steps ③ and ④: what was claimed, and what the inbox came back with.

use std::sync::Arc;

use futures_util::FutureExt;

use super::{
    Pass,
    delivering::Delivered,
    errand::{Answer, Done, Question},
    round::{Chunk, Round, Turn},
};
use crate::{
    Error, Result,
    arbitration::Claimed,
    crash_point::{self, Step},
    inbox::{Fetched, MessageSize},
    message::Uid,
};

impl Pass {
    /// The arbiter has answered.
    pub(super) fn claim_ended(&mut self, (chunk, claimed): (Chunk, Result<Claimed>), round: &mut Round<'_>) {
        let Claimed { granted, done } = match claimed {
            Ok(claimed) => claimed,
            Err(error) => return round.ends(error),
        };
        crash_point::after(Step::Claimed);
        self.log_listed(round.total, &chunk.uids, &granted);
        // Both are in the order of the chunk, which is ascending or one alone.
        let is_elsewhere = |uid: &Uid| granted.binary_search(uid).is_err() && done.binary_search(uid).is_err();
        for uid in chunk.uids.iter().filter(|uid| is_elsewhere(uid)) {
            round.passed.held += 1;
            self.attempts.held_elsewhere(*uid);
        }
        self.claimed.extend(&granted);
        self.make_up_for(&done);
        if !granted.is_empty() {
            round.turns.push_back(Turn {
                question: Question::Sizes(granted.into()),
                bytes: 0,
                room: None,
                alone: chunk.alone,
                announced: false,
            });
        }
    }

    /// The inbox is back.
    pub(super) async fn errand_ended(&mut self, done: Done, round: &mut Round<'_>) {
        let Done { unconfirmed, settled, removed, answer } = done;
        for (batch, outcome) in settled {
            match self.marked(batch, outcome) {
                Ok(marked) => {
                    let (arbitration, origin) = (Arc::clone(&self.arbitration), Arc::clone(&self.origin));
                    round.chores.push(async move { marked.tell(arbitration.as_ref(), &origin).await }.boxed());
                }
                Err(error) => round.ends(error),
            }
        }
        if let Some((uids, outcome)) = removed
            && let Err(error) = self.removed(&uids, outcome)
        {
            round.ends(error);
        }
        if let Some(error) = unconfirmed {
            let error = self.unconfirmed(error);
            round.ends(error);
        }
        round.asks_for_sizes = false;
        let room = round.coming.take();
        let Some((question, answer)) = answer else { return };
        match answer {
            Ok(Answer::Sizes(sizes)) => self.sized(question.uids(), sizes, round).await,
            Ok(Answer::Messages(fetched)) => {
                let Fetched { messages, missing } = fetched;
                crash_point::after(Step::Fetched);
                self.not_sent(question.uids(), &messages, missing, &mut round.passed).await;
                let sent = |uid: &Uid| messages.binary_search_by_key(uid, |message| message.uid).is_ok();
                if messages.len() < question.uids().len() {
                    self.in_hand.retain(|uid| sent(uid) || question.uids().binary_search(uid).is_err());
                }
                round.waiting.extend(messages.into_iter().map(|message| (message, room.clone())));
            }
            // It refuses to tell of these, which does not end the session unless it concerns a message for the first time.
            Err(error @ Error::Refused { .. })
                if matches!(question, Question::Sizes(_)) && self.can_do_without(question.uids()) =>
            {
                self.out_of_hand(question.uids());
                self.blame(question.uids(), &error.to_string()).await;
            }
            Err(error) => round.ends(error),
        }
    }

    /// The sizes of claimed messages are known.
    async fn sized(&mut self, asked: &[Uid], mut sizes: Vec<MessageSize>, round: &mut Round<'_>) {
        self.out_of_hand(asked);
        self.not_sized(asked, &sizes).await;
        self.seen(&mut sizes).await;
        let (fit, large): (Vec<_>, Vec<_>) =
            sizes.into_iter().partition(|size| size.bytes <= self.limits.message_bytes);
        for size in large {
            self.too_large(size.uid, size.bytes);
        }
        self.plan_windows(round, &fit);
    }

    /// A delivery has ended.
    pub(super) async fn deliver_ended(&mut self, delivered: Delivered, round: &mut Round<'_>) {
        if let Err(error) = self.delivered(delivered, round).await {
            round.ends(error);
        }
    }

    fn out_of_hand(&mut self, uids: &[Uid]) {
        for uid in uids {
            self.in_hand.remove(uid);
        }
    }
}
