//! What of a round can begin: the next claims, the next errand of the inbox, the next deliveries.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::time::Instant;

use super::{
    LIST_AGE, Pass,
    errand::{Errand, Question},
    failing::MOST_BLAMED,
    round::{Chunk, Claiming, Round, Turn},
};
use crate::{
    inbox::MessageSize,
    message::Uid,
    settle::Batch,
    window::{Window, windows},
};

/// How many questions the inbox knows of ahead: the one that is asked, and the next ones, whose answers a server far away
/// can send meanwhile.
const AHEAD: usize = 5;

/// How many messages are claimed and asked for their sizes at once: few to begin with where the application may be slow
/// and another process idle, and more from then on, as each part costs round trips.
const FIRST_CHUNK: usize = 250;
const GROWTH: usize = 4;
const LARGEST_CHUNK: usize = 2_000;

/// So many windows are marked together where the arbiter knows what was accepted.
const MARKED_TOGETHER: usize = 4;

/// While a slow application works off a window, what it has accepted is marked so often: that much a crash
/// repeats at most, and the server sees that its client is alive.
const SETTLED_EVERY: Duration = Duration::from_secs(5);

impl Pass {
    /// Begins all that can begin.
    pub(super) fn plan(&mut self, round: &mut Round<'_>, listed_at: Instant) {
        if round.is_ending() {
            // What has come is not to blame for what may follow.
            round.waiting.iter().for_each(|(message, _)| {
                self.in_hand.remove(&message.uid);
            });
            round.drop_the_rest();
        }
        if round.is_idle() && round.turns.is_empty() && round.claiming.is_none() {
            round.alone = false;
        }
        self.plan_claim(round, listed_at);
        // Before the deliveries, which take a while to begin: the server is not to wait for them.
        self.plan_errand(round);
        self.plan_deliveries(round);
        if round.errand.is_none() {
            self.plan_errand(round); // which may have to follow what is decided without a delivery
        }
        self.plan_claim(round, listed_at); // so that there is something to ask when the errand ends
    }

    /// The next messages are claimed while the last ones known are on their way.
    fn plan_claim(&self, round: &mut Round<'_>, listed_at: Instant) {
        let Some(next) = round.chunks.front() else { return };
        // A slow application leaves as much as possible to other processes.
        let is_slow = self.is_slow();
        let to_be_sized = |turn: &Turn| matches!(turn.question, Question::Sizes(_)) && (is_slow || !turn.announced);
        let enough = round.turns.len() > AHEAD || round.turns.iter().any(to_be_sized);
        let must_wait = (round.alone || next.alone) && !(round.is_idle() && round.turns.is_empty());
        if round.claiming.is_some() || round.asks_for_sizes && is_slow || enough || must_wait {
            return;
        }
        if listed_at.elapsed() > LIST_AGE {
            round.passed.cut_short = true;
            round.chunks.clear();
            return;
        }
        let Some(chunk) = round.chunks.pop_front() else { return };
        round.alone = chunk.alone;
        round.claiming = Some(Claiming::new(chunk, Arc::clone(&self.arbitration), Arc::clone(&self.origin)));
    }

    /// What the inbox is to be asked for once the sizes are known.
    pub(super) fn plan_windows(&mut self, round: &mut Round<'_>, sizes: &[MessageSize]) {
        let (ahead, others) = sizes.split_at(usize::from(self.probing && !sizes.is_empty()));
        let cut = |messages| windows(messages, &self.limits, |uid| self.attempts.sets_apart(uid));
        let mut all = cut(ahead);
        all.iter_mut().for_each(|probe| probe.alone = true);
        all.extend(cut(others));
        round.turns.extend(all.into_iter().map(|Window { uids, bytes, alone }| Turn {
            question: Question::Messages(uids.into()),
            bytes,
            room: None,
            alone,
            announced: false,
        }));
    }

    /// One errand at a time: what is to be marked, and the next question unless there is enough to deliver.
    fn plan_errand(&mut self, round: &mut Round<'_>) {
        if round.inbox.is_none() || round.result.is_err() {
            return;
        }
        let asks = self.may_ask(round);
        if !asks && round.has_begun_all() && round.is_idle() {
            return; // the last marks come when the round is over
        }
        let quiet = round.waiting.is_empty() && round.under_way.is_empty();
        // By themselves marks cost a round trip. With the next question they cost none.
        let asks_soon = round.claiming.is_some() || round.making_room.is_some();
        let due = round.settled_at.elapsed() >= SETTLED_EVERY || (quiet && !asks && !asks_soon);
        let hurry = round.stopping.is_some() && !round.under_way.is_empty() && !round.hurried;
        let mut batches = if asks || due || hurry { self.due_batches() } else { Vec::new() };
        if !due && !hurry {
            batches.retain(|batch| batch.mark.follows_acceptance());
            let marks: usize = batches.iter().map(|batch| batch.uids.len()).sum();
            // Where a crash repeats nothing, many are marked together: a server looks through the whole mailbox for each
            // command that changes it, and one far away has nothing else to do until it has answered.
            if self.arbitration.keeps_records() && marks < MARKED_TOGETHER * self.limits.window_messages {
                batches.clear();
            }
        }
        let removals = if due || asks && !batches.is_empty() { self.ledger.removals() } else { Vec::new() };
        if !asks && batches.is_empty() && removals.is_empty() {
            return;
        }
        let turn = if asks { round.turns.pop_front() } else { None };
        let mut announce = Vec::new();
        let mut ask = None;
        if let Some(turn) = turn {
            if !turn.announced {
                announce.push(turn.question.clone());
            }
            round.alone |= turn.alone;
            self.in_hand.extend(turn.question.uids());
            round.asks_for_sizes = matches!(turn.question, Question::Sizes(_));
            round.coming = turn.room;
            ask = Some(turn.question);
            self.announce_next(round, &mut announce);
        }
        round.hurried = round.stopping.is_some();
        round.settled_at = Instant::now();
        let singly = ask.as_ref().is_some_and(|question| self.can_do_without(question.uids()));
        let errand = Errand {
            announce,
            batches,
            removals,
            quarantine_mailbox: self.quarantine_mailbox.clone(),
            ask,
            singly,
            delivery: Arc::clone(&self.delivery),
            log: self.log.clone(),
        };
        round.errand = round.inbox.take().map(|inbox| errand.run(inbox).boxed());
    }

