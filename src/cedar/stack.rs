//! Stack for Cedar's recursive walks.
//!
//! Cedar's parser and validator recurse once a level of the expression. On the 2 MiB of a worker
//! thread a statement of a few hundred characters can overflow the parser's stack and end the
//! process, and when the validator runs short it stops early and reports **no error**: a wrong
//! policy would pass. Both therefore run on a stack that no statement of the given length fills.

/// Bytes that any walk gets.
const BASE: usize = 4 * 1024 * 1024;

/// Bytes more for each character of the statement. Measured without optimization: a level takes at
/// least 2 characters of text, and less than 20 KiB of stack.
const PER_CHARACTER: usize = 16 * 1024;

/// Runs `walk` with enough stack for a statement.
///
/// It is address space that is taken; only the pages a walk touches become memory, until it ends.
pub(super) fn with_room<R>(statement: &str, walk: impl FnOnce() -> R) -> R {
    with_room_for(statement.chars().count(), walk)
}

/// Runs `walk` with enough stack for a statement of so many characters.
pub(super) fn with_room_for<R>(characters: usize, walk: impl FnOnce() -> R) -> R {
    stacker::grow(
        BASE.saturating_add(characters.saturating_mul(PER_CHARACTER)),
        walk,
    )
}
