//! The documents in memory: the least recently used go first.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;
use samsynk_core::ids::DocumentId;
use samsynk_core::wire::untrusted;

use super::loaded::Loaded;
use crate::store::{StoreError, documents};

/// About how many bytes of memory documents may take between two batches.
pub const CACHE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// What a document takes at least, in bytes.
const DOCUMENT_BYTES_BASE: usize = 16 * 1024;

/// How much larger a document is in memory than on disk, measured with plans and text: 8 to 15 times.
const MEMORY_PER_DISK_BYTE: usize = 12;

#[derive(Debug)]
struct Entry {
    loaded: Loaded,
    bytes: usize,
    used: u64,
}

/// Documents in memory, bounded in bytes.
#[derive(Debug)]
pub(super) struct Cache {
    bytes_max: usize,
    bytes: usize,
    entries: HashMap<DocumentId, Entry>,
    by_use: BTreeMap<u64, DocumentId>,
    uses: u64,
}

impl Cache {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, bytes: 0, entries: HashMap::new(), by_use: BTreeMap::new(), uses: 0 }
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
        Ok(Some(Loaded::stored(doc, bytes.len(), walked)))
    }

    /// Puts a document in, with its size on disk.
    pub(super) fn put(&mut self, id: DocumentId, loaded: Loaded, disk_bytes: u64) {
        let disk_bytes = usize::try_from(disk_bytes).unwrap_or(usize::MAX);
        let bytes =
            disk_bytes.saturating_mul(MEMORY_PER_DISK_BYTE).saturating_add(DOCUMENT_BYTES_BASE);
        self.remove(id);
        self.uses += 1;
        self.bytes += bytes;
        self.by_use.insert(self.uses, id);
        self.entries.insert(id, Entry { loaded, bytes, used: self.uses });
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
        *self = Self { uses: self.uses, ..Self::new(self.bytes_max) };
    }

    /// Brings it under its bound.
    pub(super) fn shrink(&mut self) {
        while self.bytes > self.bytes_max
            && let Some((_, id)) = self.by_use.pop_first()
        {
            self.remove(id);
        }
        metrics::gauge!("samsynk_cache_bytes").set(self.bytes as f64);
        metrics::gauge!("samsynk_cache_documents").set(self.entries.len() as f64);
    }

    /// How many documents are in memory.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
