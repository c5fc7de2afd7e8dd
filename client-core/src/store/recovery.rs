//! A damaged store: put aside, never deleted. What was not yet with the server is read out of it,
//! as far as it goes, and everything else comes back from the server.
//!
//! Store files are numbered; the highest number is the one in use, lower ones are those that were
//! damaged.

use rusqlite::{Connection, ErrorCode};

use super::{Files, Store, failure, read, write};
use crate::domain::Moment;
use crate::engine::{Identity, SetAsideEdit, StorageError, Write};
use crate::refusal::Refusal;

/// How many damaged stores may lie beside the one in use. A device that damages more is broken.
const DAMAGED_STORES_MAX: u32 = 16;

/// A store, and what happened while it was opened.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// The name of the damaged store that was put aside just now, if one was.
    pub damaged: Option<String>,
}

pub(super) fn open(files: &dyn Files) -> Result<Opened, StorageError> {
    let newest = (1..=DAMAGED_STORES_MAX).rev().find(|number| files.exists(&name(*number)));
    let number = newest.unwrap_or(1);
    let path = files.path(&name(number));
    keep_private(files, number)?;
    // A read that fails looks like damage to SQLite's check, and may succeed the next time.
    let opened =
        sound(&path).or_else(|error| if is_damage(&error) { sound(&path) } else { Err(error) });
    match opened {
        Ok(store) if number > 1 && !is_begun(&store) => {
            // It was cut short while the damaged one was being read.
            let store = fill(files, store, number - 1).map_err(|error| failure(&error))?;
            Ok(Opened { store, damaged: Some(name(number - 1)) })
        }
        Ok(store) => Ok(Opened { store, damaged: None }),
        Err(error) if is_damage(&error) && number < DAMAGED_STORES_MAX => {
            tracing::error!(file = name(number), "the store is damaged and was put aside");
            keep_private(files, number + 1)?;
            let store = begin_anew(files, number).map_err(|error| failure(&error))?;
            Ok(Opened { store, damaged: Some(name(number)) })
        }
        Err(error) => Err(failure(&error)),
    }
}

fn keep_private(files: &dyn Files, number: u32) -> Result<(), StorageError> {
    files.keep_private(&name(number)).map_err(|error| StorageError::Broken(error.to_string()))
}

fn name(number: u32) -> String {
    format!("samsynk-{number}.db")
}

/// Opens a store and checks every page of it.
fn sound(path: &str) -> rusqlite::Result<Store> {
    let store = Store::open_file(path)?;
    let verdict: String =
        store.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    read::stored(&store.connection)?;
    if verdict == "ok" {
        // The log is folded into the file at every start: what a damaged log would lose stays small.
        store.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        return Ok(store);
    }
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(rusqlite::Error::SqliteFailure(code, Some(verdict)))
}

fn is_damage(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase),
        // A row that is not what the schema says.
        None => true,
    }
}

/// Begins the next store with whose device it is and with what the server did not have.
fn begin_anew(files: &dyn Files, damaged: u32) -> rusqlite::Result<Store> {
    let store = Store::open_file(&files.path(&name(damaged + 1)))?;
    fill(files, store, damaged)
}

fn fill(files: &dyn Files, mut store: Store, damaged: u32) -> rusqlite::Result<Store> {
    let (identity, edits) = salvage(&files.path(&name(damaged)));
    let tx = store.connection.transaction()?;
    if let Some(identity) = identity {
        write::write(&tx, &Write::Identity(identity))?;
    }
    for (number, aside) in (1..).zip(&edits) {
        write::set_aside(&tx, number, aside)?;
    }
    write::setting(&tx, BEGUN, &name(damaged))?;
    tx.commit()?;
    Ok(store)
}

/// The setting that says that all which could be read of a damaged store is here.
const BEGUN: &str = "begun-after";

fn is_begun(store: &Store) -> bool {
    read::setting(&store.connection, BEGUN).is_ok_and(|begun| begun.is_some())
}

fn salvage(path: &str) -> (Option<Identity>, Vec<SetAsideEdit>) {
    // Alone with the file, as ever: a browser has no shared memory to read a log through.
    let opened = Connection::open(path).and_then(|damaged| {
        damaged.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        Ok(damaged)
    });
    let Ok(damaged) = opened else { return (None, Vec::new()) };
    let identity = read::identity(&damaged).unwrap_or_default();
    let earlier = read::set_aside(&damaged).unwrap_or_default().into_values();
    let unsaved = read::readable_outbox(&damaged).into_iter().map(|edit| SetAsideEdit {
        document: edit.document,
        title: String::new(),
        edit: edit.edit,
        about: edit.about,
        refusal: Refusal::new("store-recovered"),
        at: Moment::from_millis(0),
    });
    (identity, earlier.chain(unsaved).collect())
}
