//! An accepted change goes to the store, and changes who may read what.

use automerge::AutoCommit;
use samsynk_core::domain::{Document, Home, Role, actor_of};
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::limits::{CHANGE_OPS_COUNT_MAX, DOCUMENT_BYTES_MAX};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::{Heads, walk};

use super::afresh::written;
use super::batch::Batch;
use super::cost;
use super::loaded::Loaded;
use super::people::hides_a_name;
use super::{Hub, access};
use crate::gate::author::SERVER;
use crate::gate::content::Content;
use crate::gate::room::nears_bounds;
use crate::store::access::Says;
use crate::store::documents::{self, Saved, Stored};
use crate::store::{self, StoreError, accounts};

/// The kind of a document without one. Homes do not list it: no screen can show it.
const BARE_KIND: &str = "";

impl Hub {
    /// Saves what a document has become. `before` is what it was; `creator` counts for a new one.
    pub(super) fn save(
        &mut self,
        batch: &mut Batch<'_>,
        id: DocumentId,
        loaded: &mut Loaded,
        (heads_before, before): (&Heads, &Content),
        creator: AccountId,
    ) -> Result<(), StoreError> {
        let heads = loaded.heads();
        if heads == *heads_before {
            return Ok(());
        }
        let stored = documents::get(batch.tx, id)?;
        let (kind, title) = kind_and_title(&loaded.content);
        let saved = Saved { kind, title: &title, heads: &heads };
        match &stored {
            Some(stored) if !stored.wants_snapshot() => {
                let changes = loaded.doc.save_after(heads_before.as_slice());
                documents::put_changes(batch.tx, id, &saved, &changes)?;
            }
            _ => {
                let snapshot = loaded.snapshot();
                documents::put_snapshot(batch.tx, id, &saved, creator, &snapshot)?;
            }
        }
        batch.change(id);
        if let (Ok(Document::Profile(before)), Ok(Document::Profile(after))) =
            (before, &loaded.content)
            && hides_a_name(before, after)
        {
            batch.protected.insert(after.account);
        }
        let creator = stored.as_ref().map_or(creator, |stored| stored.creator);
        let listed = stored.as_ref().is_some_and(|s| s.kind == kind && s.title == title);
        let says = || access::says(id, &loaded.content, creator);
        if kind == BARE_KIND {
            if stored.is_none() {
                store::access::say(batch.tx, id, &Says::default(), &says())?;
            }
            return Ok(());
        }
        if !listed || !same_access(id, before, &loaded.content) {
            access::update(batch, id, says(), creator)?;
        }
        if !listed && kind != "home" {
            access::affect_readers(batch, id)?;
        }
        for account in batch.stale.drain(..) {
            self.subjects.remove(&account);
        }
        Ok(())
    }

    /// Gives a document this content by the server's hand; creates it where there is none.
    ///
    /// The inner error is a refusal; what was written in the transaction is then to be undone.
    pub(super) fn write(
        &mut self,
        batch: &mut Batch<'_>,
        id: DocumentId,
        content: &Document,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let stored = documents::get(batch.tx, id)?;
        if stored.as_ref().is_some_and(|stored| stored.erased.is_some()) {
            return Ok(Err(Refusal::new("document-erased")));
        }
        let mut loaded = match self.cache.take(batch.tx, id) {
            Ok(Some(loaded)) => loaded,
            Ok(None) => Loaded::new(automerge::AutoCommit::new()),
            Err(error @ StoreError::Document { .. }) => {
                let refusal = unloadable(&error);
                // What a home says, the index says too.
                return match (content, stored) {
                    (Document::Home(_), Some(stored)) => self.write_anew(batch, &stored, content),
                    _ => Ok(Err(refusal)),
                };
            }
            Err(error) => return Err(error),
        };
        if loaded.content.as_ref().is_ok_and(|before| before.kind() != content.kind())
            || (stored.is_some() && loaded.content.is_err())
        {
            return Ok(Err(Refusal::new("wrong-kind").with("kind", content.kind())));
        }
        let (heads, before) = (loaded.heads(), loaded.content.clone());
        let operations = match loaded.write(content, &self.actor, batch.now) {
            Ok(operations) => operations,
            Err(refusal) => return Ok(Err(refusal)),
        };
        batch.charge(cost::of_write(operations, &loaded.content));
        // A change of more operations does not load; in a document that is saved whole they count among all.
        let is_oversized = operations > CHANGE_OPS_COUNT_MAX as u64;
        if let Some(stored) = stored.filter(|_| is_oversized || loaded.size().is_half_full()) {
            return self.write_anew(batch, &stored, content);
        }
        self.save(batch, id, &mut loaded, (&heads, &before), SERVER)?;
        self.cache.put(id, loaded);
        Ok(Ok(()))
    }

