//! How much a Redis takes in one command.

use redis::{RedisResult, aio::MultiplexedConnection};

use super::RedisConnection;

/// What every Redis takes: no smaller limit can be configured.
const TAKEN_BY_ALL: usize = 1 << 20;

/// Beside the value itself, in the buffer that holds a command while it is read.
const REST_OF_THE_COMMAND: usize = 64 << 10;

/// The settings that limit a value, and what Redis takes when it does not tell: who runs it for others
/// often forbids `CONFIG`, and leaves these as they are.
const LIMITS: [(&str, usize, usize); 2] =
    [("proto-max-bulk-len", 512 << 20, 0), ("client-query-buffer-limit", 1 << 30, REST_OF_THE_COMMAND)];

impl RedisConnection {
    /// Why a value of so many bytes is too large, when it is. To be asked before: Redis ends the
    /// connection of who sends too much, and with it the commands of others.
    ///
    /// # Errors
    /// As [`RedisConnection::run`].
    pub(crate) async fn too_large(&self, bytes: usize) -> Result<Option<String>, String> {
        if bytes < TAKEN_BY_ALL - REST_OF_THE_COMMAND {
            return Ok(None);
        }
        for (name, usual, rest) in LIMITS {
            let (told, _) = self.with(self.limit, async |connection| limit(connection, name).await).await?;
            let limit = told.unwrap_or(usual);
            if bytes.saturating_add(rest) > limit {
                let title = self.settings.title();
                return Ok(Some(format!("{bytes} bytes are more than {title} takes ({name} is {limit})")));
            }
        }
        Ok(None)
    }
}

/// A setting of the server, none when it does not tell.
async fn limit(mut connection: MultiplexedConnection, name: &str) -> RedisResult<Option<usize>> {
    let asked = redis::cmd("CONFIG").arg("GET").arg(name).query_async::<Vec<String>>(&mut connection).await;
    match asked {
        Ok(answer) => Ok(answer.get(1).and_then(|limit| limit.parse().ok())),
        // What a server answers has a code; what goes wrong before has none.
        Err(error) if error.code().is_some() => Ok(None),
        Err(error) => Err(error),
    }
}
