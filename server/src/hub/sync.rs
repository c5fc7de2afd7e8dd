//! Sync messages: what a client sends is taken through the gate; what it lacks is sent when the batch settles.

use automerge::sync::{ChunkList, Message, SyncDoc as _};
use automerge::{AutoCommit, ChangeHash};
use samsynk_core::domain::Subject;
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::limits::{CATALOGUE_ENTRIES_MAX, DOCUMENT_BYTES_MAX};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::{Frame, Heads};

use super::Hub;
use super::batch::Batch;
use super::catalogue::NO_LONGER_YOURS;
use super::loaded::Loaded;
use super::port::{Identity, SessionId};
use super::save::unloadable;
use super::session::{Open, Syncing};
use crate::gate::parts::{Facts, Parts};
use crate::gate::{author, bytes, content, order};
use crate::store::documents::Stored;
use crate::store::{StoreError, access, documents};

/// How many hashes one `rejected` frame names.
const REJECTED_HASHES_MAX: usize = 1_000;

/// Who sends changes, to which document.
struct Sending<'a> {
    identity: Identity,
    subject: &'a Subject,
    id: DocumentId,
    stored: Option<&'a Stored>,
}

/// Changes that were refused.
struct Refused {
    refusal: Refusal,
    hashes: Vec<ChangeHash>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, hashes: Vec::new() }
    }
}

