//! A bounded walk over bytes that Automerge is to parse: what it refuses, Automerge never sees.
//!
//! Automerge 0.12 believes what it reads. A message of 14 bytes stops the process, 65 bytes take 4 GB, and a
//! document whose operations stand in the wrong order loads without an error. So everything from outside is
//! walked first, once, at a cost bounded by [`limits`](crate::limits) and before anything of it is believed:
//!
//! ```text
//!   message    a sync message: heads, need, have with its Bloom filter, changes, flags
//!   chunk      a chunk's header and checksum; what a message or a file may consist of
//!   inflate    decompression that stops at a limit
//!   change     a change chunk: its head, and its operations row by row
//!   document   a document chunk, with
//!     history    its changes,
//!     rows       its operations row by row,
//!     order      the order they must stand in, and
//!     coverage   that each belongs to exactly one change
//!   columns    which columns there are, and where
//!   runs       run lengths, deltas and booleans, one row after the other
//!   value      a value's type, length and bytes
//!   op         what holds for every operation
//!   reader     bytes and LEB128 numbers
//! ```
//!
//! The format is described at <https://automerge.org/automerge-binary-format-spec/>; where it is silent, the
//! walk accepts what `automerge` 0.12 writes. Nothing is allocated but for inflated bytes and for what
//! the order of a document's operations needs, and never more than a few times the input.

mod change;
mod chunk;
mod columns;
mod coverage;
mod document;
mod error;
mod history;
mod inflate;
mod message;
mod op;
mod order;
mod reader;
mod rows;
mod runs;
#[cfg(test)]
mod tests;
mod value;

pub use change::{Actors, Operations, operations};
pub use error::Malformed;
pub use op::{Action, Key, Op, OpId};
pub use value::Value;

use chunk::Budget;

/// What a walk has found; quotas are charged by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Walked {
    /// Changes, those within documents among them.
    pub changes: usize,
    /// Operations in these changes, deletions among them.
    pub ops: usize,
    /// Dependencies of these changes.
    pub deps: usize,
    /// Bytes that compressed chunks and columns have come to.
    pub inflated_bytes: usize,
    /// In how many objects the deepest object of a document chunk stands; of changes only their document tells.
    pub nesting: usize,
}

/// Walks a sync message of the first or second version.
///
/// # Errors
///
/// What is wrong, or which limit it exceeds. Then no part of it may be parsed.
pub fn sync_message(bytes: &[u8]) -> Result<Walked, Malformed> {
    let mut budget = Budget::default();
    message::walk(bytes, &mut budget)?;
    Ok(budget.walked())
}

/// Reads the heads that a sync message begins with, and nothing else of it.
///
/// # Errors
///
/// As [`sync_message`], of that part.
pub fn sync_heads(bytes: &[u8]) -> Result<Vec<automerge::ChangeHash>, Malformed> {
    message::heads(bytes)
}

/// Walks a document as it is saved: a document chunk or none, and changes after it.
///
/// # Errors
///
/// As [`sync_message`].
pub fn saved(bytes: &[u8]) -> Result<Walked, Malformed> {
    let mut budget = Budget::default();
    chunk::walk_all(bytes, &mut budget)?;
    Ok(budget.walked())
}
