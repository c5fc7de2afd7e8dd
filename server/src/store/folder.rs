//! The data folder: one process at a time has it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::StoreError;
use crate::limits::SOCKET_PATH_BYTES_MAX;

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
        let lock = open_private(OpenOptions::new().create(true).truncate(false), &lock_path);
        let lock = lock.map_err(|error| failed(&lock_path, error))?;
        match lock.try_lock() {
            Ok(()) => {
                let data = Self { path: path.to_owned(), _lock: lock };
                close_files(path).map_err(|error| failed(path, error))?;
                data.remove_remains()?;
                data.give_to_owner();
                Ok(data)
            }
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

    /// A backup that is about to become the database.
    #[must_use]
    pub fn restoring(&self) -> PathBuf {
        with_suffix(&self.database(), ".restoring")
    }

    /// Removes the copy of a backup that was not put in place, as whoever is erased may be in it.
    ///
    /// # Errors
    ///
    /// [`StoreError::File`].
    pub(super) fn remove_remains(&self) -> Result<(), StoreError> {
        let new = self.restoring();
        ["", "-journal", "-wal", "-shm"]
            .iter()
            .try_for_each(|suffix| remove_if_there(&with_suffix(&new, suffix)))
    }

    /// Gives the files to the owner of the folder, where another user may: what root does for a server must not lock it out.
    pub(super) fn give_to_owner(&self) {
        if let Err(error) = give_files(&self.path) {
            tracing::warn!(%error, folder = %self.path.display(), "files keep another owner than the folder");
        }
    }

    /// The ledger of what is final, beside it.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        ledger_in(&self.path)
    }
}

/// The database in a data folder.
#[must_use]
pub fn database_in(folder: &Path) -> PathBuf {
    folder.join("samsynk.db")
}

fn ledger_in(folder: &Path) -> PathBuf {
    folder.join("samsynk.ledger")
}

/// Whether a data folder holds data, or did: where a ledger is, there was a database.
///
/// # Errors
///
/// As [`is_there`].
pub fn holds_data(folder: &Path) -> Result<bool, StoreError> {
    Ok(!is_empty(&database_in(folder))? || is_there(&ledger_in(folder))?)
}

/// Whether a file is missing or empty, as a database is that nobody has written yet.
///
/// # Errors
///
/// As [`is_there`].
pub fn is_empty(path: &Path) -> Result<bool, StoreError> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        found => found.map(|found| found.len() == 0).map_err(|error| failed(path, error)),
    }
}

/// Whether there is something at a path. A folder that may not be looked into is no empty one.
///
/// # Errors
///
/// [`StoreError::File`], as where permission lacks.
pub fn is_there(path: &Path) -> Result<bool, StoreError> {
    path.try_exists().map_err(|error| failed(path, error))
}

/// The socket for the program's commands in a data folder.
#[must_use]
pub fn socket_in(folder: &Path) -> PathBuf {
    folder.join("admin.sock")
}

/// Does something with the path of the socket in a data folder, however long that is: where it is too long for a
/// socket, by way of the open folder's number, under which Linux has it too.
///
/// # Errors
///
/// What the work or the file system says.
pub fn at_socket<T>(
    folder: &Path,
    work: impl FnOnce(&Path) -> std::io::Result<T>,
) -> std::io::Result<T> {
    let path = socket_in(folder);
    if path.as_os_str().len() <= SOCKET_PATH_BYTES_MAX {
        return work(&path);
    }
    let open = File::open(folder)?;
    let number = std::os::fd::AsRawFd::as_raw_fd(&open);
    work(&socket_in(&Path::new("/proc/self/fd").join(number.to_string())))
}

/// Whether other users of the machine can look into a folder or write in it. Nothing in it is theirs to read, but its
/// owner should know.
#[must_use]
pub fn is_open_to_others(folder: &Path) -> bool {
    std::fs::metadata(folder).is_ok_and(|folder| is_open(&folder.permissions()))
}

/// Opens a file for writing. Where that creates it, only its owner can read it, whatever the umask.
///
/// # Errors
///
/// What the file system says.
pub(super) fn open_private(options: &mut OpenOptions, path: &Path) -> std::io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.write(true).open(path)
}

/// A path with this at its end.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

pub(super) fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(path, error)),
        _ => Ok(()),
    }
}

/// Only root may give files away; for all others these are theirs already.
#[cfg(unix)]
fn give_files(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, chown};
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let owner = std::fs::metadata(folder)?;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let found = entry.metadata()?;
        let has_owner = (found.uid(), found.gid()) == (owner.uid(), owner.gid());
        if is_ours(&entry.file_name()) && found.is_file() && !has_owner {
            chown(entry.path(), Some(owner.uid()), Some(owner.gid()))?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn give_files(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn is_ours(name: &std::ffi::OsStr) -> bool {
    name == "lock" || name.to_string_lossy().starts_with("samsynk.")
}

/// Closes to other users what an older program, or a copy by hand, left open to them.
fn close_files(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let found = entry.metadata()?;
        if is_ours(&entry.file_name()) && found.is_file() && is_open(&found.permissions()) {
            close(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_open(permissions: &std::fs::Permissions) -> bool {
    std::os::unix::fs::PermissionsExt::mode(permissions) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open(_: &std::fs::Permissions) -> bool {
    false
}

fn close(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let only_owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(path, only_owner)?;
    }
    Ok(())
}

/// Creates a folder that other users of the machine cannot look into.
///
/// # Errors
///
/// What the file system says.
pub fn create_private(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

pub(super) fn failed(path: &Path, error: std::io::Error) -> StoreError {
    StoreError::File { path: path.to_owned(), error }
}
