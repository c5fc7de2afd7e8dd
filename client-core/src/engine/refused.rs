//! What the server refuses or withdraws: replay what is still allowed, set the rest aside.

use automerge::{AutoCommit, ChangeHash};

use super::edits::apply;
use super::{Effects, Engine, SetAsideEdit, StorageError, Turn, UnsavedEdit, Write};
use crate::domain::{Document, Moment, Projection, actor_of};
use crate::ids::{AccountId, DocumentId};
use crate::limits::{REJECTED_HASHES_MAX, WITHDRAWN_COUNT_MAX};
use crate::policy;
use crate::refusal::Refusal;
use crate::wire::Heads;

impl Engine {
    /// The server refused changes: go back to what it has, with a new actor, and make the unsaved
    /// edits again, but for those that it names: each is refused for itself. Those that cannot be made any more are
    /// set aside as well.
    pub(super) fn rejected(
        &mut self,
        turn: &mut Turn<'_>,
        id: DocumentId,
        hashes: &[ChangeHash],
        refusal: &Refusal,
    ) -> Result<(), StorageError> {
        if !self.stored.rows.contains_key(&id) {
            return Ok(());
        }
        if self.link.replaced.len() > REJECTED_HASHES_MAX {
            // No server has so much to refuse; a new connection begins with what is.
            self.disconnect(turn);
            return Ok(());
        }
        if self.link.giving_back.contains_key(&id) {
            return self.refused_while_giving_back(turn, id, hashes.is_empty(), refusal);
        }
        let is_late = hashes.iter().all(|hash| self.link.replaced.contains(hash));
        if !hashes.is_empty()
            && (is_late || self.link.renewed.contains(&id) && is_of_an_epoch(refusal))
        {
            return Ok(());
        }
        tracing::info!(document = %id, code = refusal.code, "the server refused changes");
        let unsaved: Vec<UnsavedEdit> =
            self.unsaved_of(id).into_iter().filter(UnsavedEdit::is_made).collect();
        let ours = |hash: &ChangeHash| unsaved.iter().any(|edit| edit.hash == *hash);
        let epoch = self.stored.rows.get(&id).map_or(0, |row| row.epoch);
        if !hashes.is_empty() && !hashes.iter().all(ours) && self.give_back(turn, id, epoch)? {
            return Ok(());
        }
        self.link.replaced.extend(hashes);
        if hashes.is_empty() || !hashes.iter().all(ours) {
            return self.start_over(turn, id, epoch, refusal);
        }
        let doc = self.document(turn.storage, id)?;
        let accepted = heads_without(doc, &unsaved);
        let mut base = doc
            .fork_at(&accepted)
            .map_err(|_| StorageError::Broken("a document cannot go back".to_owned()))?;
        let actor = turn.random.sixteen();
        base.set_actor(actor_of(self.account().unwrap_or(AccountId([0; 16])), actor));
        for edit in unsaved {
            // What built on them was refused with them, and the refusal may be under way.
            self.link.replaced.insert(edit.hash);
            let outcome = if hashes.contains(&edit.hash) {
                Err(refusal.clone())
            } else {
                self.replay(turn.now, &mut base, &edit)
            };
            match outcome {
                Ok(Some(hash)) => self.rewrite(edit, hash),
                Ok(None) => self.forget_unsaved(edit.id),
                Err(why) => self.set_aside(turn.now, &edit, why),
            }
        }
        self.replace(turn, id, base, actor)
    }

    /// The server refused changes that are not unsaved edits of this device, and this device has no seal that
    /// would make it take them. Its copy counts; the unsaved edits are made again on that, the first time, and
    /// else set aside.
    pub(super) fn start_over(
        &mut self,
        turn: &mut Turn<'_>,
        id: DocumentId,
        epoch: u32,
        refusal: &Refusal,
    ) -> Result<(), StorageError> {
        if self.link.started_over.insert(id, refusal.clone()).is_some() {
            self.purge(turn.now, id, &refusal.code);
        }
        self.take_anew(turn, id, epoch);
        self.offer(turn, id)
    }

    pub(super) fn replay(
        &self,
        now: Moment,
        doc: &mut AutoCommit,
        edit: &UnsavedEdit,
    ) -> Result<Option<ChangeHash>, Refusal> {
        let subject = self.subject().ok_or_else(|| Refusal::new("not-enrolled"))?;
        match edit.edit.creates() {
            Some(new) => policy::may_create(&subject, edit.document, &new)?,
            None => policy::may_edit(&subject, edit.document, &Document::of(doc)?)?,
        }
        apply(doc, edit.document, &edit.edit, now.millis() / 1_000)
    }

    pub(super) fn rewrite(&mut self, edit: UnsavedEdit, hash: ChangeHash) {
        let again = UnsavedEdit { hash, ..edit };
        self.link.sent_edits.remove(&again.id);
        if let Some(known) = self.stored.outbox.iter_mut().find(|known| known.id == again.id) {
            *known = again.clone();
        }
        self.writes.push(Write::Unsaved(again));
    }

