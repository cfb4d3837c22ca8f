//! Commands that were sent, and what has come of them.

use std::collections::VecDeque;

use super::{Limit, completed, whole_name};
use crate::{
    Error, Result,
    inbox::{
        Next,
        imap::{
            gathered::Gathered,
            response::{Code, Fetched, Status},
        },
    },
};

/// Most questions that are asked before they are wanted. Whoever asks more often gets no answer to the first.
pub(super) const MOST_ANNOUNCED: usize = 8;

/// Names a question. Later ones have higher numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::inbox::imap) struct Ticket(u64);

/// One or more commands that are answered together, and sent in one piece.
#[derive(Debug)]
pub(in crate::inbox::imap) struct Question {
    pub(in crate::inbox::imap) command: &'static str,
    pub(in crate::inbox::imap) arguments: Vec<String>,
    pub(in crate::inbox::imap) limit: Limit,
    pub(in crate::inbox::imap) gathered: Gathered,
}

/// The questions, oldest first.
#[derive(Debug, Default)]
pub(super) struct Questions {
    asked: VecDeque<Asked>,
    count: u64,
}

#[derive(Debug)]
struct Asked {
    ticket: Ticket,
    name: &'static str,
    limit: Limit,
    gathered: Gathered,
    /// Its answer has bodies of messages that are still to come, wanted or not.
    bodies: bool,
    /// The tags of those commands that were not answered.
    open: Vec<String>,
    /// The first refusal of one of them.
    refused: Option<Error>,
    /// Somebody may still ask for what has come of it.
    wanted: bool,
}

impl Questions {
    /// Takes note of commands that are sent under these tags.
    pub(super) fn add(&mut self, open: Vec<String>, question: Question) -> Ticket {
        let (name, Question { limit, gathered, .. }) = (question.name(), question);
        self.count += 1;
        let (ticket, bodies) = (Ticket(self.count), gathered.is_of_messages());
        self.asked.push_back(Asked { ticket, name, limit, gathered, bodies, open, refused: None, wanted: true });
        ticket
    }

    /// The question that asked this, unless it was given up.
    pub(super) fn find(&self, next: Next<'_>) -> Option<Ticket> {
        self.asked.iter().find(|asked| asked.wanted && asked.gathered.answers(next)).map(|asked| asked.ticket)
    }

    /// The one of the commands that were not answered which was sent first.
    pub(super) fn oldest(&self) -> Option<(Ticket, &'static str, Limit)> {
        self.asked.iter().find(|asked| asked.is_open()).map(|asked| (asked.ticket, asked.name, asked.limit))
    }

    /// Whether nothing is to come any more that counts.
    pub(super) fn is_answered(&self, ticket: Ticket) -> bool {
        let waits = |asked: &Asked| asked.ticket == ticket && asked.is_open() && !asked.gathered.is_complete();
        !self.asked.iter().any(waits)
    }

    /// Whether messages are on their way.
    pub(super) fn awaits_messages(&self) -> bool {
        self.asked.iter().any(|asked| asked.is_open() && asked.bodies)
    }

    /// Gives what is told of a message to those who asked for it.
    pub(super) fn tell(&mut self, mut told: Fetched) {
        for asked in self.asked.iter_mut().filter(|asked| asked.wanted && asked.is_open()) {
            asked.gathered.take(&mut told);
        }
    }

    /// Takes note of an answer. False when its tag belongs to no command that was not answered.
    pub(super) fn close(&mut self, tag: &str, status: Status, code: Option<Code>, text: String) -> bool {
        let with_tag = self.asked.iter_mut().find_map(|asked| {
            let at = asked.open.iter().position(|open| open == tag)?;
            Some((asked, at))
        });
        let Some((asked, at)) = with_tag else { return false };
        asked.open.remove(at);
        if let Err(error) = completed(asked.name, status, code, text) {
            asked.refused.get_or_insert(error);
        }
        self.forget();
        true
    }

    /// What has come of a question that is answered. Of one that was told all, the tagged answers tell nothing more,
    /// and are read where they come.
    pub(super) fn take(&mut self, ticket: Ticket) -> Result<Gathered> {
        let Some(asked) = self.asked.iter_mut().find(|asked| asked.wanted && asked.ticket == ticket) else {
            return Err(Error::Protocol("an answer was asked for twice".into()));
        };
        (asked.wanted, asked.bodies) = (false, false);
        let gathered = std::mem::replace(&mut asked.gathered, Gathered::nothing());
        let refused = asked.refused.take().filter(|_| !gathered.is_complete());
        self.forget();
        refused.map_or(Ok(gathered), Err)
    }

    /// Nobody will ask for what was announced before this.
    pub(super) fn skip_to(&mut self, ticket: Ticket) {
        self.give_up(|asked| asked.gathered.is_of_something() && asked.ticket < ticket);
    }

    /// Nobody will ask for this. Its answer is read where it comes, and dropped.
    pub(super) fn abandon(&mut self, ticket: Ticket) {
        self.give_up(|asked| asked.ticket == ticket);
    }

    /// Nobody will ask for anything.
    pub(super) fn abandon_all(&mut self) {
        self.give_up(|_| true);
    }

    /// Nobody will ask for the first ones of too many.
    pub(super) fn limit(&mut self) {
        let announced = |asked: &&Asked| asked.wanted && asked.gathered.is_of_something();
        let many = self.asked.iter().filter(announced).count();
        if many > MOST_ANNOUNCED
            && let Some(ticket) = self.asked.iter().find(announced).map(|asked| asked.ticket)
        {
            self.abandon(ticket);
        }
    }

    fn give_up(&mut self, those: impl Fn(&Asked) -> bool) {
        for asked in self.asked.iter_mut().filter(|asked| those(asked)) {
            asked.wanted = false;
            asked.gathered = Gathered::nothing();
        }
        self.forget();
    }

    fn forget(&mut self) {
        self.asked.retain(|asked| asked.wanted || asked.is_open());
    }
}

impl Question {
    /// What its commands are called in errors.
    pub(super) fn name(&self) -> &'static str {
        whole_name(self.command, self.arguments.first().map_or("", String::as_str))
    }
}

impl Asked {
    fn is_open(&self) -> bool {
        !self.open.is_empty()
    }
}
