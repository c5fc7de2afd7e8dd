//! SQLite on the device, the same on phones, desktops and in browsers.

use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

use crate::engine::{Storage, StorageError, Stored, Write};
use crate::ids::DocumentId;

mod files;
mod read;
mod recovery;
mod schema;
#[cfg(test)]
mod tests;
mod write;

pub use files::{Files, Folder};
pub use recovery::Opened;

/// What SQLite is asked for, and why.
const PRAGMAS: [(&str, &str); 6] = [
    // One process, and in a browser one tab, has the store: no shared memory is needed for WAL.
    ("locking_mode", "EXCLUSIVE"),
    // One sync a commit. Where a file system cannot, SQLite stays with a rollback journal.
    ("journal_mode", "WAL"),
    // What a person was told is kept is kept when the power goes. With a rollback journal `FULL` does not
    // make sure that the journal is gone, and the last transaction would be rolled back; `EXTRA` does, and
    // costs a log nothing.
    ("synchronous", "EXTRA"),
    // What is deleted is overwritten: withdrawn documents leave no trace.
    ("secure_delete", "ON"),
    ("foreign_keys", "ON"),
    // Temporary tables need no file of their own in a browser's pool of files.
    ("temp_store", "MEMORY"),
];

/// A device's store.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
}

impl Store {
    /// Opens the store in a folder, or makes one. A damaged store is put aside, never deleted, and
    /// a new one begun with what could be read of it; see [`Opened`].
    ///
    /// # Errors
    ///
    /// The folder cannot be written, or a newer program has been here.
    pub fn open(files: &dyn Files) -> Result<Opened, StorageError> {
        recovery::open(files)
    }

    fn open_file(path: &str) -> rusqlite::Result<Self> {
        let mut connection = Connection::open(path)?;
        for (name, value) in PRAGMAS {
            connection.pragma_update(None, name, value)?;
        }
        schema::migrate(&mut connection)?;
        Ok(Self { connection })
    }

    /// How many bytes the store takes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let number = |pragma: &str| {
            self.connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, u64>(0))
        };
        number("page_count").unwrap_or(0) * number("page_size").unwrap_or(0)
    }

    /// Empties the store: this device forgets everything.
    ///
    /// # Errors
    ///
    /// SQLite's.
    pub fn forget(&mut self) -> Result<(), StorageError> {
        let tables =
            ["settings", "documents", "chunks", "outbox", "commands", "outcomes", "set_aside"];
        let deletes: String = tables.map(|table| format!("DELETE FROM {table};")).concat();
        let tx = self.connection.transaction().map_err(|error| failure(&error))?;
        tx.execute_batch(&deletes).map_err(|error| failure(&error))?;
        tx.commit().map_err(|error| failure(&error))?;
        // What was deleted is in neither the file nor its log.
        self.connection.execute_batch("VACUUM").map_err(|error| failure(&error))?;
        self.clear_log();
        Ok(())
    }

    /// Empties the write-ahead log into the file, so that nothing of what was deleted remains in it.
    fn clear_log(&self) {
        let folded = "PRAGMA wal_checkpoint(TRUNCATE)";
        if let Err(error) = self.connection.query_row(folded, [], |_| Ok(())) {
            tracing::warn!(%error, "the log could not be emptied");
        }
    }
}

impl Storage for Store {
    fn load(&mut self) -> Result<Stored, StorageError> {
        let tx = self.connection.transaction().map_err(|error| failure(&error))?;
        read::stored(&tx).map_err(|error| failure(&error))
    }

    fn document(&mut self, id: DocumentId) -> Result<Vec<Vec<u8>>, StorageError> {
        let tx = self.connection.transaction().map_err(|error| failure(&error))?;
        read::document(&tx, id).map_err(|error| failure(&error))
    }

    fn commit(&mut self, writes: Vec<Write>) -> Result<(), StorageError> {
        self.try_commit(&writes).map_err(|error| {
            self.bury_failed_commit();
            failure(&error)
        })?;
        let ends = |write: &Write| matches!(write, Write::Ended(Some(_)));
        if writes.iter().any(ends) {
            self.clear_log();
        }
        Ok(())
    }
}

impl Store {
    fn try_commit(&mut self, writes: &[Write]) -> rusqlite::Result<()> {
        let tx = self.connection.transaction()?;
        for write in writes {
            write::write(&tx, write)?;
        }
        tx.commit()
    }

    /// Writes over what a failed commit has left in the log. Where only the sync failed, the log holds the whole
    /// transaction, and the next start would bring back what was refused. This is not synced, since that is what fails.
    fn bury_failed_commit(&self) {
        let over = "PRAGMA synchronous = OFF;
                    INSERT INTO settings (name, value) VALUES ('failed-commit', hex(randomblob(8)))
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value;";
        // Where writing fails too, nothing of the transaction can be in the log.
        let buried = self.connection.execute_batch(over);
        let again = self.connection.execute_batch("PRAGMA synchronous = EXTRA");
        if let Err(error) = buried.and(again) {
            tracing::error!(code = ?error.sqlite_error_code(), "a failed commit could not be written over");
        }
    }
}

/// Whether the disk last refused a write for want of room, which SQLite in a browser cannot tell.
static OUT_OF_ROOM: AtomicBool = AtomicBool::new(false);

/// Notes whether the disk last refused a write for want of room, where SQLite cannot tell.
pub fn note_out_of_room(is_out: bool) {
    OUT_OF_ROOM.store(is_out, Ordering::Relaxed);
}

/// What a caller acts on: no room, or broken.
fn failure(error: &rusqlite::Error) -> StorageError {
    use rusqlite::ErrorCode::{DiskFull, SystemIoFailure};
    match error.sqlite_error_code() {
        Some(DiskFull) => StorageError::Full,
        // A browser's quota shows as a failed write.
        Some(SystemIoFailure) if OUT_OF_ROOM.load(Ordering::Relaxed) => StorageError::Full,
        _ => StorageError::Broken(error.to_string()),
    }
}
