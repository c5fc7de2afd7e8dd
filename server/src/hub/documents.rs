//! What a command reads and writes: its writes are kept aside until all of it has succeeded.

use std::collections::BTreeMap;

use samsynk_core::domain::{Document, Documents, Giver, Projection};
use samsynk_core::ids::DocumentId;
use samsynk_core::refusal::Refusal;

use super::Hub;
use super::batch::Batch;
use super::cost;
use super::save::unloadable;
use crate::store::{StoreError, access, documents};

/// Documents as a command sees them.
pub(super) struct Staged<'h, 'b, 'tx> {
    hub: &'h mut Hub,
    batch: &'b Batch<'tx>,
    writes: BTreeMap<DocumentId, Document>,
    /// Why the store could not be read, if so; the command then fails as a whole.
    failed: Option<StoreError>,
    /// What reading has cost so far, in units.
    cost: u64,
}

impl<'h, 'b, 'tx> Staged<'h, 'b, 'tx> {
    pub(super) fn new(hub: &'h mut Hub, batch: &'b Batch<'tx>) -> Self {
        Self { hub, batch, writes: BTreeMap::new(), failed: None, cost: 0 }
    }

    /// What was written, and what reading has cost.
    pub(super) fn finish(self) -> Result<(BTreeMap<DocumentId, Document>, u64), StoreError> {
        match self.failed {
            Some(error) => Err(error),
            None => Ok((self.writes, self.cost)),
        }
    }

    /// The command fails as a whole.
    fn fail(&mut self, error: StoreError) -> Refusal {
        let refusal = Refusal::new(error.code());
        self.failed = Some(error);
        refusal
    }

    fn projection(&mut self, id: DocumentId) -> Result<Option<Projection>, StoreError> {
        let Some(stored) = documents::get(self.batch.tx, id)? else { return Ok(None) };
        if stored.erased.is_some() {
            return Ok(None);
        }
        let Some(mut loaded) = self.hub.cache.take(self.batch.tx, id)? else { return Ok(None) };
        let projection = loaded.projection();
        self.cost += match loaded.is_one_line() {
            true => cost::of_copy(&loaded.content),
            false => cost::of_read(&loaded.content),
        };
        self.hub.cache.put(id, loaded);
        Ok(Some(projection))
    }
}

impl Documents for Staged<'_, '_, '_> {
    fn read(&mut self, id: DocumentId) -> Result<Option<Projection>, Refusal> {
        if let Some(written) = self.writes.get(&id) {
            let content = Ok(written.clone());
            return Ok(Some(Projection { content, conflicts: Vec::new() }));
        }
        self.projection(id).map_err(|error| {
            if let StoreError::Document { .. } = error {
                return unloadable(&error);
            }
            self.fail(error)
        })
    }

    fn read_for(&mut self, giver: Giver<'_>, id: DocumentId) -> Result<Option<Document>, Refusal> {
        // What the giver may not read is not even loaded: that would take time, by which it could be told from nothing.
        if let Giver::Account(subject) = giver {
            match access::may_read(self.batch.tx, subject, id) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) => return Err(self.fail(error)),
            }
        }
        let content = self.read(id)?.and_then(|projection| projection.content.ok());
        Ok(content.filter(|document| giver.may_read(id, document)))
    }

    fn write(&mut self, id: DocumentId, content: &Document) -> Result<(), Refusal> {
        self.writes.insert(id, content.clone());
        Ok(())
    }
}
