//! The documents in memory: the least recently used go first.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;
use samsynk_core::ids::DocumentId;
use samsynk_core::wire::untrusted;

use super::loaded::{BASE_BYTES, Loaded};
use crate::store::{StoreError, documents};

#[derive(Debug)]
struct Entry {
    loaded: Loaded,
    bytes: usize,
    used: u64,
}

/// Documents in memory, bounded in bytes. Whatever is put in is in the store, or will be with the transaction
/// under way, or else forgotten with [`Cache::clear`].
#[derive(Debug)]
pub(super) struct Cache {
    bytes_max: usize,
    bytes: usize,
    entries: HashMap<DocumentId, Entry>,
    by_use: BTreeMap<u64, DocumentId>,
    uses: u64,
    loads: Loads,
}

/// How many documents were built in memory from what is stored, how many bytes of memory they take beyond what empty
/// ones do, and how many operations they have.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Loads {
    pub count: u64,
    pub bytes: u64,
    pub operations: u64,
}

impl Cache {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            bytes: 0,
            entries: HashMap::new(),
            by_use: BTreeMap::new(),
            uses: 0,
            loads: Loads::default(),
        }
    }

    /// Takes a document out, loading it where it is not in memory. Whoever changes it and fails drops it;
    /// the next to ask gets it as it is in the store.
    pub(super) fn take(
        &mut self,
        tx: &Connection,
        id: DocumentId,
    ) -> Result<Option<Loaded>, StoreError> {
        if let Some(loaded) = self.remove(id) {
            return Ok(Some(loaded));
        }
        let Some(bytes) = documents::load(tx, id)? else { return Ok(None) };
        metrics::counter!("samsynk_documents_loaded_total").increment(1);
        let (doc, walked) = untrusted::document(&bytes)
            .map_err(|why| StoreError::Document { document: id, why: why.to_string() })?;
        let loaded = Loaded::stored(doc, bytes.len(), walked);
        self.loads.count += 1;
        self.loads.bytes += loaded.memory_bytes().saturating_sub(BASE_BYTES) as u64;
        self.loads.operations += walked.ops as u64;
        Ok(Some(loaded))
    }

    /// Puts a document in, and others out where there is no room.
    pub(super) fn put(&mut self, id: DocumentId, loaded: Loaded) {
        let bytes = loaded.memory_bytes();
        self.remove(id);
        self.uses += 1;
        self.bytes += bytes;
        self.by_use.insert(self.uses, id);
        self.entries.insert(id, Entry { loaded, bytes, used: self.uses });
        while self.bytes > self.bytes_max
            && let Some((_, id)) = self.by_use.pop_first()
        {
            self.remove(id);
        }
    }

    /// Forgets a document.
    pub(super) fn remove(&mut self, id: DocumentId) -> Option<Loaded> {
        let entry = self.entries.remove(&id)?;
        self.by_use.remove(&entry.used);
        self.bytes -= entry.bytes;
        Some(entry.loaded)
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        *self = Self { uses: self.uses, loads: self.loads, ..Self::new(self.bytes_max) };
    }

    /// Shows how full it is.
    pub(super) fn report(&self) {
        metrics::gauge!("samsynk_cache_bytes").set(self.bytes as f64);
        metrics::gauge!("samsynk_cache_documents").set(self.entries.len() as f64);
    }

    /// What has been loaded since the start.
    pub(super) fn loads(&self) -> Loads {
        self.loads
    }

    /// What they take in memory, estimated.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many documents are in memory.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
