//! A change chunk: who wrote it on top of what, and its operations.

use super::chunk::{Budget, CHANGE, Chunk};
use super::columns::Specs;
use super::error::{Malformed, Step, ensure, no};
use super::op::{Action, Op, OpColumns, OpId, OpRows};
use super::reader::Reader;
use super::runs::{Delta, Rle};
use crate::limits::{
    ACTOR_BYTES_MAX, ACTORS_COUNT_MAX, CHANGE_MESSAGE_BYTES_MAX, CHANGE_OPS_COUNT_MAX,
    EXTRA_BYTES_MAX, HEADS_COUNT_MAX, OP_COUNTER_MAX, TIME_ABS_MAX,
};

/// The numbers of the columns: 16 times an id, plus 0 for a group, 1 for actors, 2 for numbers, 3 for
/// differences, 4 for truth values, 5 for texts, 6 for values' types and 7 for their bytes.
const COLUMNS: [u64; 14] =
    [0x01, 0x02, 0x11, 0x13, 0x15, 0x34, 0x42, 0x56, 0x57, 0x70, 0x71, 0x73, 0x94, 0xa5];

/// The actors that a change names. Operations name them by place: the author is the first.
#[derive(Debug, Clone, Copy)]
pub struct Actors<'a> {
    author: &'a [u8],
    /// The others, each after its length.
    others: &'a [u8],
    count: usize,
    /// How many of the others come before the author in order.
    before_author: u32,
}

impl<'a> Actors<'a> {
    /// Reads the others.
    fn read(author: &'a [u8], reader: &mut Reader<'a>) -> Step<Self> {
        let others = reader.count(ACTORS_COUNT_MAX - 1, "actors")?;
        let start = *reader;
        let mut last: Option<&[u8]> = None;
        let mut before_author = 0;
        for _ in 0..others {
            let actor = actor(reader)?;
            ensure(last.is_none_or(|last| last < actor) && actor != author, "actor-order")?;
            before_author += u32::from(actor < author);
            last = Some(actor);
        }
        let others_bytes = start.len() - reader.len();
        let others_bytes = { start }.bytes(others_bytes)?;
        Ok(Self { author, others: others_bytes, count: others + 1, before_author })
    }

    /// The bytes of the actor at a place that an operation names.
    #[must_use]
    pub fn get(&self, place: u32) -> Option<&'a [u8]> {
        if place == 0 {
            return Some(self.author);
        }
        let mut reader = Reader::new(self.others);
        for _ in 1..place {
            reader.prefixed().ok()?;
        }
        reader.prefixed().ok()
    }

    /// The order of an id among others: by counter, then by the bytes of its actor.
    fn rank(&self, id: OpId) -> (u32, u32) {
        let actor = match id.actor {
            0 => 2 * self.before_author,
            other => 2 * other - 1,
        };
        (id.counter, actor)
    }
}

/// The bytes of an actor id.
pub(super) fn actor<'a>(reader: &mut Reader<'a>) -> Step<&'a [u8]> {
    let actor = reader.prefixed()?;
    ensure((1..=ACTOR_BYTES_MAX).contains(&actor.len()), "actor-bytes")?;
    Ok(actor)
}

/// What follows a change's operations, which only names an author of the actor's, in its first change.
pub(super) fn extra(bytes: &[u8], seq: u64) -> Step {
    ensure(bytes.len() <= EXTRA_BYTES_MAX && (bytes.is_empty() || seq == 1), "extra-bytes")
}

/// Who is shown the operations of a change, one after the other.
pub trait Operations<'a> {
    /// An operation, after its predecessors.
    ///
    /// # Errors
    ///
    /// Whatever ends the walk.
    fn operation(&mut self, actors: &Actors<'a>, op: &Op<'a>) -> Result<(), Malformed>;

    /// An operation that the next one overwrites, deletes or adds to.
    ///
    /// # Errors
    ///
    /// Whatever ends the walk.
    fn predecessor(&mut self, actors: &Actors<'a>, id: OpId) -> Result<(), Malformed>;
}

/// Nobody looks.
impl<'a> Operations<'a> for () {
    fn operation(&mut self, _: &Actors<'a>, _: &Op<'a>) -> Step {
        Ok(())
    }

    fn predecessor(&mut self, _: &Actors<'a>, _: OpId) -> Step {
        Ok(())
    }
}

/// Walks a change's body, and shows each operation.
pub(super) fn walk<'a>(
    body: &'a [u8],
    budget: &mut Budget,
    visitor: &mut impl Operations<'a>,
) -> Step {
    let mut reader = Reader::new(body);
    dependencies(&mut reader, budget)?;
    let author = actor(&mut reader)?;
    let seq = reader.unsigned()?;
    ensure((1..=OP_COUNTER_MAX).contains(&seq), "sequence")?;
    let start_op = reader.unsigned()?;
    ensure((1..=OP_COUNTER_MAX).contains(&start_op), "op-counter")?;
    ensure(reader.signed()?.unsigned_abs() <= TIME_ABS_MAX, "time")?;
    message(reader.prefixed()?)?;
    let actors = Actors::read(author, &mut reader)?;
    let specs = Specs::read(&mut reader, &COLUMNS)?;
    ensure(specs.are_plain(), "columns")?;
    let columns = specs.plain(&mut reader)?;
    extra(reader.rest(), seq)?;

    let ops_max = CHANGE_OPS_COUNT_MAX.min(budget.ops_left());
    let ops = Rle::<u64>::count(columns[6], ops_max, "operations")?;
    budget.charge(1, ops)?;
    ensure(start_op - 1 + ops as u64 <= OP_COUNTER_MAX, "op-counter")?;
    operation_rows(&columns, &actors, start_op, ops, visitor)
}

