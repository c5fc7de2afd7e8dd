//! Backup, integrity, restore: what is done to the database as a file.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::folder::{failed, is_there, open_private, remove_if_there, with_suffix};
use super::schema::SCHEMA_VERSION;
use super::{DataDir, StoreError, corrupt, migrations, open_read_only};

/// Pages copied at a time; all of them, since the source is read from one moment anyway.
const PAGES_PER_STEP: i32 = 4_096;

/// Copies the database as it was at one moment, beside a running server, to a file that is not there yet. Under that name it
/// is there once it is whole.
///
/// # Errors
///
/// [`StoreError::File`] where the file exists; what SQLite says.
pub fn backup(database: &Path, to: &Path) -> Result<(), StoreError> {
    if is_there(to)? {
        return Err(failed(to, ErrorKind::AlreadyExists.into()));
    }
    let partial = with_suffix(to, ".partial");
    let remove = || -> Result<(), StoreError> {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            remove_if_there(&with_suffix(&partial, suffix))?;
        }
        Ok(())
    };
    // Of one that was ended.
    remove()?;
    let opened = open_private(OpenOptions::new().create_new(true), &partial);
    opened.map_err(|error| failed(&partial, error))?;
    let copied = copy(database, &partial).and_then(|()| sync(&partial));
    // A link takes no name that somebody has given to something else meanwhile.
    let named = copied.and_then(|()| {
        match std::fs::hard_link(&partial, to) {
            // Not every file system has links.
            Err(error) if error.kind() != ErrorKind::AlreadyExists && !is_there(to)? => {
                std::fs::rename(&partial, to)
            }
            linked => linked,
        }
        .map_err(|error| failed(to, error))
    });
    remove()?;
    named?;
    to.parent().filter(|folder| *folder != Path::new("")).map_or(Ok(()), sync)
}

fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let source = open_read_only(from)?;
    // A backup restarts when the source changes between steps; a read transaction holds it still.
    source.execute_batch("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1;")?;
    let mut target = Connection::open(to)?;
    Backup::new(&source, &mut target)?.run_to_completion(PAGES_PER_STEP, Duration::ZERO, None)?;
    into_one_file(&target)
}

/// Has all of a database in its file, and none in a log.
fn into_one_file(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?)
}

/// What is wrong with a database file; empty when nothing is.
///
/// # Errors
///
/// [`StoreError::Corrupt`] where it is no database; what SQLite says.
pub fn integrity(database: &Path) -> Result<Vec<String>, StoreError> {
    let look = || -> Result<Vec<String>, StoreError> {
        let connection = open_read_only(database)?;
        let mut problems = Vec::new();
        let mut select = connection.prepare("PRAGMA integrity_check")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            problems.push(row.get::<_, String>(0)?);
        }
        let mut select = connection.prepare("PRAGMA foreign_key_check")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            problems.push(format!("a row of {} refers to nothing", row.get::<_, String>(0)?));
        }
        problems.retain(|problem| problem != "ok");
        Ok(problems)
    };
    look().map_err(|error| corrupt(database, error))
}

/// Copies a backup into a data folder, to be put in the place of the database. Where it is.
///
/// # Errors
///
/// What SQLite and the file system say.
pub fn copy_in(data: &DataDir, backup: &Path) -> Result<PathBuf, StoreError> {
    let new = data.restoring();
    data.remove_remains()?;
    open_private(OpenOptions::new().create_new(true), &new).map_err(|error| failed(&new, error))?;
    copy(backup, &new)?;
    Ok(new)
}

/// Puts the copied backup in the place of the database, which is moved aside and kept. Where that now is.
///
/// # Errors
///
/// What the file system says.
pub fn put_in_place(data: &DataDir) -> Result<Option<PathBuf>, StoreError> {
    let (new, database) = (data.restoring(), data.database());
    into_one_file(&Connection::open(&new)?)?;
    sync(&new)?;
    let aside = move_aside(&database)?;
    std::fs::rename(&new, &database).map_err(|error| failed(&new, error))?;
    data.give_to_owner();
    sync(data.path())?;
    Ok(aside)
}

/// Has all of a file on disk, or all names in a folder.
fn sync(path: &Path) -> Result<(), StoreError> {
    std::fs::File::open(path).and_then(|file| file.sync_all()).map_err(|error| failed(path, error))
}

/// Checks that a file can be put in the place of the data.
///
/// # Errors
///
/// [`StoreError::NoBackup`] for one that is damaged or of another program; [`StoreError::TooNew`]; what the file system says.
pub fn check_backup(file: &Path) -> Result<(), StoreError> {
    // SQLite would not say which file cannot be opened, nor why.
    let found = std::fs::File::open(file).and_then(|open| open.metadata());
    let found = found.map_err(|error| failed(file, error))?;
    let no_backup = |why| StoreError::NoBackup { file: file.to_owned(), why };
    if !found.is_file() {
        return Err(no_backup("no file".to_owned()));
    }
    let of_backup = |error| match error {
        StoreError::Corrupt { why, .. } => no_backup(why),
        other => other,
    };
    let problems = integrity(file).map_err(of_backup)?;
    if let Some(why) = problems.into_iter().next() {
        return Err(no_backup(why));
    }
    let connection = open_read_only(file)?;
    match migrations::version(&connection).map_err(of_backup)? {
        0 => Err(no_backup("nothing is in it".to_owned())),
        found if found > SCHEMA_VERSION => Err(StoreError::TooNew { found, known: SCHEMA_VERSION }),
        _ => Ok(()),
    }
}

/// The databases that backups were put in the place of.
///
/// # Errors
///
/// What the file system says.
pub fn replaced(database: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let Some((folder, name)) = database.parent().zip(database.file_name()) else {
        return Ok(Vec::new());
    };
    let prefix = format!("{}.replaced-", name.to_string_lossy());
    let unread = |error| failed(folder, error);
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).map_err(unread)? {
        let file = file.map_err(unread)?;
        if file.file_name().to_string_lossy().starts_with(&prefix) {
            found.push(file.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Removes the databases that backups were put in the place of: whoever is erased is in them, too.
pub(super) fn remove_replaced(database: &Path) {
    let removed = replaced(database)
        .and_then(|files| files.iter().try_for_each(|file| remove_if_there(file)));
    if let Err(error) = removed {
        tracing::error!(%error, "what an erased person left cannot be removed");
    }
}

/// Renames the database and what belongs to it, to the first free name. SQLite would read a log that is left, also of a database
/// that is gone, into the next of this name.
fn move_aside(database: &Path) -> Result<Option<PathBuf>, StoreError> {
    let had_database = is_there(database)?;
    let named =
        |number: u32, suffix: &str| with_suffix(database, &format!(".replaced-{number}{suffix}"));
    let mut number = 1;
    while is_there(&named(number, ""))? {
        number += 1;
    }
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let from = with_suffix(database, suffix);
        if is_there(&from)? {
            std::fs::rename(&from, named(number, suffix)).map_err(|error| failed(&from, error))?;
        }
    }
    Ok(had_database.then(|| named(number, "")))
}
