//! Changes from outside go through the gate, into a document and to the store.

use std::collections::BTreeSet;

use automerge::ChangeHash;
use automerge::sync::Message;
use samsynk_core::domain::Subject;
use samsynk_core::ids::DocumentId;
use samsynk_core::limits::DOCUMENT_BYTES_MAX;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::walk::Walked;

use super::Hub;
use super::apply::{Brought, apply};
use super::batch::Batch;
use super::cost;
use super::loaded::Loaded;
use super::port::Identity;
use crate::gate::parts::Parts;
use crate::gate::{author, content, order};
use crate::store::StoreError;
use crate::store::documents::{Made, Stored};

/// Who sends changes, to which document.
pub(super) struct Sending<'a> {
    pub identity: Identity,
    pub subject: &'a Subject,
    pub id: DocumentId,
    pub stored: Option<&'a Stored>,
    /// What the message brings.
    pub walked: Walked,
}

/// Changes that were refused.
pub(super) struct Refused {
    pub refusal: Refusal,
    pub hashes: Vec<ChangeHash>,
    /// What they build on that is on disk.
    pub saved: Vec<ChangeHash>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, hashes: Vec::new(), saved: Vec::new() }
    }
}

/// A document after changes, and what they still lack.
pub(super) type Accepted = (Loaded, Vec<ChangeHash>);

impl Hub {
    /// Takes the changes of a message through the gate, into the document and to the store.
    pub(super) fn accept(
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
        let facts = parts.facts();
        let size = message.changes.iter().map(<[u8]>::len).sum::<usize>() as u64;
        let document_bytes = stored.map_or(0, |stored| stored.bytes);
        batch.charge(cost::of_changes(&sending.walked, size, document_bytes));
        let new: Vec<ChangeHash> =
            facts.iter().map(|fact| fact.hash).filter(|hash| !loaded.has(hash)).collect();
        if new.is_empty() {
            return Ok(Ok((loaded, Vec::new())));
        }
        let deps = facts.iter().flat_map(|fact| &fact.deps);
        let saved: Vec<ChangeHash> = deps.filter(|dep| loaded.has(dep)).copied().collect();
        let refused =
            |refusal| Ok(Err(Refused { refusal, hashes: new.clone(), saved: saved.clone() }));
        if let Err(refusal) = may_begin(sending, &loaded, size) {
            return refused(refusal);
        }
        let owner = stored.map_or(creator, |stored| stored.creator);
        let more = Made { documents: u64::from(stored.is_none()), bytes: size };
        let (admitted, counted) = self.quotas.admit(batch.tx, owner, more)?;
        batch.charge(cost::of_entries(counted as usize));
        if let Err(refusal) = admitted {
            return refused(refusal);
        }
        let ordered = match order::order(&facts, &mut loaded) {
            Ok(ordered) => ordered,
            Err(refusal) => return refused(refusal),
        };
        let device = sending.identity.device;
        let actors = ordered.ready.iter().map(|i| &facts[*i].actor);
        for actor in actors.collect::<BTreeSet<_>>() {
            if loaded.knows_author(device, actor) {
                continue;
            }
            if let Err(refusal) = author::check(batch.tx, sending.identity, actor)? {
                return refused(refusal);
            }
            loaded.note_author(device, actor);
        }
        let before = loaded.heads();
        let before_content = loaded.content.clone();
        let (ready_count, missing) = (ordered.ready.len(), ordered.missing.clone());
        let bytes = message.changes.iter().map(<[u8]>::len).sum::<usize>();
        let bytes = bytes + sending.walked.inflated_bytes;
        let brought = Brought { parts, facts, ordered, bytes };
        if let Err(refusal) = apply(&mut loaded, *id, brought) {
            return refused(refusal);
        }
        let known = stored.map(|stored| (&before_content, stored.creator));
        if ready_count > 0
            && let Err(refusal) = content::may_end(subject, *id, known, &loaded.content)
        {
            return refused(refusal);
        }
        metrics::counter!("samsynk_changes_accepted_total").increment(ready_count as u64);
        self.save(batch, *id, &mut loaded, (&before, &before_content), creator)?;
        self.quotas.add(owner, more);
        Ok(Ok((loaded, missing)))
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
        None if id.is_named() => Err(Refusal::new("id-reserved")),
        None => Ok(()),
    }
}
