//! `home`: what one account may open. The server writes it, the account reads it.

use std::collections::{BTreeMap, BTreeSet};

use automerge::AutoCommit;
use autosurgeon::{Hydrate, Reconcile};
use serde::{Deserialize, Serialize};

use super::maps::write_changed;
use super::{Access, Key, Kind, Maker, Moment, write};
use crate::ids::{AccountId, DocumentId};
use crate::refusal::Refusal;

/// One account's keys and documents.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Home {
    /// Whose home it is.
    pub account: AccountId,
    /// The keys that the account holds, in their text form; the values are always true.
    #[autosurgeon(with = "super::maps")]
    pub keys: BTreeMap<Key, bool>,
    /// The documents it may open.
    #[autosurgeon(with = "super::maps")]
    pub documents: BTreeMap<DocumentId, Entry>,
    /// What happened to the account's access, newest under the largest key.
    #[autosurgeon(with = "super::maps")]
    pub notices: BTreeMap<String, Notice>,
}

/// A document that an account may open.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Entry {
    /// Its kind.
    pub kind: String,
    /// Its title, to list it before it is here.
    pub title: String,
}

/// Something that the account should know.
#[derive(Debug, Clone, PartialEq, Eq, Reconcile, Hydrate, Serialize, Deserialize)]
pub struct Notice {
    /// The key of its sentence in the language files.
    pub code: String,
    /// When.
    pub at: Moment,
}

impl Home {
    /// A home with nothing in it yet.
    #[must_use]
    pub fn new(account: AccountId) -> Self {
        Self {
            account,
            keys: BTreeMap::new(),
            documents: BTreeMap::new(),
            notices: BTreeMap::new(),
        }
    }

    /// The id of an account's home: the same on every device, before anything has been received.
    #[must_use]
    pub fn id_of(account: AccountId) -> DocumentId {
        DocumentId::from_name("home", &account.to_string())
    }
}

impl Kind for Home {
    const NAME: &'static str = "home";
    const SCHEMA: u32 = 1;
    const MAKER: Maker = Maker::Server;
    const FIXED: &'static [&'static str] = &["account"];

    fn title(&self) -> String {
        String::new()
    }

    fn access(&self, _: DocumentId) -> Access {
        Access { readers: BTreeSet::from([Key::Account(self.account)]), ..Access::default() }
    }

    fn check(&self, _: Option<&Self>) -> Result<(), Refusal> {
        Ok(())
    }

    fn write_over(&self, before: &Self, doc: &mut AutoCommit) -> Result<(), Refusal> {
        if self.account != before.account {
            return write(self, doc);
        }
        write_changed(doc, "keys", &before.keys, &self.keys)?;
        write_changed(doc, "documents", &before.documents, &self.documents)?;
        write_changed(doc, "notices", &before.notices, &self.notices)
    }
}
