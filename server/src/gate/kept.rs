//! Whether a document, after changes were applied, can tell them again.
//!
//! Automerge keeps no changes: it takes their operations in and makes the changes from them when they are
//! saved or sent. It drops what it has no place for, such as a predecessor that is not there. Such a change has
//! another hash the next time, and the document does not load any more.

use std::collections::BTreeSet;

use automerge::{AutoCommit, ChangeHash};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::{Heads, walk};

use super::bytes::unreadable;

/// Compares the changes that a document has beyond `before` with those that were applied. `whole` asks for a
/// look at all of the document: the order of marks is told by nothing less.
///
/// # Errors
///
/// `message-unreadable`, with `why`.
pub fn check(
    doc: &mut AutoCommit,
    before: &Heads,
    applied: impl Iterator<Item = ChangeHash>,
    whole: bool,
) -> Result<(), Refusal> {
    let applied: BTreeSet<ChangeHash> = applied.collect();
    let kept = doc.get_changes(before.as_slice()).iter().map(automerge::Change::hash).collect();
    if applied != kept {
        return Err(unreadable().with("why", "not-kept"));
    }
    if whole {
        walk::saved(&doc.save()).map_err(|malformed| unreadable().with("why", malformed.what))?;
    }
    Ok(())
}
