//! Requests, from those who ask to the bytes that are sent.

use std::{collections::HashSet, io, sync::Arc};

use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    sync::mpsc,
};

use super::{
    Sent,
    asked::{Asked, Question},
    escape,
    request::{LongWord, Script},
};

/// How much is written at once. Several small requests go together, one large in several pieces.
const BLOCK: usize = 128 << 10;

/// How much text is escaped before it is asked whether a block is full: it may grow to six times its size.
const STEP: usize = 16 << 10;

/// Writes requests until nobody is left who could ask.
///
/// # Errors
/// Why nothing can be written any more.
pub(super) async fn write(
    stream: impl AsyncWrite + Unpin,
    waiting: &mut mpsc::Receiver<Sent>,
    asked: &Asked,
) -> io::Result<()> {
    let mut writing = Writing { stream, block: Vec::new(), loaded: HashSet::new() };
    while let Some(sent) = waiting.recv().await {
        writing.put(sent, asked).await?;
        while let Ok(sent) = waiting.try_recv() {
            writing.put(sent, asked).await?;
        }
        writing.write().await?;
        writing.stream.flush().await?;
    }
    Ok(())
}

struct Writing<S> {
    stream: S,
    /// What is to be written next.
    block: Vec<u8>,
    /// The scripts that the server has been told on this connection.
    loaded: HashSet<Arc<str>>,
}

impl<S: AsyncWrite + Unpin> Writing<S> {
    async fn put(&mut self, sent: Sent, asked: &Asked) -> io::Result<()> {
        let Sent { request, load, answer } = sent;
        if answer.is_closed() {
            return Ok(()); // nobody waits for it, and nothing of it was sent
        }
        let unknown = |script: &&Script| self.loaded.insert(Arc::clone(script.hash())) || load;
        let script = request.used_script().filter(unknown);
        let (loads, due) = (script.is_some(), request.commands() + usize::from(script.is_some()));
        asked.put(Question { loads, due, answer, came: Vec::with_capacity(due) });
        if let Some(script) = script {
            self.append(script.load()).await?;
        }
        self.append(request.head()).await?;
        if let Some(word) = request.long() {
            self.append_long(word).await?;
        }
        self.append(request.tail()).await
    }

    async fn append_long(&mut self, word: &LongWord) -> io::Result<()> {
        self.append(word.before()).await?;
        for piece in word.text().pieces() {
            for step in piece.chunks(STEP) {
                escape::append(step, &mut self.block);
                self.write_full().await?;
            }
        }
        self.append(word.after()).await?;
        self.append(b"\r\n").await
    }

    async fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.block.extend_from_slice(bytes);
        self.write_full().await
    }

    async fn write_full(&mut self) -> io::Result<()> {
        if self.block.len() < BLOCK { Ok(()) } else { self.write().await }
    }

    async fn write(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.block).await?;
        self.block.clear();
        // What one long command needed is not kept for the next.
        self.block.shrink_to(2 * BLOCK);
        Ok(())
    }
}
