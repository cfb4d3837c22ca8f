//! What is under way at the same time in one pass: claims, an errand of the inbox, deliveries.

use std::{
    collections::{BTreeSet, VecDeque},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::time::Instant;

use super::{
    Passed,
    delivering::Delivered,
    errand::{Done, Question},
};
use crate::{
    Error, Result,
    arbitration::{Arbitration, Claimed},
    inbox::Inbox,
    message::{Message, Origin, Uid},
    window::{LENT, Lent, Room},
};

/// Messages that are claimed together.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub(super) uids: Arc<[Uid]>,
    /// One that failed before: nothing else is under way beside it.
    pub(super) alone: bool,
}

/// A question to the arbiter.
pub(super) struct Claiming {
    chunk: Chunk,
    answer: BoxFuture<'static, Result<Claimed>>,
}

impl Claiming {
    pub(super) fn new(chunk: Chunk, arbitration: Arc<dyn Arbitration>, origin: Arc<Origin>) -> Self {
        let uids = Arc::clone(&chunk.uids);
        Self { chunk, answer: async move { arbitration.claim(&origin, &uids).await }.boxed() }
    }
}

impl Future for Claiming {
    type Output = (Chunk, Result<Claimed>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(self.answer.as_mut().poll(cx));
        Poll::Ready((self.chunk.clone(), answer))
    }
}

/// A question to the inbox, in its turn.
pub(super) struct Turn {
    pub(super) question: Question,
    /// Message bytes of the answer.
    pub(super) bytes: u64,
    pub(super) room: Option<Room>,
    pub(super) alone: bool,
    pub(super) announced: bool,
}

/// The work of one pass, from the list to the last mark.
pub(super) struct Round<'a> {
    /// None while it is on an errand.
    pub(super) inbox: Option<&'a mut (dyn Inbox + 'a)>,
    pub(super) errand: Option<BoxFuture<'a, (&'a mut (dyn Inbox + 'a), Done)>>,
    /// The room of the messages that are being fetched.
    pub(super) coming: Option<Room>,
    /// How many messages were listed.
    pub(super) total: usize,
    /// Listed and not claimed.
    pub(super) chunks: VecDeque<Chunk>,
    pub(super) claiming: Option<Claiming>,
    /// The errand asks for sizes: more to fetch will be known soon.
    pub(super) asks_for_sizes: bool,
    /// What the inbox is to be asked, in order.
    pub(super) turns: VecDeque<Turn>,
    /// Somebody else has to make room for the first of them.
    pub(super) making_room: Option<BoxFuture<'static, Room>>,
    /// Fetched and not begun.
    pub(super) waiting: VecDeque<(Message, Option<Room>)>,
    pub(super) under_way: FuturesUnordered<BoxFuture<'static, Delivered>>,
    /// Messages to the arbiter nobody waits for before the end.
    pub(super) chores: FuturesUnordered<BoxFuture<'static, ()>>,
    /// What is lent, since when.
    pub(super) lent: Vec<(Instant, Lent)>,
    /// What is under way is alone.
    pub(super) alone: bool,
    pub(super) settled_at: Instant,
    pub(super) passed: Passed,
    pub(super) result: Result<()>,
    /// When the process was told to end.
    pub(super) stopping: Option<Instant>,
    /// What was accepted by then has been marked, as the deliveries under way may outlast the process.
    pub(super) hurried: bool,
}

/// How long the end waits for what the server is about to send, so that what was accepted can be marked after it.
pub(super) const LAST_ERRAND: Duration = Duration::from_secs(2);

impl<'a> Round<'a> {
    pub(super) fn new(inbox: &'a mut (dyn Inbox + 'a), chunks: VecDeque<Chunk>, total: usize) -> Self {
        Self {
            inbox: Some(inbox),
            errand: None,
            coming: None,
            total,
            chunks,
            claiming: None,
            asks_for_sizes: false,
            turns: VecDeque::new(),
            making_room: None,
            waiting: VecDeque::new(),
            under_way: FuturesUnordered::new(),
            chores: FuturesUnordered::new(),
            lent: Vec::new(),
            alone: false,
            settled_at: Instant::now(),
            passed: Passed::default(),
            result: Ok(()),
            stopping: None,
            hurried: false,
        }
    }

    /// Nothing more is begun.
    pub(super) fn is_ending(&self) -> bool {
        self.result.is_err() || self.stopping.is_some()
    }

    /// No message is in hand.
    pub(super) fn is_idle(&self) -> bool {
        self.errand.is_none() && self.waiting.is_empty() && self.under_way.is_empty()
    }

    /// Whether all is done, or nothing more is to be waited for.
    pub(super) fn is_over(&self) -> bool {
        self.is_idle()
            && self.chores.is_empty()
            && (self.has_begun_all() || self.is_ending() && self.claiming.is_none())
    }

    /// Whether no more messages are to be claimed or asked for.
    pub(super) fn has_begun_all(&self) -> bool {
        self.chunks.is_empty() && self.turns.is_empty() && self.claiming.is_none()
    }

    /// Whether it holds any room: who waits for room while holding some could wait for ever.
    pub(super) fn holds_room(&self) -> bool {
        self.lent.iter().any(|(_, room)| room.is_held())
    }

    /// Takes note of room that is lent from now on.
    pub(super) fn lend(&mut self, room: Room) -> Room {
        self.lent.retain(|(_, room)| room.is_held());
        self.lent.push((Instant::now(), room.lent()));
        room
    }

    /// Work that takes too long, because a server stalls or a Ruby class does, goes on without room.
    pub(super) fn end_loans(&mut self) {
        self.lent.retain(|(since, room)| {
            let over = since.elapsed() >= LENT;
            if over {
                room.give_back();
            }
            !over && room.is_held()
        });
    }

    /// It met an error; the first one counts.
    pub(super) fn ends(&mut self, error: Error) {
        // What the session says counts for more than what the application does: it cannot be used any more.
        if self.result.is_ok() || !error.spares_the_connection() {
            self.result = Err(error);
        }
    }

    /// Somebody has made room for the first question.
    pub(super) fn has_room(&mut self, room: Room) {
        let room = self.lend(room);
        if let Some(turn) = self.turns.front_mut() {
            turn.room = Some(room);
        }
    }

    /// The arbiter's answer is not waited for any more. It may grant what was asked for nevertheless.
    pub(super) fn claiming_is_left(&mut self, claimed: &mut BTreeSet<Uid>) {
        if let Some(Claiming { chunk, .. }) = self.claiming.take() {
            claimed.extend(chunk.uids.iter());
        }
    }

    /// Until when the end waits for the errand under way: not at all, unless something is to be marked after it.
    pub(super) fn last_errand(&self, to_mark: bool) -> Option<Instant> {
        let stopping = self.stopping.filter(|_| self.errand.is_some() && self.under_way.is_empty())?;
        Some(if to_mark { stopping + LAST_ERRAND } else { stopping })
    }

    /// What was not begun is left for another pass.
    pub(super) fn drop_the_rest(&mut self) {
        self.chunks.clear();
        self.turns.clear();
        self.waiting.clear();
        self.making_room = None;
    }
}
