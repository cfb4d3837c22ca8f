//! How long each wait may last.

use std::time::Duration;

use crate::{Result, fields::Fields};

/// RFC 2177 asks clients to re-issue IDLE at least every 29 minutes, since servers may log a client
/// out after 30.
const LONGEST_IDLE: Duration = Duration::from_secs(29 * 60);

/// One limit for every wait on the inbox and the delivery. Settings are in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// Resolving the host and connecting to one of its addresses.
    pub(crate) connect: Duration,
    /// The TLS handshake.
    pub(crate) tls: Duration,
    /// The server's greeting.
    pub(crate) greeting: Duration,
    /// A whole command, from its first byte to the tagged answer.
    pub(crate) command: Duration,
    /// The longest silence while messages are being fetched.
    pub(crate) literal: Duration,
    /// IDLE is ended and issued again after this long, whatever the server sends meanwhile.
    pub(crate) idle: Duration,
    /// The answer to `DONE`.
    pub(crate) done: Duration,
    /// One delivery.
    pub(crate) delivery: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            connect: seconds(30),
            tls: seconds(30),
            greeting: seconds(30),
            command: seconds(60),
            literal: seconds(60),
            idle: LONGEST_IDLE,
            done: seconds(15),
            delivery: seconds(30),
        }
    }
}

impl Timeouts {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        let default = Self::default();
        let idle = fields.seconds("idle_timeout", default.idle)?;
        if idle > LONGEST_IDLE {
            return Err(fields.error("idle_timeout", format!("must be at most {} seconds", LONGEST_IDLE.as_secs())));
        }
        Ok(Self {
            connect: fields.seconds("connect_timeout", default.connect)?,
            tls: fields.seconds("tls_timeout", default.tls)?,
            greeting: fields.seconds("greeting_timeout", default.greeting)?,
            command: fields.seconds("command_timeout", default.command)?,
            literal: fields.seconds("literal_timeout", default.literal)?,
            idle,
            done: fields.seconds("done_timeout", default.done)?,
            delivery: fields.seconds("delivery_timeout", default.delivery)?,
        })
    }
}
