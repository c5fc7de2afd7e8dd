//! Where store files live: a folder on phones and desktops, a pool of files in a browser.

use std::path::PathBuf;

/// A place for store files.
pub trait Files {
    /// Whether there is a file of this name.
    fn exists(&self, name: &str) -> bool;

    /// What SQLite opens for this name.
    fn path(&self, name: &str) -> String;
}

/// A folder of the file system.
#[derive(Debug, Clone)]
pub struct Folder(pub PathBuf);

impl Files for Folder {
    fn exists(&self, name: &str) -> bool {
        self.0.join(name).exists()
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }
}
