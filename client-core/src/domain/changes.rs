//! What differs between two published versions, slot by slot and field by field.

use serde::{Deserialize, Serialize};

use super::{Slot, Version, members};
use crate::ids::SlotId;

/// What happened to a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It will not take place.
    Cancelled,
    /// It will take place after all.
    Restored,
    /// A field has another value.
    Changed,
}

/// One difference between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotChange {
    /// Which slot.
    pub slot: SlotId,
    /// What happened.
    pub kind: ChangeKind,
    /// The field with another value, where one has.
    pub field: Option<Field>,
}

/// A field that differs, with its values as stored: ids for places and hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its value in the older version.
    pub before: String,
    /// Its value in the newer.
    pub after: String,
}

/// All differences from `before` to `after`, however many versions lie between, in slot order.
#[must_use]
pub fn changes(before: &Version, after: &Version) -> Vec<SlotChange> {
    let mut found = Vec::new();
    for (id, slot) in &after.slots {
        match before.slots.get(id) {
            None => found.push(whole(id, ChangeKind::Added)),
            Some(old) => {
                let moved = place_moved(slot, before, after);
                slot_changes(id, old, slot, moved, &mut found);
            }
        }
    }
    let gone = before.slots.keys().filter(|id| !after.slots.contains_key(*id));
    found.extend(gone.map(|id| whole(id, ChangeKind::Removed)));
    found
}

/// Whether a slot's place was elsewhere, or was called otherwise, when the older version was published. Versions of older
/// programs do not tell.
fn place_moved(slot: &Slot, before: &Version, after: &Version) -> bool {
    let published = |version: &Version| version.places.get(slot.place.as_ref()?).cloned();
    published(before).zip(published(after)).is_some_and(|(before, after)| before != after)
}

fn slot_changes(
    id: &SlotId,
    before: &Slot,
    after: &Slot,
    place_moved: bool,
    found: &mut Vec<SlotChange>,
) {
    match (before.cancelled, after.cancelled) {
        (false, true) => found.push(whole(id, ChangeKind::Cancelled)),
        (true, false) => found.push(whole(id, ChangeKind::Restored)),
        _ => {}
    }
    // Another spelling that nobody can see is no change.
    let pairs = fields(&before.respelled()).into_iter().zip(fields(&after.respelled()));
    let differ =
        |name: &str, old: &String, new: &String| old != new || (name == "place" && place_moved);
    found.extend(pairs.filter(|((name, old), (_, new))| differ(name, old, new)).map(
        |((name, before), (_, after))| SlotChange {
            slot: id.clone(),
            kind: ChangeKind::Changed,
            field: Some(Field { name, before, after }),
        },
    ));
}

fn whole(id: &SlotId, kind: ChangeKind) -> SlotChange {
    SlotChange { slot: id.clone(), kind, field: None }
}

fn fields(slot: &Slot) -> [(&'static str, String); 12] {
    let hosts: Vec<String> = members(&slot.hosts).map(ToString::to_string).collect();
    [
        ("title", slot.title.clone()),
        ("date", slot.date.to_string()),
        ("start", slot.start.to_string()),
        ("end", slot.end.to_string()),
        ("mode", slot.mode.name().to_owned()),
        ("place", slot.place.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("room", slot.room.clone()),
        ("link", slot.link.clone()),
        ("hosts", hosts.join(" ")),
        ("audience", slot.audience.clone()),
        ("preparation", slot.preparation.clone()),
        ("bring", slot.bring.clone()),
    ]
}
