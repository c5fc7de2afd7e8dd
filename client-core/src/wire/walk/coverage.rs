//! Each operation of a document belongs to exactly one change, and each change's are all there.
//!
//! Automerge passes over operations that belong to no change: they would be read, and be nobody's.

use super::error::{Step, ensure, no};
use super::history::Row;
use super::op::OpId;

/// Compares changes with the ids of all operations, and says how many operations there are.
pub(super) fn check(changes: &[Row], mut ids: Vec<OpId>, ops_max: usize) -> Step<usize> {
    ensure(ids.len() <= ops_max, "operations")?;
    ids.sort_unstable_by_key(|id| (id.actor, id.counter));
    let mut changes: Vec<Row> = changes.to_vec();
    // An actor's changes stand in their order already.
    changes.sort_by_key(|change| change.actor);

    let mut rest = &ids[..];
    let mut last: Option<Row> = None;
    for change in changes {
        let before = last.filter(|last| last.actor == change.actor).map_or(0, |last| last.max_op);
        ensure(change.max_op >= before, "op-counter")?;
        let mine = rest
            .iter()
            .take_while(|id| id.actor == change.actor && id.counter <= change.max_op)
            .count();
        let (ops, others) = rest.split_at(mine);
        rest = others;
        contiguous(ops, &change)?;
        last = Some(change);
    }
    if !rest.is_empty() {
        return no("operation-without-change");
    }
    Ok(ids.len())
}

/// A change's operations are numbered without gaps up to its last, and later than what it follows on.
fn contiguous(ops: &[OpId], change: &Row) -> Step {
    let Some(first) = ops.first() else {
        // Without operations its last is that of what it follows on.
        return ensure(change.max_op == change.after, "operations-missing");
    };
    ensure(first.counter > change.after, "op-counter")?;
    let numbered = ops.iter().zip(first.counter..).all(|(id, counter)| id.counter == counter);
    let ends = ops.last().is_some_and(|last| last.counter == change.max_op);
    ensure(numbered && ends, "operations-missing")
}
