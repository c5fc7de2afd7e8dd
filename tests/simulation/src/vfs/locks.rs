//! Who may read and write a file: SQLite's five states (<https://sqlite.org/lockingv3.html>), and the eight
//! locks of a write-ahead log.

use std::collections::BTreeSet;

/// One open file.
pub(super) type Handle = u64;

/// How far a handle has locked its file; the numbers are SQLite's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    None = 0,
    Shared = 1,
    Reserved = 2,
    Pending = 3,
    Exclusive = 4,
}

impl Level {
    pub(super) fn of(number: i32) -> Self {
        match number {
            0 => Self::None,
            1 => Self::Shared,
            2 => Self::Reserved,
            3 => Self::Pending,
            _ => Self::Exclusive,
        }
    }
}

/// The locks on one file.
#[derive(Debug, Default)]
pub(super) struct Locks {
    shared: BTreeSet<Handle>,
    /// Who will write.
    writer: Option<(Handle, Level)>,
}

impl Locks {
    /// Locks further. False where another is in the way.
    pub(super) fn lock(&mut self, handle: Handle, to: Level) -> bool {
        let others_write = self.writer.filter(|(writer, _)| *writer != handle);
        match to {
            Level::None => true,
            Level::Shared => {
                if others_write.is_some_and(|(_, level)| level >= Level::Pending) {
                    return false;
                }
                self.shared.insert(handle);
                true
            }
            _ if others_write.is_some() => false,
            Level::Reserved | Level::Pending => {
                self.writer = Some((handle, to));
                true
            }
            Level::Exclusive => {
                let alone = self.shared.iter().all(|reader| *reader == handle);
                self.writer = Some((handle, if alone { to } else { Level::Pending }));
                alone
            }
        }
    }

    pub(super) fn unlock(&mut self, handle: Handle, to: Level) {
        if self.writer.is_some_and(|(writer, _)| writer == handle) && to < Level::Reserved {
            self.writer = None;
        }
        if to == Level::None {
            self.shared.remove(&handle);
        }
    }

    pub(super) fn is_reserved(&self) -> bool {
        self.writer.is_some()
    }
}

/// One of the locks of a write-ahead log.
#[derive(Debug, Default)]
pub(super) struct LogLock {
    shared: BTreeSet<Handle>,
    exclusive: Option<Handle>,
}

impl LogLock {
    pub(super) fn may_share(&self, handle: Handle) -> bool {
        self.exclusive.is_none_or(|owner| owner == handle)
    }

    pub(super) fn may_own(&self, handle: Handle) -> bool {
        self.may_share(handle) && self.shared.iter().all(|reader| *reader == handle)
    }

    pub(super) fn share(&mut self, handle: Handle) {
        self.shared.insert(handle);
    }

    pub(super) fn own(&mut self, handle: Handle) {
        self.exclusive = Some(handle);
    }

    pub(super) fn release(&mut self, handle: Handle) {
        self.shared.remove(&handle);
        if self.exclusive == Some(handle) {
            self.exclusive = None;
        }
    }
}
