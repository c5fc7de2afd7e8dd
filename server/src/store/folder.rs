//! The data folder: one process at a time has it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::StoreError;

/// A data folder that this process alone has, until it is dropped.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Opens a folder, creating it where there is none, and locks it.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`] while another process has it; [`StoreError::File`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        create_private(path).map_err(|error| failed(path, error))?;
        let lock_path = path.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(|error| failed(&lock_path, error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { folder: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(failed(&lock_path, error)),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database in it.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        database_in(&self.path)
    }

    /// The ledger of what is final, beside it.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.path.join("samsynk.ledger")
    }
}

/// The database in a data folder.
#[must_use]
pub fn database_in(folder: &Path) -> PathBuf {
    folder.join("samsynk.db")
}

/// The socket for the program's commands in a data folder.
#[must_use]
pub fn socket_in(folder: &Path) -> PathBuf {
    folder.join("admin.sock")
}

/// Creates a folder that other users of the machine cannot look into.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn failed(path: &Path, error: std::io::Error) -> StoreError {
    StoreError::File { path: path.to_owned(), error }
}
