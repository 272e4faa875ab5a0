//! As much HTTP/1.1 as the demo needs, over a plain socket: a client library would tidy what we want to send untidily.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

const PATIENCE: Duration = Duration::from_secs(30);

/// A request or an answer.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// `POST /path HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub(crate) start: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// An answer's status.
    pub(crate) fn status(&self) -> u16 {
        self.start.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// How a body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Length,
    /// In chunks of so many bytes.
    Chunks(usize),
}

/// The bytes of a request.
pub(crate) fn request(
    start: &str,
    headers: &[(String, String)],
    body: &[u8],
    framing: Framing,
) -> Vec<u8> {
    let mut bytes =
        format!("{start} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").into_bytes());
    }
    match framing {
        Framing::Length => {
            bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes());
            bytes.extend(body);
        }
        Framing::Chunks(size) => {
            bytes.extend(b"Transfer-Encoding: chunked\r\n\r\n");
            for chunk in body.chunks(size) {
                bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
                bytes.extend(chunk);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\n\r\n");
        }
    }
    bytes
}

/// Sends bytes to a port of this machine, and reads one answer.
pub(crate) fn exchange(port: u16, request: &[u8]) -> Result<Message> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // An answer may come, and the connection close, before the whole request is written.
    let sent = stream.write_all(request);
    match read(&mut BufReader::new(&stream)) {
        Ok(answer) => Ok(answer),
        Err(error) => sent.map_err(Into::into).and(Err(error)),
    }
}

pub(crate) fn get(port: u16, path: &str) -> Result<Message> {
    exchange(port, &request(&format!("GET {path}"), &[], b"", Framing::Length))
}

/// Reads one message.
pub(crate) fn read(stream: &mut impl BufRead) -> Result<Message> {
    let start = line(stream)?;
    if start.is_empty() {
        bail!("the connection was closed without an answer");
    }
    let mut message = Message { start, headers: Vec::new(), body: Vec::new() };
    loop {
        let line = line(stream)?;
        if line.is_empty() {
            break;
        }
        let (name, value) =
            line.split_once(':').with_context(|| format!("not a header: {line}"))?;
        message.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    message.body = body(stream, &message)?;
    Ok(message)
}

fn body(stream: &mut impl BufRead, message: &Message) -> Result<Vec<u8>> {
    if message.header("transfer-encoding").is_some() {
        return chunks(stream);
    }
    let length = message.header("content-length").map(str::parse::<u64>).transpose()?;
    let mut body = Vec::new();
    stream.take(length.unwrap_or(0)).read_to_end(&mut body)?;
    Ok(body)
}

fn chunks(stream: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = u64::from_str_radix(line(stream)?.trim(), 16)?;
        stream.take(size).read_to_end(&mut body)?;
        line(stream)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    stream.read_until(b'\n', &mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Framing, read, request};

    #[test]
    fn both_framings_are_read_back() {
        let headers = [("A".to_owned(), "b".to_owned())];
        for framing in [Framing::Length, Framing::Chunks(3)] {
            let bytes = request("POST /", &headers, b"hello world", framing);
            let message = read(&mut bytes.as_slice()).unwrap();
            assert_eq!(message.start, "POST / HTTP/1.1");
            assert_eq!(message.header("a"), Some("b"));
            assert_eq!(message.body, b"hello world");
        }
    }
}
