//! The student's screen: the days as published, and what changed since they last looked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Library, Moment};
use crate::domain::changes::{ChangeKind, SlotChange, changes};
use crate::domain::swedish::compare;
use crate::domain::{
    Day, Diary, Document, Itinerary, Mode, NoteKey, Slot, Version, members, tidy_line,
};
use crate::ids::{DocumentId, PlaceId, SlotId};
use crate::refusal::Refusal;

/// A published itinerary as one account sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ItineraryView {
    /// Its id.
    pub itinerary: DocumentId,
    /// What the visit is called.
    pub title: String,
    /// The hosting unit's name.
    pub unit: String,
    /// The newest version on this device.
    pub version: u32,
    /// When that was published.
    pub published: Moment,
    /// When it was last known to be what the server has.
    pub as_of: Option<Moment>,
    /// Whether the whole visit is cancelled.
    pub cancelled: bool,
    /// Why, if somebody said so.
    pub cancelled_because: String,
    /// The version whose changes the person has seen; 0 before the first.
    pub acknowledged: u32,
    /// Whether the person is a student of the group: then secrecy comes first, and changes are
    /// acknowledged.
    pub attending: bool,
    /// The person's diary: where confirmations and notes are written.
    pub diary: DocumentId,
    /// When the person confirmed secrecy for this visit, if they have. Before that, whoever takes part is told of no day and no
    /// host.
    pub secrecy_confirmed: Option<Moment>,
    /// What changed from the acknowledged version to the newest, in the order of the days.
    pub changes: Vec<ChangeView>,
    /// The days.
    pub days: Vec<ItineraryDay>,
    /// Everybody who hosts, by name: whom to ask.
    pub hosts: Vec<Host>,
}

/// One day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ItineraryDay {
    /// Which day.
    pub date: Day,
    /// Its slots in the order of time.
    pub slots: Vec<ItinerarySlot>,
}

/// One meeting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ItinerarySlot {
    /// Its id.
    pub id: SlotId,
    /// What happens.
    pub title: String,
    /// From when.
    pub start: String,
    /// Until when.
    pub end: String,
    /// How people meet.
    pub mode: Mode,
    /// Where, when they meet in person.
    pub place: Option<PlaceView>,
    /// The room at the place.
    pub room: String,
    /// Where, when they meet remotely.
    pub link: String,
    /// Who hosts.
    pub hosts: Vec<Host>,
    /// Who takes part beside the group.
    pub audience: String,
    /// What to do before.
    pub preparation: String,
    /// What to bring.
    pub bring: String,
    /// Whether it will not take place.
    pub cancelled: bool,
    /// The person's own note.
    pub note: String,
    /// The texts of the note that were written apart, the one that shows first; none where there is one text.
    pub note_texts: Vec<String>,
    /// The names of the fields that changed, `added` for a new slot.
    pub changed: Vec<String>,
}

/// A place as shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PlaceView {
    /// Its name.
    pub name: String,
    /// Its street address.
    pub address: String,
}

/// A host as shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Host {
    /// The host's card.
    pub card: DocumentId,
    /// The name as shown, empty until the card has arrived.
    pub name: String,
    /// What the person does.
    pub function: String,
}

/// One change, in words that people know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ChangeView {
    /// Which slot; none for the visit as a whole.
    pub slot: Option<SlotId>,
    /// What the slot is called, or the visit.
    pub title: String,
    /// On which day it is; none for the visit as a whole.
    pub date: Option<Day>,
    /// What happened.
    pub kind: ChangeKind,
    /// The field that has another value, where one has.
    pub field: Option<String>,
    /// Its value before; places and hosts by name.
    pub before: String,
    /// Its value now.
    pub after: String,
}

pub(super) fn view(library: &Library, id: DocumentId) -> Result<ItineraryView, Refusal> {
    let (held, document) = library.held(id)?;
    let Document::Itinerary(itinerary) = document else {
        return Err(Refusal::new("wrong-kind").with("kind", "itinerary"));
    };
    let (number, latest) = itinerary.latest().ok_or_else(|| Refusal::new("nothing-published"))?;
    let diary = diary(library);
    let acknowledged =
        diary.and_then(|diary| diary.acknowledged.get(&id)).copied().unwrap_or_default();
    let attending = attends(library, itinerary);
    let secrecy_confirmed = diary.and_then(|diary| diary.secrecy.get(&id)).copied();
    let mut view = ItineraryView {
        itinerary: id,
        title: itinerary.title.clone(),
        unit: library.unit_name(&itinerary.unit),
        version: number,
        published: latest.published,
        as_of: held.as_of,
        cancelled: latest.cancelled,
        cancelled_because: String::new(),
        acknowledged,
        attending,
        diary: Diary::id_of(library.subject.account),
        secrecy_confirmed,
        days: Vec::new(),
        changes: Vec::new(),
        hosts: Vec::new(),
    };
    if secrecy_confirmed.is_some() || !attending {
        let unseen = unseen(library, id, itinerary);
        view.changes =
            unseen.map_or_else(Vec::new, |(seen, latest)| change_views(library, seen, latest));
        view.days = days(library, id, latest, diary, &view.changes);
        view.hosts = named_hosts(&view.days);
        view.cancelled_because.clone_from(&latest.reason);
    }
    Ok(view)
}

