//! `diary`: a student's own: what was seen, noted and packed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use automerge::{AutoCommit, ReadDoc as _};
use autosurgeon::{Hydrate, Reconcile};
use serde::{Deserialize, Serialize};

use super::{Access, Editable, Key, Kind, Maker, Moment, fields, tidy, tidy_line};
use crate::as_text::as_text;
use crate::ids::{AccountId, DocumentId, InvalidId, SlotId};
use crate::limits::{DIARY_ITINERARIES_MAX, DIARY_NOTES_MAX, DIARY_THINGS_MAX};
use crate::refusal::Refusal;

/// One person's own notes on visits.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Diary {
    /// Whose diary it is.
    pub account: AccountId,
    /// The version of each itinerary whose changes the person has seen.
    #[autosurgeon(with = "super::maps")]
    pub acknowledged: BTreeMap<DocumentId, u32>,
    /// When the person confirmed secrecy (tystnadsplikt) for each itinerary.
    #[autosurgeon(with = "super::maps")]
    pub secrecy: BTreeMap<DocumentId, Moment>,
    /// Private notes by itinerary and slot.
    #[autosurgeon(with = "super::maps")]
    pub notes: BTreeMap<NoteKey, String>,
    /// What to pack, and whether it is packed.
    #[autosurgeon(with = "super::maps")]
    pub packing: BTreeMap<String, bool>,
}

/// What a note is about, written `ITINERARY/SLOT`. Older programs wrote the slot alone, which two rounds may share.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoteKey {
    /// The itinerary that has the slot.
    pub itinerary: Option<DocumentId>,
    /// The slot.
    pub slot: SlotId,
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.itinerary {
            Some(itinerary) => write!(f, "{itinerary}/{}", self.slot),
            None => self.slot.fmt(f),
        }
    }
}

impl FromStr for NoteKey {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (itinerary, slot) = match text.split_once('/') {
            Some((itinerary, slot)) => (Some(itinerary.parse()?), slot),
            None => (None, text),
        };
        Ok(Self { itinerary, slot: slot.parse()? })
    }
}

as_text!(NoteKey);

/// What a person can write in a diary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum DiaryEdit {
    /// The changes up to a version have been seen.
    Acknowledge {
        /// Which itinerary.
        itinerary: DocumentId,
        /// The version.
        version: u32,
    },
    /// The person keeps secret what they learn about others.
    ConfirmSecrecy {
        /// For which itinerary.
        itinerary: DocumentId,
        /// When.
        at: Moment,
    },
    /// A private note on a slot; empty to remove it.
    SetNote {
        /// The itinerary that has the slot; none from an older program.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        itinerary: Option<DocumentId>,
        /// Which slot.
        slot: SlotId,
        /// The note.
        text: String,
    },
    /// A thing to pack.
    Pack {
        /// The thing.
        thing: String,
        /// Whether it is packed.
        packed: bool,
    },
    /// A thing no longer to pack.
    Unlist {
        /// The thing.
        thing: String,
    },
}

impl Diary {
    /// An empty diary.
    #[must_use]
    pub fn new(account: AccountId) -> Self {
        Self {
            account,
            acknowledged: BTreeMap::new(),
            secrecy: BTreeMap::new(),
            notes: BTreeMap::new(),
            packing: BTreeMap::new(),
        }
    }

    /// The id of an account's diary.
    #[must_use]
    pub fn id_of(account: AccountId) -> DocumentId {
        DocumentId::from_name("diary", &account.to_string())
    }
}

