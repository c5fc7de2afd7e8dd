//! What an edit was about, in words, as they were when it was made: its document may be gone when it is told of.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Clock, Day, DiaryEdit, Document, Edit, Itinerary, Slot, SlotField, Visit, VisitEdit,
};
use crate::ids::{DocumentId, SlotId};

/// What an edit was about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct About {
    /// The slot's title, where it is about one.
    pub slot: String,
    /// The slot's day.
    pub date: Option<Day>,
    /// When the slot begins.
    pub start: Option<Clock>,
    /// The value before, as people know it.
    pub before: String,
    /// The new value, as people know it: places and hosts by name.
    pub after: String,
}

/// The documents of a device, by their ids.
type Lookup<'a> = dyn Fn(DocumentId) -> Option<&'a Document> + 'a;

impl About {
    /// What an edit of a document is about, before it is made.
    pub(crate) fn of(edit: &Edit, id: DocumentId, documents: &Lookup<'_>) -> Self {
        match (edit, documents(id)) {
            (Edit::Visit(edit), Some(Document::Visit(visit))) => of_plan(edit, visit, documents),
            (Edit::Diary(DiaryEdit::SetNote { itinerary: Some(of), slot, text, .. }), _) => {
                let after = text.clone();
                match documents(*of) {
                    Some(Document::Itinerary(itinerary)) => {
                        Self { after, ..published(itinerary, slot) }
                    }
                    _ => Self { after, ..Self::default() },
                }
            }
            _ => Self::default(),
        }
    }

    fn slot(slot: &Slot) -> Self {
        let (date, start) = (Some(slot.date), Some(slot.start));
        Self { slot: slot.title.clone(), date, start, ..Self::default() }
    }
}

fn published(itinerary: &Itinerary, slot: &SlotId) -> About {
    let newest = itinerary.latest().and_then(|(_, version)| version.slots.get(slot));
    newest.map(About::slot).unwrap_or_default()
}

fn of_plan(edit: &VisitEdit, visit: &Visit, documents: &Lookup<'_>) -> About {
    let slot = |id: &SlotId| visit.slots.get(id).map(About::slot).unwrap_or_default();
    let host = |card: &DocumentId| match documents(*card) {
        Some(Document::Card(card)) => card.name.clone(),
        _ => String::new(),
    };
    match edit {
        VisitEdit::Create { .. } => About::default(),
        VisitEdit::SetTitle { title } => {
            About { before: visit.title.clone(), after: title.clone(), ..About::default() }
        }
        VisitEdit::AddSlot { slot, .. } => About::slot(slot),
        VisitEdit::RemoveSlot { id } => slot(id),
        VisitEdit::AddHost { id, card } => About { after: host(card), ..slot(id) },
        VisitEdit::RemoveHost { id, card } => About { before: host(card), ..slot(id) },
        VisitEdit::SetSlot { id, set } => About {
            before: visit
                .slots
                .get(id)
                .map(|slot| value(&set.now(slot), documents))
                .unwrap_or_default(),
            after: value(set, documents),
            ..slot(id)
        },
    }
}

/// A field's value as people know it.
fn value(field: &SlotField, documents: &Lookup<'_>) -> String {
    match field {
        SlotField::Place(Some(place)) => match documents(crate::domain::Directory::id()) {
            Some(Document::Directory(directory)) => directory
                .places
                .get(place)
                .map_or_else(|| place.to_string(), |known| known.name.clone()),
            _ => place.to_string(),
        },
        other => other.text(),
    }
}
