//! The database: SQLite in the data folder. All SQL of the server is here.
//!
//! ```text
//!   folder      the data folder and its lock
//!   schema      the tables as they are
//!   migrations  from older versions to it
//!   documents   documents, their bytes and heads
//!   access      which keys open which document, and which accounts hold them
//!   accounts    accounts, roles, actors
//!   devices     devices and their tokens
//!   invitations what enrols a device, once
//!   imported    what files call accounts
//!   journal     commands and audit
//!   ledger      what is final, in a file that outlives backups
//!   finality    the same, in the database
//!   upkeep      backup, integrity, restore
//!   withdrawals what accounts could read once
//! ```

pub mod access;
pub mod accounts;
pub mod devices;
pub mod documents;
mod error;
pub mod finality;
mod folder;
pub mod imported;
pub mod invitations;
pub mod journal;
pub mod ledger;
mod migrations;
pub mod schema;
#[cfg(test)]
mod tests;
pub mod upkeep;
pub mod withdrawals;

use crate::limits::STATEMENTS_COUNT_MAX;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior,
};

pub use error::StoreError;
pub use folder::{
    DataDir, at_socket, create_private, database_in, holds_data, is_empty, is_open_to_others,
    is_there, socket_in,
};
use ledger::{Final, Ledger};
use samsynk_core::domain::Moment;

/// How each connection is set up, and why.
const PRAGMAS: &[(&str, &str)] = &[
    ("journal_mode", "WAL"), // readers beside the writer, and one sync for each commit
    ("synchronous", "EXTRA"), // a receipt survives a power cut, also where there can be no WAL
    ("foreign_keys", "ON"),  // no token without a device
    ("secure_delete", "ON"), // what is erased is overwritten
    ("busy_timeout", "5000"), // milliseconds; a backup may hold a lock for a moment
    ("cache_size", "-32000"), // KiB; an index of 100,000 documents fits
    ("journal_size_limit", "67108864"), // bytes; what a long backup let the log grow to is given back
    ("temp_store", "MEMORY"),           // nothing personal in a temporary file
];

/// The one writer of a database.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    file: PathBuf,
    ledger: Ledger,
}

impl Store {
    /// Opens the database of a data folder and the ledger beside it; creates or upgrades them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] for a file that is damaged or no database, which is left as it is;
    /// [`StoreError::TooNew`]; what SQLite says.
    pub fn open(folder: &DataDir) -> Result<Self, StoreError> {
        let file = folder.database();
        if is_empty(&file)? && is_there(&folder.ledger())? {
            // The ledger was made after it.
            let why = "it is missing or empty, and its ledger is there".to_owned();
            return Err(StoreError::Corrupt { file, why });
        }
        // SQLite gives its logs the permissions of the file.
        let made = folder::open_private(OpenOptions::new().create(true).truncate(false), &file);
        made.map_err(|error| StoreError::File { path: file.clone(), error })?;
        let store = Self::open_on(file, || Ledger::open(&folder.ledger()))?;
        folder.give_to_owner();
        Ok(store)
    }

    /// Opens a database by its path, or by a URI that names another file system of SQLite's, and then its ledger. The
    /// caller sees to it that nobody else writes them.
    ///
    /// # Errors
    ///
    /// As [`Store::open`].
    pub fn open_on(
        file: PathBuf,
        ledger: impl FnOnce() -> Result<Ledger, StoreError>,
    ) -> Result<Self, StoreError> {
        let open = || -> Result<Connection, StoreError> {
            let mut connection = Connection::open(&file)?;
            // That of another program is left as it is.
            migrations::version(&connection)?;
            prepare(&connection)?;
            check_quickly(&connection, &file)?;
            migrations::migrate(&mut connection)?;
            Ok(connection)
        };
        let connection = open().map_err(|error| corrupt(&file, error))?;
        let ledger = ledger()?;
        Ok(Self { connection, file, ledger })
    }

    /// The database file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// What is final, whatever the database says.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Notes in the ledger what the database holds to be final; it is on disk when this returns.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn note(&mut self, entries: &[(Final, Moment)]) -> Result<(), StoreError> {
        // Who was erased before is in no database that was replaced since.
        let new = self.ledger.note(entries)?;
        if new.iter().any(|(what, _)| matches!(what, Final::Erased(_))) {
            upkeep::remove_replaced(self.file());
        }
        Ok(())
    }

    /// Empties the write-ahead log into the database, so that nothing of what was erased remains in it. A
    /// reader may hold that up; the log is then emptied by later commits.
    pub fn clear_log(&mut self) {
        let busy = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
        if !matches!(busy, Ok(false)) {
            tracing::warn!(?busy, "the log could not be emptied after erasing");
        }
    }

    /// Reads, all from one moment.
    ///
    /// # Errors
    ///
    /// What the closure or SQLite says.
    pub fn read<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let tx = self.connection.transaction().map_err(StoreError::from)?;
        work(&tx)
    }

    /// Writes: all of it is on disk when this returns, or nothing has happened.
    ///
    /// # Errors
    ///
    /// What the closure or SQLite says.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let tx = tx.map_err(StoreError::from)?;
        let done = work(&tx)?;
        tx.commit().map_err(StoreError::from)?;
        Ok(done)
    }
}