/// A set of a diary by name, how much it may hold, and how much it does.
type Bounded = (&'static str, usize, fn(&Diary) -> usize);

impl Kind for Diary {
    const NAME: &'static str = "diary";
    const SCHEMA: u32 = 1;
    const MAKER: Maker = Maker::Server;
    const FIXED: &'static [&'static str] = &["account"];

    fn title(&self) -> String {
        String::new()
    }

    fn access(&self, _: DocumentId) -> Access {
        let own = BTreeSet::from([Key::Account(self.account)]);
        Access { readers: own.clone(), writers: own, ..Access::default() }
    }

    fn check(&self, before: Option<&Self>) -> Result<(), Refusal> {
        super::unchanged("account", before.is_none_or(|b| b.account == self.account))?;
        let sets: [Bounded; 4] = [
            ("acknowledged", DIARY_ITINERARIES_MAX, |diary| diary.acknowledged.len()),
            ("secrecy", DIARY_ITINERARIES_MAX, |diary| diary.secrecy.len()),
            ("notes", DIARY_NOTES_MAX, |diary| diary.notes.len()),
            ("packing", DIARY_THINGS_MAX, |diary| diary.packing.len()),
        ];
        sets.into_iter().try_for_each(|(field, max, count)| {
            fields::bounded(field, max, count(self), before.map(count))
        })
    }
}

impl Editable for Diary {
    type Edit = DiaryEdit;

    fn apply(edit: &DiaryEdit, _: DocumentId, doc: &mut AutoCommit) -> Result<(), Refusal> {
        match edit {
            DiaryEdit::Acknowledge { itinerary, version } => {
                fields::put(doc, &["acknowledged"], &itinerary.to_string(), u64::from(*version))
            }
            DiaryEdit::ConfirmSecrecy { itinerary, at } => {
                fields::put(doc, &["secrecy"], &itinerary.to_string(), at.to_string())
            }
            DiaryEdit::SetNote { itinerary, slot, text } => {
                let by_slot = NoteKey { itinerary: None, slot: slot.clone() }.to_string();
                let key = NoteKey { itinerary: *itinerary, slot: slot.clone() }.to_string();
                let text = tidy(text);
                // An empty note stays where it hides one that an older program wrote.
                if text.is_empty() && (key == by_slot || !has(doc, &by_slot)?) {
                    return fields::remove(doc, &["notes"], &key);
                }
                fields::put_text(doc, &["notes"], &key, &text)
            }
            DiaryEdit::Pack { thing, packed } => {
                let thing = tidy_line(thing);
                if thing.is_empty() {
                    return Err(Refusal::new("field-empty").with("field", "packing"));
                }
                fields::check_text("packing", &thing)?;
                fields::put(doc, &["packing"], &thing, *packed)
            }
            DiaryEdit::Unlist { thing } => fields::remove(doc, &["packing"], thing),
        }
    }
}

fn has(doc: &AutoCommit, note: &str) -> Result<bool, Refusal> {
    let notes = fields::map_at(doc, &["notes"])?;
    Ok(matches!(doc.get(&notes, note), Ok(Some(_))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_on_one_slot_id_of_two_rounds_are_two_and_an_older_one_can_be_emptied() {
        let account = AccountId([1; 16]);
        let mut diary = Diary::new(account);
        let slot: SlotId = "s1".parse().unwrap();
        let old = NoteKey { itinerary: None, slot: slot.clone() };
        diary.notes.insert(old.clone(), "Old".to_owned());
        let mut doc = super::super::Document::Diary(diary).create(vec![1].into()).unwrap();
        let id = Diary::id_of(account);
        let [spring, autumn] = [2, 3].map(|n| DocumentId([n; 16]));
        for (itinerary, text) in [(spring, "Spring"), (autumn, "Autumn"), (autumn, " ")] {
            let text = text.to_owned();
            let edit = DiaryEdit::SetNote { itinerary: Some(itinerary), slot: slot.clone(), text };
            Diary::apply(&edit, id, &mut doc).unwrap();
        }
        let read: Diary = autosurgeon::hydrate(&doc).unwrap();
        let key = |itinerary| NoteKey { itinerary: Some(itinerary), slot: slot.clone() };
        let expected = [(old, "Old"), (key(spring), "Spring"), (key(autumn), "")];
        let expected = expected.map(|(key, text)| (key, text.to_owned()));
        assert_eq!(read.notes, BTreeMap::from(expected));
    }
}
