//! The changes of a document: each a row without its operations and without its hash.

use super::change::extra;
use super::error::{Step, ensure, no};
use super::reader::Reader;
use super::runs::{Delta, Rle};
use crate::limits::{
    CHANGE_MESSAGE_BYTES_MAX, DEPS_COUNT_MAX, HEADS_COUNT_MAX, OP_COUNTER_MAX, TIME_ABS_MAX,
};

/// The numbers of the columns, as in `change`.
pub(super) const COLUMNS: [u64; 9] = [0x01, 0x03, 0x13, 0x23, 0x35, 0x40, 0x43, 0x56, 0x57];

/// The type of a value that is bytes, which a change's extra bytes are written as.
const BYTES: u64 = 7;

/// A change of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub actor: u32,
    /// The number of its last operation; if it has none, that of what it follows on.
    pub max_op: u32,
    /// The last operation of all that it follows on.
    pub after: u32,
    /// Whether no other change follows on it.
    pub is_head: bool,
}

/// Walks the changes of a document of so many actors and heads.
pub(super) fn walk(
    columns: &[&[u8]; 9],
    actors: usize,
    heads: usize,
    changes_max: usize,
) -> Step<Vec<Row>> {
    let [actor, seq, max_op, time, message, dep_count, deps, extra_meta, extra_bytes] = *columns;
    let count = Rle::<u64>::count(actor, changes_max, "changes")?;
    let mut history = History {
        actor: Rle::new(actor),
        seq: Delta::new(seq),
        max_op: Delta::new(max_op),
        time: Delta::new(time),
        message: Rle::new(message),
        dep_count: Rle::new(dep_count),
        deps: Delta::new(deps),
        deps_left: DEPS_COUNT_MAX,
        extra_meta: Rle::new(extra_meta),
        extra: Reader::new(extra_bytes),
        has_time: !time.is_empty(),
        seqs: vec![0; actors],
        rows: Vec::with_capacity(count),
    };
    for _ in 0..count {
        history.next()?;
    }
    history.end(heads)
}

struct History<'a> {
    actor: Rle<'a, u64>,
    seq: Delta<'a>,
    max_op: Delta<'a>,
    time: Delta<'a>,
    message: Rle<'a, &'a str>,
    dep_count: Rle<'a, u64>,
    deps: Delta<'a>,
    /// How many more dependencies there may be.
    deps_left: usize,
    extra_meta: Rle<'a, u64>,
    extra: Reader<'a>,
    has_time: bool,
    /// The number of each actor's last change.
    seqs: Vec<i64>,
    rows: Vec<Row>,
}

impl History<'_> {
    fn next(&mut self) -> Step {
        let actor = self.actor.some("actor-index")?;
        let place = usize::try_from(actor).ok().filter(|place| *place < self.seqs.len());
        let Some(place) = place else { return no("actor-index") };
        let seq = self.seqs[place] + 1;
        self.seq.within(seq, seq, "sequence")?;
        self.seqs[place] = seq;
        let max_op = self.max_op.within(0, OP_COUNTER_MAX as i64, "op-counter")?;
        let time = self.time.next()?;
        let time = if self.has_time { time } else { Some(0) };
        ensure(time.is_some_and(|time| time.unsigned_abs() <= TIME_ABS_MAX), "time")?;
        let message = self.message.next()?.unwrap_or_default();
        ensure(message.len() <= CHANGE_MESSAGE_BYTES_MAX, "change-message")?;
        let meta = self.extra_meta.some("extra-bytes")?;
        ensure(meta & 0xf == BYTES, "extra-bytes")?;
        let length = usize::try_from(meta >> 4).or(no("cut-off"))?;
        extra(self.extra.bytes(length)?, seq.unsigned_abs())?;
        let after = self.dependencies()?;
        ensure(max_op >= i64::from(after), "op-counter")?;
        let (actor, max_op) = (u32::try_from(actor), u32::try_from(max_op));
        let (Ok(actor), Ok(max_op)) = (actor, max_op) else { return no("op-counter") };
        self.rows.push(Row { actor, max_op, after, is_head: true });
        Ok(())
    }

    /// Takes the places of what the next change follows on, which stand before it, and gives the number of
    /// the last operation among them.
    fn dependencies(&mut self) -> Step<u32> {
        let count = usize::try_from(self.dep_count.some("dependencies")?).or(no("dependencies"))?;
        ensure(count <= self.deps_left.min(HEADS_COUNT_MAX), "dependencies")?;
        self.deps_left -= count;
        let mut after = 0;
        for _ in 0..count {
            let last = self.rows.len() as i64 - 1;
            let place = self.deps.within(0, last, "dependencies")?.unsigned_abs() as usize;
            let row = &mut self.rows[place];
            after = after.max(row.max_op);
            row.is_head = false;
        }
        Ok(after)
    }

    fn end(self, heads: usize) -> Step<Vec<Row>> {
        self.actor.end()?;
        self.seq.end()?;
        self.max_op.end()?;
        self.time.end()?;
        self.message.end()?;
        self.dep_count.end()?;
        self.deps.end()?;
        self.extra_meta.end()?;
        ensure(self.extra.is_empty(), "column-long")?;
        // Automerge 0.12 keeps an author for each change, and looks for one for each actor.
        ensure(self.seqs.iter().all(|seq| *seq > 0), "actors")?;
        ensure(self.rows.iter().filter(|row| row.is_head).count() == heads, "heads")?;
        Ok(self.rows)
    }
}
