//! Commands, as they go out.

use tokio::{io::AsyncWriteExt, time::timeout};

use super::{Limit, Wire, whole_name};
use crate::{Error, Result};

impl Wire {
    /// Writes one tagged command, in one piece: several small writes would wait for each other's
    /// delayed acknowledgement.
    pub(in crate::inbox::imap) async fn send(
        &mut self,
        command: &'static str,
        arguments: &str,
        limit: Limit,
    ) -> Result<String> {
        let mut line = String::new();
        let tag = self.add_command(&mut line, command, arguments);
        self.write(whole_name(command, arguments), line.as_bytes(), limit).await?;
        Ok(tag)
    }

    /// Adds a command's line to what is written next, and tells its tag.
    pub(super) fn add_command(&mut self, lines: &mut String, command: &str, arguments: &str) -> String {
        self.tags += 1;
        let tag = format!("A{:04}", self.tags);
        let space = if arguments.is_empty() { "" } else { " " };
        lines.extend([&tag, " ", command, space, arguments, "\r\n"]);
        tag
    }

    /// Writes one line without a tag: what a server asked for with `+`, or `DONE`.
    pub(in crate::inbox::imap) async fn send_untagged(
        &mut self,
        command: &'static str,
        line: &str,
        limit: Limit,
    ) -> Result<()> {
        self.write(command, format!("{line}\r\n").as_bytes(), limit).await
    }

    pub(super) async fn write(&mut self, command: &'static str, bytes: &[u8], limit: Limit) -> Result<()> {
        let (Limit::Total(limit) | Limit::Silence(limit)) = limit;
        let stream = self.client.get_mut();
        let write = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        // The silence allowed before the answer begins with the question.
        self.activity.note();
        match timeout(limit, write).await {
            Ok(outcome) => outcome.map_err(|error| Error::ConnectionLost(error.to_string())),
            Err(_) => Err(Error::Deadline { wait: command, limit }),
        }
    }
}
