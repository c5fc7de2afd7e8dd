//! Maps in documents: keys as text, and always written in their order, so that the same decision on the same
//! document makes the same bytes. (autosurgeon's own adaptor removes keys in whatever order a hash gives.)

use std::collections::{BTreeMap, BTreeSet};

pub(super) use autosurgeon::map_with_parseable_keys::hydrate;
use autosurgeon::reconcile::MapReconciler as _;
use autosurgeon::{Reconcile, Reconciler};

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
