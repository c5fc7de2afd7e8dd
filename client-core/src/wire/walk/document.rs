//! A document chunk: actors, heads, the changes without their operations, and all operations in place.

use super::chunk::Budget;
use super::columns::Specs;
use super::error::{Step, ensure};
use super::history::Row;
use super::reader::Reader;
use super::{change, coverage, history, rows};
use crate::limits::{ACTORS_COUNT_MAX, HEADS_COUNT_MAX, INFLATED_BYTES_MAX};

/// Walks a document's body. `inflated` takes in what its compressed columns come to.
pub(super) fn walk(body: &[u8], inflated: &mut Vec<u8>, budget: &mut Budget) -> Step {
    let mut reader = Reader::new(body);
    let actors = actors(&mut reader)?;
    let heads = heads(&mut reader)?;
    let history_specs = Specs::read(&mut reader, &history::COLUMNS)?;
    let rows_specs = Specs::read(&mut reader, &rows::COLUMNS)?;
    let history = history_specs.inflated(&mut reader, inflated, INFLATED_BYTES_MAX)?;
    let rows = rows_specs.inflated(&mut reader, inflated, INFLATED_BYTES_MAX)?;
    let history = history.map(|column| column.bytes(inflated));
    let rows = rows.map(|column| column.bytes(inflated));

    let changes = history::walk(&history, actors, heads, budget.changes_left())?;
    head_places(&mut reader, heads, &changes)?;
    let (ids, nesting) = rows::walk(&rows, actors, budget.ops_left())?;
    budget.nests(nesting);
    let ops = coverage::check(&changes, ids, budget.ops_left())?;
    budget.charge(changes.len(), ops)
}

/// How many actors there are; operations name them by place, and in order they must be.
fn actors(reader: &mut Reader<'_>) -> Step<usize> {
    let count = reader.count(ACTORS_COUNT_MAX, "actors")?;
    let mut last: Option<&[u8]> = None;
    for _ in 0..count {
        let actor = change::actor(reader)?;
        ensure(last.is_none_or(|last| last < actor), "actor-order")?;
        last = Some(actor);
    }
    Ok(count)
}

/// How many heads there are. Automerge compares them with the changes that it finds.
fn heads(reader: &mut Reader<'_>) -> Step<usize> {
    let count = reader.count(HEADS_COUNT_MAX, "heads")?;
    let mut last: Option<&[u8; 32]> = None;
    for _ in 0..count {
        let head = reader.array()?;
        ensure(last.is_none_or(|last| last < head), "hash-order")?;
        last = Some(head);
    }
    Ok(count)
}

/// Which changes the heads are, at the end of the chunk. Older clients leave them out.
fn head_places(reader: &mut Reader<'_>, heads: usize, changes: &[Row]) -> Step {
    if reader.is_empty() {
        return Ok(());
    }
    for _ in 0..heads {
        let place = reader.count(usize::MAX, "heads")?;
        ensure(changes.get(place).is_some_and(|change| change.is_head), "heads")?;
    }
    ensure(reader.is_empty(), "trailing-bytes")
}