    /// Puts a document in place of another with the same id, and starts its exchange anew.
    fn replace(
        &mut self,
        turn: &mut Turn<'_>,
        id: DocumentId,
        mut doc: AutoCommit,
        actor: [u8; 16],
    ) -> Result<(), StorageError> {
        self.link.stop_exchange(id);
        if doc.is_empty() {
            self.drop_document(id);
            return Ok(());
        }
        let whole = doc.save();
        if let Some(row) = self.stored.rows.get_mut(&id) {
            row.heads = Heads::new(doc.get_heads());
            row.projection = Some(Projection::of(&doc));
            row.actor = actor;
            row.chunks = 1;
            row.bytes = whole.len() as u64;
            self.writes.push(Write::Snapshot(id, whole));
            self.write_row(id);
        }
        self.open.put(id, doc);
        self.effects.changed = true;
        self.offer(turn, id)
    }

    /// The document is no longer this account's, or is erased.
    pub(super) fn withdrawn(
        &mut self,
        turn: &mut Turn<'_>,
        id: DocumentId,
        reason: &str,
    ) -> Result<(), StorageError> {
        self.link.withdrawn_meanwhile |= self.link.awaiting_catalogue.is_some();
        // Nothing stays of what was erased, not even that it was here.
        if reason != "erased" && self.stored.rows.contains_key(&id) {
            self.remember_withdrawn(id);
        }
        self.purge(turn.now, id, reason);
        Ok(())
    }

    fn remember_withdrawn(&mut self, id: DocumentId) {
        self.stored.withdrawn.retain(|known| *known != id);
        self.stored.withdrawn.push(id);
        let superfluous = self.stored.withdrawn.len().saturating_sub(WITHDRAWN_COUNT_MAX);
        self.stored.withdrawn.drain(..superfluous);
        self.writes.push(Write::Withdrawn(self.stored.withdrawn.clone()));
    }

    /// Notes that a document has become this account's (again).
    pub(super) fn forget_withdrawn(&mut self, id: DocumentId) {
        if self.stored.withdrawn.contains(&id) {
            self.stored.withdrawn.retain(|known| *known != id);
            self.writes.push(Write::Withdrawn(self.stored.withdrawn.clone()));
        }
    }

    /// Removes a document from this device; its unsaved edits are set aside, its commands taken back.
    pub(super) fn purge(&mut self, now: Moment, id: DocumentId, reason: &str) {
        for edit in self.unsaved_of(id) {
            self.set_aside(now, &edit, Refusal::new(reason));
        }
        self.take_back_commands(now, id);
        self.link.stop_exchange(id);
        self.drop_document(id);
    }

    pub(super) fn drop_document(&mut self, id: DocumentId) {
        self.open.close(id);
        if self.stored.rows.remove(&id).is_some() {
            self.writes.push(Write::Purge(id));
        }
        self.effects.changed = true;
    }

    pub(super) fn set_aside(&mut self, now: Moment, edit: &UnsavedEdit, refusal: Refusal) {
        let title = self.stored.rows.get(&edit.document).and_then(|row| row.document());
        let aside = SetAsideEdit {
            document: edit.document,
            title: title.map(Document::title).unwrap_or_default(),
            edit: edit.edit.clone(),
            about: edit.about.clone(),
            refusal: refusal.bounded(),
            at: now,
        };
        // Rises also after the newest has been dismissed: a number never means two edits.
        let last = self.stored.set_aside.last_key_value().map_or(0, |(last, _)| *last);
        let number = now.millis().max(last + 1);
        self.stored.set_aside.insert(number, aside.clone());
        self.writes.push(Write::SetAside(number, aside));
        self.forget_unsaved(edit.id);
        self.take_back_commands(now, edit.document);
    }

    /// Somebody has dealt with an edit that was put aside.
    ///
    /// # Errors
    ///
    /// The store's.
    pub fn dismiss(&mut self, turn: &mut Turn<'_>, number: i64) -> Result<Effects, Refusal> {
        self.reload(turn)?;
        if self.stored.set_aside.remove(&number).is_some() {
            self.writes.push(Write::Dismiss(number));
        }
        self.finish(turn)
    }
}

/// Whether changes were refused because their document has begun anew.
fn is_of_an_epoch(refusal: &Refusal) -> bool {
    refusal.code == "document-replaced"
}

/// The heads of a document without the changes of unsaved edits. Nothing that the server has
/// depends on those, so the rest is complete.
fn heads_without(doc: &mut AutoCommit, unsaved: &[UnsavedEdit]) -> Vec<ChangeHash> {
    let is_unsaved = |hash: &ChangeHash| unsaved.iter().any(|edit| edit.hash == *hash);
    let mut heads = std::collections::BTreeSet::new();
    for change in doc.get_changes_meta(&[]) {
        if !is_unsaved(&change.hash) {
            heads.insert(change.hash);
            change.deps.iter().for_each(|dep| {
                heads.remove(dep);
            });
        }
    }
    heads.into_iter().collect()
}
