//! What holds for every operation, in a change or in a document.

use super::error::{Step, ensure, no};
use super::runs::{Bools, Delta, Rle};
use super::value::{Value, Values};
use crate::limits::{INCREMENT_ABS_MAX, OP_COUNTER_MAX};

/// The id of an operation: a Lamport clock and the place of its writer among the chunk's actors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId {
    /// The Lamport clock, from 1.
    pub counter: u32,
    /// The actor's place.
    pub actor: u32,
}

impl OpId {
    /// Checks both parts of an id.
    #[inline]
    pub(super) fn new(counter: u64, actor: u64, actors: usize) -> Step<Self> {
        ensure(actor < actors as u64, "actor-index")?;
        ensure((1..=OP_COUNTER_MAX).contains(&counter), "op-counter")?;
        match (u32::try_from(counter), u32::try_from(actor)) {
            (Ok(counter), Ok(actor)) => Ok(Self { counter, actor }),
            _ => no("op-counter"),
        }
    }
}

/// Where in its object an operation applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'a> {
    /// A key of a map.
    Map(&'a str),
    /// Before the first element of a list or text.
    Head,
    /// At an element, or after it for an insertion.
    Element(OpId),
}

/// What an operation does. Tables (6) are left out: no client makes any, and Automerge 0.12 cannot write into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Action {
    MakeMap,
    MakeList,
    MakeText,
    Set,
    Delete,
    Increment,
    Mark,
}

impl Action {
    fn from_number(number: u64) -> Step<Self> {
        Ok(match number {
            0 => Self::MakeMap,
            1 => Self::Set,
            2 => Self::MakeList,
            3 => Self::Delete,
            4 => Self::MakeText,
            5 => Self::Increment,
            7 => Self::Mark,
            _ => return no("action"),
        })
    }

    /// Whether it makes an object.
    #[must_use]
    pub fn makes(self) -> bool {
        matches!(self, Self::MakeMap | Self::MakeList | Self::MakeText)
    }
}

/// An operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Op<'a> {
    /// Its id.
    pub id: OpId,
    /// The object that it changes; none for the document's root.
    pub object: Option<OpId>,
    /// Where in the object.
    pub key: Key<'a>,
    /// Whether it inserts an element.
    pub insert: bool,
    /// What it does.
    pub action: Action,
    /// The value that it sets, or adds to a counter.
    pub value: Value<'a>,
    /// For a mark, its name where it begins, and none where it ends.
    pub mark: Option<&'a str>,
}

impl Op<'_> {
    /// What the parts of an operation say about each other.
    fn check(&self, expand: bool) -> Step {
        let fits = match self.key {
            Key::Map(_) => !self.insert,
            Key::Head => self.insert,
            Key::Element(element) => element.counter < self.id.counter,
        };
        ensure(fits, "key")?;
        // An object is older than what is in it.
        ensure(self.object.is_none_or(|object| object.counter < self.id.counter), "object")?;
        let fits = match (self.action, self.value) {
            (Action::Set, _) => true,
            (Action::MakeMap | Action::MakeList | Action::MakeText, Value::Null) => true,
            (Action::Delete, Value::Null) => !self.insert,
            (Action::Increment, Value::Int(by)) => {
                !self.insert && by.unsigned_abs() <= INCREMENT_ABS_MAX
            }
            (Action::Increment, Value::Uint(by)) => !self.insert && by <= INCREMENT_ABS_MAX,
            (Action::Mark, Value::Null) => self.insert,
            (Action::Mark, _) => self.insert && self.mark.is_some(),
            _ => false,
        };
        ensure(fits, "action")?;
        ensure(self.action == Action::Mark || (self.mark.is_none() && !expand), "mark")
    }
}

/// The columns that changes and documents have in common.
#[derive(Debug)]
pub(super) struct OpColumns<'a> {
    pub object_actor: &'a [u8],
    pub object_counter: &'a [u8],
    pub key_actor: &'a [u8],
    pub key_counter: &'a [u8],
    pub key_text: &'a [u8],
    pub insert: &'a [u8],
    pub action: &'a [u8],
    pub value_meta: &'a [u8],
    pub value: &'a [u8],
    pub expand: &'a [u8],
    pub mark: &'a [u8],
}

/// The rows of these columns.
#[derive(Debug)]
pub(super) struct OpRows<'a> {
    object_actor: Rle<'a, u64>,
    object_counter: Rle<'a, u64>,
    key_actor: Rle<'a, u64>,
    key_counter: Delta<'a>,
    key_text: Rle<'a, &'a str>,
    insert: Bools<'a>,
    action: Rle<'a, u64>,
    values: Values<'a>,
    expand: Bools<'a>,
    mark: Rle<'a, &'a str>,
    /// How many actors the chunk names.
    actors: usize,
}

impl<'a> OpRows<'a> {
    pub(super) fn new(columns: &OpColumns<'a>, actors: usize) -> Self {
        Self {
            object_actor: Rle::new(columns.object_actor),
            object_counter: Rle::new(columns.object_counter),
            key_actor: Rle::new(columns.key_actor),
            key_counter: Delta::new(columns.key_counter),
            key_text: Rle::new(columns.key_text),
            insert: Bools::new(columns.insert),
            action: Rle::new(columns.action),
            values: Values::new(columns.value_meta, columns.value),
            expand: Bools::new(columns.expand),
            mark: Rle::new(columns.mark),
            actors,
        }
    }

    /// The next operation, checked as far as it can be by itself.
    pub(super) fn next(&mut self, id: OpId) -> Step<Op<'a>> {
        let object = match (self.object_actor.next()?, self.object_counter.next()?) {
            (None, None) => None,
            (Some(actor), Some(counter)) => Some(OpId::new(counter, actor, self.actors)?),
            _ => return no("object"),
        };
        let op = Op {
            id,
            object,
            key: self.key()?,
            insert: self.insert.next()?,
            action: Action::from_number(self.action.some("action")?)?,
            value: self.values.next()?,
            mark: self.mark.next()?,
        };
        op.check(self.expand.next()?)?;
        Ok(op)
    }

    #[inline]
    fn key(&mut self) -> Step<Key<'a>> {
        let (actor, counter) = (self.key_actor.next()?, self.key_counter.next()?);
        match (actor, counter, self.key_text.next()?) {
            (None, None, Some(text)) => Ok(Key::Map(text)),
            (None, Some(0), None) => Ok(Key::Head),
            (Some(actor), Some(counter), None) => {
                let counter = u64::try_from(counter).or(no("op-counter"))?;
                Ok(Key::Element(OpId::new(counter, actor, self.actors)?))
            }
            _ => no("key"),
        }
    }

    /// Whether all columns end here.
    pub(super) fn end(&self) -> Step {
        self.object_actor.end()?;
        self.object_counter.end()?;
        self.key_actor.end()?;
        self.key_counter.end()?;
        self.key_text.end()?;
        self.insert.end()?;
        self.action.end()?;
        self.values.end()?;
        self.expand.end()?;
        self.mark.end()
    }
}
