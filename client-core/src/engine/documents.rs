//! Automerge documents, loaded when they are needed, and their exchange with the server.

use std::collections::BTreeMap;

use automerge::sync::{Message, SyncDoc as _};
use automerge::{AutoCommit, ChangeHash};

use super::link::LinkState;
use super::{Engine, Row, Storage, StorageError, Turn, UnsavedEdit, Write};
use crate::domain::{Projection, actor_of};
use crate::ids::{AccountId, DocumentId, EditId};
use crate::limits::{CHANGES_COUNT_MAX, DEPS_COUNT_MAX, INFLATED_BYTES_MAX, OPS_COUNT_MAX};
use crate::wire::walk::{self, Walked};
use crate::wire::{Frame, Heads, Seal, untrusted};

/// A document in more pieces than this is written anew in one.
const CHUNKS_COUNT_MAX: u32 = 64;

/// How many documents without an exchange stay in memory for the next edit.
const IDLE_DOCUMENTS_MAX: usize = 8;

/// The documents in memory. What is in one is on disk, but for what the current call adds.
#[derive(Debug, Default)]
pub(super) struct OpenDocuments {
    docs: BTreeMap<DocumentId, AutoCommit>,
    /// What Automerge would be given to load each of them, as far as that is known.
    sizes: BTreeMap<DocumentId, Size>,
}

/// How much would be loaded of a document.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    changes: usize,
    ops: usize,
    deps: usize,
    bytes: usize,
}

impl Size {
    fn of(walked: &Walked, bytes: usize) -> Self {
        Self {
            changes: walked.changes,
            ops: walked.ops,
            deps: walked.deps,
            bytes: bytes.saturating_add(walked.inflated_bytes),
        }
    }

    /// What a saved piece of a document takes, beyond all bounds where nobody would load it.
    fn of_saved(bytes: &[u8]) -> Self {
        let beyond = |_| Self { bytes: usize::MAX, ..Self::default() };
        walk::saved(bytes).map_or_else(beyond, |walked| Self::of(&walked, bytes.len()))
    }

    fn with(self, more: Self) -> Self {
        Self {
            changes: self.changes.saturating_add(more.changes),
            ops: self.ops.saturating_add(more.ops),
            deps: self.deps.saturating_add(more.deps),
            bytes: self.bytes.saturating_add(more.bytes),
        }
    }

    fn fits(self) -> bool {
        self.changes <= CHANGES_COUNT_MAX
            && self.ops <= OPS_COUNT_MAX
            && self.deps <= DEPS_COUNT_MAX
            && self.bytes <= INFLATED_BYTES_MAX
    }
}

impl OpenDocuments {
    pub(super) fn close(&mut self, id: DocumentId) {
        self.docs.remove(&id);
        self.sizes.remove(&id);
    }

    pub(super) fn put(&mut self, id: DocumentId, doc: AutoCommit) {
        self.docs.insert(id, doc);
    }

    pub(super) fn get(&mut self, id: DocumentId) -> Option<&mut AutoCommit> {
        self.docs.get_mut(&id)
    }

    fn size(&self, id: DocumentId) -> Size {
        self.sizes.get(&id).copied().unwrap_or_default()
    }

    /// Closes documents that no exchange needs, beyond a few.
    pub(super) fn close_idle(&mut self, link: &LinkState) {
        let idle = self.docs.keys().filter(|id| !link.exchanging.contains(id)).copied();
        let idle: Vec<DocumentId> = idle.skip(IDLE_DOCUMENTS_MAX).collect();
        for id in idle {
            self.close(id);
        }
    }
}

impl Engine {
    pub(super) fn add_row(&mut self, turn: &mut Turn<'_>, id: DocumentId, epoch: u32) {
        let row = Row {
            epoch,
            heads: Heads::default(),
            projection: None,
            actor: turn.random.sixteen(),
            synced: None,
            seal: None,
            chunks: 0,
            bytes: 0,
        };
        let mut doc = AutoCommit::new();
        doc.set_actor(actor_of(self.account().unwrap_or(AccountId([0; 16])), row.actor));
        self.forget_withdrawn(id);
        self.stored.rows.insert(id, row.clone());
        self.writes.push(Write::Row(id, row));
        // The store may still have the bytes of what was here before, until this turn is committed.
        self.open.put(id, doc);
    }

