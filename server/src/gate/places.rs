//! Whether each operation of a change applies to something that is there, and that its writer can have seen.
//!
//! Automerge looks at neither. A change that edits an object which is made in a change that it does not follow
//! on applies here, where both are, and ends a client that has got only the one.

use crate::limits::{SEEN_ENTRIES_MAX, UNSEEN_CHANGES_MAX};
use std::collections::HashMap;
use std::rc::Rc;

use automerge::{ActorId, AutoCommit, Change, ChangeHash, ObjId, ObjType, ReadDoc as _};
use samsynk_core::limits::DOCUMENT_NESTING_DEPTH_MAX;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Heads;
use samsynk_core::wire::walk::{self, Action, Actors, Key, Malformed, Op, OpId, Operations};

use super::bytes::{TOO_DEEP, refusal};
use super::parts::Facts;

/// Checks changes that are not in the document yet, in an order in which they can be applied. Says whether
/// they write marks, whose order only the whole document tells.
///
/// # Errors
///
/// `message-unreadable`, with `why`; `message-too-large` where it would take too long to say.
pub fn check<'a>(
    doc: &mut AutoCommit,
    heads: &Heads,
    changes: impl Iterator<Item = (&'a Facts, &'a Change)> + Clone,
) -> Result<bool, Refusal> {
    let mut places = Places::new(doc, heads);
    for (facts, _) in changes.clone() {
        places.expect(facts);
    }
    let mut marks = false;
    for (facts, change) in changes {
        marks |= places.change(facts, change)?;
    }
    Ok(marks)
}

/// Why a change is refused that refers to what its writer cannot have seen.
const NOT_SEEN: Malformed = Malformed { what: "not-seen" };

/// The first operation of each actor that a change has not seen, of those in the document.
type Unseen = Rc<HashMap<ActorId, u64>>;

/// A change's number among its actor's, and the number of its last operation.
type Last = (u64, u64);

/// What a new change has seen.
struct Seen {
    /// What it follows on in the document, itself or through other new changes.
    follows: Rc<Vec<ChangeHash>>,
    unseen: Unseen,
    /// The last of each actor's new changes.
    new: Vec<(Rc<ActorId>, Last)>,
}

struct Places<'d> {
    doc: &'d mut AutoCommit,
    heads: &'d Heads,
    seen: HashMap<ChangeHash, Seen>,
    seen_entries: usize,
    unseen_changes: usize,
    /// For each actor of new changes the first operation in them, and the last of those looked at.
    new: HashMap<Rc<ActorId>, (u64, Option<Last>)>,
    /// Objects that new changes make, and in how many others each stands.
    made: HashMap<(u64, Rc<ActorId>), Made>,
}

/// An object: what it is, and in how many others it stands.
type Made = (ObjType, usize);

/// An actor as a change names it, with what the change has seen of it.
struct Author {
    id: Rc<ActorId>,
    /// Operations from this on are in new changes.
    first_new: u64,
    /// The last of those that the change has seen.
    last_new: u64,
    /// The first operation in the document that the change has not seen.
    unseen: u64,
}

impl<'d> Places<'d> {
    fn new(doc: &'d mut AutoCommit, heads: &'d Heads) -> Self {
        Self {
            doc,
            heads,
            seen: HashMap::new(),
            seen_entries: 0,
            unseen_changes: 0,
            new: HashMap::new(),
            made: HashMap::new(),
        }
    }

    /// Notes a new change before any is looked at: none may refer to what comes later.
    fn expect(&mut self, facts: &Facts) {
        match self.new.get_mut(&facts.actor) {
            Some((first, _)) => *first = facts.start_op.min(*first),
            None => {
                self.new.insert(Rc::new(facts.actor.clone()), (facts.start_op, None));
            }
        }
    }

