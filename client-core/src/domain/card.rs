//! `card`: the name and function that a host shows to those who meet them, and nothing else.

use std::collections::BTreeSet;

use automerge::AutoCommit;
use autosurgeon::{Hydrate, Reconcile};
use serde::{Deserialize, Serialize};

use super::{Access, Editable, Key, Kind, Maker, Role, fields};
use crate::ids::{AccountId, DocumentId, UnitId};
use crate::refusal::Refusal;

/// One host as colleagues and visitors see them.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Card {
    /// Whose card it is.
    pub account: AccountId,
    /// The unit where the person works.
    pub unit: UnitId,
    /// The name as shown.
    pub name: String,
    /// What the person does there.
    pub function: String,
    /// Whether the host agrees that groups which the host receives see the card. Whoever adds a host says so for the
    /// host (as for all cards before this field); the host can say otherwise at any time.
    #[autosurgeon(missing = "agreed")]
    #[serde(default = "agreed")]
    pub shown: bool,
}

fn agreed() -> bool {
    true
}

/// What a person can change on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum CardEdit {
    /// Another name.
    SetName {
        /// The name as shown.
        name: String,
    },
    /// Another function.
    SetFunction {
        /// What the person does.
        function: String,
    },
    /// Shown to groups, or no longer. Only the host can agree.
    SetShown {
        /// Whether groups see it.
        shown: bool,
    },
}

impl Card {
    /// The id of an account's card.
    #[must_use]
    pub fn id_of(account: AccountId) -> DocumentId {
        DocumentId::from_name("card", &account.to_string())
    }
}

impl Kind for Card {
    const NAME: &'static str = "card";
    const SCHEMA: u32 = 1;
    const MAKER: Maker = Maker::Server;
    const FIXED: &'static [&'static str] = &["account", "unit"];

    fn title(&self) -> String {
        self.name.clone()
    }

    fn access(&self, _: DocumentId) -> Access {
        let writers = BTreeSet::from([Key::Account(self.account), Key::Role(Role::Lead)]);
        let colleagues = Key::Role(Role::Staff(self.unit.clone()));
        let readers = writers.iter().cloned().chain([colleagues]).collect();
        Access { readers, writers, is_closed: !self.shown, ..Access::default() }
    }

    fn check(&self, before: Option<&Self>) -> Result<(), Refusal> {
        let same = |b: &Self| b.account == self.account && b.unit == self.unit;
        super::unchanged("account", before.is_none_or(same))
    }
}

impl Editable for Card {
    type Edit = CardEdit;

    fn apply(edit: &CardEdit, _: DocumentId, doc: &mut AutoCommit) -> Result<(), Refusal> {
        match edit {
            CardEdit::SetName { name } => fields::put_title(doc, &[], "name", name),
            CardEdit::SetFunction { function } => fields::put_text(doc, &[], "function", function),
            CardEdit::SetShown { shown } => fields::put(doc, &[], "shown", *shown),
        }
    }
}
