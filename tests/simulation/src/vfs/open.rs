//! A file that SQLite has open, in safe Rust: what [`super::calls`] hands its calls on to.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::ffi;

use super::Inner;
use super::locks::{Handle, Level};
use super::shared::SharedMemory;
use crate::disk::{Disk, Failure, FileId};

/// What SQLite is answered: one of its result codes.
pub(super) type Code = i32;

/// An open file.
#[derive(Debug)]
pub(super) struct OpenFile {
    machine: Arc<Mutex<Inner>>,
    /// The boot of the machine during which it was opened.
    boot: u64,
    handle: Handle,
    file: FileId,
    level: Level,
    shared: Option<Arc<Mutex<SharedMemory>>>,
    /// Its first sync makes sure of its name as well, as on Unix for journals and logs, also for those that
    /// were there: who made them may have ended before it synced.
    syncs_name: bool,
    /// What is deleted when it is closed.
    delete_on_close: Option<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn code(failure: Failure, error: Code) -> Code {
    match failure {
        Failure::Full => ffi::SQLITE_FULL,
        Failure::Error | Failure::PowerGoes | Failure::Off => error,
    }
}

impl OpenFile {
    /// Opens a file, creating it where the flags say so.
    pub(super) fn open(machine: Arc<Mutex<Inner>>, name: &str, flags: i32) -> Result<Self, Code> {
        let mut inner = lock(&machine);
        if inner.disk.faults.is_off() {
            return Err(ffi::SQLITE_CANTOPEN);
        }
        let creates = flags & ffi::SQLITE_OPEN_CREATE != 0;
        let file = match inner.disk.find(name) {
            Some(file) => file,
            None if !creates => return Err(ffi::SQLITE_CANTOPEN),
            None => inner.disk.create(name).map_err(|_| ffi::SQLITE_CANTOPEN)?,
        };
        let journals = ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_WAL;
        inner.handles += 1;
        let (boot, handle) = (inner.boot, inner.handles);
        drop(inner);
        let deletes = flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0;
        Ok(Self {
            machine,
            boot,
            handle,
            file,
            level: Level::None,
            shared: None,
            syncs_name: creates && flags & journals != 0,
            delete_on_close: deletes.then(|| name.to_owned()),
        })
    }

    /// The machine, if it is still the one that opened this file.
    fn inner(&self) -> Result<MutexGuard<'_, Inner>, Failure> {
        let inner = lock(&self.machine);
        if inner.boot == self.boot { Ok(inner) } else { Err(Failure::Off) }
    }

    fn disk<T>(&self, work: impl FnOnce(&mut Disk) -> Result<T, Failure>) -> Result<T, Failure> {
        self.inner().and_then(|mut inner| work(&mut inner.disk))
    }

    pub(super) fn close(mut self) {
        self.leave_shared();
        let Ok(mut inner) = self.inner() else { return };
        if let Some(locks) = inner.locks.get_mut(&self.file) {
            locks.unlock(self.handle, Level::None);
        }
        if let Some(name) = &self.delete_on_close {
            // Where that fails the file stays, as a temporary file does after a crash.
            let _ = inner.disk.delete(name);
        }
    }

    /// Reads; what is beyond the end reads as zeros.
    pub(super) fn read(&self, at: usize, into: &mut [u8]) -> Code {
        match self.disk(|disk| disk.read(self.file, at, into)) {
            Ok(count) if count == into.len() => ffi::SQLITE_OK,
            Ok(count) => {
                into[count..].fill(0);
                ffi::SQLITE_IOERR_SHORT_READ
            }
            Err(failure) => code(failure, ffi::SQLITE_IOERR_READ),
        }
    }

    pub(super) fn write(&self, at: usize, bytes: &[u8]) -> Code {
        done(self.disk(|disk| disk.write(self.file, at, bytes)), ffi::SQLITE_IOERR_WRITE)
    }

