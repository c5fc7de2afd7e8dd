//! The engine's storage on a device: the real store, and a place for bugs.

use samsynk_core::engine::{Storage, StorageError, Stored, Write};
use samsynk_core::ids::DocumentId;
use samsynk_core::store::Store;

use crate::bug::Bug;

/// A device's store, and what is wrong with it on purpose.
#[derive(Debug)]
pub(super) struct Keeper {
    pub store: Store,
    pub bug: Option<Bug>,
    /// Whether it could not be read when it was last asked: what the engine has in memory may not be on disk.
    pub unread: bool,
    /// How many transactions it was asked for.
    commits: u64,
}

impl Keeper {
    pub(super) fn new(store: Store, bug: Option<Bug>) -> Self {
        Self { store, bug, unread: false, commits: 0 }
    }
}

impl Storage for Keeper {
    fn load(&mut self) -> Result<Stored, StorageError> {
        self.unread = true;
        let mut stored = self.store.load()?;
        self.unread = false;
        if self.bug == Some(Bug::DeviceForgetsActor) {
            // Every document of every device of the account is written by one and the same.
            stored.rows.values_mut().for_each(|row| row.actor = [0; 16]);
        }
        Ok(stored)
    }

    fn document(&mut self, id: DocumentId) -> Result<Vec<Vec<u8>>, StorageError> {
        self.store.document(id)
    }

    fn commit(&mut self, mut writes: Vec<Write>) -> Result<(), StorageError> {
        self.commits += 1;
        match self.bug {
            Some(Bug::DeviceSkipsCommit) if self.commits.is_multiple_of(5) => return Ok(()),
            Some(Bug::DeviceLosesOutboxRow) if self.commits.is_multiple_of(5) => {
                writes.retain(|write| !matches!(write, Write::Unsaved(_)));
            }
            Some(Bug::DeviceSkipsPurge) => writes.retain(|w| !matches!(w, Write::Purge(_))),
            Some(Bug::DeviceSendsBeforeCommit) => {
                // The failure comes to nobody's notice, and the frames go out.
                let _ = self.store.commit(writes);
                return Ok(());
            }
            _ => {}
        }
        self.store.commit(writes)
    }
}
