//! Sync messages: what a client sends is taken through the gate; what it lacks is sent when the batch settles.

use automerge::ChangeHash;
use automerge::sync::{ChunkList, Message, SyncDoc as _};
use rusqlite::Connection;
use samsynk_core::ids::DocumentId;
use samsynk_core::limits::REJECTED_HASHES_MAX;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::untrusted::guarded;
use samsynk_core::wire::{Frame, Heads, Seal, walk};

use super::Hub;
use super::accept::{Refused, Sending, too_large};
use super::batch::Batch;
use super::cost;
use super::loaded::Loaded;
use super::news::News;
use super::port::SessionId;
use super::save::unloadable;
use super::session::{Open, Session, Syncing, TooMuch};
use super::standing::{Standing, standing};
use crate::gate::bytes;
use crate::store::StoreError;

impl Hub {
    pub(super) fn sync(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        id: DocumentId,
        data: &[u8],
    ) -> Result<(), StoreError> {
        let Some(from) = self.sessions.get(session) else { return Ok(()) };
        if matches!(from.documents.get(&id), Some(Open::Stopped)) {
            return Ok(());
        }
        let identity = from.identity;
        batch.charge(cost::ASKED_UNITS);
        let subject = self.settled_subject(batch, identity.account)?;
        let stored = match standing(batch, &subject, id)? {
            Standing::Readable(stored) => Some(stored),
            Standing::Withdrawn(withdrawal) => {
                self.withdraw(batch, session, id, (withdrawal, data_has_heads(data)));
                return Ok(());
            }
            // From here on all is as if there were no such document, whether there is one or not.
            Standing::Nothing => None,
        };
        if data.is_empty() {
            self.reject(batch, session, id, too_large().into());
            return Ok(());
        }
        let (message, walked) = match bytes::admit(data) {
            Ok(admitted) => admitted,
            Err(refusal) => {
                batch.charge(cost::of_walk(data.len(), None));
                self.reject(batch, session, id, refusal.into());
                return Ok(());
            }
        };
        batch.charge(cost::of_walk(data.len(), Some(&walked)));
        // A client that has something may be about to create the document; one that has nothing asks in vain.
        if stored.is_none() && message.heads.is_empty() && message.changes.is_empty() {
            self.asked_in_vain(batch, session, id);
            return Ok(());
        }
        match &stored {
            Some(stored) if self.sync_cold(batch, session, stored, &message)? => Ok(()),
            _ => {
                let stored = stored.as_ref();
                self.sync_loaded(
                    batch,
                    session,
                    &Sending { identity, subject: &subject, id, stored, walked },
                    message,
                )
            }
        }
    }