    fn change(&mut self, facts: &Facts, change: &Change) -> Result<bool, Refusal> {
        let mut seen = self.seen(facts)?;
        let me = self.follow_oneself(facts, &mut seen)?;
        let authors = change.actors().map(|actor| self.author(actor, &seen)).collect();
        let mut visitor = Visitor {
            places: self,
            start_op: facts.start_op,
            me,
            authors,
            object: None,
            kind: ObjType::Map,
            depth: 0,
            marks: false,
        };
        walk::operations(change.raw_bytes(), &mut visitor).map_err(refusal)?;
        let marks = visitor.marks;
        self.seen_entries += seen.new.len();
        if self.seen_entries > SEEN_ENTRIES_MAX {
            return Err(too_large(SEEN_ENTRIES_MAX));
        }
        self.seen.insert(facts.hash, seen);
        Ok(marks)
    }

    /// Notes a change among its actor's. Whoever writes knows at least its own last change.
    fn follow_oneself(&mut self, facts: &Facts, seen: &mut Seen) -> Result<Rc<ActorId>, Refusal> {
        let last_seen = seen.new.iter_mut().find(|(actor, _)| **actor == facts.actor);
        let Some((me, (first, last))) = self.new.get_key_value(&facts.actor) else {
            return Err(refusal(NOT_SEEN));
        };
        let (me, first) = (me.clone(), *first);
        let this = (facts.seq, facts.max_op);
        match (last, last_seen) {
            (Some(last), Some((_, last_seen))) if last_seen == last => *last_seen = this,
            (None, None) if !seen.unseen.contains_key(&facts.actor) => {
                seen.new.push((me.clone(), this));
            }
            _ => return Err(refusal(NOT_SEEN)),
        }
        self.new.insert(me.clone(), (first, Some(this)));
        Ok(me)
    }

    /// What a change has seen, by what it depends on.
    fn seen(&mut self, facts: &Facts) -> Result<Seen, Refusal> {
        let (new, old): (Vec<ChangeHash>, Vec<ChangeHash>) =
            facts.deps.iter().partition(|dep| self.seen.contains_key(dep));
        let mut seen_new: Vec<(Rc<ActorId>, Last)> = Vec::new();
        for (actor, last) in new.iter().flat_map(|dep| &self.seen[dep].new) {
            match seen_new.iter_mut().find(|(known, _)| known == actor) {
                Some((_, known)) => *known = (*known).max(*last),
                None => seen_new.push((actor.clone(), *last)),
            }
        }
        if let ([first, others @ ..], []) = (&new[..], &old[..]) {
            let first = &self.seen[first];
            if others.iter().all(|dep| Rc::ptr_eq(&self.seen[dep].follows, &first.follows)) {
                let (follows, unseen) = (first.follows.clone(), first.unseen.clone());
                return Ok(Seen { follows, unseen, new: seen_new });
            }
        }
        let mut follows = old;
        follows.extend(new.iter().flat_map(|dep| self.seen[dep].follows.iter()));
        follows.sort_unstable();
        follows.dedup();
        let unseen = self.unseen(&follows)?;
        Ok(Seen { follows: Rc::new(follows), unseen, new: seen_new })
    }

    /// What whoever has just these changes has not seen of the document.
    fn unseen(&mut self, follows: &[ChangeHash]) -> Result<Unseen, Refusal> {
        let mut unseen = HashMap::new();
        if follows != self.heads.as_slice() {
            let changes = self.doc.get_changes_meta(follows);
            self.unseen_changes += changes.len();
            if self.unseen_changes > UNSEEN_CHANGES_MAX {
                return Err(too_large(UNSEEN_CHANGES_MAX));
            }
            for change in changes {
                let first: &mut u64 =
                    unseen.entry(change.actor.into_owned()).or_insert(change.start_op);
                *first = change.start_op.min(*first);
            }
        }
        Ok(Rc::new(unseen))
    }

