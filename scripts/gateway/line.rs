//! One kept connection that is asked whether there is something new, and waits only if told to: who sends load must not sleep.

use super::Failure;
use super::answer::whole;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// A connection on which one request is under way at most.
#[derive(Debug)]
pub struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Line {
    pub fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            buffer: vec![0; 64 * 1024],
            filled: 0,
        })
    }

    /// The same, but it sleeps until there is something: who only looks must not keep a processor from those it looks at.
    pub fn patient(address: SocketAddr) -> Result<Self, Failure> {
        let line = Self::open(address)?;
        line.stream.set_nonblocking(false)?;
        Ok(line)
    }

    /// Sends a request.
    pub fn send(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        while !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => std::hint::spin_loop(),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// What `look` makes of the answer, if it is there: of its status and its body.
    pub fn answer<T>(&mut self, look: impl FnOnce(u16, &str) -> T) -> Result<Option<T>, Failure> {
        let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
        match self.stream.read(room) {
            Ok(0) => return Err("the connection was closed, or the answer is too long".into()),
            Ok(read) => self.filled += read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let bytes = self.buffer.get(..self.filled).unwrap_or_default();
        let Some((status, body)) = whole(bytes)? else {
            return Ok(None);
        };
        let end = body.end;
        let seen = look(status, std::str::from_utf8(bytes.get(body).unwrap_or_default())?);
        self.buffer.copy_within(end..self.filled, 0);
        self.filled -= end;
        Ok(Some(seen))
    }
}
