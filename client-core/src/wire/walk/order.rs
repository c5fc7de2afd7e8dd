//! The order of a document's operations. Automerge 0.12 relies on it and does not look: a document that is out of
//! order reads differently on two devices, and panics later.
//!
//! Objects stand in the order of their ids, the root first. In a map the keys ascend, and for each key the ids
//! of its operations. A list or text is a tree: each element was inserted after another, its parent, or at the
//! head; the tree stands in depth-first order, of siblings the youngest first. Operations on an
//! element follow it, ids ascending.

use std::collections::HashMap;

use super::error::{Step, ensure, no};
use super::op::{Action, Key, Op, OpId};

/// How an object is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Map,
    Sequence,
}

/// What has been seen so far. Operations on one key or one element are a group.
#[derive(Debug)]
pub(super) struct Order<'a> {
    /// All operations, the deletions of groups that have ended among them.
    ids: Vec<OpId>,
    /// The objects that have been made, and in how many others each stands.
    made: HashMap<OpId, (Shape, usize)>,
    object: Option<OpId>,
    shape: Shape,
    /// In how many objects the current one stands; the root in none.
    depth: usize,
    /// In how many objects the deepest stands.
    nesting: usize,
    /// The key of the current group in a map.
    key: Option<&'a str>,
    /// The current element of a sequence with all that it stands below, from the head.
    path: Vec<OpId>,
    /// Where the current group begins in `ids`.
    group: usize,
    /// What overwrites or deletes operations of the current group.
    successors: Vec<OpId>,
    /// Marks that have begun in the current object.
    marks: Vec<OpId>,
}

impl<'a> Order<'a> {
    pub(super) fn with_capacity(ops: usize) -> Self {
        Self {
            ids: Vec::with_capacity(ops),
            made: HashMap::new(),
            object: None,
            shape: Shape::Map,
            depth: 0,
            nesting: 0,
            key: None,
            path: Vec::new(),
            group: 0,
            successors: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// The next operation.
    pub(super) fn next(&mut self, op: &Op<'a>) -> Step {
        if op.object != self.object {
            self.begin_object(op.object)?;
        }
        let begins_group = match (self.shape, op.key) {
            (Shape::Map, Key::Map(key)) => self.map_key(key)?,
            (Shape::Sequence, Key::Head | Key::Element(_)) => self.element(op)?,
            _ => return no("key"),
        };
        if begins_group {
            self.end_group()?;
        } else {
            ensure(self.ids.last().is_some_and(|last| *last < op.id), "op-order")?;
        }
        self.ids.push(op.id);
        match op.action {
            Action::MakeMap => self.make(op.id, Shape::Map),
            Action::MakeList | Action::MakeText => self.make(op.id, Shape::Sequence),
            Action::Mark => self.mark(op)?,
            Action::Set | Action::Delete | Action::Increment => {}
        }
        Ok(())
    }

    /// Notes what overwrites, deletes or adds to the last operation.
    pub(super) fn succeeds(&mut self, id: OpId) {
        self.successors.push(id);
    }

    /// Returns all ids, in no order, and in how many objects the deepest object stands.
    pub(super) fn end(mut self) -> Step<(Vec<OpId>, usize)> {
        self.end_group()?;
        Ok((self.ids, self.nesting))
    }

    fn make(&mut self, id: OpId, shape: Shape) {
        let depth = self.depth + 1;
        self.made.insert(id, (shape, depth));
        self.nesting = self.nesting.max(depth);
    }

    fn begin_object(&mut self, object: Option<OpId>) -> Step {
        // The root is none, which comes before all ids.
        ensure(object > self.object, "object-order")?;
        self.end_group()?;
        let shape = object.and_then(|object| self.made.get(&object));
        let Some((shape, depth)) = shape else { return no("object") };
        (self.object, self.shape, self.depth, self.key) = (object, *shape, *depth, None);
        self.path.clear();
        self.marks.clear();
        Ok(())
    }

    /// Whether a key begins a new group.
    fn map_key(&mut self, key: &'a str) -> Step<bool> {
        if self.key == Some(key) {
            return Ok(false);
        }
        ensure(self.key < Some(key), "key-order")?;
        self.key = Some(key);
        Ok(true)
    }

    /// Whether an operation begins a new element.
    fn element(&mut self, op: &Op<'_>) -> Step<bool> {
        if !op.insert {
            let current = self.path.last().map(|element| Key::Element(*element));
            ensure(current == Some(op.key), "element-order")?;
            return Ok(false);
        }
        let parent = match op.key {
            Key::Element(parent) => Some(parent),
            _ => None,
        };
        let mut sibling = None;
        while self.path.last().copied() != parent {
            sibling = self.path.pop();
            ensure(sibling.is_some(), "element-order")?;
        }
        ensure(sibling.is_none_or(|sibling| sibling > op.id), "element-order")?;
        self.path.push(op.id);
        Ok(true)
    }

    /// A mark's end is the operation after its beginning, and stands after it in the same object.
    fn mark(&mut self, op: &Op<'_>) -> Step {
        if op.mark.is_some() {
            self.marks.push(op.id);
            return Ok(());
        }
        let begin = OpId { counter: op.id.counter - 1, actor: op.id.actor };
        match self.marks.iter().rposition(|mark| *mark == begin) {
            Some(place) => {
                self.marks.swap_remove(place);
                Ok(())
            }
            None => no("mark"),
        }
    }

    /// What overwrites an operation stands in the group or, having deleted it, stands nowhere.
    fn end_group(&mut self) -> Step {
        self.successors.sort_unstable();
        self.successors.dedup();
        let ops = self.ids.len();
        for successor in self.successors.drain(..) {
            if self.ids[self.group..ops].binary_search(&successor).is_err() {
                self.ids.push(successor);
            }
        }
        self.group = self.ids.len();
        Ok(())
    }
}
