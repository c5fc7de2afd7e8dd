//! What can go wrong with the data on disk.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

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
    /// What SQLite says.
    #[error(transparent)]
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
            Self::TooNew { .. } => "store-too-new",
            Self::Sqlite(_) | Self::File { .. } => "store-failed",
        }
    }
}

fn said(path: &Path, error: &Error) -> String {
    let path = path.display();
    match error.kind() {
        ErrorKind::PermissionDenied => format!("this user has no permission for {path} ({error})"),
        _ => format!("{path}: {error}"),
    }
}
