//! Maps in documents: keys as text, and always written in their order, so that the same decision on the same
//! document makes the same bytes. (autosurgeon's own adaptor removes keys in whatever order a hash gives.)

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, AutomergeError};
pub(super) use autosurgeon::map_with_parseable_keys::hydrate;
use autosurgeon::reconcile::MapReconciler as _;
use autosurgeon::{Reconcile, Reconciler, reconcile_prop};

use super::fields::map_at;
use crate::refusal::Refusal;

pub(super) fn reconcile<K, V, R>(items: &BTreeMap<K, V>, mut reconciler: R) -> Result<(), R::Error>
where
    K: ToString,
    V: Reconcile,
    R: Reconciler,
{
    let mut map = reconciler.map()?;
    let mut gone: BTreeSet<String> = map.entries().map(|(key, _)| key.to_string()).collect();
    for (key, value) in items {
        let key = key.to_string();
        gone.remove(&key);
        map.put(key, value)?;
    }
    gone.into_iter().try_for_each(|key| map.delete(key))
}

/// Writes what differs of a map at the root of a document that holds another, without reading the rest: a look at each
/// entry of a large document takes a thousand times as long as a comparison in memory.
pub(super) fn write_changed<K, V>(
    doc: &mut AutoCommit,
    field: &str,
    before: &BTreeMap<K, V>,
    after: &BTreeMap<K, V>,
) -> Result<(), Refusal>
where
    K: Ord + ToString,
    V: Reconcile + PartialEq,
{
    if before == after {
        return Ok(());
    }
    let map = map_at(doc, &[field])?;
    let unwritable = || Refusal::new("unwritable-field").with("field", field);
    for (key, value) in after {
        if before.get(key) != Some(value) {
            reconcile_prop(doc, &map, key.to_string().as_str(), value).map_err(|_| unwritable())?;
        }
    }
    let gone: BTreeSet<String> =
        before.keys().filter(|key| !after.contains_key(key)).map(K::to_string).collect();
    let delete = |key| doc.delete(&map, key);
    gone.into_iter().try_for_each(delete).map_err(|_: AutomergeError| unwritable())
}

#[cfg(test)]
mod tests {
    use automerge::transaction::CommitOptions;

    use super::super::{Document, Entry, Home, Itinerary, Moment, Version};
    use super::*;
    use crate::ids::{AccountId, DocumentId};

    /// Both ways of writing make the same change, which is compared by its hash.
    fn assert_same(before: &Document, after: &Document) {
        let mut doc = AutoCommit::new();
        before.write(&mut doc).unwrap();
        doc.commit_with(CommitOptions::default().with_time(1));
        let [over, whole] = [true, false].map(|over| {
            let mut doc = doc.clone();
            match over {
                true => after.write_over(before, &mut doc).unwrap(),
                false => after.write(&mut doc).unwrap(),
            }
            doc.commit_with(CommitOptions::default().with_time(2));
            assert_eq!(Document::of(&doc).as_ref(), Ok(after));
            doc.get_heads()
        });
        assert_eq!(over, whole);
    }

    #[test]
    fn what_differs_of_a_home_is_written_as_the_whole_would_be() {
        let entry = |title: &str| Entry { kind: "visit".to_owned(), title: title.to_owned() };
        let id = |n: u8| DocumentId([n; 16]);
        let mut before = Home::new(AccountId([1; 16]));
        before.documents.extend((1..6).map(|n| (id(n), entry("Visit"))));
        let mut after = before.clone();
        after.documents.insert(id(3), entry("Another"));
        after.documents.insert(id(9), entry("New"));
        after.documents.remove(&id(1));
        after.documents.remove(&id(5));
        let [before, after] = [before, after].map(Document::Home);
        assert_same(&before, &after);
        assert_same(&before, &before);
    }

    #[test]
    fn what_differs_of_an_itinerary_is_written_as_the_whole_would_be() {
        let version = |n| Version {
            published: Moment::from_millis(n),
            title: String::new(),
            cancelled: n % 2 == 0,
            reason: String::new(),
            slots: BTreeMap::new(),
            places: BTreeMap::new(),
        };
        let mut before = Itinerary {
            visit: DocumentId([1; 16]),
            pilot: DocumentId([2; 16]),
            group: "g1".parse().unwrap(),
            unit: "kista".parse().unwrap(),
            universities: BTreeMap::new(),
            title: "Visit".to_owned(),
            versions: BTreeMap::new(),
        };
        before.versions.extend((8..12).map(|n| (n, version(n.into()))));
        let mut after = before.clone();
        after.title = "Another".to_owned();
        after.versions.insert(12, version(12));
        after.versions.pop_first();
        let [before, after] = [before, after].map(Document::Itinerary);
        assert_same(&before, &after);
    }
}
