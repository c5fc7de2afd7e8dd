//! Backup, integrity, restore: what is done to the database as a file.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::folder::{failed, is_there, open_private};
use super::schema::SCHEMA_VERSION;
use super::{DataDir, StoreError, corrupt, open_read_only};

/// Pages copied at a time; all of them, since the source is read from one moment anyway.
const PAGES_PER_STEP: i32 = 4_096;

/// Copies the database as it was at one moment, beside a running server, to a file that is not there yet.
///
/// # Errors
///
/// [`StoreError::File`] where the file exists; what SQLite says.
pub fn backup(database: &Path, to: &Path) -> Result<(), StoreError> {
    let failed = |error| StoreError::File { path: to.to_owned(), error };
    open_private(OpenOptions::new().create_new(true), to).map_err(failed)?;
    let copied = copy(database, to);
    if copied.is_err() {
        // Half a backup is worse than none.
        std::fs::remove_file(to).map_err(failed)?;
    }
    copied?;
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(failed)
}

fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let source = open_read_only(from)?;
    // A backup restarts when the source changes between steps; a read transaction holds it still.
    source.execute_batch("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1;")?;
    let mut target = Connection::open(to)?;
    Backup::new(&source, &mut target)?.run_to_completion(PAGES_PER_STEP, Duration::ZERO, None)?;
    target.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    Ok(())
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

/// Puts a backup in the place of the database, which is moved aside and kept. Where it now is.
///
/// # Errors
///
/// [`StoreError::InUse`] while a server runs; [`StoreError::NoBackup`] for one that is damaged or of another program;
/// what SQLite and the file system say.
pub fn restore(folder: &Path, backup: &Path) -> Result<Option<PathBuf>, StoreError> {
    check_backup(backup)?;
    let folder = DataDir::open(folder)?;
    let database = folder.database();
    let new = folder.path().join("samsynk.db.restoring");
    if is_there(&new)? {
        std::fs::remove_file(&new).map_err(|error| failed(&new, error))?;
    }
    self::backup(backup, &new)?;
    let aside = move_aside(&database)?;
    std::fs::rename(&new, &database).map_err(|error| failed(&new, error))?;
    Ok(aside)
}

/// Checks that a file can be put in the place of the data.
fn check_backup(file: &Path) -> Result<(), StoreError> {
    // SQLite would not say which file cannot be opened, nor why.
    std::fs::File::open(file).map_err(|error| failed(file, error))?;
    let no_backup = |why| StoreError::NoBackup { file: file.to_owned(), why };
    let problems = integrity(file).map_err(|error| match error {
        StoreError::Corrupt { why, .. } => no_backup(why),
        other => other,
    })?;
    if let Some(why) = problems.into_iter().next() {
        return Err(no_backup(why));
    }
    let connection = open_read_only(file)?;
    let tables = "SELECT count(*) FROM sqlite_schema
        WHERE type = 'table' AND name IN ('meta', 'documents', 'snapshots', 'changes', 'accounts')";
    let tables: u32 = connection.query_row(tables, [], |row| row.get(0))?;
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match (tables, found) {
        (5, found) if found > SCHEMA_VERSION => {
            Err(StoreError::TooNew { found, known: SCHEMA_VERSION })
        }
        (5, 1..) => Ok(()),
        _ => Err(no_backup("a database of another program".to_owned())),
    }
}

/// Removes the databases that backups were put in the place of: whoever is erased is in them, too.
pub fn remove_replaced(database: &Path) {
    let Some((folder, name)) = database.parent().zip(database.file_name()) else { return };
    let prefix = format!("{}.replaced-", name.to_string_lossy());
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for file in files.filter(|file| file.file_name().to_string_lossy().starts_with(&prefix)) {
        if let Err(error) = std::fs::remove_file(file.path()) {
            tracing::error!(%error, file = %file.path().display(), "what an erased person left cannot be removed");
        }
    }
}

/// Renames the database and what belongs to it, to the first free name.
fn move_aside(database: &Path) -> Result<Option<PathBuf>, StoreError> {
    if !is_there(database)? {
        return Ok(None);
    }
    let named = |number: u32, suffix: &str| {
        let mut name = database.as_os_str().to_owned();
        name.push(format!(".replaced-{number}{suffix}"));
        PathBuf::from(name)
    };
    let mut number = 1;
    while is_there(&named(number, ""))? {
        number += 1;
    }
    for suffix in ["", "-wal", "-shm"] {
        let mut from = database.as_os_str().to_owned();
        from.push(suffix);
        let from = PathBuf::from(from);
        if is_there(&from)? {
            std::fs::rename(&from, named(number, suffix)).map_err(|error| failed(&from, error))?;
        }
    }
    Ok(Some(named(number, "")))
}