/// The version of an itinerary that the person has seen and the newest, where what changed between them may be shown: not
/// before secrecy is confirmed.
pub(super) fn unseen<'a>(
    library: &Library,
    id: DocumentId,
    itinerary: &'a Itinerary,
) -> Option<(&'a Version, &'a Version)> {
    let diary = diary(library);
    let is_confirmed = diary.is_some_and(|diary| diary.secrecy.contains_key(&id));
    if !is_confirmed && attends(library, itinerary) {
        return None;
    }
    let acknowledged = diary.and_then(|diary| diary.acknowledged.get(&id)).copied();
    itinerary
        .seen(acknowledged.unwrap_or_default())
        .zip(itinerary.latest().map(|(_, latest)| latest))
}

/// Everybody who hosts on some day and whose name is here, once each.
fn named_hosts(days: &[ItineraryDay]) -> Vec<Host> {
    let hosts = days.iter().flat_map(|day| &day.slots).flat_map(|slot| &slot.hosts);
    let named = hosts.filter(|host| !host.name.is_empty()).map(|host| (host.card, host.clone()));
    let mut hosts: Vec<Host> = BTreeMap::from_iter(named).into_values().collect();
    hosts.sort_by(|a, b| compare(&a.name, &b.name));
    hosts
}

fn diary(library: &Library) -> Option<&Diary> {
    match library.held(Diary::id_of(library.subject.account)) {
        Ok((_, Document::Diary(diary))) => Some(diary),
        _ => None,
    }
}

fn attends(library: &Library, itinerary: &Itinerary) -> bool {
    let group = crate::domain::Key::Group(itinerary.pilot, itinerary.group.clone());
    library.subject.keys.contains(&group)
}

/// What changed from one version to another, with places and hosts by name.
pub(super) fn change_views(library: &Library, from: &Version, to: &Version) -> Vec<ChangeView> {
    let slots = |change: &SlotChange| {
        to.slots.get(&change.slot).or_else(|| from.slots.get(&change.slot)).cloned()
    };
    let found = changes(from, to);
    let mut views: Vec<(Slot, ChangeView)> = found
        .into_iter()
        .filter_map(|change| {
            let slot = slots(&change)?;
            let view = change_view(library, &slot, change, (from, to));
            Some((slot, view))
        })
        .collect();
    views.sort_by_key(|(slot, _)| (slot.date, slot.start));
    let renamed = title_change(&from.title, &to.title);
    renamed.into_iter().chain(views.into_iter().map(|(_, view)| view)).collect()
}

/// The visit's new title, where both are known: versions of older programs do not tell.
pub(super) fn title_change(before: &str, after: &str) -> Option<ChangeView> {
    let [before, after] = [before, after].map(tidy_line);
    let differ = !before.is_empty() && !after.is_empty() && before != after;
    differ.then(|| ChangeView {
        slot: None,
        title: after.clone(),
        date: None,
        kind: ChangeKind::Changed,
        field: Some("title".to_owned()),
        before,
        after,
    })
}

fn change_view(
    library: &Library,
    slot: &Slot,
    change: SlotChange,
    (from, to): (&Version, &Version),
) -> ChangeView {
    let (field, before, after) = change.field.map_or_else(
        || (None, String::new(), String::new()),
        |field| {
            let shown = |version: &Version, value: &str| match (field.name, value.parse()) {
                ("place", Ok(id)) => place_view(library, version, &id).to_string(),
                _ => shown(library, field.name, value),
            };
            (Some(field.name.to_owned()), shown(from, &field.before), shown(to, &field.after))
        },
    );
    ChangeView {
        slot: Some(change.slot),
        title: slot.title.clone(),
        date: Some(slot.date),
        kind: change.kind,
        field,
        before,
        after,
    }
}

/// A stored value as people know it.
pub(super) fn shown(library: &Library, field: &str, value: &str) -> String {
    match field {
        "place" => value.parse().map_or_else(|_| value.to_owned(), |id| library.place_name(&id)),
        "hosts" => {
            let name = |card: &str| {
                let card = card.parse().ok().and_then(|id| library.card(id));
                card.map_or_else(|| "–".to_owned(), |card| card.name.clone())
            };
            value.split_whitespace().map(name).collect::<Vec<_>>().join(", ")
        }
        _ => value.to_owned(),
    }
}

