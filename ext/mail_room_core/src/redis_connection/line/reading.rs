//! Answers, from the bytes to those who wait for them.

use std::io;

use bytes::BytesMut;
use redis::{ErrorKind, RedisError, Value, ValueCodec};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_util::codec::Decoder;

use super::{asked::Asked, lost};

/// How long an answer may be. Those expected here are yes, no, or a list of some thousand numbers; what is not
/// complete is kept until it is.
const LONGEST: usize = 16 << 20;

/// How much is read at once, unless an answer is longer.
const READ: usize = 8 << 10;

/// Reads answers until there are no more of use, and tells why.
pub(super) async fn read(mut stream: impl AsyncRead + Unpin, asked: &Asked) -> RedisError {
    let (mut codec, mut buffer, mut came) = (ValueCodec::default(), BytesMut::with_capacity(READ), 0);
    // What comes before a question is no answer to it.
    let mut unasked = false;
    loop {
        match codec.decode(&mut buffer) {
            Err(error) => return error,
            Ok(Some(value)) => {
                let refused = if unasked { Err(value) } else { asked.answered(value) };
                if let Err(value) = refused {
                    return last_word(value);
                }
                came = buffer.len();
                unasked = came > 0 && asked.is_empty();
                continue;
            }
            Ok(None) => {}
        }
        match stream.read_buf(&mut buffer).await {
            Err(error) => return error.into(),
            Ok(0) => return lost(),
            Ok(more) => came += more,
        }
        unasked |= asked.is_empty();
        if came > LONGEST {
            let text = format!("the server answers with more than {LONGEST} bytes");
            return io::Error::new(io::ErrorKind::InvalidData, text).into();
        }
    }
}

/// What a server says that was not asked: Redis does so when it has no room for a client, and hangs up.
fn last_word(value: Value) -> RedisError {
    match value.extract_error() {
        Err(error) => error,
        Ok(_) => (ErrorKind::Parse, "an answer that nobody asked for").into(),
    }
}
