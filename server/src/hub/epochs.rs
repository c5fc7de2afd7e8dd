//! A document begins anew under its id: another epoch, another history.
//!
//! What was deleted in a document stays in the bytes of its history. An operator can have a document begun anew from what
//! it holds now; then the old history is nowhere on the server, devices purge theirs, and nobody's replica
//! brings it back: a change without predecessors is of another history, and refused.

use samsynk_core::domain::{Document, actor_of};
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Frame;
use samsynk_core::wire::untrusted::guarded;

use super::afresh::{copied, written};
use super::batch::Batch;
use super::cost;
use super::loaded::Loaded;
use super::save::{kind_and_title, unloadable};
use super::session::{Open, Session};
use super::{Hub, access};
use crate::gate::author::SERVER;
use crate::gate::order::OF_ANOTHER_EPOCH;
use crate::store::documents::{self, Saved, Stored};
use crate::store::{self, StoreError};

impl Hub {
    /// Begins a document anew from what it holds now, in the next epoch.
    ///
    /// The inner error is a refusal: `no-such-document`, `document-erased`, or why it cannot be read or copied.
    pub(super) fn forget_history(
        &mut self,
        batch: &mut Batch<'_>,
        id: DocumentId,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let Some(stored) = documents::get(batch.tx, id)? else {
            return Ok(Err(Refusal::new("no-such-document")));
        };
        let loaded = match self.cache.take(batch.tx, id) {
            _ if stored.erased.is_some() => return Ok(Err(Refusal::new("document-erased"))),
            Ok(Some(loaded)) => loaded,
            Ok(None) => return Ok(Err(Refusal::new("no-such-document"))),
            Err(error @ StoreError::Document { .. }) => return Ok(Err(unloadable(&error))),
            Err(error) => return Err(error),
        };
        self.begin_with_what_shows(batch, &stored, &loaded)
    }

    /// Begins a document anew that is too large, also where it is too large to load: what the server has stored itself is then
    /// read without the bounds on what may be loaded.
    ///
    /// The inner error is a refusal, as of [`Hub::forget_history`].
    pub(super) fn mend(
        &mut self,
        batch: &mut Batch<'_>,
        id: DocumentId,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let Some(stored) = documents::get(batch.tx, id)?.filter(|stored| stored.erased.is_none())
        else {
            return Ok(Err(Refusal::new("no-such-document")));
        };
        let Some(bytes) = documents::load(batch.tx, id)? else {
            return Ok(Err(Refusal::new("no-such-document")));
        };
        let loaded = guarded(|| automerge::AutoCommit::load(&bytes).ok()).ok().flatten();
        match loaded {
            Some(doc) => self.begin_with_what_shows(batch, &stored, &Loaded::new(doc)),
            None => {
                let why = "not even what the server has written itself".to_owned();
                Ok(Err(unloadable(&StoreError::Document { document: id, why })))
            }
        }
    }

    pub(super) fn begin_with_what_shows(
        &mut self,
        batch: &mut Batch<'_>,
        stored: &Stored,
        loaded: &Loaded,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let actor = actor_of(SERVER, batch.random.id());
        let anew = match &loaded.content {
            Ok(Document::Itinerary(itinerary)) => {
                let mut itinerary = itinerary.clone();
                itinerary.drop_superfluous();
                written(&Document::Itinerary(itinerary), actor, batch.now)
            }
            Ok(document) => written(document, actor, batch.now),
            Err(_) => copied(&loaded.doc, actor, batch.now),
        };
        let anew = match anew {
            Ok(anew) => anew,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let epoch = stored.epoch.checked_add(1).expect("nobody asks that often");
        self.begin_anew(batch, stored.id, Loaded::new(anew), (epoch, stored.creator))?;
        Ok(Ok(()))
    }

    /// Puts a document of a later epoch in the place of what is here; nothing of that remains.
    pub(super) fn begin_anew(
        &mut self,
        batch: &mut Batch<'_>,
        id: DocumentId,
        mut loaded: Loaded,
        (epoch, creator): (u32, AccountId),
    ) -> Result<(), StoreError> {
        let heads = loaded.heads();
        let (kind, title) = kind_and_title(&loaded.content);
        let saved = Saved { kind, title: &title, heads: &heads };
        batch.charge(cost::of_anew(&loaded.content));
        let snapshot = loaded.snapshot();
        documents::put_snapshot(batch.tx, id, &saved, creator, &snapshot)?;
        documents::set_epoch(batch.tx, id, epoch)?;
        access::update(batch, id, access::says(id, &loaded.content, creator), creator)?;
        access::affect_readers(batch, id)?;
        for account in batch.stale.drain(..) {
            self.subjects.remove(&account);
        }
        self.cache.remove(id);
        batch.change(id);
        batch.renewed.insert(id);
        // Overwritten in the file already; the log goes with the commit.
        batch.erased = true;
        self.close_all(batch, id, epoch)?;
        Ok(())
    }

    /// Ends all exchanges of a document's earlier history.
    fn close_all(
        &mut self,
        batch: &mut Batch<'_>,
        id: DocumentId,
        epoch: u32,
    ) -> Result<(), StoreError> {
        for session in self.sessions.of_document(id) {
            let Some(open) = self.sessions.get(session) else { continue };
            let (account, target) = (open.identity.account, joined_peer(open));
            let syncs = matches!(open.documents.get(&id), Some(Open::Syncing(_)));
            if open.is_samsynk() {
                let subject = self.subject(batch, account)?;
                let may_read = store::access::may_read(batch.tx, &subject, id)?;
                // Whoever names what is not theirs hears nothing of it, and their exchange goes on as if there were none.
                if may_read || syncs {
                    self.sessions.close(session, id);
                }
                // Who has sent its catalogue hears of it when the batch settles, as of any change. Who may no longer read it
                // is told that it is withdrawn, and not that there is another.
                if may_read && !self.sessions.is_listening(session) {
                    batch.send(session, Frame::CatalogueAnswer { entries: vec![(id, epoch)] });
                }
            } else if syncs {
                let (message, sender) = (OF_ANOTHER_EPOCH.to_owned(), Some(self.peer.clone()));
                batch.send(session, Frame::Error { message, sender, target });
                self.unavailable(batch, session, id, Open::Stopped);
            }
        }
        Ok(())
    }
}

fn joined_peer(session: &Session) -> Option<samsynk_core::wire::PeerId> {
    session.joined.as_ref().map(|joined| joined.peer.clone())
}
