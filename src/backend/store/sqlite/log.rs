//! The write-ahead log of a database that was not closed, looked at before `SQLite` reads it.
//!
//! `SQLite` takes the log up to the first frame whose checksum is wrong and drops the rest. That is right for the last
//! transaction, which a crash may tear and which nobody was told of; but frames of several later commits behind a wrong
//! one are damage, since each commit was flushed before the next began, and dropping them would lose what was promised.
//! The format is that of <https://www.sqlite.org/fileformat2.html#walformat>.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

/// Magic of a log whose checksums are over little-endian words; with the last bit set, over big-endian ones.
const MAGIC: u32 = 0x377f_0682;
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// Size of a page where the log itself does not say.
const PAGE: usize = 4096;

/// Whether commits lie behind a damaged place of the log at `path`. No log is none that is damaged.
pub fn is_damaged(path: &Path) -> std::io::Result<bool> {
    match File::open(path) {
        Ok(file) => commits_behind_damage(BufReader::with_capacity(1 << 16, file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn commits_behind_damage(mut log: impl Read) -> std::io::Result<bool> {
    let mut header = [0; HEADER];
    if !filled(&mut log, &mut header)? {
        return Ok(false);
    }
    let big = word(&header, 0) == MAGIC | 1;
    let mut sum = Sum { big, of: (0, 0) };
    sum.add(header.get(..24).unwrap_or_default());
    let mut whole = word(&header, 0) | 1 == MAGIC | 1 && sum.of == (word(&header, 24), word(&header, 28));
    let page = usize::try_from(word(&header, 8)).ok();
    let page = page.filter(|_| whole).unwrap_or(PAGE);
    // Frames of an earlier round of the log have other salts.
    let mut salts = whole.then(|| (word(&header, 16), word(&header, 20)));
    let mut behind = 0;
    let mut frame = vec![0; FRAME_HEADER + page];
    while filled(&mut log, &mut frame)? {
        let its = (word(&frame, 8), word(&frame, 12));
        let same = *salts.get_or_insert(its) == its;
        if whole {
            sum.add(frame.get(..8).unwrap_or_default());
            sum.add(frame.get(FRAME_HEADER..).unwrap_or_default());
            whole = same && sum.of == (word(&frame, 16), word(&frame, 20));
        }
        let commits = word(&frame, 4) != 0;
        if !whole && same && commits {
            behind += 1;
        }
    }
    // One may be the end of the transaction that the crash tore.
    Ok(behind > 1)
}

/// Reads until the buffer is full; false when the log ends before.
fn filled(log: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match log.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// The big-endian number at this place.
fn word(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..at + 4)
        .and_then(|four| four.try_into().ok())
        .map_or(0, u32::from_be_bytes)
}

/// The log's running checksum.
struct Sum {
    big: bool,
    of: (u32, u32),
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let number = |at| {
            let number = word(bytes, at);
            if self.big { number } else { number.swap_bytes() }
        };
        let (mut one, mut other) = self.of;
        for at in (0..bytes.len()).step_by(8) {
            one = one.wrapping_add(number(at)).wrapping_add(other);
            other = other.wrapping_add(number(at + 4)).wrapping_add(one);
        }
        self.of = (one, other);
    }
}