fn dependencies(reader: &mut Reader<'_>, budget: &mut Budget) -> Step {
    let mut last: Option<&[u8; 32]> = None;
    for _ in 0..reader.count(HEADS_COUNT_MAX, "dependencies")? {
        let hash = reader.array()?;
        ensure(last.is_none_or(|last| last < hash), "hash-order")?;
        budget.depends_on(hash)?;
        last = Some(hash);
    }
    Ok(())
}

/// The message that a change may carry.
pub(super) fn message(bytes: &[u8]) -> Step {
    ensure(bytes.len() <= CHANGE_MESSAGE_BYTES_MAX, "change-message")?;
    std::str::from_utf8(bytes).map_or_else(|_| no("text-encoding"), |_| Ok(()))
}

fn operation_rows<'a>(
    columns: &[&'a [u8]; 14],
    actors: &Actors<'a>,
    start_op: u64,
    ops: usize,
    visitor: &mut impl Operations<'a>,
) -> Step {
    let [object_actor, object_counter, key_actor, key_counter, key_text, insert, action, ..] =
        *columns;
    let [.., value_meta, value, pred_count, pred_actor, pred_counter, expand, mark] = *columns;
    // In a change Automerge does not take this column for false where it is absent.
    ensure(ops == 0 || !insert.is_empty(), "columns")?;
    let columns = OpColumns {
        object_actor,
        object_counter,
        key_actor,
        key_counter,
        key_text,
        insert,
        action,
        value_meta,
        value,
        expand,
        mark,
    };
    let mut rows = OpRows::new(&columns, actors.count);
    let mut preds = Preds {
        count: Rle::new(pred_count),
        actor: Rle::new(pred_actor),
        counter: Delta::new(pred_counter),
        left: CHANGE_OPS_COUNT_MAX,
    };
    let mut mark_open = None;
    for counter in (start_op..).take(ops) {
        let op = rows.next(OpId::new(counter, 0, actors.count)?)?;
        let count = preds.next(op.id, actors, visitor)?;
        // Without a predecessor these would leave nothing behind, and the change could not be told again.
        let needs = matches!(op.action, Action::Delete | Action::Increment);
        ensure(count > 0 || !needs, "predecessors")?;
        // A mark ends with the operation after the one that begins it.
        let ends = op.action == Action::Mark && op.mark.is_none();
        ensure(!ends || mark_open == Some(op.object), "mark")?;
        mark_open = op.mark.is_some().then_some(op.object);
        visitor.operation(actors, &op)?;
    }
    rows.end()?;
    preds.end()
}

/// The operations that each operation overwrites, deletes or adds to.
struct Preds<'a> {
    count: Rle<'a, u64>,
    actor: Rle<'a, u64>,
    counter: Delta<'a>,
    /// How many more there may be in the change.
    left: usize,
}

impl<'a> Preds<'a> {
    /// Takes those of the next operation, and says how many they are.
    fn next(
        &mut self,
        id: OpId,
        actors: &Actors<'a>,
        visitor: &mut impl Operations<'a>,
    ) -> Step<usize> {
        let count = usize::try_from(self.count.some("predecessors")?).or(no("predecessors"))?;
        ensure(count <= self.left, "predecessors")?;
        self.left -= count;
        let mut last = None;
        for _ in 0..count {
            let counter = self.counter.within(1, i64::from(id.counter) - 1, "predecessors")?;
            let counter = counter.unsigned_abs();
            let pred = OpId::new(counter, self.actor.some("predecessors")?, actors.count)?;
            let rank = Some(actors.rank(pred));
            ensure(last < rank, "predecessors")?;
            last = rank;
            visitor.predecessor(actors, pred)?;
        }
        Ok(count)
    }

    fn end(&self) -> Step {
        self.count.end()?;
        self.actor.end()?;
        self.counter.end()
    }
}

/// Shows the operations of a change, given as one chunk that is not compressed.
///
/// # Errors
///
/// What is wrong with the bytes, but for their checksum; or what the visitor says.
pub fn operations<'a>(chunk: &'a [u8], visitor: &mut impl Operations<'a>) -> Result<(), Malformed> {
    let mut reader = Reader::new(chunk);
    let chunk = Chunk::read(&mut reader)?;
    ensure(chunk.kind == CHANGE && reader.is_empty(), "chunk-type")?;
    walk(chunk.body, &mut Budget::default(), visitor)
}
