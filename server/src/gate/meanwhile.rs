//! Whether a change removes what somebody else has edited meanwhile, or edits what somebody else has removed.
//!
//! Automerge lets the removal win, and the edits vanish without a word. Whoever comes second is refused instead: their device
//! sets aside what they did, and shows it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use automerge::hydrate;
use automerge::{AutoCommit, ChangeHash, ObjId, ObjType, ROOT, ReadDoc as _, Value};
use samsynk_core::domain::Document;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Heads;

use super::parts::Facts;
use crate::limits::{BRANCHES_COUNT_MAX, UNSEEN_CHANGES_MAX};

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
    pub fn check(self, doc: &AutoCommit, content: &Document) -> Result<(), Refusal> {
        if self.before.is_empty() || content.items().is_empty() {
            return Ok(());
        }
        if self.are_too_many() {
            let refusal = Refusal::new("message-too-large").with("max", BRANCHES_COUNT_MAX);
            return Err(refusal.with("why", "concurrent-changes"));
        }
        let maps: Vec<ObjId> = content.items().iter().filter_map(|f| map_at_root(doc, f)).collect();
        self.beside.into_iter().try_for_each(|(seen, mine)| {
            let (mine, theirs) = (&Heads::new(mine), &self.before);
            let states = States { doc, seen: &seen, mine, theirs };
            maps.iter().try_for_each(|map| states.compare(map))
        })
    }
}

/// The states of a document on which two people worked at once.
struct States<'a> {
    doc: &'a AutoCommit,
    /// What both have seen.
    seen: &'a Heads,
    mine: &'a Heads,
    theirs: &'a Heads,
}

impl States<'_> {
    /// Whether one of the two has removed an item of a map that the other has edited.
    fn compare(&self, map: &ObjId) -> Result<(), Refusal> {
        let (mine, theirs) = (self.keys(map, self.mine), self.keys(map, self.theirs));
        for key in self.keys(map, self.seen) {
            let is_edited = |heads| self.item(map, &key, heads) != self.item(map, &key, self.seen);
            let code = match (mine.contains(&key), theirs.contains(&key)) {
                (false, true) if is_edited(self.theirs) => "edited-meanwhile",
                (true, false) if is_edited(self.mine) => "no-such-item",
                _ => continue,
            };
            return Err(Refusal::new(code).with("item", key));
        }
        Ok(())
    }

    fn keys(&self, map: &ObjId, heads: &Heads) -> BTreeSet<String> {
        self.doc.keys_at(map, heads.as_slice()).collect()
    }

    /// An item as it was: the object, since one put there anew is another, and all that is in it.
    fn item(&self, map: &ObjId, key: &str, heads: &Heads) -> Option<(ObjId, hydrate::Value)> {
        let (_, item) = self.doc.get_at(map, key, heads.as_slice()).ok().flatten()?;
        let value = self.doc.hydrate(&item, Some(heads.as_slice())).ok()?;
        Some((item, value))
    }
}

fn map_at_root(doc: &AutoCommit, field: &str) -> Option<ObjId> {
    match doc.get(ROOT, field) {
        Ok(Some((Value::Object(ObjType::Map), map))) => Some(map),
        _ => None,
    }
}
