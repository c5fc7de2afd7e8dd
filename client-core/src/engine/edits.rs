//! An edit on its way from the person to the outbox.

use automerge::AutoCommit;

use super::remade::UNMADE;
use super::{Effects, Engine, Row, StorageError, Turn, UnsavedEdit, Write};
use crate::domain::view::About;
use crate::domain::{Document, Edit, Projection, actor_of};
use crate::ids::{AccountId, DocumentId, EditId};
use crate::limits::{INFLATED_BYTES_MAX, UNSAVED_EDITS_COUNT_MAX};
use crate::policy;
use crate::refusal::Refusal;

impl Engine {
    /// Makes an edit: when this returns, it is on this device's disk.
    ///
    /// # Errors
    ///
    /// `not-enrolled`, `not-on-this-device`, what policy and the edit itself say, or
    /// `storage-full` and `storage-broken`; the document is then as it was.
    pub fn edit(
        &mut self,
        turn: &mut Turn<'_>,
        document: DocumentId,
        edit: &Edit,
    ) -> Result<(EditId, Effects), Refusal> {
        self.reload(turn)?;
        if self.stored.outbox.len() + self.stored.set_aside.len() >= UNSAVED_EDITS_COUNT_MAX {
            return Err(Refusal::new("storage-full"));
        }
        self.allow(document, edit)?;
        let id = EditId(turn.random.sixteen());
        let before = self.stored.rows.get(&document).cloned();
        let made = self.make(turn, document, edit, id);
        if let Err(refusal) = made {
            // Nothing was written; what a new document left behind goes too.
            self.writes.clear();
            self.open.close(document);
            self.stored.rows.retain(|known, row| *known != document || row.chunks > 0);
            return Err(refusal);
        }
        let done = self.finish(turn);
        if done.is_err() && self.stale {
            self.take_back(document, before, id);
        }
        done.map(|effects| (id, effects))
    }

    /// Takes a refused edit back in memory, where the store cannot even be read: what is shown is what is on disk.
    fn take_back(&mut self, document: DocumentId, before: Option<Row>, id: EditId) {
        self.stored.outbox.retain(|edit| edit.id != id);
        match before {
            Some(row) => self.stored.rows.insert(document, row),
            None => self.stored.rows.remove(&document),
        };
    }

    /// Policy, before the edit is made.
    fn allow(&self, id: DocumentId, edit: &Edit) -> Result<(), Refusal> {
        let subject = self.subject().ok_or_else(|| Refusal::new("not-enrolled"))?;
        match (self.stored.rows.get(&id), edit.creates()) {
            (None, Some(new)) => policy::may_create(&subject, id, &new),
            (None, None) => Err(Refusal::new("not-on-this-device")),
            (Some(row), _) => match row.projection.as_ref().map(|p| &p.content) {
                Some(Ok(document)) => {
                    policy::may_edit(&subject, id, document)?;
                    policy::may_make(&subject, document, edit)
                }
                Some(Err(refusal)) => Err(refusal.clone()),
                None => Err(Refusal::new("not-on-this-device")),
            },
        }
    }

    /// What an edit is about, before it is made.
    fn about(&self, id: DocumentId, edit: &Edit) -> About {
        About::of(edit, id, &|id| self.stored.rows.get(&id).and_then(Row::document))
    }

    /// Checks whether an edit could be made now, without making it.
    ///
    /// # Errors
    ///
    /// As [`Engine::edit`], but for the store's.
    pub fn try_edit(&self, id: DocumentId, edit: &Edit) -> Result<(), Refusal> {
        self.allow(id, edit)?;
        let here = self.stored.rows.get(&id).and_then(Row::document);
        let mut scratch = match here {
            Some(document) => {
                let author = self.account().unwrap_or(AccountId([0; 16]));
                document.create(actor_of(author, [0; 16]))?
            }
            None => AutoCommit::new(),
        };
        apply(&mut scratch, id, edit, 0).map(drop)
    }

    fn make(
        &mut self,
        turn: &mut Turn<'_>,
        document: DocumentId,
        edit: &Edit,
        id: EditId,
    ) -> Result<(), Refusal> {
        let about = self.about(document, edit);
        if !self.stored.rows.contains_key(&document) {
            self.add_row(turn, document, 0);
        }
        if self.is_awaited(document) {
            // It is made on the server's copy once that is here.
            let unsaved = UnsavedEdit { id, document, edit: edit.clone(), about, hash: UNMADE };
            self.stored.outbox.push(unsaved.clone());
            self.writes.push(Write::Unsaved(unsaved));
            return Ok(());
        }
        let seconds = turn.now.millis() / 1_000;
        let doc = self.document(turn.storage, document).map_err(|e| e.refusal())?;
        let before = doc.get_heads();
        let Some(hash) = apply(doc, document, edit, seconds)? else { return Ok(()) };
        if !self.keep(turn.storage, document, &before).map_err(|e| e.refusal())? {
            return Err(Refusal::new("document-too-large").with("max", INFLATED_BYTES_MAX));
        }
        let unsaved = UnsavedEdit { id, document, edit: edit.clone(), about, hash };
        self.stored.outbox.push(unsaved.clone());
        self.writes.push(Write::Unsaved(unsaved));
        self.offer(turn, document).map_err(|e| e.refusal())
    }

    /// Sends the document's news, if there is a connection to send them on.
    pub(super) fn offer(
        &mut self,
        turn: &mut Turn<'_>,
        document: DocumentId,
    ) -> Result<(), StorageError> {
        if !self.link.is_exchanging() {
            return Ok(());
        }
        self.start_exchange(turn, document)
    }
}

/// Applies an edit as one change, or leaves the document as it was. `None`: nothing to change.
pub(super) fn apply(
    doc: &mut AutoCommit,
    id: DocumentId,
    edit: &Edit,
    seconds: i64,
) -> Result<Option<automerge::ChangeHash>, Refusal> {
    let before = Document::of(doc).ok();
    let done =
        edit.apply(id, doc).and_then(|()| Projection::of(doc).content?.check(before.as_ref()));
    if let Err(refusal) = done {
        doc.rollback();
        return Err(refusal);
    }
    Ok(doc.commit_with(automerge::transaction::CommitOptions::default().with_time(seconds)))
}
