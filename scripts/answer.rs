//! Where an answer over HTTP/1.1 ends, for the programs that send load.

use std::error::Error;
use std::ops::Range;

type Failure = Box<dyn Error + Send + Sync>;

/// Status and body of the answer that the bytes begin with, once it is there as a whole; the body by its place in them.
pub fn whole(bytes: &[u8]) -> Result<Option<(u16, Range<usize>)>, Failure> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?;
    let status = head
        .split(' ')
        .nth(1)
        .ok_or("an answer without a status")?
        .parse()?;
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.ok_or("an answer without a length")?.1.parse()?;
    let body = end + 4..end + 4 + length;
    Ok((bytes.len() >= body.end).then_some((status, body)))
}
