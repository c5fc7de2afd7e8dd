//! `note`: free-form text that its owner may share.

use std::collections::{BTreeMap, BTreeSet};

use automerge::AutoCommit;
use autosurgeon::{Hydrate, Reconcile};
use serde::{Deserialize, Serialize};

use super::{Access, Editable, Key, Kind, Maker, Members, fields, members, tidy_line};
use crate::ids::{AccountId, DocumentId};
use crate::limits::NOTE_READERS_MAX;
use crate::refusal::Refusal;

/// A note. What an unmodified automerge-repo client creates has none of these fields: it is a
/// note that only the account which brought it may open.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Note {
    /// Who made it.
    pub owner: AccountId,
    /// What it is called.
    pub title: String,
    /// What it says.
    pub text: String,
    /// With whom it is shared.
    #[autosurgeon(with = "super::maps")]
    pub shared: Members<AccountId>,
}

/// What people can change in a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum NoteEdit {
    /// A new note.
    Create {
        /// Who makes it.
        owner: AccountId,
        /// What it is called.
        title: String,
    },
    /// Another title.
    SetTitle {
        /// What it is called.
        title: String,
    },
    /// Another text.
    SetText {
        /// What it says.
        text: String,
    },
    /// Someone else may read and write it.
    Share {
        /// With whom.
        account: AccountId,
    },
    /// Someone else may no longer.
    Unshare {
        /// With whom no longer.
        account: AccountId,
    },
}

impl Kind for Note {
    const NAME: &'static str = "note";
    const SCHEMA: u32 = 1;
    const MAKER: Maker = Maker::Writer;
    const FIXED: &'static [&'static str] = &["owner"];

    fn title(&self) -> String {
        self.title.clone()
    }

    fn access(&self, _: DocumentId) -> Access {
        let people = members(&self.shared).take(NOTE_READERS_MAX).copied().chain([self.owner]);
        let people: BTreeSet<Key> = people.map(Key::Account).collect();
        Access { readers: people.clone(), writers: people, ..Access::default() }
    }

    fn check(&self, before: Option<&Self>) -> Result<(), Refusal> {
        super::unchanged("owner", before.is_none_or(|b| b.owner == self.owner))?;
        let before = before.map(|before| before.shared.len());
        fields::bounded("shared", NOTE_READERS_MAX, self.shared.len(), before)
    }
}

impl Editable for Note {
    type Edit = NoteEdit;

    fn create(edit: &NoteEdit) -> Option<Self> {
        let NoteEdit::Create { owner, title } = edit else { return None };
        Some(Self {
            owner: *owner,
            title: tidy_line(title),
            text: String::new(),
            shared: BTreeMap::new(),
        })
    }

    fn apply(edit: &NoteEdit, _: DocumentId, doc: &mut AutoCommit) -> Result<(), Refusal> {
        match edit {
            NoteEdit::Create { .. } => Err(Refusal::new("already-exists")),
            NoteEdit::SetTitle { title } => fields::put_title(doc, &[], "title", title),
            NoteEdit::SetText { text } => fields::put_text(doc, &[], "text", text),
            NoteEdit::Share { account } => {
                fields::put(doc, &["shared"], &account.to_string(), true)
            }
            NoteEdit::Unshare { account } => fields::remove(doc, &["shared"], &account.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_has_few_readers_also_where_more_were_written_once() {
        let with = |count: u8| Note {
            owner: AccountId([0; 16]),
            title: String::new(),
            text: String::new(),
            shared: (1..=count).map(|i| (AccountId([i; 16]), i % 2 == 0)).collect(),
        };
        assert_eq!(with(50).check(None), Ok(()));
        let refusal = with(51).check(Some(&with(50))).unwrap_err();
        assert_eq!((refusal.code.as_str(), &*refusal.params["max"]), ("too-many-items", "50"));
        assert_eq!(with(199).check(Some(&with(200))), Ok(()));
        assert_eq!(with(200).access(DocumentId([1; 16])).readers.len(), NOTE_READERS_MAX + 1);
    }
}
