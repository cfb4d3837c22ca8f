//! Whether a Redis takes transactions, from this user.

use redis::{RedisResult, Value};

use super::line::{Line, Request};

/// Of no job.
const NO_INDEX: &str = "1000000000";

/// Whether a transaction that pushes a job to this queue, and may take it back, is carried out as a whole. To be asked
/// before: a server that refuses to begin one, or to end it, carries its commands out all the same, or none any
/// more. What was found out once on a connection is believed.
///
/// Since version 6.0.4 a server that is busy, or reads its data, begins transactions nevertheless, so that their ends
/// are not carried out alone ("Redis" repository, pull request 7022). Older ones are known by their `LPOP`, which
/// takes no count before 6.2.
///
/// # Errors
/// When the connection is lost.
pub(super) async fn are_taken(line: &Line, queue: &str) -> RedisResult<bool> {
    line.transactions().get_or_try_init(|| ask(line, queue)).await.copied()
}

/// Does nothing, in a transaction or out of it.
async fn ask(line: &Line, queue: &str) -> RedisResult<bool> {
    let mut request = Request::new();
    request.multi();
    request.command(2).word("TYPE").word(queue);
    request.command(3).word("LINDEX").word(queue).word(NO_INDEX);
    request.command(3).word("LPOP").word(queue).word("0");
    request.command(3).word("EVAL").word("return 1").word("0");
    request.commit();
    // Leaves the transaction that could not be ended.
    request.command(1).word("DISCARD");
    let mut answers = line.ask(request).await?;
    answers.pop();
    let outcome = answers.pop();
    Ok(matches!(outcome, Some(Value::Array(_)))
        && answers.iter().all(|answer| !matches!(answer, Value::ServerError(_))))
}