    pub(super) fn truncate(&self, size: usize) -> Code {
        done(self.disk(|disk| disk.resize(self.file, size)), ffi::SQLITE_IOERR_TRUNCATE)
    }

    pub(super) fn sync(&mut self) -> Code {
        let synced = self.disk(|disk| {
            disk.sync(self.file)?;
            if self.syncs_name {
                disk.sync_names();
            }
            Ok(())
        });
        if synced.is_ok() {
            self.syncs_name = false;
        }
        done(synced, ffi::SQLITE_IOERR_FSYNC)
    }

    pub(super) fn size(&self) -> usize {
        self.inner().map_or(0, |inner| inner.disk.size(self.file))
    }

    pub(super) fn lock(&mut self, to: Level) -> Code {
        if self.level >= to {
            return ffi::SQLITE_OK;
        }
        let Ok(mut inner) = self.inner() else { return ffi::SQLITE_IOERR_LOCK };
        let locked = inner.locks.entry(self.file).or_default().lock(self.handle, to);
        drop(inner);
        if !locked {
            return ffi::SQLITE_BUSY;
        }
        self.level = to;
        ffi::SQLITE_OK
    }

    pub(super) fn unlock(&mut self, to: Level) {
        self.level = self.level.min(to);
        if let Ok(mut inner) = self.inner() {
            inner.locks.entry(self.file).or_default().unlock(self.handle, to);
        }
    }

    pub(super) fn is_reserved(&self) -> bool {
        let locks = |inner: MutexGuard<'_, Inner>| {
            inner.locks.get(&self.file).is_some_and(super::locks::Locks::is_reserved)
        };
        self.inner().is_ok_and(locks)
    }

    fn shared(&mut self) -> Result<&Mutex<SharedMemory>, Failure> {
        if self.shared.is_none() {
            let shared = Arc::clone(self.inner()?.shared.entry(self.file).or_default());
            self.shared = Some(shared);
        }
        Ok(self.shared.as_deref().expect("set just above"))
    }

    pub(super) fn region(&mut self, index: usize, make: bool) -> Result<Option<*mut u64>, Code> {
        let handle = self.handle;
        let shared = self.shared().map_err(|_| ffi::SQLITE_IOERR_SHMMAP)?;
        Ok(lock(shared).region(handle, index, make))
    }

    pub(super) fn lock_shared(&mut self, range: Range<usize>, exclusive: bool) -> Code {
        let handle = self.handle;
        let Ok(shared) = self.shared() else { return ffi::SQLITE_IOERR_SHMLOCK };
        if lock(shared).lock(handle, range, exclusive) { ffi::SQLITE_OK } else { ffi::SQLITE_BUSY }
    }

    pub(super) fn unlock_shared(&mut self, range: Range<usize>) {
        if let Some(shared) = &self.shared {
            lock(shared).unlock(self.handle, range);
        }
    }

    pub(super) fn leave_shared(&mut self) {
        let Some(shared) = self.shared.take() else { return };
        let unused = lock(&shared).leave(self.handle);
        if unused && let Ok(mut inner) = self.inner() {
            inner.shared.remove(&self.file);
        }
    }
}

fn done(result: Result<(), Failure>, error: Code) -> Code {
    result.map_or_else(|failure| code(failure, error), |()| ffi::SQLITE_OK)
}

/// Deletes a file by its name.
pub(super) fn delete(machine: &Mutex<Inner>, name: &str, sync_names: bool) -> Code {
    let mut inner = lock(machine);
    if inner.disk.find(name).is_none() {
        return ffi::SQLITE_IOERR_DELETE_NOENT;
    }
    let deleted = inner.disk.delete(name).map(|()| {
        if sync_names {
            inner.disk.sync_names();
        }
    });
    done(deleted, ffi::SQLITE_IOERR_DELETE)
}

pub(super) fn exists(machine: &Mutex<Inner>, name: &str) -> bool {
    let inner = lock(machine);
    !inner.disk.faults.is_off() && inner.disk.find(name).is_some()
}
