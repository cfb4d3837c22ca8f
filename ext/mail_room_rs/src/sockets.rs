//! What Ruby waits on.

use std::{io, os::unix::net::UnixStream};

use crate::error::Failure;

/// Neither end blocks: Ruby holds its lock while it reads.
pub(crate) fn pair() -> Result<(UnixStream, UnixStream), Failure> {
    let sockets = || -> io::Result<_> {
        let (ruby, core) = UnixStream::pair()?;
        ruby.set_nonblocking(true)?;
        core.set_nonblocking(true)?;
        Ok((ruby, core))
    };
    sockets().map_err(|_| Failure::Misuse("no file descriptors left"))
}
