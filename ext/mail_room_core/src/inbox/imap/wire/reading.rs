//! Responses, as they come in.

use std::{io::ErrorKind, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Limit, MOST_SILENCES, Wire};
use crate::{
    Error, Result,
    inbox::imap::response::{Code, Response},
};

impl Wire {
    /// The next response, noted where the wire itself wants to know.
    ///
    /// Cancel safe: a response is either returned or still to come.
    pub(in crate::inbox::imap) async fn next(
        &mut self,
        wait: &'static str,
        started: Instant,
        limit: Limit,
    ) -> Result<Response> {
        let response = match limit {
            Limit::Total(limit) => {
                timeout_at(started + limit, self.read()).await.unwrap_or(Err(Error::Deadline { wait, limit }))
            }
            Limit::Silence(silence) => {
                let limit = silence * MOST_SILENCES;
                let read = self.read_unless_silent(wait, silence);
                timeout_at(started + limit, read).await.unwrap_or(Err(Error::Deadline { wait, limit }))
            }
        };
        let response = response.map_err(|error| match error {
            Error::Protocol(reason) => Error::Protocol(format!("{reason} (while waiting for {wait})")),
            other => other,
        })?;
        self.note(&response);
        Ok(response)
    }

    async fn read_unless_silent(&mut self, wait: &'static str, limit: Duration) -> Result<Response> {
        let activity = self.activity.clone();
        let read = self.read();
        tokio::pin!(read);
        loop {
            let patience = activity.last() + limit;
            tokio::select! {
                // What is there needs no timer.
                biased;
                response = &mut read => return response,
                () = sleep_until(patience) => {
                    if activity.last() + limit <= Instant::now() {
                        return Err(Error::Deadline { wait, limit });
                    }
                }
            }
        }
    }

    async fn read(&mut self) -> Result<Response> {
        let read = AssertUnwindSafe(self.client.read_response()).catch_unwind().await;
        match read.unwrap_or_else(|_| Err(ErrorKind::Other.into())) {
            Ok(Some(data)) => {
                let mut response = Response::from(data.parsed());
                self.responses += 1;
                let message = self.client.get_mut().take_message(self.responses).map_err(Error::Protocol)?;
                if let (Response::Fetch(fetched), Some(message)) = (&mut response, message) {
                    fetched.body = Some(message);
                }
                Ok(response)
            }
            Ok(None) => Err(Error::ConnectionLost("the server closed it".into())),
            Err(error) if error.kind() == ErrorKind::InvalidData => Err(Error::Protocol(error.to_string())),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Err(Error::ConnectionLost("the server closed it in the middle of a response".into()))
            }
            // What it cannot read does not reach the parser. Should it fail nevertheless: its errors hold
            // all it could not read, which may be a message.
            Err(error) if error.kind() == ErrorKind::Other => Err(Error::Protocol("not an IMAP response".into())),
            Err(error) => Err(Error::ConnectionLost(error.to_string())),
        }
    }

    fn note(&mut self, response: &Response) {
        if let Response::Notice { code: Some(Code::Alert), text, .. }
        | Response::Completion { code: Some(Code::Alert), text, .. } = response
        {
            let text = self.hidden.text(text);
            self.alerts.tell(&text);
        }
        match response {
            Response::Exists(count) => {
                self.news |= *count > self.exists;
                self.exists = *count;
            }
            Response::Expunge => self.exists = self.exists.saturating_sub(1),
            Response::Capability(names)
            | Response::Notice { code: Some(Code::Capability(names)), .. }
            | Response::Completion { code: Some(Code::Capability(names)), .. } => {
                self.capabilities = Some(names.clone());
            }
            _ => {}
        }
    }
}
