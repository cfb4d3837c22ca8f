//! Questions whose answers are to come.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use redis::{RedisError, RedisResult, Value};
use tokio::sync::oneshot;

/// In the order in which they were put. A question stands here before its first byte is sent.
#[derive(Default)]
pub(super) struct Asked(Mutex<VecDeque<Question>>);

pub(super) struct Question {
    /// Whether the first answer is that to the loading of a script, which nobody asked for.
    pub(super) loads: bool,
    /// How many answers are to come still.
    pub(super) due: usize,
    pub(super) answer: oneshot::Sender<RedisResult<Vec<Value>>>,
    pub(super) came: Vec<Value>,
}

impl Asked {
    pub(super) fn put(&self, question: Question) {
        self.questions().push_back(question);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.questions().is_empty()
    }

    /// Hands an answer to whoever waits for it.
    ///
    /// # Errors
    /// With the answer, when nobody asked.
    pub(super) fn answered(&self, value: Value) -> Result<(), Value> {
        let mut questions = self.questions();
        let Some(question) = questions.front_mut() else { return Err(value) };
        question.came.push(value);
        question.due = question.due.saturating_sub(1);
        if question.due == 0
            && let Some(question) = questions.pop_front()
        {
            drop(questions);
            question.complete();
        }
        Ok(())
    }

    /// There will be no more answers.
    pub(super) fn fail(&self, error: &RedisError) {
        for question in self.questions().drain(..) {
            let _ = question.answer.send(Err(error.clone()));
        }
    }

    fn questions(&self) -> MutexGuard<'_, VecDeque<Question>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Question {
    fn complete(self) {
        let Self { loads, answer, mut came, .. } = self;
        if loads && !came.is_empty() {
            let loaded = came.remove(0);
            // Why there is no script says more than that there is none.
            if matches!(loaded, Value::ServerError(_)) && came.last().is_some_and(lacks_script) {
                came = vec![loaded];
            }
        }
        let _ = answer.send(Ok(came));
    }
}

/// Whether the server does not know the script it was to run. It has done nothing then.
pub(super) fn lacks_script(answer: &Value) -> bool {
    matches!(answer, Value::ServerError(error) if error.code() == "NOSCRIPT")
}
