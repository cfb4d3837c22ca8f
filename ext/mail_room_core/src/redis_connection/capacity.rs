//! How much a Redis takes in one command.

use redis::RedisResult;

use super::line::Line;

/// What every Redis takes: no smaller limit can be configured.
const TAKEN_BY_ALL: usize = 1 << 20;

/// Beside the value itself, in the buffer that holds a command while it is read.
const REST_OF_THE_COMMAND: usize = 64 << 10;

/// The settings that limit a value, and what Redis takes when it does not tell: who runs it for others
/// often forbids `CONFIG`, and leaves these as they are.
const LIMITS: [(&str, usize, usize); 2] =
    [("proto-max-bulk-len", 512 << 20, 0), ("client-query-buffer-limit", 1 << 30, REST_OF_THE_COMMAND)];

/// The limits that one server told, in the order of [`LIMITS`].
pub(super) type Capacity = [usize; LIMITS.len()];

/// Why a value of so many bytes is too large for the server, when it is. To be asked before: Redis ends the
/// connection of who sends too much, and with it the commands of others.
///
/// What was told once on a connection is believed as long as it allows the value. Should the server take less by
/// now, the connection ends, and the next one asks anew.
///
/// # Errors
/// When the connection is lost.
pub(super) async fn too_large(line: &Line, bytes: usize) -> RedisResult<Option<String>> {
    if bytes < TAKEN_BY_ALL - REST_OF_THE_COMMAND {
        return Ok(None);
    }
    let known = *line.capacity().get_or_try_init(|| ask(line)).await?;
    if exceeded(bytes, known).is_none() {
        return Ok(None);
    }
    Ok(exceeded(bytes, ask(line).await?))
}

fn exceeded(bytes: usize, capacity: Capacity) -> Option<String> {
    let (limit, (name, ..)) =
        capacity.into_iter().zip(LIMITS).find(|(limit, (.., rest))| bytes.saturating_add(*rest) > *limit)?;
    Some(format!("{name} is {limit}"))
}

/// What the server tells; for what it does not tell, what is usual.
async fn ask(line: &Line) -> RedisResult<Capacity> {
    let mut capacity = LIMITS.map(|(_, usual, _)| usual);
    for (limit, (name, ..)) in capacity.iter_mut().zip(LIMITS) {
        let asked = redis::cmd("CONFIG").arg("GET").arg(name).query_async::<Vec<String>>(&mut line.clone()).await;
        match asked {
            Ok(answer) => *limit = answer.get(1).and_then(|told| told.parse().ok()).unwrap_or(*limit),
            // What a server answers has a code; what goes wrong before has none.
            Err(error) if error.code().is_some() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(capacity)
}
