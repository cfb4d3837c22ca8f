//! Runs a command of the operator's, and takes what it prints.
//!
//! This runs inside a Ruby process, whose children and whose SIGCHLD are Ruby's. So a thread waits for this one
//! child and no other: tokio takes SIGCHLD for itself as soon as somebody stops waiting for a child of its.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    net::unix::pipe::Receiver,
    task::spawn_blocking,
    time::timeout,
};

use super::answer::printable;

/// How much a command may print.
const PRINTED: usize = 64 * 1024;

/// How much of what it says on its error output is kept: the end of it.
const SAID: usize = 4 * 1024;

/// How long the rest of the output is waited for when the command has ended and somebody holds the other end.
const REST: Duration = Duration::from_secs(1);

/// The processes a command consists of. All that are left end when it is dropped, however that comes about.
struct Group(Arc<Mutex<Option<Pid>>>);

impl Drop for Group {
    fn drop(&mut self) {
        end(&self.0);
    }
}

/// Ends the group, once. While its number stands here, nobody else can have it.
fn end(group: &Mutex<Option<Pid>>) {
    let mut group = group.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(number) = group.take() {
        // None left is fine.
        let _ = kill_process_group(number, Signal::KILL);
    }
}

/// What `sh -c` of the command prints, at most 64 KiB, when it ends with success.
///
/// It gets no input and the environment of this process. With the end of the wait (the command's, the limit's,
/// or of whoever waits for this) all processes it started are killed, but for those that left its process group.
///
/// # Errors
/// Says how it ended, with the last line of its error output.
pub(super) async fn output(command: &str, limit: Duration) -> Result<Vec<u8>, String> {
    let cannot_start = |error: io::Error| format!("cannot be started: {error}");
    let mut child = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(cannot_start)?;
    let group = Group(Arc::new(Mutex::new(i32::try_from(child.id()).ok().and_then(Pid::from_raw))));
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let waited_for = Arc::clone(&group.0);
    let ended = spawn_blocking(move || see_it_end(child, &waited_for));
    let result = timeout(limit, async {
        let (printed, said) = (pipe(stdout.map(ChildStdout::into)), pipe(stderr.map(ChildStderr::into)));
        let (printed, said) = (printed.map_err(cannot_start)?, said.map_err(cannot_start)?);
        let ended = async { ended.await.unwrap_or_else(|error| Err(io::Error::other(error))) };
        judged(collected(printed, said, ended).await?)
    });
    result.await.unwrap_or_else(|_| Err(format!("did not end within {} s (command_timeout)", limit.as_secs_f32())))
}

fn pipe(end: Option<std::os::fd::OwnedFd>) -> io::Result<Receiver> {
    Receiver::from_owned_fd(end.ok_or_else(|| io::Error::other("no pipe"))?)
}

/// Waits for the first process, ends what it left behind, and only then lets its number go. Blocks.
fn see_it_end(mut child: Child, group: &Mutex<Option<Pid>>) -> io::Result<ExitStatus> {
    let number = *group.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(number) = number {
        let ended = loop {
            match waitid(WaitId::Pid(number), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
                Err(Errno::INTR) => {}
                other => break other,
            }
        };
        if ended.is_err() {
            // Somebody else in this process has waited for it: the number may be anybody's.
            group.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }
    end(group);
    child.wait()
}

struct Collected {
    printed: Vec<u8>,
    said: Vec<u8>,
    status: io::Result<ExitStatus>,
}

async fn collected(
    printed: Receiver,
    said: Receiver,
    ended: impl Future<Output = io::Result<ExitStatus>>,
) -> Result<Collected, String> {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let status = {
        let reading = async { tokio::try_join!(whole(printed, &mut output), last(said, &mut errors)) };
        tokio::pin!(reading, ended);
        tokio::select! {
            read = &mut reading => {
                read?;
                ended.await
            }
            status = &mut ended => {
                timeout(REST, reading).await.unwrap_or(Ok(((), ())))?;
                status
            }
        }
    };
    Ok(Collected { printed: output, said: errors, status })
}

async fn whole(mut pipe: impl AsyncRead + Unpin, printed: &mut Vec<u8>) -> Result<(), String> {
    // What cannot be read any more is as good as its end.
    while pipe.read_buf(printed).await.is_ok_and(|read| read > 0) {
        if printed.len() > PRINTED {
            return Err("printed more than 64 KiB".to_owned());
        }
    }
    Ok(())
}

async fn last(mut pipe: impl AsyncRead + Unpin, said: &mut Vec<u8>) -> Result<(), String> {
    while pipe.read_buf(said).await.is_ok_and(|read| read > 0) {
        said.drain(..said.len().saturating_sub(SAID));
    }
    Ok(())
}

fn judged(collected: Collected) -> Result<Vec<u8>, String> {
    let Collected { printed, said, status } = collected;
    let status = status.map_err(|error| format!("was lost: {error}"))?;
    if status.success() {
        return Ok(printed);
    }
    let said = String::from_utf8_lossy(&said);
    let last_line = said.lines().rfind(|line| !line.trim().is_empty()).map(printable).unwrap_or_default();
    let colon = if last_line.is_empty() { "" } else { ": " };
    Err(format!("failed ({status}){colon}{last_line}"))
}

#[cfg(test)]
mod tests;