    fn sync_loaded(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        sending: &Sending<'_>,
        mut message: Message,
    ) -> Result<(), StoreError> {
        let id = sending.id;
        let loaded = match self.load(batch.tx, sending) {
            Ok(loaded) => loaded,
            Err(error @ StoreError::Document { .. }) => {
                unloadable(&error);
                self.unavailable(batch, session, id, Open::Waiting);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let brings = !message.changes.is_empty();
        let accepted = if brings {
            self.accept(batch, sending, loaded, &message)?
        } else {
            Ok((loaded, Vec::new()))
        };
        let (mut loaded, missing) = match accepted {
            Ok(accepted) => accepted,
            Err(refused) => {
                self.reject(batch, session, id, refused);
                return Ok(());
            }
        };
        let mut syncing = self.sessions.syncing(session, id);
        self.receipt(batch, session, id, &syncing, &message, &mut loaded);
        if let Err(refusal) = receive(&mut syncing, &mut loaded, &mut message, missing) {
            self.reject(batch, session, id, refusal.into());
            return Ok(());
        }
        if sending.stored.is_some() || !loaded.heads().is_empty() {
            self.cache.put(id, loaded);
            self.keep_open(batch, session, id, syncing);
            batch.waiting.entry(id).or_default().insert(session);
            return Ok(());
        }
        // Nothing of it is here yet; the client is asked for it.
        if let Ok(Some(reply)) = News::of(&mut loaded).own(&mut syncing) {
            self.send_sync(batch, session, id, reply, None);
        }
        self.keep(batch, session, id, Open::Offered(syncing));
        Ok(())
    }

    /// The document to which changes are sent; an empty one where there is none, or none for who sends them.
    pub(super) fn load(
        &mut self,
        tx: &Connection,
        sending: &Sending<'_>,
    ) -> Result<Loaded, StoreError> {
        let loaded = match sending.stored {
            Some(stored) => self.cache.take(tx, stored.id)?,
            None => None,
        };
        Ok(loaded.unwrap_or_else(Loaded::empty))
    }

    /// Tells the client which of the heads that it has are on disk, unless it has them from here.
    fn receipt(
        &self,
        batch: &mut Batch<'_>,
        session: SessionId,
        document: DocumentId,
        syncing: &Syncing,
        message: &Message,
        loaded: &mut Loaded,
    ) {
        if !self.sessions.get(session).is_some_and(Session::is_samsynk) {
            return;
        }
        let saved: Heads = message.heads.iter().filter(|head| loaded.has(head)).copied().collect();
        let sent = &syncing.state.last_sent_heads;
        if saved.as_slice().iter().any(|head| !sent.contains(head)) {
            batch.send(session, Frame::Receipt { document, heads: saved });
        }
    }

    /// Refuses what a session sent for a document. What it had synced of it starts afresh.
    pub(super) fn reject(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        document: DocumentId,
        refused: Refused,
    ) {
        let Refused { refusal, mut hashes, saved } = refused;
        hashes.truncate(REJECTED_HASHES_MAX);
        let count = hashes.len().max(1) as u64;
        metrics::counter!("samsynk_changes_refused_total", "code" => refusal.code.clone())
            .increment(count);
        tracing::info!(%session, %document, code = %refusal.code, count, "changes refused");
        let Some(from) = self.sessions.get(session) else { return };
        if !from.is_samsynk() {
            let target = from.joined.as_ref().map(|joined| joined.peer.clone());
            let sender = Some(self.peer.clone());
            batch.send(session, Frame::Error { message: refusal.code, sender, target });
            return self.unavailable(batch, session, document, Open::Stopped);
        }
        self.sessions.close(session, document);
        // First what is on disk of what they build on: a receipt may have been lost with a connection.
        if !saved.is_empty() {
            batch.send(session, Frame::Receipt { document, heads: saved.into() });
        }
        batch.send(session, Frame::Rejected { document, hashes, refusal });
    }

    /// Tells a session that it cannot have a document.
    pub(super) fn unavailable(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        document: DocumentId,
        open: Open,
    ) {
        let target = self.sessions.get(session).and_then(|s| s.joined.as_ref());
        let Some(target) = target.map(|joined| joined.peer.clone()) else { return };
        let sender = self.peer.clone();
        batch.send(session, Frame::DocUnavailable { document, sender, target });
        self.keep(batch, session, document, open);
    }

    pub(super) fn keep_open(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        document: DocumentId,
        syncing: Box<Syncing>,
    ) {
        self.keep(batch, session, document, Open::Syncing(syncing));
    }

    pub(super) fn keep(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        document: DocumentId,
        open: Open,
    ) {
        if let Err(too_much) = self.sessions.open(session, document, open) {
            self.end(batch, session, Some("too much is open"), too_much.close());
        }
        if let Some(largest) = self.sessions.to_end() {
            self.end(batch, largest, None, TooMuch::Bytes.close());
        }
    }

    pub(super) fn send_sync(
        &self,
        batch: &mut Batch<'_>,
        session: SessionId,
        document: DocumentId,
        data: Vec<u8>,
        seal: Option<Seal>,
    ) {
        let target = self.sessions.get(session).and_then(|s| s.joined.as_ref());
        if let Some(target) = target.map(|joined| joined.peer.clone()) {
            let sender = self.peer.clone();
            batch.send(session, Frame::Sync { document, sender, target, data, seal });
        }
    }
}

/// Lets Automerge note what the client has. The changes are applied already. On a refusal the document is to
/// be dropped.
fn receive(
    syncing: &mut Syncing,
    loaded: &mut Loaded,
    message: &mut Message,
    missing: Vec<ChangeHash>,
) -> Result<(), Refusal> {
    syncing.owes_answer |= !message.changes.is_empty();
    message.changes = ChunkList::empty();
    let last_sent = syncing.state.last_sent_heads.clone();
    let (state, message) = (&mut syncing.state, message.clone());
    guarded(|| loaded.doc.sync().receive_sync_message(state, message))
        .map_err(|why| {
            tracing::error!(%why, "a sync message was refused");
            bytes::unreadable().with("why", "panic")
        })?
        .map_err(|_| bytes::unreadable())?;
    if syncing.owes_answer {
        // Without changes Automerge takes equal heads as "nothing to answer"; but these are to be acknowledged,
        // also where the client has sent more before this batch is over.
        syncing.state.last_sent_heads = last_sent;
    }
    if !missing.is_empty() {
        // The sender takes them as sent; it must forget that.
        syncing.state.needs_reset = true;
        syncing.missing = missing;
    }
    Ok(())
}

/// Whether whoever sent a sync message says that they have something of the document.
fn data_has_heads(data: &[u8]) -> bool {
    walk::sync_heads(data).is_ok_and(|heads| !heads.is_empty())
}
