//! Brings the database of an older version up to date.

use rusqlite::Connection;

use super::StoreError;
use super::schema::{SCHEMA, SCHEMA_VERSION};

/// What leads from version `i + 1` to `i + 2`. A step never changes once it has been released.
const STEPS: &[&str] = &[];

/// Creates or upgrades the tables.
///
/// # Errors
///
/// [`StoreError::TooNew`] for a database of a newer program; what SQLite says.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > SCHEMA_VERSION {
        return Err(StoreError::TooNew { found: version, known: SCHEMA_VERSION });
    }
    if version == SCHEMA_VERSION {
        return Ok(());
    }
    let tx = connection.transaction()?;
    match version {
        0 => tx.execute_batch(SCHEMA)?,
        older => STEPS[older as usize - 1..].iter().try_for_each(|step| tx.execute_batch(step))?,
    }
    tx.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    tx.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_has_a_step_to_the_next() {
        assert_eq!(STEPS.len() as u32 + 1, SCHEMA_VERSION);
    }

    #[test]
    fn a_newer_database_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
        assert!(matches!(migrate(&mut connection), Err(StoreError::TooNew { .. })));
    }
}
