//! The operations of a document, each where it belongs, with the ids of those that overwrite it.

use super::error::{Step, ensure, no};
use super::op::{Action, OpColumns, OpId, OpRows};
use super::order::Order;
use super::runs::{Delta, Rle};
use crate::limits::OP_COUNTER_MAX;

/// The numbers of the columns, as in `change`.
pub(super) const COLUMNS: [u64; 16] = [
    0x01, 0x02, 0x11, 0x13, 0x15, 0x21, 0x23, 0x34, 0x42, 0x56, 0x57, 0x80, 0x81, 0x83, 0x94, 0xa5,
];

/// Walks the operations of a document of so many actors. Returns the ids of all, deletions among them, and in how many
/// objects the deepest object stands.
pub(super) fn walk(
    columns: &[&[u8]; 16],
    actors: usize,
    ops_max: usize,
) -> Step<(Vec<OpId>, usize)> {
    let [
        object_actor,
        object_counter,
        key_actor,
        key_counter,
        key_text,
        id_actor,
        id_counter,
        insert,
        ..,
    ] = *columns;
    let [.., action, value_meta, value, succ_count, succ_actor, succ_counter, expand, mark] =
        *columns;
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
    let count = Rle::<u64>::count(id_actor, ops_max, "operations")?;
    let mut ids = (Rle::<u64>::new(id_actor), Delta::new(id_counter));
    let mut rows = OpRows::new(&columns, actors);
    let mut successors = Successors {
        count: Rle::new(succ_count),
        actor: Rle::new(succ_actor),
        counter: Delta::new(succ_counter),
        actors,
        left: ops_max,
    };
    let mut order = Order::with_capacity(count);
    for _ in 0..count {
        let counter = ids.1.within(1, OP_COUNTER_MAX as i64, "op-counter")?.unsigned_abs();
        let op = rows.next(OpId::new(counter, ids.0.some("actor-index")?, actors)?)?;
        // A deletion is only known from what it deletes.
        ensure(op.action != Action::Delete, "action")?;
        order.next(&op)?;
        successors.next(op.id, |id| order.succeeds(id))?;
    }
    ids.0.end()?;
    ids.1.end()?;
    rows.end()?;
    successors.end()?;
    order.end()
}

/// The operations that overwrite or delete each operation, or add to it.
struct Successors<'a> {
    count: Rle<'a, u64>,
    actor: Rle<'a, u64>,
    counter: Delta<'a>,
    actors: usize,
    /// How many more there may be.
    left: usize,
}

impl Successors<'_> {
    /// Takes those of the next operation, in ascending order.
    fn next(&mut self, id: OpId, mut each: impl FnMut(OpId)) -> Step {
        let count = usize::try_from(self.count.some("successors")?).or(no("successors"))?;
        ensure(count <= self.left, "successors")?;
        self.left -= count;
        let mut last = id;
        for _ in 0..count {
            let counter = self.counter.within(1, OP_COUNTER_MAX as i64, "successors")?;
            let actor = self.actor.some("successors")?;
            let next = OpId::new(counter.unsigned_abs(), actor, self.actors)?;
            ensure(last < next && next.counter > id.counter, "successors")?;
            each(next);
            last = next;
        }
        Ok(())
    }

    fn end(&self) -> Step {
        self.count.end()?;
        self.actor.end()?;
        self.counter.end()
    }
}
