//! What is asked of a server, as it is sent.

use std::{io::Write, sync::Arc};

use super::escape;
use crate::charset::Text;

/// Commands that are sent together. Each is a list of words, and a word is its length and its bytes.
pub(crate) struct Request {
    /// All of it; with a long word, all up to the bytes of that word.
    head: Vec<u8>,
    long: Option<LongWord>,
    /// What comes after the long word.
    tail: Vec<u8>,
    /// What the last command runs.
    script: Option<Script>,
    /// How many commands there are.
    commands: usize,
    /// They are carried out together, or not at all.
    transaction: bool,
}

/// A script that runs in the server, by its name there.
#[derive(Clone)]
pub(crate) struct Script {
    hash: Arc<str>,
    /// The command that makes it known.
    load: Arc<[u8]>,
}

/// A word with a message in it, which is put together only as it is sent.
pub(crate) struct LongWord {
    before: Vec<u8>,
    /// Between the others, as the content of a JSON string.
    text: Text,
    after: Vec<u8>,
    length: usize,
}

impl Request {
    pub(crate) fn new() -> Self {
        Self::packed(Vec::with_capacity(512), 0)
    }

    /// Commands that the library has put together.
    pub(super) fn packed(head: Vec<u8>, commands: usize) -> Self {
        Self { head, long: None, tail: Vec::new(), script: None, commands, transaction: false }
    }

    /// Begins a command of so many words.
    pub(crate) fn command(&mut self, words: usize) -> &mut Self {
        self.commands += 1;
        self.length(b'*', words)
    }

    /// Begins a command that runs a script with so many keys and other words. The keys come first.
    pub(crate) fn script(&mut self, script: &Script, keys: usize, others: usize) -> &mut Self {
        self.script = Some(script.clone());
        self.command(3 + keys + others).word(b"EVALSHA").word(script.hash.as_bytes());
        self.number(keys as u64)
    }

    /// Begins a transaction, which [`Request::commit`] ends.
    pub(crate) fn multi(&mut self) -> &mut Self {
        self.transaction = true;
        self.command(1).word("MULTI")
    }

    pub(crate) fn commit(&mut self) -> &mut Self {
        self.command(1).word("EXEC")
    }

    /// One word of the command.
    pub(crate) fn word(&mut self, word: impl AsRef<[u8]>) -> &mut Self {
        let word = word.as_ref();
        let end = self.length(b'$', word.len()).end();
        end.extend_from_slice(word);
        end.extend_from_slice(b"\r\n");
        self
    }

    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        let mut digits = [0; 20];
        let mut rest = &mut digits[..];
        let _ = write!(rest, "{number}"); // no number is longer
        let used = 20 - rest.len();
        self.word(&digits[..used])
    }

    /// The last word of its command. There is one in a request at most.
    pub(crate) fn long_word(&mut self, word: LongWord) -> &mut Self {
        self.length(b'$', word.length);
        self.long = Some(word);
        self
    }

    fn length(&mut self, kind: u8, length: usize) -> &mut Self {
        let end = self.end();
        end.push(kind);
        let _ = write!(end, "{length}\r\n"); // memory does not refuse
        self
    }

    /// Where the next bytes go.
    fn end(&mut self) -> &mut Vec<u8> {
        if self.long.is_some() { &mut self.tail } else { &mut self.head }
    }

    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    pub(super) fn long(&self) -> Option<&LongWord> {
        self.long.as_ref()
    }

    pub(super) fn tail(&self) -> &[u8] {
        &self.tail
    }

    pub(super) fn is_transaction(&self) -> bool {
        self.transaction
    }

    pub(super) fn used_script(&self) -> Option<&Script> {
        self.script.as_ref()
    }

    pub(super) fn commands(&self) -> usize {
        self.commands
    }
}

impl Script {
    pub(crate) fn new(code: &str) -> Self {
        let mut load = Request::new();
        load.command(3).word("SCRIPT").word("LOAD").word(code);
        Self { hash: redis::Script::new(code).get_hash().into(), load: load.head.into() }
    }

    pub(super) fn hash(&self) -> &Arc<str> {
        &self.hash
    }

    pub(super) fn load(&self) -> &[u8] {
        &self.load
    }
}

impl LongWord {
    /// `before`, the text with all escaped that JSON wants escaped, and `after`.
    pub(crate) fn new(before: Vec<u8>, text: Text, after: Vec<u8>) -> Self {
        let escaped: usize = text.pieces().map(escape::length).sum();
        let length = before.len() + escaped + after.len();
        Self { before, text, after, length }
    }

    /// In bytes.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    pub(super) fn before(&self) -> &[u8] {
        &self.before
    }

    pub(super) fn text(&self) -> &Text {
        &self.text
    }

    pub(super) fn after(&self) -> &[u8] {
        &self.after
    }
}
