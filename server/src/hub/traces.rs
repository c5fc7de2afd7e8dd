//! What a document that begins anew, or a person who is erased, has left in documents of others.

use automerge::{AutoCommit, ObjId, ROOT, ReadDoc as _};
use samsynk_core::domain::{Document, Itinerary, actor_of, author_of};
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::untrusted;

use super::Hub;
use super::afresh::written;
use super::batch::Batch;
use super::loaded::Loaded;
use crate::gate::author::SERVER;
use crate::store::StoreError;
use crate::store::documents::{self, Stored};

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
            self.forget_in_homes(batch, stored.id)?;
        }
        self.forget_in_homes(batch, id)?;
        Ok(Ok(()))
    }

    /// Has all homes begin anew that list a document or once did.
    fn forget_in_homes(&mut self, batch: &mut Batch<'_>, id: DocumentId) -> Result<(), StoreError> {
        let key = id.to_string();
        for stored in documents::of_kind(batch.tx, "home")? {
            let Some(mut loaded) = stored_document(batch, &stored)? else { continue };
            let bytes = loaded.doc.save_nocompress();
            if !bytes.windows(key.len()).any(|part| part == key.as_bytes()) {
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
            let Some(mut loaded) = stored_document(batch, &stored)? else { continue };
            let Ok(Document::Note(note)) = &loaded.content else { continue };
            if note.owner == account {
                self.erase_document(batch, stored.id)?;
                continue;
            }
            let wrote = loaded.doc.get_changes_meta(&[]);
            let wrote = wrote.iter().any(|change| author_of(&change.actor) == Some(account));
            if !wrote && !note.shared.contains_key(&account) {
                continue;
            }
            let mut note = note.clone();
            note.shared.remove(&account);
            for (field, text) in [("title", &mut note.title), ("text", &mut note.text)] {
                if author_at(&loaded.doc, field) == Some(account) {
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

/// Who wrote the value that a field at the root shows.
fn author_at(doc: &AutoCommit, field: &str) -> Option<AccountId> {
    match doc.get(ROOT, field) {
        Ok(Some((_, ObjId::Id(_, actor, _)))) => author_of(&actor),
        _ => None,
    }
}

/// A document as it is stored, if it loads.
fn stored_document(batch: &Batch<'_>, stored: &Stored) -> Result<Option<Loaded>, StoreError> {
    let Some(bytes) = documents::load(batch.tx, stored.id)? else { return Ok(None) };
    Ok(untrusted::document(&bytes).ok().map(|(doc, _)| Loaded::new(doc)))
}