    /// The document, loaded if need be, with this device's actor.
    pub(super) fn document(
        &mut self,
        storage: &mut dyn Storage,
        id: DocumentId,
    ) -> Result<&mut AutoCommit, StorageError> {
        if self.open.get(id).is_none() {
            let pieces = storage.document(id)?;
            let (mut doc, walked) = loaded(&pieces)?;
            self.open.sizes.insert(id, Size::of(&walked, pieces.iter().map(Vec::len).sum()));
            let account = self.account().unwrap_or(AccountId([0; 16]));
            let actor = self.stored.rows.get(&id).map_or([0; 16], |row| row.actor);
            doc.set_actor(actor_of(account, actor));
            self.open.put(id, doc);
        }
        Ok(self.open.get(id).expect("opened above"))
    }

    /// Keeps what a document gained since it had `before` as its heads. Returns whether it did: what is more than can be loaded
    /// again is given up, and the document is as it was.
    pub(super) fn keep(
        &mut self,
        storage: &mut dyn Storage,
        id: DocumentId,
        before: &[ChangeHash],
    ) -> Result<bool, StorageError> {
        let doc = self.document(storage, id)?;
        let heads = Heads::new(doc.get_heads());
        let gained = doc.save_after(before);
        let size = self.open.size(id).with(Size::of_saved(&gained));
        let chunks = self.stored.rows.get(&id).map_or(0, |row| row.chunks);
        let (piece, size) = if chunks < CHUNKS_COUNT_MAX && size.fits() {
            (Write::Chunk(id, gained), size)
        } else {
            let whole = self.document(storage, id)?.save();
            let size = Size::of_saved(&whole);
            (Write::Snapshot(id, whole), size)
        };
        if !size.fits() {
            tracing::warn!(document = %id, "it is larger than what can be loaded");
            self.open.close(id);
            return Ok(false);
        }
        self.open.sizes.insert(id, size);
        let projection = Projection::of(self.document(storage, id)?);
        let Some(row) = self.stored.rows.get_mut(&id) else { return Ok(true) };
        row.heads = heads;
        row.projection = Some(projection);
        match &piece {
            Write::Snapshot(_, whole) => (row.chunks, row.bytes) = (1, whole.len() as u64),
            Write::Chunk(_, gained) => {
                row.chunks += 1;
                row.bytes += gained.len() as u64;
            }
            _ => {}
        }
        self.writes.push(piece);
        self.write_row(id);
        self.effects.changed = true;
        Ok(true)
    }

    /// Opens the exchange of a document, unless it is open.
    pub(super) fn start_exchange(
        &mut self,
        turn: &mut Turn<'_>,
        id: DocumentId,
    ) -> Result<(), StorageError> {
        if self.link.giving_back.contains_key(&id) {
            return Ok(());
        }
        self.link.sync_states.entry(id).or_default();
        self.link.exchanging.insert(id);
        self.exchange(turn, id)
    }

    /// Sends the document's next sync message, if there is one.
    pub(super) fn exchange(
        &mut self,
        turn: &mut Turn<'_>,
        id: DocumentId,
    ) -> Result<(), StorageError> {
        let Some(mut state) = self.link.sync_states.remove(&id) else { return Ok(()) };
        let doc = self.document(turn.storage, id)?;
        let empty = doc.is_empty();
        let message = doc.sync().generate_sync_message(&mut state).map(Message::encode);
        let equal = state
            .their_heads
            .as_ref()
            .is_some_and(|theirs| Heads::new(theirs.clone()) == Heads::new(doc.get_heads()));
        for edit in self.stored.outbox.iter().filter(|edit| edit.document == id) {
            if state.sent_hashes.contains(&edit.hash) {
                self.link.note_sent(edit.id);
            }
        }
        self.link.sync_states.insert(id, state);
        if let Some(data) = message {
            let (sender, target) = self.labels();
            self.send(&match empty {
                true => Frame::Request { document: id, sender, target, data },
                false => Frame::Sync { document: id, sender, target, data, seal: None },
            });
        }
        // A last message may be on its way, which the server need not answer.
        if equal && self.link.exchanging.remove(&id) {
            self.mark_synced(turn, id);
        }
        self.effects.changed = true;
        Ok(())
    }

    fn mark_synced(&mut self, turn: &Turn<'_>, id: DocumentId) {
        if let Some(row) = self.stored.rows.get_mut(&id) {
            row.synced = Some(turn.now);
            self.write_row(id);
        }
    }