    /// Whether the first question can be asked: there is room for the answer, and nothing forbids it. An application that
    /// takes one message after the other gains nothing from the next ones, and they stay where they are safe.
    fn may_ask(&mut self, round: &mut Round<'_>) -> bool {
        let quiet = round.waiting.is_empty() && round.under_way.is_empty();
        let Some(first) = round.turns.front() else { return false };
        let concurrency = self.concurrency();
        let fetched = round.waiting.len() + round.under_way.len();
        let in_turn = if first.alone || round.alone || concurrency == 1 {
            quiet
        } else {
            fetched <= concurrency + concurrency / 2
        };
        in_turn && self.makes_room(round, 0)
    }

    /// Whether there is room for the answer to the question in this place.
    fn makes_room(&mut self, round: &mut Round<'_>, place: usize) -> bool {
        let Some(turn) = round.turns.get(place) else { return false };
        if turn.bytes == 0 || turn.room.is_some() {
            return true;
        }
        let bytes = turn.bytes;
        if let Some(room) = self.budget.room_at_once(bytes) {
            let room = round.lend(room);
            if let Some(turn) = round.turns.get_mut(place) {
                turn.room = Some(room);
            }
            return true;
        }
        // Who waits for room while holding some could wait for ever.
        if place == 0 && round.making_room.is_none() && !round.holds_room() {
            let budget = self.budget.clone();
            round.making_room = Some(async move { budget.room_for(bytes).await }.boxed());
        }
        false
    }

    /// What comes after the question that is asked may be on its way already.
    fn announce_next(&mut self, round: &mut Round<'_>, announce: &mut Vec<Question>) {
        for place in 0..AHEAD - 1 {
            let next = round.turns.get(place);
            if round.alone
                || self.concurrency() == 1
                || next.is_none_or(|turn| turn.alone)
                || !self.makes_room(round, place)
            {
                return;
            }
            if let Some(turn) = round.turns.get_mut(place)
                && !std::mem::replace(&mut turn.announced, true)
            {
                self.in_hand.extend(turn.question.uids());
                announce.push(turn.question.clone());
            }
        }
    }

    /// Deliveries, in the order of the messages, as many as may be under way.
    fn plan_deliveries(&mut self, round: &mut Round<'_>) {
        while round.under_way.len() < self.concurrency() {
            let Some((message, room)) = round.waiting.pop_front() else { return };
            if !self.arbitration.holds(&self.origin, message.uid) {
                self.claim_lost(message.uid, &mut round.passed);
                continue;
            }
            let Some(told) = self.sort(&message) else { continue };
            round.under_way.push(self.sending(message, told, room));
        }
    }

    /// What is claimed together: all that are tried first, in ever larger parts, then those that failed before, each alone.
    ///
    /// With care the parts are so small that what breaks can be blamed on them, one after the other.
    pub(super) fn chunks(&self, first: &[Uid], again: &[Uid]) -> VecDeque<Chunk> {
        let mut chunks = VecDeque::new();
        let mut size = if self.is_slow() { FIRST_CHUNK } else { FIRST_CHUNK * GROWTH };
        let mut rest = first;
        while !rest.is_empty() {
            let (uids, others) = rest.split_at(rest.len().min(if self.careful { MOST_BLAMED } else { size }));
            chunks.push_back(Chunk { uids: uids.into(), alone: self.careful });
            (rest, size) = (others, (size * GROWTH).min(LARGEST_CHUNK));
        }
        chunks.extend(again.chunks(1).map(|uids| Chunk { uids: uids.into(), alone: true }));
        chunks
    }

    /// Whether few deliveries may be under way.
    fn is_slow(&self) -> bool {
        self.concurrency() < FIRST_CHUNK
    }

    /// How many deliveries may be under way.
    fn concurrency(&self) -> usize {
        let line = self.delivery.takes_at_once().min(self.limits.window_messages);
        self.limits.concurrency.max(line)
    }

    /// All that is to be marked.
    fn due_batches(&self) -> Vec<Batch> {
        super::settling::MARKS.iter().filter_map(|mark| self.ledger.batch(*mark)).collect()
    }
}
