//! Questions whose answers are read when they are wanted.
//!
//! Only commands that name messages by UID are asked so: what they do and tell does not depend on which of them the
//! server works on first (RFC 3501, section 5.5). Dovecot, for one, works on several at once, and tells of one what it
//! was asked before it has answered the other.

use tokio::time::Instant;

use super::{
    MOST_RESPONSES, Wire,
    questions::{MOST_ANNOUNCED, Question, Ticket},
};
use crate::{
    Error, Result,
    inbox::{
        Next,
        imap::{gathered::Gathered, response::Response},
    },
};

impl Wire {
    /// Sends the commands of several questions in one piece, and behind them what was to be asked soon.
    ///
    /// # Errors
    /// When they cannot be sent.
    pub(in crate::inbox::imap) async fn ask<const N: usize>(
        &mut self,
        questions: [Question; N],
    ) -> Result<[Ticket; N]> {
        let (mut lines, mut first) = (String::new(), None);
        let mut add = |wire: &mut Self, question: Question| {
            first = first.or(Some((question.name(), question.limit)));
            let Question { command, ref arguments, .. } = question;
            let tags = arguments.iter().map(|arguments| wire.add_command(&mut lines, command, arguments)).collect();
            wire.questions.add(tags, question)
        };
        let tickets = questions.map(|question| add(self, question));
        for question in std::mem::take(&mut self.soon) {
            add(self, question);
        }
        self.questions.limit();
        if let Some((name, limit)) = first.filter(|_| !lines.is_empty()) {
            self.write(name, lines.as_bytes(), limit).await?;
        }
        Ok(tickets)
    }

    /// Sends this question behind the next one, in the same piece, or when it is asked for.
    pub(in crate::inbox::imap) fn ask_soon(&mut self, question: Question) {
        if self.soon.len() == MOST_ANNOUNCED {
            self.soon.remove(0);
        }
        self.soon.push(question);
    }

    /// Whether this is a question that was to be asked soon, and was not yet.
    pub(in crate::inbox::imap) fn will_ask(&self, next: Next<'_>) -> bool {
        self.soon.iter().any(|question| question.gathered.answers(next))
    }

    /// The question that was asked in these words and is still of interest.
    pub(in crate::inbox::imap) fn asked(&self, next: Next<'_>) -> Option<Ticket> {
        self.questions.find(next)
    }

    /// Waits until the server has told all it was asked, or done it, and gives what it told.
    ///
    /// Dovecot, for one, says that commands are completed when all are that it found together.
    ///
    /// Each question has its time from when it is the oldest one that is not answered, or from when its answer is
    /// waited for: nobody reads before that.
    ///
    /// # Errors
    /// [`Error::Refused`] when one of its commands was answered NO or BAD, and not all was told; the others were obeyed
    /// all the same, and the session is still usable. After any other error it is not.
    pub(in crate::inbox::imap) async fn answer(&mut self, ticket: Ticket) -> Result<Gathered> {
        self.read_while(|wire| !wire.questions.is_answered(ticket)).await?;
        self.questions.take(ticket).map_err(|error| self.shown(error))
    }

    /// Waits until no command is left that was not answered.
    ///
    /// # Errors
    /// Those of [`Wire::answer`] that end the session.
    pub(in crate::inbox::imap) async fn rest(&mut self) -> Result<()> {
        self.read_while(|wire| wire.questions.oldest().is_some()).await
    }

    /// Nobody will want what was announced before this.
    pub(in crate::inbox::imap) fn skip_to(&mut self, ticket: Ticket) {
        self.questions.skip_to(ticket);
    }

    /// Nobody will want any answer.
    pub(in crate::inbox::imap) fn abandon_all(&mut self) {
        self.soon.clear();
        self.questions.abandon_all();
    }

    /// Whether messages are on their way.
    pub(in crate::inbox::imap) fn awaits_messages(&self) -> bool {
        self.questions.awaits_messages()
    }

    async fn read_while(&mut self, waits: impl Fn(&Self) -> bool) -> Result<()> {
        let (mut waited_for, mut since, mut responses) = (None, Instant::now(), 0);
        while waits(self) {
            let Some((oldest, command, limit)) = self.questions.oldest() else { return Ok(()) };
            if waited_for.replace(oldest) != Some(oldest) {
                (since, responses) = (Instant::now(), 0);
                self.activity.note();
            }
            responses += 1;
            if responses > MOST_RESPONSES {
                return Err(Error::Protocol(format!("more than {MOST_RESPONSES} responses to {command}")));
            }
            match self.next(command, since, limit).await? {
                Response::Fetch(told) => self.questions.tell(told),
                Response::Completion { tag, status, code, text } => {
                    let known = self.questions.close(&tag, status, code, text);
                    // What stands in the tag's place may be anything the client sent.
                    let unknown = || Error::Protocol(format!("{command} was answered with the tag of no command"));
                    known.then_some(()).ok_or_else(unknown)?;
                }
                Response::Continuation(_) => {
                    return Err(Error::Protocol(format!("{command} is complete, and the server asks for more")));
                }
                Response::Bye(text) => return Err(self.shown(Error::Bye(text))),
                _ => {}
            }
        }
        Ok(())
    }
}