/// A document after changes, and what they still lack.
type Accepted = (Loaded, Vec<ChangeHash>);

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
        let message = bytes::admit(data)
            .and_then(|()| Message::decode(data).map_err(|_| bytes::unreadable()));
        let message = match message {
            Ok(message) => message,
            Err(refusal) => {
                self.reject(batch, session, id, refusal.into());
                return Ok(());
            }
        };
        let subject = self.subject(batch, identity.account)?;
        let stored = documents::get(batch.tx, id)?;
        if !self.is_open_to(batch, session, &subject, (id, stored.as_ref()), &message)? {
            return Ok(());
        }
        match &stored {
            Some(stored) if self.sync_cold(batch, session, stored, &message)? => Ok(()),
            _ => {
                let stored = stored.as_ref();
                self.sync_loaded(
                    batch,
                    session,
                    &Sending { identity, subject: &subject, id, stored },
                    message,
                )
            }
        }
    }

    /// Whether the account may sync the document; tells it if not.
    fn is_open_to(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        subject: &Subject,
        (id, stored): (DocumentId, Option<&Stored>),
        message: &Message,
    ) -> Result<bool, StoreError> {
        let Some(stored) = stored else {
            // A client that has something may be about to create it; one that has nothing asks in vain.
            let asks_in_vain = message.heads.is_empty() && message.changes.is_empty();
            if asks_in_vain {
                self.unavailable(batch, session, id, Open::Waiting);
            }
            return Ok(!asks_in_vain);
        };
        if stored.erased.is_none() && access::may_read(batch.tx, subject, id)? {
            return Ok(true);
        }
        if self.sessions.get(session).is_some_and(super::session::Session::is_samsynk) {
            let reason = stored.erased.clone().unwrap_or_else(|| NO_LONGER_YOURS.to_owned());
            batch.send(session, Frame::Withdrawn { document: id, epoch: stored.epoch, reason });
        }
        self.unavailable(batch, session, id, Open::Waiting);
        Ok(false)
    }

    fn sync_loaded(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        sending: &Sending<'_>,
        mut message: Message,
    ) -> Result<(), StoreError> {
        let id = sending.id;
        let loaded = match self.cache.take(batch.tx, id) {
            Ok(loaded) => loaded.unwrap_or_else(|| Loaded::new(AutoCommit::new())),
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
        if receive(&mut syncing, &mut loaded, &mut message, missing).is_err() {
            self.reject(batch, session, id, bytes::unreadable().into());
            return Ok(());
        }
        let disk_bytes = sending.stored.map_or(0, |stored| stored.bytes);
        if sending.stored.is_some() || !loaded.heads().is_empty() {
            self.cache.put(id, loaded, disk_bytes);
        } else if let Some(reply) = next_message(&mut syncing, &mut loaded) {
            // Nothing of it is here yet; the client is asked for it.
            self.send_sync(batch, session, id, reply);
        }
        self.keep_open(batch, session, id, syncing);
        batch.waiting.entry(id).or_default().insert(session);
        Ok(())
    }

    /// Takes the changes of a message through the gate, into the document and to the store.
    fn accept(
        &mut self,
        batch: &mut Batch<'_>,
        sending: &Sending<'_>,
        mut loaded: Loaded,
        message: &Message,
    ) -> Result<Result<Accepted, Refused>, StoreError> {
        let (Sending { subject, id, stored, .. }, creator) = (sending, sending.identity.account);
        let mut parts = match Parts::of(message) {
            Ok(parts) => parts,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let (facts, whole_count) = parts.facts();
        let new: Vec<ChangeHash> =
            facts.iter().map(|fact| fact.hash).filter(|hash| !loaded.has(hash)).collect();
        if new.is_empty() {
            return Ok(Ok((loaded, Vec::new())));
        }
        let refused = |refusal| Ok(Err(Refused { refusal, hashes: new.clone() }));
        let size = message.changes.iter().map(<[u8]>::len).sum::<usize>() as u64;
        if let Err(refusal) = may_begin(sending, &loaded, size) {
            return refused(refusal);
        }
        if stored.is_none()
            && let Err(refusal) = may_make_more(batch.tx, creator)?
        {
            return refused(refusal);
        }
        let ordered = match order::order(&facts, &mut loaded) {
            Ok(ordered) => ordered,
            Err(refusal) => return refused(refusal),
        };
        let actors = ordered.ready.iter().map(|i| &facts[*i].actor);
        for actor in actors.collect::<std::collections::BTreeSet<_>>() {
            if let Err(refusal) = author::check(batch.tx, sending.identity, actor)? {
                return refused(refusal);
            }
        }
        let before = loaded.heads();
        let before_content = loaded.content.clone();
        if apply(&mut loaded, parts, &facts, &ordered.ready, whole_count).is_err() {
            return refused(bytes::unreadable());
        }
        let known = stored.map(|stored| (&before_content, stored.creator));
        if !ordered.ready.is_empty()
            && let Err(refusal) = content::may_end(subject, *id, known, &loaded.content)
        {
            return refused(refusal);
        }
        metrics::counter!("samsynk_changes_accepted_total").increment(ordered.ready.len() as u64);
        self.save(batch, *id, &mut loaded, (&before, &before_content), creator)?;
        Ok(Ok((loaded, ordered.missing)))
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
        if !self.sessions.get(session).is_some_and(super::session::Session::is_samsynk) {
            return;
        }
        let saved: Heads = message.heads.iter().filter(|head| loaded.has(head)).copied().collect();
        let sent = &syncing.state.last_sent_heads;
        if saved.as_slice().iter().any(|head| !sent.contains(head)) {
            batch.send(session, Frame::Receipt { document, heads: saved });
        }
    }

    /// Refuses what a session sent for a document. What it had synced of it starts afresh.
    fn reject(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        document: DocumentId,
        refused: Refused,
    ) {
        let Refused { refusal, hashes } = refused;
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
        let mut parts = hashes.chunks(REJECTED_HASHES_MAX).map(<[ChangeHash]>::to_vec);
        let first = parts.next().unwrap_or_default();
        for hashes in std::iter::once(first).chain(parts) {
            batch.send(session, Frame::Rejected { document, hashes, refusal: refusal.clone() });
        }
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

    fn keep(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        document: DocumentId,
        open: Open,
    ) {
        if !self.sessions.open(session, document, open) {
            self.end(batch, session, Some("too many documents"), (1008, "too-many-documents"));
        }
    }

    pub(super) fn send_sync(
        &self,
        batch: &mut Batch<'_>,
        session: SessionId,
        document: DocumentId,
        data: Vec<u8>,
    ) {
        let target = self.sessions.get(session).and_then(|s| s.joined.as_ref());
        if let Some(target) = target.map(|joined| joined.peer.clone()) {
            let sender = self.peer.clone();
            batch.send(session, Frame::Sync { document, sender, target, data });
        }
    }
}

/// What is asked of the document as it is.
fn may_begin(sending: &Sending<'_>, loaded: &Loaded, size: u64) -> Result<(), Refusal> {
    let Sending { subject, id, stored, .. } = sending;
    let bytes = stored.map_or(0, |stored| stored.bytes);
    if bytes + size > DOCUMENT_BYTES_MAX as u64 {
        return Err(Refusal::new("document-too-large").with("max", DOCUMENT_BYTES_MAX));
    }
    match stored {
        Some(stored) => content::may_begin(subject, *id, &loaded.content, stored.creator),
        None => Ok(()),
    }
}

/// Refuses a new document of an account that has made too many.
fn may_make_more(
    tx: &rusqlite::Connection,
    creator: AccountId,
) -> Result<Result<(), Refusal>, StoreError> {
    if documents::made_by(tx, creator, CATALOGUE_ENTRIES_MAX)? < CATALOGUE_ENTRIES_MAX {
        return Ok(Ok(()));
    }
    Ok(Err(Refusal::new("too-many-documents").with("max", CATALOGUE_ENTRIES_MAX)))
}

/// Applies the changes that are ready. On an error the document is to be dropped.
fn apply(
    loaded: &mut Loaded,
    mut parts: Parts,
    facts: &[Facts],
    ready: &[usize],
    whole_count: usize,
) -> Result<(), automerge::AutomergeError> {
    if let Some(mut whole) = parts.whole.take() {
        if loaded.doc.get_heads().is_empty() {
            loaded.doc = whole;
        } else {
            loaded.doc.merge(&mut whole)?;
        }
    }
    let singles: Vec<_> = ready.iter().filter_map(|i| i.checked_sub(whole_count)).collect();
    if !singles.is_empty() {
        let changes: Vec<_> = singles.into_iter().map(|i| parts.changes[i].clone()).collect();
        loaded.doc.apply_changes(changes)?;
    }
    loaded.changed(facts, ready);
    Ok(())
}

/// Lets Automerge note what the client has. The changes are applied already.
fn receive(
    syncing: &mut Syncing,
    loaded: &mut Loaded,
    message: &mut Message,
    missing: Vec<ChangeHash>,
) -> Result<(), automerge::AutomergeError> {
    let brought = !message.changes.is_empty();
    message.changes = ChunkList::empty();
    let last_sent = syncing.state.last_sent_heads.clone();
    loaded.doc.sync().receive_sync_message(&mut syncing.state, message.clone())?;
    if brought {
        // Without changes Automerge takes equal heads as "nothing to answer"; but these are to be acknowledged.
        syncing.state.last_sent_heads = last_sent;
    }
    if !missing.is_empty() {
        // The sender takes them as sent; it must forget that.
        syncing.state.needs_reset = true;
        syncing.missing = missing;
    }
    Ok(())
}

/// The next message for a session, if there is something to say.
pub(super) fn next_message(syncing: &mut Syncing, loaded: &mut Loaded) -> Option<Vec<u8>> {
    let mut message = loaded.doc.sync().generate_sync_message(&mut syncing.state)?;
    let missing = std::mem::take(&mut syncing.missing);
    message.need.extend(missing.into_iter().filter(|hash| !loaded.has(hash)));
    message.need.sort_unstable();
    message.need.dedup();
    Some(message.encode())
}