/// The key of the note on a slot. One that an older program wrote names no itinerary: it shows if only this one has such a slot.
fn note_key(library: &Library, diary: &Diary, itinerary: DocumentId, slot: &SlotId) -> NoteKey {
    let of_document = NoteKey { itinerary: Some(itinerary), slot: slot.clone() };
    if diary.notes.contains_key(&of_document) {
        return of_document;
    }
    let by_slot = NoteKey { itinerary: None, ..of_document.clone() };
    if !diary.notes.contains_key(&by_slot) {
        return of_document;
    }
    let elsewhere = library.readable().any(|(id, document, _)| match document {
        Document::Itinerary(other) => {
            id != itinerary && other.versions.values().any(|v| v.slots.contains_key(slot))
        }
        _ => false,
    });
    if elsewhere { of_document } else { by_slot }
}

/// The texts that the person gave a note on devices that could not see each other; none where there is one.
fn note_texts(library: &Library, key: &NoteKey) -> Vec<String> {
    let conflicts = library.conflicts(Diary::id_of(library.subject.account));
    let path = ["notes".to_owned(), key.to_string()];
    let conflict = conflicts.iter().find(|conflict| conflict.path == path);
    conflict.into_iter().flat_map(|c| &c.values).map(|value| value.value.clone()).collect()
}

/// The days of a version in the order of time.
pub(super) fn days(
    library: &Library,
    itinerary: DocumentId,
    version: &Version,
    diary: Option<&Diary>,
    changes: &[ChangeView],
) -> Vec<ItineraryDay> {
    let mut days: BTreeMap<Day, Vec<ItinerarySlot>> = BTreeMap::new();
    for (id, slot) in &version.slots {
        let mut view = slot_view(library, version, id, slot);
        if let Some(diary) = diary {
            let key = note_key(library, diary, itinerary, id);
            view.note = diary.notes.get(&key).cloned().unwrap_or_default();
            view.note_texts = note_texts(library, &key);
        }
        let of_slot = changes.iter().filter(|change| change.slot.as_ref() == Some(id));
        view.changed = of_slot
            .map(|change| match change.kind {
                ChangeKind::Added => "added".to_owned(),
                _ => change.field.clone().unwrap_or_else(|| "cancelled".to_owned()),
            })
            .collect();
        days.entry(slot.date).or_default().push(view);
    }
    days.into_iter()
        .map(|(date, mut slots)| {
            slots.sort_by(|a, b| (&a.start, &a.end, &a.id).cmp(&(&b.start, &b.end, &b.id)));
            ItineraryDay { date, slots }
        })
        .collect()
}

/// A place as it was when the version was published; as the directory has it for versions that do not tell.
fn place_view(library: &Library, version: &Version, id: &PlaceId) -> PlaceView {
    if let Some(published) = version.places.get(id) {
        return PlaceView { name: published.name.clone(), address: published.address.clone() };
    }
    let known = library.directory().and_then(|directory| directory.places.get(id));
    PlaceView {
        name: library.place_name(id),
        address: known.map(|place| place.address.clone()).unwrap_or_default(),
    }
}

impl std::fmt::Display for PlaceView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.address.as_str() {
            "" => self.name.fmt(f),
            address => write!(f, "{}, {address}", self.name),
        }
    }
}

fn slot_view(library: &Library, version: &Version, id: &SlotId, slot: &Slot) -> ItinerarySlot {
    let place = slot.place.as_ref().map(|place| place_view(library, version, place));
    ItinerarySlot {
        id: id.clone(),
        title: slot.title.clone(),
        start: slot.start.to_string(),
        end: slot.end.to_string(),
        mode: slot.mode,
        place,
        room: slot.room.clone(),
        link: slot.link.clone(),
        hosts: hosts(library, slot),
        audience: slot.audience.clone(),
        preparation: slot.preparation.clone(),
        bring: slot.bring.clone(),
        cancelled: slot.cancelled,
        note: String::new(),
        note_texts: Vec::new(),
        changed: Vec::new(),
    }
}

/// The hosts of a slot by name.
pub(super) fn hosts(library: &Library, slot: &Slot) -> Vec<Host> {
    let host = |card: &DocumentId| {
        let known = library.card(*card);
        Host {
            card: *card,
            name: known.map(|card| card.name.clone()).unwrap_or_default(),
            function: known.map(|card| card.function.clone()).unwrap_or_default(),
        }
    };
    let mut hosts: Vec<Host> = members(&slot.hosts).map(host).collect();
    hosts.sort_by(|a, b| compare(&a.name, &b.name));
    hosts
}
