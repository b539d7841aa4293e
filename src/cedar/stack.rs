//! Stack for Cedar's recursive walks.
//!
//! Cedar's parser and validator recurse once a level of the expression. On the 2 MiB of a worker
//! thread a statement of a few hundred characters can overflow the parser's stack and end the
//! process, and when the validator runs short it stops early and reports **no error**: a wrong
//! policy would pass. Both therefore run on a stack that no statement of the given length fills.

/// Bytes that any walk gets.
const BASE: usize = 4 * 1024 * 1024;

/// Bytes more for each byte of the statement. Measured without optimization: a level takes at
/// most 2 bytes of text and 24 KiB of stack.
const PER_BYTE: usize = 24 * 1024;

/// Runs `walk` with enough stack for any statement of this many bytes.
///
/// It is address space that is taken; only the pages a walk touches become memory, until it ends.
pub(super) fn with_room<R>(statement_bytes: usize, walk: impl FnOnce() -> R) -> R {
    stacker::grow(
        BASE.saturating_add(statement_bytes.saturating_mul(PER_BYTE)),
        walk,
    )
}
