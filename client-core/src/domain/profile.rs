//! `profile`: what a person has told about themselves.

use std::collections::BTreeSet;

use automerge::AutoCommit;
use autosurgeon::{Hydrate, Reconcile};
use serde::{Deserialize, Serialize};

use super::{Access, Editable, Grant, Key, Kind, Maker, Role, fields};
use crate::ids::{AccountId, DocumentId, UniversityId};
use crate::refusal::Refusal;

/// One person's own data.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Profile {
    /// Whose profile it is.
    pub account: AccountId,
    /// The university whose cohort the person is in.
    pub university: Option<UniversityId>,
    /// The person's name, or an alias under protected identity.
    pub name: String,
    /// How to reach the person.
    pub contact: String,
    /// What the person needs to take part.
    pub needs: String,
    /// Whether the person's identity is protected: an alias everywhere, absent from feeds.
    pub protected: bool,
}

/// What a person can change in a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum ProfileEdit {
    /// Another name.
    SetName {
        /// The name or alias.
        name: String,
    },
    /// Another way to reach the person.
    SetContact {
        /// E-mail address or telephone number.
        contact: String,
    },
    /// Other needs.
    SetNeeds {
        /// In the person's words.
        needs: String,
    },
    /// Identity protected or no longer.
    SetProtected {
        /// Whether it is.
        protected: bool,
    },
}

impl Profile {
    /// The id of an account's profile.
    #[must_use]
    pub fn id_of(account: AccountId) -> DocumentId {
        DocumentId::from_name("profile", &account.to_string())
    }
}

impl Kind for Profile {
    const NAME: &'static str = "profile";
    const SCHEMA: u32 = 1;
    const MAKER: Maker = Maker::Server;
    const FIXED: &'static [&'static str] = &["account", "university"];

    fn title(&self) -> String {
        String::new()
    }

    fn access(&self, _: DocumentId) -> Access {
        let writers = BTreeSet::from([Key::Account(self.account), Key::Role(Role::Lead)]);
        let coordinator = self.university.clone().map(|u| Key::Role(Role::Coordinator(u)));
        let readers = writers.iter().cloned().chain(coordinator).collect();
        let cohort = self.university.clone().map(|university| Grant {
            account: self.account,
            key: Key::Cohort(university),
            needs: Key::Role(Role::Student),
        });
        Access { readers, writers, grants: cohort.into_iter().collect(), ..Access::default() }
    }

    fn check(&self, before: Option<&Self>) -> Result<(), Refusal> {
        let same = |b: &Self| b.account == self.account && b.university == self.university;
        super::unchanged("account", before.is_none_or(same))
    }
}

impl Editable for Profile {
    type Edit = ProfileEdit;

    fn apply(edit: &ProfileEdit, _: DocumentId, doc: &mut AutoCommit) -> Result<(), Refusal> {
        match edit {
            ProfileEdit::SetName { name } => fields::put_title(doc, &[], "name", name),
            ProfileEdit::SetContact { contact } => fields::put_text(doc, &[], "contact", contact),
            ProfileEdit::SetNeeds { needs } => fields::put_text(doc, &[], "needs", needs),
            ProfileEdit::SetProtected { protected } => {
                fields::put(doc, &[], "protected", *protected)
            }
        }
    }
}
