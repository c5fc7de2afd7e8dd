//! The policy with one thing wrong: some table must show it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::rule::Rule;
use super::tables;
use crate::domain::{Access, Grant, Key};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bend {
    /// A rule lets everything pass.
    Always(Rule),
    /// A rule lets nothing pass.
    Never(Rule),
    /// Documents of a kind forget one of their keys.
    Without(&'static str, List, usize),
    /// Documents of a kind are everybody's.
    ForAll(&'static str, List),
    /// What documents of a kind give to accounts, they give to nobody.
    NoGrants(&'static str),
    /// They give it on no condition.
    NoConditions(&'static str),
    /// What documents of a kind open to others, they do not.
    NoShares(&'static str),
    /// Others open what is closed.
    NeverClosed(&'static str),
}

/// One of the lists of keys of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Readers,
    Writers,
}

impl List {
    fn of(self, access: &mut Access) -> &mut BTreeSet<Key> {
        match self {
            Self::Readers => &mut access.readers,
            Self::Writers => &mut access.writers,
        }
    }
}

const RULES: [Rule; Rule::OtherLeads as usize + 1] = [
    Rule::Readers,
    Rule::Writers,
    Rule::PeopleWrite,
    Rule::PeopleMake,
    Rule::OwnNotes,
    Rule::OwnConsent,
    Rule::OwnWays,
    Rule::Leads,
    Rule::Administrators,
    Rule::OtherLeads,
];

thread_local! {
    static BEND: RefCell<Option<Bend>> = const { RefCell::new(None) };
}

fn bend() -> Option<Bend> {
    BEND.with_borrow(|bend| *bend)
}

pub(super) fn rule(rule: Rule, holds: bool) -> bool {
    match bend() {
        Some(Bend::Always(bent)) if bent == rule => true,
        Some(Bend::Never(bent)) if bent == rule => false,
        _ => holds,
    }
}

pub(super) fn access(kind: &str, mut access: Access) -> Access {
    match bend() {
        Some(Bend::Without(bent, list, place)) if bent == kind => {
            let keys = list.of(&mut access);
            let key = keys.iter().nth(place).cloned();
            key.map(|key| keys.remove(&key));
        }
        Some(Bend::ForAll(bent, list)) if bent == kind => {
            list.of(&mut access).insert(Key::All);
        }
        Some(Bend::NoGrants(bent)) if bent == kind => access.grants.clear(),
        Some(Bend::NoConditions(bent)) if bent == kind => {
            let given = std::mem::take(&mut access.grants);
            access.grants = given.into_iter().map(|g| Grant { needs: Key::All, ..g }).collect();
        }
        Some(Bend::NoShares(bent)) if bent == kind => access.shares.clear(),
        Some(Bend::NeverClosed(bent)) if bent == kind => access.is_closed = false,
        _ => {}
    }
    access
}

/// Everything that can be wrong with the documents of the town.
fn bends() -> Vec<Bend> {
    let mut bends: Vec<Bend> =
        RULES.into_iter().flat_map(|rule| [Bend::Always(rule), Bend::Never(rule)]).collect();
    for (kind, id, document) in tables::documents().into_iter().chain(tables::hidden_card()) {
        let mut access = document.access(id);
        for list in [List::Readers, List::Writers] {
            let keys = list.of(&mut access);
            bends.extend((0..keys.len()).map(|place| Bend::Without(kind, list, place)));
            if !keys.contains(&Key::All) {
                bends.push(Bend::ForAll(kind, list));
            }
        }
        if !access.grants.is_empty() {
            bends.extend([Bend::NoGrants(kind), Bend::NoConditions(kind)]);
        }
        if !access.shares.is_empty() {
            bends.push(Bend::NoShares(kind));
        }
        if access.is_closed {
            bends.push(Bend::NeverClosed(kind));
        }
    }
    bends
}

#[test]
fn whatever_is_wrong_with_the_policy_the_tables_show_it() {
    let right = tables::all();
    let bends = bends();
    assert!(bends.len() > 50, "{bends:?}");
    let missed: Vec<Bend> = bends
        .into_iter()
        .filter(|bend| {
            BEND.set(Some(*bend));
            let shown = tables::all();
            BEND.set(None);
            shown == right
        })
        .collect();
    assert_eq!(missed, [], "no table shows these");
}
