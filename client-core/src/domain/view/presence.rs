//! What a screen may say of a document: one of five things, and never more than this device knows.

use serde::{Deserialize, Serialize};

use super::Library;
use crate::domain::{Document, Home, Itinerary};
use crate::ids::DocumentId;
use crate::refusal::Refusal;

/// What a screen may say of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// Nothing that this device has tells of it.
    NotThere,
    /// Documents that are here name it, and it is not open to this account.
    NotYours,
    /// It was here, and is no longer shared with this account.
    Withdrawn,
    /// It is open to this account, and has not arrived.
    OnItsWay,
    /// It is on this device.
    Here,
}

/// Why a screen has nothing to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// What is known of the document.
    pub presence: Presence,
    /// Why a document that is here is not shown.
    pub refusal: Option<Refusal>,
}

impl Missing {
    /// For a device that belongs to nobody yet.
    #[must_use]
    pub fn not_enrolled() -> Self {
        Self { presence: Presence::NotThere, refusal: Some(Refusal::new("not-enrolled")) }
    }

    pub(super) fn nothing() -> Self {
        Self { presence: Presence::NotThere, refusal: None }
    }
}

impl Library {
    /// What may be said of a document.
    #[must_use]
    pub fn presence(&self, id: DocumentId) -> Presence {
        if self.documents.contains_key(&id) {
            Presence::Here
        } else if self.withdrawn.contains(&id) {
            // Before the list: what is withdrawn may stay in that for a moment.
            Presence::Withdrawn
        } else if self.coming.contains(&id) || self.is_on_its_way(id) {
            Presence::OnItsWay
        } else if self.readable().any(|(_, document, _)| names(document, id)) {
            Presence::NotYours
        } else {
            Presence::NotThere
        }
    }

    /// Why a screen has nothing to show of a document.
    pub(super) fn missing(&self, id: DocumentId, why: Refusal) -> Missing {
        match self.presence(id) {
            // A plan's address with the id of something else leads nowhere.
            Presence::Here if why.code == "wrong-kind" => Missing::nothing(),
            Presence::Here => Missing { presence: Presence::Here, refusal: Some(why) },
            presence => Missing { presence, refusal: None },
        }
    }

    /// Whether the account may open a document that has not arrived, as far as is known: before the list of its documents
    /// has come, any may be.
    fn is_on_its_way(&self, id: DocumentId) -> bool {
        self.home().is_none_or(|home| home.documents.contains_key(&id))
    }

    /// Whether documents of a kind are open to the account that have not arrived.
    pub(super) fn expects(&self, kind: &str) -> bool {
        self.home().is_none_or(|home| {
            let mut of_kind = home.documents.iter().filter(|(_, entry)| entry.kind == kind);
            of_kind.any(|(id, _)| !self.documents.contains_key(id))
        })
    }

    fn home(&self) -> Option<&Home> {
        match self.held(Home::id_of(self.subject.account)) {
            Ok((_, Document::Home(home))) => Some(home),
            _ => None,
        }
    }
}

/// Whether a document tells that there is another.
fn names(document: &Document, id: DocumentId) -> bool {
    match document {
        Document::Visit(visit) => visit.pilot == id,
        Document::Itinerary(Itinerary { visit, pilot, .. }) => *visit == id || *pilot == id,
        _ => false,
    }
}