    /// Takes in the server's sync message, and its seal of the heads in that.
    pub(super) fn sync_message(
        &mut self,
        turn: &mut Turn<'_>,
        id: DocumentId,
        data: &[u8],
        seal: Option<Seal>,
    ) -> Result<(), StorageError> {
        let Some(mut state) = self.link.sync_states.remove(&id) else {
            // A question that crossed with the word that the document is withdrawn was answered after it became this
            // account's again: the server takes it to be here. A new connection begins with what is.
            if !self.stored.rows.contains_key(&id) && self.link.is_exchanging() {
                self.disconnect(turn);
            }
            return Ok(());
        };
        let message = match untrusted::message(data) {
            Ok((message, _)) => message,
            Err(why) => {
                tracing::warn!(document = %id, %why, "the server sent what is no sync message");
                self.link.exchanging.remove(&id);
                return Ok(());
            }
        };
        let doc = self.document(turn.storage, id)?;
        let before = doc.get_heads();
        let heads = Heads::new(message.heads.clone());
        let received = untrusted::guarded(|| {
            let received = doc.sync().receive_sync_message(&mut state, message);
            received.map(|()| doc.get_heads() != before)
        });
        self.link.sync_states.insert(id, state);
        let Ok(Ok(gained)) = received else {
            tracing::warn!(document = %id, "the server sent changes that do not fit");
            self.open.close(id);
            self.link.stop_exchange(id);
            return Ok(());
        };
        let sealed_before = self.stored.rows.get(&id).and_then(|row| row.seal.clone());
        let sealed = match seal {
            Some(seal) => self.take_seal(turn, id, heads, seal)?,
            None => false,
        };
        if gained {
            if !self.keep(turn.storage, id, &before)? {
                // What is not kept is not sealed either.
                if let Some(row) = self.stored.rows.get_mut(&id) {
                    row.seal = sealed_before;
                }
                self.link.stop_exchange(id);
                return Ok(());
            }
            self.link.exchanging.insert(id);
        } else if sealed {
            self.write_row(id);
        }
        self.exchange(turn, id)?;
        self.make_again_after(turn, id)
    }

    /// The server has these heads on disk: the edits behind them are saved.
    pub(super) fn receipt(
        &mut self,
        turn: &mut Turn<'_>,
        id: DocumentId,
        heads: &Heads,
    ) -> Result<(), StorageError> {
        if self.is_given_back(id, heads) {
            self.start_exchange(turn, id)?;
        }
        if !self.stored.outbox.iter().any(|edit| edit.document == id) {
            return Ok(());
        }
        let doc = self.document(turn.storage, id)?;
        let known = heads.as_slice().iter().all(|head| doc.get_change_meta_by_hash(head).is_some());
        if !known {
            return Ok(());
        }
        let beyond: Vec<ChangeHash> =
            doc.get_changes_meta(heads.as_slice()).into_iter().map(|change| change.hash).collect();
        let is_saved = |edit: &UnsavedEdit| {
            edit.document == id && edit.is_made() && !beyond.contains(&edit.hash)
        };
        let saved: Vec<EditId> =
            self.stored.outbox.iter().filter(|edit| is_saved(edit)).map(|edit| edit.id).collect();
        for edit in saved {
            self.forget_unsaved(edit);
        }
        Ok(())
    }

    pub(super) fn forget_unsaved(&mut self, edit: EditId) {
        self.stored.outbox.retain(|unsaved| unsaved.id != edit);
        self.link.sent_edits.remove(&edit);
        self.writes.push(Write::Saved(edit));
    }

    /// Projects documents that an older program projected another way.
    pub(super) fn project_what_is_stale(
        &mut self,
        storage: &mut dyn Storage,
    ) -> Result<(), StorageError> {
        let stale = self.stored.rows.iter().filter(|(_, row)| row.projection.is_none());
        let stale: Vec<DocumentId> = stale.map(|(id, _)| *id).collect();
        for id in stale {
            let doc = load(&storage.document(id)?)?;
            if let Some(row) = self.stored.rows.get_mut(&id).filter(|row| row.chunks > 0) {
                row.projection = Some(Projection::of(&doc));
                self.writes.push(Write::Row(id, row.clone()));
            }
        }
        Ok(())
    }
}

/// A document from its pieces.
pub(super) fn load(pieces: &[Vec<u8>]) -> Result<AutoCommit, StorageError> {
    loaded(pieces).map(|(doc, _)| doc)
}

/// A document from its pieces, and what is in these.
fn loaded(pieces: &[Vec<u8>]) -> Result<(AutoCommit, Walked), StorageError> {
    untrusted::document(&pieces.concat()).map_err(|why| {
        tracing::error!(%why, "a stored document does not load");
        StorageError::Broken("a document's bytes are damaged".to_owned())
    })
}
