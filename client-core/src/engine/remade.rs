//! Edits that are made again on another copy of their document: one of a later epoch, or the server's where this device's was
//! refused. They wait in the outbox, without a change, until the server's copy is here.

use std::collections::BTreeSet;

use automerge::ChangeHash;

use super::{Engine, Row, StorageError, Turn, UnsavedEdit};
use crate::domain::Home;
use crate::ids::DocumentId;
use crate::refusal::Refusal;

/// The hash of an edit that is yet to be made: no change has it.
pub(super) const UNMADE: ChangeHash = ChangeHash([0; 32]);

impl UnsavedEdit {
    /// Whether it has become a change of the document as it is on this device.
    #[must_use]
    pub fn is_made(&self) -> bool {
        self.hash != UNMADE
    }
}

impl Engine {
    /// Whether a document's copy was thrown away, and the other is not here yet.
    pub(super) fn is_awaited(&self, id: DocumentId) -> bool {
        let row = self.stored.rows.get(&id);
        row.is_some_and(|row| row.heads.is_empty() && row.projection.is_some())
    }

    /// Throws this device's copy away, begins with nothing in this epoch, and keeps the unsaved edits to be made again.
    pub(super) fn take_anew(&mut self, turn: &mut Turn<'_>, id: DocumentId, epoch: u32) {
        self.unmake(id);
        self.link.stop_exchange(id);
        let shown = self.stored.rows.get(&id).and_then(|row| row.projection.clone());
        self.drop_document(id);
        self.add_row(turn, id, epoch);
        // The last good copy stays on the screen, and what a home says in force, until the other is here.
        if let Some(row) = self.stored.rows.get_mut(&id) {
            row.projection = shown;
            self.write_row(id);
        }
    }

    /// Has the unsaved edits of a document wait to be made again.
    pub(super) fn unmake(&mut self, id: DocumentId) {
        for edit in self.unsaved_of(id).into_iter().filter(UnsavedEdit::is_made) {
            // What was under way may still be refused.
            self.link.replaced.insert(edit.hash);
            self.rewrite(edit, UNMADE);
        }
    }

    /// Makes edits again for which this document was awaited: its own, and, since a home says what its account may do,
    /// all after that.
    pub(super) fn make_again_after(
        &mut self,
        turn: &mut Turn<'_>,
        id: DocumentId,
    ) -> Result<(), StorageError> {
        if self.account().map(Home::id_of) != Some(id) {
            return self.make_again(turn, id);
        }
        let waiting = self.stored.outbox.iter().filter(|edit| !edit.is_made());
        let waiting: BTreeSet<DocumentId> = waiting.map(|edit| edit.document).collect();
        waiting.into_iter().try_for_each(|id| match self.link.absent.contains(&id) {
            true => self.make_on_what_is_here(turn, id),
            false => self.make_again(turn, id),
        })
    }

    /// Makes the edits again that wait for the server's copy, once all of that is here.
    fn make_again(&mut self, turn: &mut Turn<'_>, id: DocumentId) -> Result<(), StorageError> {
        if !self.link.exchanging.contains(&id) && self.has_content(id) && self.has_home() {
            return self.make_on_what_is_here(turn, id);
        }
        Ok(())
    }

    fn has_content(&self, id: DocumentId) -> bool {
        self.stored.rows.get(&id).is_some_and(|row: &Row| !row.heads.is_empty())
    }

    fn has_home(&self) -> bool {
        self.account().map(Home::id_of).is_some_and(|home| self.has_content(home))
    }

    fn make_on_what_is_here(
        &mut self,
        turn: &mut Turn<'_>,
        id: DocumentId,
    ) -> Result<(), StorageError> {
        let waiting = self.waiting_of(id);
        if waiting.is_empty() {
            return Ok(());
        }
        let mut doc = self.document(turn.storage, id)?.clone();
        let before = doc.get_heads();
        for edit in waiting {
            match self.replay(turn.now, &mut doc, &edit) {
                Ok(Some(hash)) => self.rewrite(edit, hash),
                Ok(None) => self.forget_unsaved(edit.id),
                Err(why) => self.set_aside(turn.now, &edit, why),
            }
        }
        if doc.get_heads() == before {
            return Ok(());
        }
        self.open.put(id, doc);
        if !self.keep(turn.storage, id, &before)? {
            self.unmake(id);
            return Ok(());
        }
        self.offer(turn, id)
    }

    /// The server has no copy to make edits again on: a document that was made here is made again, and other edits are set
    /// aside.
    pub(super) fn give_up_remaking(
        &mut self,
        turn: &mut Turn<'_>,
        id: DocumentId,
    ) -> Result<(), StorageError> {
        let is_new = self.waiting_of(id).first().is_some_and(|edit| edit.edit.creates().is_some());
        if is_new && !self.link.started_over.contains_key(&id) && !self.has_content(id) {
            if self.has_home() {
                return self.make_on_what_is_here(turn, id);
            }
            self.link.absent.insert(id);
            return Ok(());
        }
        let why = self.link.started_over.get(&id).cloned();
        let why = why.unwrap_or_else(|| Refusal::new("no-such-document"));
        for edit in self.unsaved_of(id) {
            if !edit.is_made() {
                self.set_aside(turn.now, &edit, why.clone());
            }
        }
        if self.stored.rows.get(&id).is_some_and(|row| row.heads.is_empty()) {
            self.drop_document(id);
        }
        Ok(())
    }

    fn waiting_of(&self, id: DocumentId) -> Vec<UnsavedEdit> {
        self.unsaved_of(id).into_iter().filter(|edit| !edit.is_made()).collect()
    }

    /// The unsaved edits of a document, oldest first.
    pub(super) fn unsaved_of(&self, id: DocumentId) -> Vec<UnsavedEdit> {
        self.stored.outbox.iter().filter(|edit| edit.document == id).cloned().collect()
    }
}
