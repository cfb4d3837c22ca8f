//! A web server that takes every request, throws its body away and says 200, for `bench/drain.rb --delivery postback`:
//! in Ruby it would be what is measured. Tells its port, and for a line on standard input how many requests it has had,
//! and counts from zero again. Ends with its standard input.

use std::{
    io::{self, BufRead, BufReader, Error, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

const BLOCK: usize = 256 << 10;

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let count = Arc::clone(&counted);
            // The client goes when it likes.
            thread::spawn(move || serve(stream, &count).unwrap_or_default());
        }
    });
    for line in io::stdin().lines() {
        line?;
        println!("{}", count.swap(0, Ordering::Relaxed));
    }
    Ok(())
}

fn serve(stream: TcpStream, count: &AtomicUsize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(BLOCK, &stream);
    while let Some(body) = head(&mut reader, &stream)? {
        match body {
            Body::Of(bytes) => skip(&mut reader, bytes)?,
            Body::InChunks => while skip_chunk(&mut reader)? {},
        }
        count.fetch_add(1, Ordering::Relaxed);
        (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
    }
    Ok(())
}

enum Body {
    Of(u64),
    InChunks,
}

/// None at the end of the connection.
fn head(reader: &mut impl BufRead, mut stream: &TcpStream) -> io::Result<Option<Body>> {
    let (mut line, mut body, mut waits) = (String::new(), Body::InChunks, false);
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let Some((name, value)) = line.split_once(':') else {
            if line == "\r\n" {
                break;
            }
            continue; // the first line
        };
        if name.eq_ignore_ascii_case("content-length") {
            body = Body::Of(number(value, 10)?);
        }
        waits |= name.eq_ignore_ascii_case("expect");
    }
    if waits {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    Ok(Some(body))
}

fn skip(reader: &mut impl BufRead, bytes: u64) -> io::Result<()> {
    io::copy(&mut reader.take(bytes), &mut io::sink()).map(|_| ())
}

/// False when it was the last one.
fn skip_chunk(reader: &mut impl BufRead) -> io::Result<bool> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let bytes = number(&line, 16)?;
    skip(reader, bytes + 2)?;
    Ok(bytes > 0)
}

fn number(text: &str, radix: u32) -> io::Result<u64> {
    u64::from_str_radix(text.trim(), radix).map_err(|error| Error::new(ErrorKind::InvalidData, error))
}
