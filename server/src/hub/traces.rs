//! What a person who is erased has left in notes of others, and what tells of a history that is forgotten: homes, and
//! earlier published versions.

use std::collections::BTreeSet;

use automerge::{ActorId, AutoCommit, ObjId, ROOT, ReadDoc as _};
use samsynk_core::domain::{Document, Itinerary, actor_of};
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::untrusted;

use super::Hub;
use super::afresh::written;
use super::batch::Batch;
use super::cost;
use super::loaded::Loaded;
use crate::gate::author::SERVER;
use crate::store::documents::{self, Stored};
use crate::store::{StoreError, accounts};

impl Hub {
    /// Has what tells of a document's past begin anew: homes, which listed its earlier titles, and of a plan what was
    /// published before the newest version.
    pub(super) fn forget_elsewhere(
        &mut self,
        batch: &mut Batch<'_>,
        id: DocumentId,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let itinerary = documents::get(batch.tx, Itinerary::id_of(id))?;
        if let Some(stored) = itinerary.filter(|stored| stored.erased.is_none())
            && let Some(mut loaded) = stored_document(batch, &stored)?
        {
            if let Ok(Document::Itinerary(itinerary)) = &mut loaded.content {
                while itinerary.versions.len() > 1 {
                    itinerary.versions.pop_first();
                }
            }
            if let Err(refusal) = self.begin_with_what_shows(batch, &stored, &loaded)? {
                return Ok(Err(refusal));
            }
        }
        self.forget_in_homes(batch, [id, Itinerary::id_of(id)])?;
        Ok(Ok(()))
    }

    /// Has all homes begin anew that list one of these documents or once did.
    fn forget_in_homes(
        &mut self,
        batch: &mut Batch<'_>,
        ids: [DocumentId; 2],
    ) -> Result<(), StoreError> {
        let keys = ids.map(|id| id.to_string());
        for stored in documents::of_kind(batch.tx, "home")? {
            let Some(mut loaded) = stored_document(batch, &stored)? else {
                tracing::error!(document = %stored.id, "a former title may stay in a home");
                continue;
            };
            let bytes = loaded.doc.save_nocompress();
            batch.charge(cost::of_loads(1, stored.bytes, loaded.doc.stats().num_ops));
            if !keys.iter().any(|key| holds(&bytes, key.as_bytes())) {
                continue;
            }
            if let Err(refusal) = self.begin_with_what_shows(batch, &stored, &loaded)? {
                tracing::error!(document = %stored.id, %refusal, "a former title stays in a home");
            }
        }
        Ok(())
    }

    /// Takes a person out of notes of others: what they wrote last there, their place among the readers, and the history.
    /// Notes that only claim to be theirs go.
    pub(super) fn forget_writer(
        &mut self,
        batch: &mut Batch<'_>,
        account: AccountId,
    ) -> Result<(), StoreError> {
        for stored in documents::notes_with(batch.tx, account)? {
            let Some(mut loaded) = stored_document(batch, &stored)? else {
                tracing::error!(document = %stored.id, "words of an erased person may stay");
                continue;
            };
            let Ok(Document::Note(note)) = &loaded.content else { continue };
            if note.owner == account {
                self.erase_document(batch, stored.id)?;
                continue;
            }
            let mut note = note.clone();
            if !note.shared.contains_key(&account) && !tells_of(batch, &mut loaded.doc, account)? {
                continue;
            }
            note.shared.remove(&account);
            for (field, text) in [("title", &mut note.title), ("text", &mut note.text)] {
                if author_at(batch, &loaded.doc, field)? == Some(account) {
                    text.clear();
                }
            }
            let actor = actor_of(SERVER, batch.random.id());
            match written(&Document::Note(note), actor, batch.now) {
                Ok(anew) => {
                    let epoch = stored.epoch.checked_add(1).expect("nobody is erased that often");
                    self.begin_anew(batch, stored.id, Loaded::new(anew), (epoch, stored.creator))?;
                }
                Err(refusal) => {
                    tracing::error!(document = %stored.id, %refusal, "words of an erased person stay");
                }
            }
        }
        Ok(())
    }
}

/// Whether a document's history has changes of an account, or names it.
fn tells_of(
    batch: &Batch<'_>,
    doc: &mut AutoCommit,
    account: AccountId,
) -> Result<bool, StoreError> {
    let actors: BTreeSet<ActorId> =
        doc.get_changes_meta(&[]).iter().map(|change| change.actor.as_ref().clone()).collect();
    for actor in &actors {
        if accounts::writer(batch.tx, actor)? == Some(account) {
            return Ok(true);
        }
    }
    Ok(holds(&doc.save_nocompress(), account.to_string().as_bytes()))
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}

/// Who wrote the value that a field at the root shows.
fn author_at(
    batch: &Batch<'_>,
    doc: &AutoCommit,
    field: &str,
) -> Result<Option<AccountId>, StoreError> {
    match doc.get(ROOT, field) {
        Ok(Some((_, ObjId::Id(_, actor, _)))) => accounts::writer(batch.tx, &actor),
        _ => Ok(None),
    }
}

/// A document as it is stored, if it loads.
fn stored_document(batch: &Batch<'_>, stored: &Stored) -> Result<Option<Loaded>, StoreError> {
    let Some(bytes) = documents::load(batch.tx, stored.id)? else { return Ok(None) };
    Ok(untrusted::document(&bytes).ok().map(|(doc, _)| Loaded::new(doc)))
}