    /// Has a document begin anew with this content.
    fn write_anew(
        &mut self,
        batch: &mut Batch<'_>,
        stored: &Stored,
        content: &Document,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let actor = actor_of(SERVER, batch.random.id());
        match written(content, actor, batch.now).and_then(within_bounds) {
            Ok(anew) => {
                let epoch = stored.epoch.checked_add(1).expect("a thousand changes for each");
                self.begin_anew(batch, stored.id, Loaded::new(anew), (epoch, stored.creator))?;
                Ok(Ok(()))
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// Gives a role or takes it; notes whose access changes.
    pub(super) fn set_role(
        &mut self,
        batch: &mut Batch<'_>,
        account: AccountId,
        role: &Role,
        has: bool,
    ) -> Result<bool, StoreError> {
        let changed = if has {
            accounts::add_role(batch.tx, account, role)?
        } else {
            accounts::remove_role(batch.tx, account, role)?
        };
        self.subjects.remove(&account);
        batch.affect([account]);
        Ok(changed)
    }

    /// What a stored document holds.
    pub(super) fn content(
        &mut self,
        batch: &Batch<'_>,
        stored: &Stored,
    ) -> Result<Option<Content>, StoreError> {
        let loaded = match self.cache.take(batch.tx, stored.id) {
            Err(error @ StoreError::Document { .. }) => return Ok(Some(Err(unloadable(&error)))),
            loaded => loaded?,
        };
        Ok(loaded.map(|loaded| {
            let content = loaded.content.clone();
            self.cache.put(stored.id, loaded);
            content
        }))
    }

    /// An account's home as it is.
    pub(super) fn home(
        &mut self,
        batch: &Batch<'_>,
        account: AccountId,
    ) -> Result<Home, StoreError> {
        let stored = documents::get(batch.tx, Home::id_of(account))?;
        let content = match stored {
            Some(stored) => self.content(batch, &stored)?,
            None => None,
        };
        match content {
            Some(Ok(Document::Home(home))) => Ok(home),
            _ => Ok(Home::new(account)),
        }
    }
}

/// A document that begins anew, if everyone can load it: people may have filled one before the server writes to it.
fn within_bounds(mut anew: AutoCommit) -> Result<AutoCommit, Refusal> {
    let saved = anew.save();
    match walk::saved(&saved) {
        Ok(walked) if saved.len() <= DOCUMENT_BYTES_MAX && !nears_bounds(&walked) => Ok(anew),
        _ => Err(Refusal::new("document-too-large").with("max", DOCUMENT_BYTES_MAX)),
    }
}

/// What the index says of a document with this content.
pub(super) fn kind_and_title(content: &Content) -> (&'static str, String) {
    match content {
        Ok(document) => (document.kind(), document.title()),
        Err(_) => (BARE_KIND, String::new()),
    }
}

/// A stored document that does not load concerns only those who want it.
pub(super) fn unloadable(error: &StoreError) -> Refusal {
    tracing::error!(%error, "a stored document does not load");
    metrics::counter!("samsynk_documents_unloadable_total").increment(1);
    Refusal::new(error.code()).with("why", "a document does not load")
}

/// Whether two states of a document say the same about access, without asking the store.
fn same_access(id: DocumentId, before: &Content, after: &Content) -> bool {
    match (before, after) {
        (Ok(before), Ok(after)) => before.access(id) == after.access(id),
        (Err(before), Err(after)) => before == after,
        _ => false,
    }
}