/// A connection that can only read, beside the writer, by the path or URI that the writer was opened with.
///
/// # Errors
///
/// What SQLite says.
pub fn open_read_only(file: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.pragma_update(None, "busy_timeout", "5000")?;
    Ok(connection)
}

/// Runs work that is undone alone when it is refused, within a transaction.
///
/// # Errors
///
/// What SQLite says, or the work; the inner result is the work's own refusal.
pub fn undoable<T, R>(
    tx: &Connection,
    work: impl FnOnce() -> Result<Result<T, R>, StoreError>,
) -> Result<Result<T, R>, StoreError> {
    tx.execute_batch("SAVEPOINT undoable")?;
    let done = work()?;
    let end =
        if done.is_ok() { "RELEASE undoable" } else { "ROLLBACK TO undoable; RELEASE undoable" };
    tx.execute_batch(end)?;
    Ok(done)
}

fn prepare(connection: &Connection) -> Result<(), StoreError> {
    for (name, value) in PRAGMAS {
        // Some answer with their value, some with nothing.
        connection.pragma_update_and_check(None, name, value, |_| Ok(())).or_else(|error| {
            match error {
                rusqlite::Error::QueryReturnedNoRows => Ok(()),
                other => Err(other),
            }
        })?;
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS_COUNT_MAX);
    // Otherwise SQLite plans a statement anew for each new value bound to it: a tenth of the hub's time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Looks at the parts that every query needs; `samsynk check` looks at all.
fn check_quickly(connection: &Connection, file: &Path) -> Result<(), StoreError> {
    let look = || connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    if look()? == "ok" {
        return Ok(());
    }
    // A read that fails looks like damage to SQLite's check, and may succeed the next time.
    match look()? {
        answer if answer == "ok" => Ok(()),
        why => Err(StoreError::Corrupt { file: file.to_owned(), why }),
    }
}

fn corrupt(file: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Sqlite(rusqlite::Error::SqliteFailure(cause, _))
            if matches!(cause.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) =>
        {
            StoreError::Corrupt { file: file.to_owned(), why: cause.to_string() }
        }
        other => other,
    }
}

/// An id or hash from a column.
fn bytes<const N: usize>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<[u8; N]> {
    row.get(column)
}

/// A number that is never negative.
fn count(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}

/// What this database is called on the wire; `fresh` where it has no name yet.
///
/// # Errors
///
/// What SQLite says.
pub fn storage_id(tx: &Connection, fresh: [u8; 16]) -> Result<[u8; 16], StoreError> {
    meta(tx, "storage", fresh)
}

/// The secret that seals are made with, part of every backup; `fresh` where there is none yet.
///
/// # Errors
///
/// What SQLite says.
pub fn seal_key(tx: &Connection, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
    meta(tx, "seal-key", fresh)
}

/// The longest origin that is kept, in bytes: a scheme, a name of 253 bytes, a port.
const ORIGIN_BYTES_MAX: usize = 300;

/// Keeps where people reach the app, for links that are made later.
///
/// # Errors
///
/// What SQLite says.
pub fn set_origin(tx: &Connection, origin: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO meta (name, value) VALUES ('origin', ?)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.execute(sql, [origin.as_bytes()])?;
    Ok(())
}

/// Returns where people reach the app, once a server was told.
///
/// # Errors
///
/// What SQLite says.
pub fn origin(tx: &Connection) -> Result<Option<String>, StoreError> {
    let sql = "SELECT value FROM meta WHERE name = 'origin'";
    let value = tx.query_row(sql, [], |row| row.get::<_, Vec<u8>>(0)).optional()?;
    let text = value.filter(|value| value.len() <= ORIGIN_BYTES_MAX).map(String::from_utf8);
    text.transpose().map_err(|_| StoreError::Unreadable("origin"))
}

/// Returns where people reach the app, beside the writer.
///
/// # Errors
///
/// What SQLite says.
pub fn kept_origin(file: &Path) -> Result<Option<String>, StoreError> {
    origin(&open_read_only(file)?)
}

/// A value that is made once, with the database.
fn meta<const N: usize>(
    tx: &Connection,
    name: &str,
    fresh: [u8; N],
) -> Result<[u8; N], StoreError> {
    let insert = "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING";
    tx.execute(insert, rusqlite::params![name, fresh])?;
    let select = "SELECT value FROM meta WHERE name = ?";
    Ok(tx.query_row(select, [name], |row| bytes(row, 0))?)
}
