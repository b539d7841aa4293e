//! The write-ahead log of a database that was not closed, looked at before `SQLite` reads it.
//!
//! `SQLite` takes the log up to the first frame whose checksum is wrong and drops the rest. That is right for the last
//! transaction, which a crash may tear and which nobody was told of; but frames of several later commits behind a wrong
//! one are damage, since each commit was flushed before the next began, and dropping them would lose what was promised.
//!
//! A log that was cut looks like a shorter one. How long it was is known to its index alone, the file `-shm`, which counts
//! a commit once it is flushed: so an index that a killed process left behind, and that is of the same round of the log,
//! tells a cut. The index itself is never flushed. On a machine that went down it may be of before, or gone, and then
//! nothing tells.
//!
//! The formats are those of <https://www.sqlite.org/fileformat2.html#walformat> and <https://www.sqlite.org/walformat.html>.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

/// Magic of a log whose checksums are over little-endian words; with the last bit set, over big-endian ones.
const MAGIC: u32 = 0x377f_0682;
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// Size of a page where the log itself does not say.
const PAGE: usize = 4096;
/// Version of the index, its first word; it is in the words of the machine.
const INDEX_VERSION: u32 = 3_007_000;
/// The header of the index, which is there twice, and the number of frames that are in the file already.
const INDEX_HEADER: usize = 48;
const INDEX: usize = 2 * INDEX_HEADER + 4;

/// What a log is like.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// It can be read, up to the end of these commits.
    Whole {
        /// Commits that it holds.
        commits: u32,
        /// Frames of these commits.
        frames: u32,
    },
    /// Commits lie behind a damaged place.
    Damaged,
    /// It held more frames of commits.
    Cut {
        /// Frames of commits that are there.
        frames: u32,
        /// How many there were.
        once: u32,
    },
}

/// Looks at the log and the index at these paths; no log is an empty one.
pub fn look_at(log: &Path, index: &Path) -> std::io::Result<Found> {
    let log = match File::open(log) {
        Ok(file) => read(BufReader::with_capacity(1 << 16, file))?,
        Err(error) if error.kind() == ErrorKind::NotFound => Log::empty(),
        Err(error) => return Err(error),
    };
    let once = match File::open(index) {
        Ok(file) => counted(file, &log)?,
        Err(error) if error.kind() == ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    Ok(match log {
        // One may be the end of the transaction that the crash tore.
        Log { behind: 2.., .. } => Found::Damaged,
        Log { frames, .. } if once > frames => Found::Cut { frames, once },
        Log { commits, frames, .. } => Found::Whole { commits, frames },
    })
}

/// What is in a log.
#[derive(Debug, Default)]
struct Log {
    /// Whether it is too short for a header.
    empty: bool,
    /// What tells this round of the log from others, when its header is whole.
    salts: Option<[u8; 8]>,
    /// Commits up to the first wrong frame.
    commits: u32,
    /// Frames up to the last of these commits.
    frames: u32,
    /// Commits behind it.
    behind: u32,
}

impl Log {
    fn empty() -> Self {
        Self {
            empty: true,
            ..Self::default()
        }
    }
}

fn read(mut log: impl Read) -> std::io::Result<Log> {
    let mut header = [0; HEADER];
    if !filled(&mut log, &mut header)? {
        return Ok(Log::empty());
    }
    let big = word(&header, 0) == MAGIC | 1;
    let mut sum = Sum { big, of: (0, 0) };
    sum.add(header.get(..24).unwrap_or_default());
    let mut whole = word(&header, 0) | 1 == MAGIC | 1 && sum.of == (word(&header, 24), word(&header, 28));
    let page = usize::try_from(word(&header, 8)).ok();
    let page = page.filter(|_| whole).unwrap_or(PAGE);
    // Frames of an earlier round of the log have other salts.
    let mut salts = whole.then(|| (word(&header, 16), word(&header, 20)));
    let mut found = Log {
        salts: header
            .get(16..24)
            .filter(|_| whole)
            .and_then(|salts| salts.try_into().ok()),
        ..Log::default()
    };
    let mut number = 0;
    let mut frame = vec![0; FRAME_HEADER + page];
    while filled(&mut log, &mut frame)? {
        number += 1;
        let its = (word(&frame, 8), word(&frame, 12));
        let same = *salts.get_or_insert(its) == its;
        if whole {
            sum.add(frame.get(..8).unwrap_or_default());
            sum.add(frame.get(FRAME_HEADER..).unwrap_or_default());
            whole = same && sum.of == (word(&frame, 16), word(&frame, 20));
        }
        let commits = word(&frame, 4) != 0;
        if commits && whole {
            found.commits += 1;
            found.frames = number;
        } else if commits && same {
            found.behind += 1;
        }
    }
    Ok(found)
}

/// How many frames of commits a log had by its index: none when the index is not of this log, or not whole.
fn counted(mut index: impl Read, log: &Log) -> std::io::Result<u32> {
    let mut bytes = [0; INDEX];
    if !filled(&mut index, &mut bytes)? {
        return Ok(0);
    }
    let (first, rest) = bytes.split_at(INDEX_HEADER);
    let native = |at| u32::from_ne_bytes(word(&bytes, at).to_be_bytes());
    let is_whole = rest.get(..INDEX_HEADER) == Some(first) && native(0) == INDEX_VERSION;
    let (frames, in_file) = (native(16), native(2 * INDEX_HEADER));
    let is_of_log = match &log.salts {
        Some(salts) => first.get(32..40) == Some(salts),
        // Without a header nothing tells whose index it is; what the file has already is not lost.
        None => log.empty && frames > in_file,
    };
    Ok(if is_whole && is_of_log { frames } else { 0 })
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