    fn author(&self, actor: &ActorId, seen: &Seen) -> Author {
        let new = self.new.get_key_value(actor);
        let last_new = seen.new.iter().find(|(known, _)| **known == *actor);
        Author {
            id: new.map_or_else(|| Rc::new(actor.clone()), |(known, _)| known.clone()),
            first_new: new.map_or(u64::MAX, |(_, (first, _))| *first),
            last_new: last_new.map_or(0, |(_, (_, last))| *last),
            unseen: seen.unseen.get(actor).copied().unwrap_or(u64::MAX),
        }
    }
}

/// Looks at the operations of one change.
struct Visitor<'p, 'd> {
    places: &'p mut Places<'d>,
    me: Rc<ActorId>,
    start_op: u64,
    /// The actors that the change names.
    authors: Vec<Author>,
    /// The object of the last operation, and what it is.
    object: Option<OpId>,
    kind: ObjType,
    /// In how many objects that stands.
    depth: usize,
    marks: bool,
}

impl<'a> Operations<'a> for Visitor<'_, '_> {
    fn operation(&mut self, _: &Actors<'a>, op: &Op<'a>) -> Result<(), Malformed> {
        if op.object != self.object {
            self.object = op.object;
            (self.kind, self.depth) = self.made_as(op.object)?;
        }
        match op.key {
            Key::Map(_) if self.kind != ObjType::Map => return Err(Malformed { what: "key" }),
            Key::Map(_) => {}
            Key::Head | Key::Element(_) if self.kind == ObjType::Map => {
                return Err(Malformed { what: "key" });
            }
            Key::Head => {}
            Key::Element(element) => self.refer(element)?,
        }
        let made = match op.action {
            Action::MakeMap => Some(ObjType::Map),
            Action::MakeList => Some(ObjType::List),
            Action::MakeText => Some(ObjType::Text),
            Action::Mark => {
                self.marks = true;
                None
            }
            Action::Set | Action::Delete | Action::Increment => None,
        };
        if let Some(made) = made {
            if self.depth >= DOCUMENT_NESTING_DEPTH_MAX {
                return Err(TOO_DEEP);
            }
            let made = (made, self.depth + 1);
            self.places.made.insert((op.id.counter.into(), self.me.clone()), made);
        }
        Ok(())
    }

    fn predecessor(&mut self, _: &Actors<'a>, id: OpId) -> Result<(), Malformed> {
        self.refer(id)
    }
}

impl Visitor<'_, '_> {
    fn author(&self, id: OpId) -> Result<&Author, Malformed> {
        self.authors.get(id.actor as usize).ok_or(Malformed { what: "actor-index" })
    }

    /// Whether an operation can be referred to.
    fn refer(&self, id: OpId) -> Result<(), Malformed> {
        let counter = u64::from(id.counter);
        // The change's own: the walk has seen that it comes before.
        if id.actor == 0 && counter >= self.start_op {
            return Ok(());
        }
        let author = self.author(id)?;
        let seen = match counter >= author.first_new {
            true => counter <= author.last_new,
            false => counter < author.unseen,
        };
        if seen { Ok(()) } else { Err(NOT_SEEN) }
    }

    fn made_as(&self, object: Option<OpId>) -> Result<Made, Malformed> {
        let Some(object) = object else { return Ok((ObjType::Map, 0)) };
        self.refer(object)?;
        let author = self.author(object)?;
        let counter = u64::from(object.counter);
        if let Some(made) = self.places.made.get(&(counter, author.id.clone())) {
            return Ok(*made);
        }
        let id = ObjId::Id(counter, (*author.id).clone(), 0);
        let unknown = |_| Malformed { what: "object" };
        let kind = self.places.doc.object_type(&id).map_err(unknown)?;
        let parents = self.places.doc.parents(&id).map_err(unknown)?;
        Ok((kind, parents.take(DOCUMENT_NESTING_DEPTH_MAX).count()))
    }
}

fn too_large(max: usize) -> Refusal {
    Refusal::new("message-too-large").with("max", max).with("why", "concurrent-changes")
}
