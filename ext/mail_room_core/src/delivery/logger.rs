//! Writes messages to a file or to standard output, in the format of Ruby's `Logger`.

use std::{fs::OpenOptions, path::PathBuf, process, time::Duration};

use async_trait::async_trait;
use jiff::Zoned;
use tokio::{
    fs::File,
    io::{self, AsyncWrite, AsyncWriteExt},
    sync::Mutex,
    time::timeout,
};

use super::{Delivery, Outcome};
use crate::{Error, Result, fields::Fields, message::Message};

/// `log_path`, at the top of a mailbox's settings or in `delivery_options`. None is standard output.
#[derive(Clone, Debug)]
pub(crate) struct LoggerSettings {
    path: Option<PathBuf>,
}

impl LoggerSettings {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self> {
        let own = fields.path("log_path")?;
        let path = match own {
            Some(path) => Some(path),
            None => fields.section("delivery_options")?.path("log_path")?,
        };
        Ok(Self { path })
    }
}

pub(super) struct Logger {
    output: Mutex<Box<dyn AsyncWrite + Send + Unpin>>,
    limit: Duration,
}

impl Logger {
    /// # Errors
    /// [`Error::LogFile`] when the file cannot be opened.
    pub(super) fn open(settings: &LoggerSettings, limit: Duration) -> Result<Self> {
        let output: Box<dyn AsyncWrite + Send + Unpin> = match &settings.path {
            None => Box::new(io::stdout()),
            Some(path) => {
                let file = OpenOptions::new()
                    .append(true)
                    .create(true)
                    .open(path)
                    .map_err(|source| Error::LogFile { path: path.display().to_string(), source })?;
                Box::new(File::from_std(file))
            }
        };
        Ok(Self { output: Mutex::new(output), limit })
    }
}

#[async_trait]
impl Delivery for Logger {
    fn name(&self) -> &'static str {
        "MailRoom::Delivery::Logger"
    }

    async fn deliver(&self, message: Message) -> Outcome {
        let line = line(&message.raw);
        let written = async {
            let mut output = self.output.lock().await;
            output.write_all(&line).await?;
            output.flush().await
        };
        let reason = match timeout(self.limit, written).await {
            Ok(Ok(())) => return Outcome::accepted(),
            Ok(Err(error)) => error.to_string(),
            // A pipe nobody reads, for example.
            Err(_) => format!("not written within {} s", self.limit.as_secs_f32()),
        };
        Outcome::ReceiverDown { receiver: "the message log", reason, retry_after: None }
    }
}

/// `I, [2026-11-22T10:27:00.123456 #4711]  INFO -- : <message>`
fn line(raw: &[u8]) -> Vec<u8> {
    let time = Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string();
    let mut line = format!("I, [{time} #{}]  INFO -- : ", process::id()).into_bytes();
    line.extend_from_slice(raw);
    line.push(b'\n');
    line
}
