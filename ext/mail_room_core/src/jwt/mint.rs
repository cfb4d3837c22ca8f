//! Tokens for many deliveries at once.

use std::{
    mem::take,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{sync::oneshot, task::spawn_blocking};

use super::Jwt;

type Answer = oneshot::Sender<Result<String, String>>;

/// Makes tokens on a thread that nobody waits for. Those that are asked for before the file is looked at share that
/// look: each is signed with the secret as it is in the file after it was asked for.
pub(crate) struct Mint {
    jwt: Arc<Jwt>,
    asked: Arc<Mutex<Vec<Answer>>>,
}

impl Mint {
    pub(crate) fn new(jwt: Jwt) -> Self {
        Self { jwt: Arc::new(jwt), asked: Arc::default() }
    }

    pub(crate) fn jwt(&self) -> &Jwt {
        &self.jwt
    }

    /// A new token. Cancel safe.
    ///
    /// # Errors
    /// As [`Jwt::token`].
    pub(crate) async fn token(&self) -> Result<String, String> {
        let (answer, token) = oneshot::channel();
        if self.ask(answer) {
            let (jwt, asked) = (Arc::clone(&self.jwt), Arc::clone(&self.asked));
            spawn_blocking(move || {
                let asked = take(&mut *asked.lock().unwrap_or_else(PoisonError::into_inner));
                let signer = jwt.signer();
                for answer in asked {
                    // Whoever has given up waiting needs none.
                    let _ = answer.send(signer.as_ref().map_err(Clone::clone).and_then(|signer| jwt.signed(signer)));
                }
            });
        }
        token.await.map_err(|_| "the token was not made".to_owned())?
    }

    /// Whether nobody else has asked since the file was looked at.
    fn ask(&self, answer: Answer) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(answer);
        asked.len() == 1
    }
}
