//! `diary`: a student's own: what was seen, noted and packed.

use std::collections::{BTreeMap, BTreeSet};

use automerge::AutoCommit;
use autosurgeon::{Hydrate, Reconcile};
use serde::{Deserialize, Serialize};

use super::{Access, Editable, Key, Kind, Maker, Moment, fields};
use crate::ids::{AccountId, DocumentId, SlotId};
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
    /// Private notes by slot.
    #[autosurgeon(with = "super::maps")]
    pub notes: BTreeMap<SlotId, String>,
    /// What to pack, and whether it is packed.
    #[autosurgeon(with = "super::maps")]
    pub packing: BTreeMap<String, bool>,
}

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
        super::unchanged("account", before.is_none_or(|b| b.account == self.account))
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
            DiaryEdit::SetNote { slot, text } if text.is_empty() => {
                fields::remove(doc, &["notes"], slot.as_str())
            }
            DiaryEdit::SetNote { slot, text } => {
                fields::put_text(doc, &["notes"], slot.as_str(), text)
            }
            DiaryEdit::Pack { thing, packed } => {
                fields::check_text("packing", thing)?;
                fields::put(doc, &["packing"], thing, *packed)
            }
            DiaryEdit::Unlist { thing } => fields::remove(doc, &["packing"], thing),
        }
    }
}
