//! A Redis in a test's hands: it takes commands apart, and says what the test says.

use std::io;

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// Words longer than this are counted and thrown away.
const KEPT: usize = 1 << 20;

pub(crate) struct Scripted {
    stream: BufReader<TcpStream>,
}

/// A word of a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Text(String),
    /// Of so many bytes.
    Long(usize),
}

impl Word {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Long(_) => "",
        }
    }
}

/// A port, and its URL.
pub(crate) async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("redis://{}", listener.local_addr().expect("an address"));
    (listener, url)
}

impl Scripted {
    pub(crate) async fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().await.expect("a client");
        Self { stream: BufReader::with_capacity(1 << 16, stream) }
    }

    /// The next command; none when the client has gone.
    pub(crate) async fn command(&mut self) -> io::Result<Option<Vec<Word>>> {
        let Some(words) = self.length('*').await? else { return Ok(None) };
        let mut command = Vec::with_capacity(words);
        for _ in 0..words {
            let length = self.length('$').await?.expect("a length");
            if length > KEPT {
                let mut word = (&mut self.stream).take(length as u64);
                let copied = tokio::io::copy_buf(&mut word, &mut tokio::io::sink()).await?;
                command.push(Word::Long(usize::try_from(copied).expect("a length")));
            } else {
                let mut word = vec![0; length];
                self.stream.read_exact(&mut word).await?;
                command.push(Word::Text(String::from_utf8(word).expect("text")));
            }
            let mut end = [0; 2];
            self.stream.read_exact(&mut end).await?;
            assert_eq!(&end, b"\r\n", "the end of a word");
        }
        Ok(Some(command))
    }

    pub(crate) async fn say(&mut self, answer: &str) {
        self.stream.write_all(answer.as_bytes()).await.expect("written");
    }

    async fn length(&mut self, kind: char) -> io::Result<Option<usize>> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let length = line.strip_prefix(kind).and_then(|length| length.strip_suffix("\r\n"));
        Ok(Some(length.and_then(|length| length.parse().ok()).unwrap_or_else(|| panic!("no length: {line:?}"))))
    }
}
