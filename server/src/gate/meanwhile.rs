//! Whether a change removes or replaces what somebody else has edited meanwhile, or edits what somebody else has removed.
//!
//! Automerge lets the removal of a map or text win, and edits within it vanish without a word. Whoever comes second is refused instead: their device
//! sets aside what they did, and shows it.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use automerge::{AutoCommit, ChangeHash, ObjId, ObjType, ROOT, ReadDoc as _, ValueRef};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Heads;

use super::parts::Facts;
use crate::limits::{BRANCHES_COUNT_MAX, MAPS_COMPARED_MAX, UNSEEN_CHANGES_MAX};

/// The states of a document on which new changes build.
#[derive(Debug)]
pub struct Branches {
    before: Heads,
    /// Each state that some changes build on, with the newest of these; but for all that was there.
    beside: BTreeMap<Rc<Heads>, Vec<ChangeHash>>,
    /// What each change builds on.
    follows: HashMap<ChangeHash, Rc<Heads>>,
    /// How many hashes were gathered to find that.
    gathered: usize,
}

impl Branches {
    /// Sorts changes, in an order in which they can be applied to a document with these heads.
    pub fn of<'a>(before: Heads, new: impl Iterator<Item = &'a Facts>) -> Self {
        let (beside, follows) = (BTreeMap::new(), HashMap::new());
        let mut branches = Self { before, beside, follows, gathered: 0 };
        for facts in new {
            if branches.are_too_many() {
                break;
            }
            branches.add(facts);
        }
        branches
    }

    fn are_too_many(&self) -> bool {
        self.beside.len() > BRANCHES_COUNT_MAX || self.gathered > UNSEEN_CHANGES_MAX
    }

    fn add(&mut self, facts: &Facts) {
        let seen = self.seen(&facts.deps);
        self.follows.insert(facts.hash, seen.clone());
        if *seen != self.before {
            let newest = self.beside.entry(seen).or_default();
            newest.retain(|hash| !facts.deps.contains(hash));
            newest.push(facts.hash);
        }
    }

    /// What a change with these dependencies builds on of what was there.
    fn seen(&mut self, deps: &[ChangeHash]) -> Rc<Heads> {
        let known: Vec<Option<&Rc<Heads>>> = deps.iter().map(|dep| self.follows.get(dep)).collect();
        if let [Some(first), others @ ..] = &known[..]
            && others.iter().all(|other| other.is_some_and(|other| Rc::ptr_eq(other, first)))
        {
            return Rc::clone(first);
        }
        let mut seen = Vec::new();
        for (dep, known) in deps.iter().zip(known) {
            match known {
                Some(heads) => seen.extend_from_slice(heads.as_slice()),
                None => seen.push(*dep),
            }
        }
        self.gathered += seen.len();
        let seen = Rc::new(Heads::new(seen));
        self.beside.get_key_value(&seen).map_or(seen, |(known, _)| Rc::clone(known))
    }

    /// Checks the document after the changes.
    ///
    /// # Errors
    ///
    /// `edited-meanwhile`, `no-such-item`, each with `item`; `message-too-large` where it would take too long to say.
    pub fn check(self, doc: &AutoCommit) -> Result<(), Refusal> {
        if self.before.is_empty() {
            return Ok(());
        }
        if self.are_too_many() {
            return Err(too_much(BRANCHES_COUNT_MAX));
        }
        let maps_left = Cell::new(MAPS_COMPARED_MAX);
        self.beside.into_iter().try_for_each(|(seen, mine)| {
            let (mine, theirs, maps_left) = (&Heads::new(mine), &self.before, &maps_left);
            States { doc, seen: &seen, mine, theirs, maps_left }.compare(&ROOT, None)
        })
    }
}

fn too_much(max: usize) -> Refusal {
    Refusal::new("message-too-large").with("max", max).with("why", "concurrent-changes")
}

/// The states of a document on which two people worked at once.
struct States<'a> {
    doc: &'a AutoCommit,
    /// What both have seen.
    seen: &'a Heads,
    mine: &'a Heads,
    theirs: &'a Heads,
    /// How many more maps may be compared.
    maps_left: &'a Cell<usize>,
}

/// An object under a key.
type Object = (ObjType, ObjId);

impl States<'_> {
    /// Whether one of the two has removed or replaced an object of a map, or of a map in it, that the other has edited. An
    /// object within an item is told of as that item: a slot's hosts as the slot.
    fn compare(&self, map: &ObjId, item: Option<&str>) -> Result<(), Refusal> {
        let left = self.maps_left.get().checked_sub(1);
        self.maps_left.set(left.ok_or_else(|| too_much(MAPS_COMPARED_MAX))?);
        let [seen, mut mine, mut theirs] =
            [self.seen, self.mine, self.theirs].map(|heads| self.objects(map, heads));
        for (key, was) in seen {
            let [mine, theirs] = [mine.remove(&key), theirs.remove(&key)];
            let within = if *map == ROOT { None } else { item.or(Some(&key)) };
            let [is_mine, is_theirs] = [&mine, &theirs].map(|now| now.as_ref() == Some(&was));
            let code = match (is_mine, is_theirs) {
                (true, true) if was.0 == ObjType::Map => {
                    self.compare(&was.1, within)?;
                    continue;
                }
                (false, true) if self.is_edited(&was, self.theirs) => "edited-meanwhile",
                (true, false) if self.is_edited(&was, self.mine) => "no-such-item",
                // Of two texts both are kept, as a conflict.
                (false, false) if was.0 != ObjType::Text && mine.is_some() && theirs.is_some() => {
                    "edited-meanwhile"
                }
                _ => continue,
            };
            return Err(Refusal::new(code).with("item", within.unwrap_or(&key)));
        }
        Ok(())
    }

    /// The objects in a map.
    fn objects(&self, map: &ObjId, heads: &Heads) -> BTreeMap<String, Object> {
        let entries = self.doc.map_range_at(map, .., heads.as_slice());
        let objects = entries.filter_map(|entry| match entry.value {
            ValueRef::Object(kind) => Some((entry.key.to_string(), (kind, entry.id()))),
            ValueRef::Scalar(_) => None,
        });
        objects.collect()
    }

    fn is_edited(&self, (_, object): &Object, heads: &Heads) -> bool {
        let content = |heads: &Heads| self.doc.hydrate(object, Some(heads.as_slice())).ok();
        content(heads) != content(self.seen)
    }
}
