//! The shared memory of a write-ahead log: its index, and its locks. It is in no file, and gone with the power.

use std::collections::BTreeSet;

use super::locks::{Handle, LogLock};

/// How large a region is, in 8-byte words; SQLite asks for 32 KiB always.
const REGION_WORDS: usize = 32 * 1024 / 8;

/// How many locks a log has.
pub(super) const LOCKS_COUNT: usize = 8;

/// The shared memory of one database.
#[derive(Debug, Default)]
pub(super) struct SharedMemory {
    /// A region stays where it is in memory when this list grows.
    regions: Vec<Vec<u64>>,
    locks: [LogLock; LOCKS_COUNT],
    users: BTreeSet<Handle>,
}

impl SharedMemory {
    /// Where a region begins; made if need be and asked for. It stays there as long as it is in use.
    pub(super) fn region(&mut self, handle: Handle, index: usize, make: bool) -> Option<*mut u64> {
        self.users.insert(handle);
        if make {
            while self.regions.len() <= index {
                self.regions.push(vec![0; REGION_WORDS]);
            }
        }
        self.regions.get_mut(index).map(Vec::as_mut_ptr)
    }

    /// Takes some of the locks, all or none.
    pub(super) fn lock(
        &mut self,
        handle: Handle,
        range: std::ops::Range<usize>,
        exclusive: bool,
    ) -> bool {
        let Some(locks) = self.locks.get_mut(range) else { return false };
        let free = |lock: &LogLock| {
            if exclusive { lock.may_own(handle) } else { lock.may_share(handle) }
        };
        if !locks.iter().all(free) {
            return false;
        }
        for lock in locks {
            if exclusive { lock.own(handle) } else { lock.share(handle) }
        }
        true
    }

    pub(super) fn unlock(&mut self, handle: Handle, range: std::ops::Range<usize>) {
        self.locks.iter_mut().take(range.end).skip(range.start).for_each(|l| l.release(handle));
    }

    /// A handle no longer uses it. Whether nobody does.
    pub(super) fn leave(&mut self, handle: Handle) -> bool {
        self.users.remove(&handle);
        self.unlock(handle, 0..LOCKS_COUNT);
        self.users.is_empty()
    }
}
