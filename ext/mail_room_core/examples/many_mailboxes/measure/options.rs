//! The command line.

use std::{path::PathBuf, time::Duration};

use super::Result;

pub(crate) struct Options {
    /// How many there are.
    pub(crate) mailboxes: usize,
    /// The server's certificate and its key, both PEM; the certificate must be one that signs itself, or its authority
    /// stand in `ca_file`.
    pub(crate) tls: Option<[PathBuf; 2]>,
    pub(crate) ca_file: Option<PathBuf>,
    /// How long to look at what an idle process uses.
    pub(crate) idle: Duration,
    /// Mails for each mailbox, after that.
    pub(crate) burst: u32,
    /// Mails for the first mailbox in the burst.
    pub(crate) backlog: u32,
    /// What the server takes for each answer up to the login.
    pub(crate) delay: Duration,
    /// Jobs go to this Redis, and claims; without it what is delivered goes nowhere.
    pub(crate) redis_url: Option<String>,
    pub(crate) log_path: Option<PathBuf>,
    pub(crate) command: Vec<String>,
}

impl Options {
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            mailboxes: 1_000,
            tls: None,
            ca_file: None,
            idle: Duration::from_secs(10),
            burst: 0,
            backlog: 0,
            delay: Duration::ZERO,
            redis_url: None,
            log_path: None,
            command: Vec::new(),
        };
        let (mut certificate, mut key) = (None, None);
        while let Some(word) = words.next() {
            if word == "--" {
                options.command = words.by_ref().collect();
                continue;
            }
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--mailboxes" => options.mailboxes = value.parse()?,
                "--certificate" => certificate = Some(PathBuf::from(value)),
                "--key" => key = Some(PathBuf::from(value)),
                "--ca-file" => options.ca_file = Some(value.into()),
                "--idle" => options.idle = Duration::from_secs_f64(value.parse()?),
                "--burst" => options.burst = value.parse()?,
                "--backlog" => options.backlog = value.parse()?,
                "--delay" => options.delay = Duration::from_secs_f64(value.parse()?),
                "--redis" => options.redis_url = Some(value),
                "--log" => options.log_path = Some(value.into()),
                _ => return Err(format!("unknown option {word}").into()),
            }
        }
        options.tls = certificate.zip(key).map(Into::into);
        if options.command.is_empty() || options.mailboxes == 0 {
            return Err("needs a command after --, and a mailbox".into());
        }
        Ok(options)
    }
}
