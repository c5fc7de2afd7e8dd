//! The end of this device's access: what came from the server goes at once, edits that were never sent stay apart.

use std::collections::{BTreeMap, BTreeSet};

use super::{EndReason, Ended, Engine, Turn, Write};
use crate::domain::Document;
use crate::ids::DocumentId;
use crate::refusal::Refusal;

impl Engine {
    /// Purges all that came from the server. After a revocation, unsaved edits and commands wait for a new invitation of the
    /// same account; after an erasure there will be none, and they are set aside, to be read.
    pub(super) fn end_access(&mut self, turn: &Turn<'_>, reason: EndReason) {
        tracing::info!(code = reason.code(), "this device has lost its access");
        let titles = self.titles_of_unsaved();
        let unsaved = self.stored.outbox.iter().map(|edit| edit.document);
        let all: BTreeSet<DocumentId> = self.stored.rows.keys().copied().chain(unsaved).collect();
        for id in all {
            match reason {
                EndReason::Revoked => {
                    self.unmake(id);
                    self.drop_document(id);
                }
                EndReason::Erased => self.purge(turn.now, id, reason.code()),
            }
        }
        self.stored.withdrawn.clear();
        self.writes.push(Write::Withdrawn(Vec::new()));
        let ended = Ended { reason, titles };
        self.stored.ended = Some(ended.clone());
        self.writes.push(Write::Ended(Some(ended)));
        self.problem = Some(Refusal::new(reason.code()));
        self.effects.changed = true;
    }

    fn titles_of_unsaved(&self) -> BTreeMap<DocumentId, String> {
        let title = |id: DocumentId| {
            let document = self.stored.rows.get(&id)?.document()?;
            Some((id, document.title()))
        };
        let known = self.stored.ended.iter().flat_map(|ended| ended.titles.clone());
        let here = self.stored.outbox.iter().filter_map(|edit| title(edit.document));
        known.chain(here).collect()
    }

    /// Returns what a document of an unsaved edit is called, or was when this device lost its access.
    #[must_use]
    pub fn title_of(&self, id: DocumentId) -> String {
        let here = self.stored.rows.get(&id).and_then(|row| row.document()).map(Document::title);
        let before = || self.stored.ended.as_ref()?.titles.get(&id).cloned();
        here.or_else(before).unwrap_or_default()
    }
}
