//! Where store files live: a folder on phones and desktops, a pool of files in a browser.

use std::path::PathBuf;

/// A place for store files.
pub trait Files {
    /// Whether there is a file of this name.
    fn exists(&self, name: &str) -> bool;

    /// What SQLite opens for this name.
    fn path(&self, name: &str) -> String;

    /// Sees to it that nobody but the owner reads a file of this name, which may be there or yet to be made.
    ///
    /// # Errors
    ///
    /// What the file system says.
    fn keep_private(&self, _name: &str) -> std::io::Result<()> {
        Ok(())
    }
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

    #[cfg(unix)]
    fn keep_private(&self, name: &str) -> std::io::Result<()> {
        use std::fs::Permissions;
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        // SQLite gives its logs the permissions of the file; older stores may have left them open.
        let mut options = std::fs::OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(ONLY_OWNER);
        options.open(self.0.join(name))?;
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let file = self.0.join(format!("{name}{suffix}"));
            match std::fs::metadata(&file) {
                Ok(found) if found.permissions().mode() & 0o077 != 0 => {
                    std::fs::set_permissions(&file, Permissions::from_mode(ONLY_OWNER))?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Read and written by the owner, closed to everybody else.
#[cfg(unix)]
const ONLY_OWNER: u32 = 0o600;
