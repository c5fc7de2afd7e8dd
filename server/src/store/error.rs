//! What can go wrong with the data on disk.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
use samsynk_core::refusal::Refusal;

/// The data cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the data folder.
    #[error("{folder} is in use by another samsynk process")]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The database is damaged. It is left as it is.
    #[error("{file} is damaged ({why}); `samsynk restore` can put a backup in its place")]
    Corrupt {
        /// The database.
        file: PathBuf,
        /// What SQLite found.
        why: String,
    },
    /// A file that was to be put in the place of the data is damaged, or none of ours. Nothing has changed.
    #[error("{file} is not a backup that can be used ({why}); the data stays as it is")]
    NoBackup {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The database was written by a newer version of the program.
    #[error("the database has version {found}; this program knows versions up to {known}")]
    TooNew {
        /// The database's version.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// A row holds what no version of the program writes.
    #[error("unreadable {0} in the database")]
    Unreadable(&'static str),
    /// A stored document does not load.
    #[error("the stored document {document} does not load: {why}")]
    Document {
        /// The document.
        document: samsynk_core::ids::DocumentId,
        /// What Automerge says.
        why: String,
    },
    /// The ledger is damaged. It is left as it is.
    #[error("{file} is damaged ({why}); {LEDGER_REMEDY}")]
    Ledger {
        /// The ledger.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// What SQLite says.
    #[error("{}", said_by_sqlite(.0))]
    Sqlite(#[from] rusqlite::Error),
    /// What the file system says.
    #[error("{}", said(path, error))]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// What it says.
        error: Error,
    },
}

impl StoreError {
    /// The stable code for scripts and language files.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "data-in-use",
            Self::Corrupt { .. }
            | Self::NoBackup { .. }
            | Self::Unreadable(_)
            | Self::Document { .. } => "store-corrupt",
            Self::Ledger { .. } => "ledger-corrupt",
            Self::TooNew { .. } => "store-too-new",
            Self::Sqlite(_) | Self::File { .. } => "store-failed",
        }
    }

    /// The refusal of what was asked for, with all that its sentence needs. It says nothing of where files are: phones hear
    /// it, too.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let refusal = Refusal::new(self.code());
        match self {
            Self::InUse { .. } => refusal,
            Self::TooNew { found, known } => refusal.with("found", found).with("known", known),
            Self::Corrupt { why, .. }
            | Self::NoBackup { why, .. }
            | Self::Ledger { why, .. }
            | Self::Document { why, .. } => refusal.with("why", why),
            Self::Unreadable(what) => refusal.with("why", format_args!("unreadable {what}")),
            Self::Sqlite(error) => refusal.with("why", said_by_sqlite(error)),
            Self::File { error, .. } => refusal.with("why", said_by_system(error)),
        }
    }
}

/// What helps where the ledger is damaged.
pub(crate) const LEDGER_REMEDY: &str = "move it away, and it is made again from the database, which knows all that is final but \
    what came after a backup that was restored";

/// What SQLite says, and so that a full disk is called one: what cannot grow for the log's index has a code of its own.
fn said_by_sqlite(error: &rusqlite::Error) -> String {
    let full = error.sqlite_error().is_some_and(|cause| {
        cause.code == ErrorCode::DiskFull || cause.extended_code == SQLITE_IOERR_SHMSIZE
    });
    if full { format!("{DISK_FULL} ({error})") } else { error.to_string() }
}

fn said_by_system(error: &Error) -> String {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => format!("{DISK_FULL} ({error})"),
        _ => error.to_string(),
    }
}

const DISK_FULL: &str = "the disk is full";

fn said(path: &Path, error: &Error) -> String {
    let path = path.display();
    match error.kind() {
        ErrorKind::PermissionDenied => format!("this user has no permission for {path} ({error})"),
        _ => format!("{path}: {}", said_by_system(error)),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi::{self, SQLITE_FULL, SQLITE_IOERR_READ};

    use super::*;

    #[test]
    fn a_full_disk_is_called_one_and_no_path_is_told() {
        let sqlite =
            |code| StoreError::Sqlite(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        let file = |kind: ErrorKind| StoreError::File {
            path: PathBuf::from("/srv/secret"),
            error: kind.into(),
        };
        let full =
            [sqlite(SQLITE_FULL), sqlite(SQLITE_IOERR_SHMSIZE), file(ErrorKind::StorageFull)];
        let other = [sqlite(SQLITE_IOERR_READ), file(ErrorKind::PermissionDenied)];
        for (errors, is_full) in [(&full[..], true), (&other[..], false)] {
            for error in errors {
                let why = &error.refusal().params["why"];
                assert_eq!(why.contains(DISK_FULL), is_full, "{why}");
                assert_eq!(error.to_string().contains(DISK_FULL), is_full, "{error}");
                assert!(!why.contains("/srv"), "{why}");
            }
        }
    }
}
