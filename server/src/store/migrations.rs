//! Brings the database of an older version up to date.

use rusqlite::Connection;

use super::StoreError;
use super::schema::{SCHEMA, SCHEMA_VERSION};

/// What leads from version `i + 1` to `i + 2`. A step never changes once it has been released.
const STEPS: &[&str] = &[DEVICES, CONDITIONS, WITHDRAWALS, MAKERS];

/// When devices were last seen, and which of them used an invitation. What was not counted before begins to count at
/// the day of the upgrade.
const DEVICES: &str = "
ALTER TABLE devices ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
UPDATE devices SET seen = CAST(strftime('%s', 'now') AS INTEGER) / 86400 * 86400000;
ALTER TABLE invitations ADD COLUMN created INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invitations ADD COLUMN nonce BLOB;
ALTER TABLE invitations ADD COLUMN device BLOB;
CREATE INDEX invitations_of_account ON invitations (account);
";

/// Grants with conditions, documents that others cannot open, what each command said, and the ids of what files name.
const CONDITIONS: &str = "
CREATE TABLE closed (
    document BLOB PRIMARY KEY
) WITHOUT ROWID;
DROP TABLE grants;
CREATE TABLE grants (
    account BLOB NOT NULL,
    key TEXT NOT NULL,
    via BLOB NOT NULL,
    needs TEXT NOT NULL,
    PRIMARY KEY (account, key, via, needs)
) WITHOUT ROWID;
CREATE INDEX grants_by_key ON grants (key, account);
CREATE INDEX grants_by_via ON grants (via);
ALTER TABLE commands ADD COLUMN digest BLOB;
CREATE TABLE imported (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    id BLOB NOT NULL,
    said TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;
CREATE INDEX imported_by_id ON imported (id);
";

/// Documents that accounts could read and no longer can. Whoever was away before the upgrade proves it by a seal.
const WITHDRAWALS: &str = "
CREATE TABLE withdrawals (
    number INTEGER PRIMARY KEY,
    account BLOB NOT NULL,
    document BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    reason TEXT NOT NULL,
    UNIQUE (account, document)
);
CREATE INDEX withdrawals_of_account ON withdrawals (account);
";

/// The devices on which invitations were made. Those of before, whoever made them, count as an operator's.
const MAKERS: &str = "
ALTER TABLE invitations ADD COLUMN maker BLOB;
";

/// Returns the version of a database; 0 for one that is empty.
///
/// # Errors
///
/// [`StoreError::Corrupt`] for that of another program; what SQLite says.
pub(super) fn version(connection: &Connection) -> Result<u32, StoreError> {
    // Every version has these.
    let sql = "SELECT count(*), count(*) FILTER (WHERE type = 'table'
            AND name IN ('meta', 'documents', 'snapshots', 'changes', 'accounts'))
        FROM sqlite_schema";
    let counts = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match (counts, version) {
        ((0, 0), 0) | ((_, 5), 1..) => Ok(version),
        _ => {
            let file = connection.path().unwrap_or_default().into();
            Err(StoreError::Corrupt { file, why: "a database of another program".to_owned() })
        }
    }
}

/// Creates or upgrades the tables.
///
/// # Errors
///
/// [`StoreError::TooNew`] for a database of a newer program, [`StoreError::Corrupt`] for that of another; what SQLite says.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let version = version(connection)?;
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

    /// The tables of each older version, as it made them.
    const OLD: &[&str] = &[
        include_str!("old/1.sql"),
        include_str!("old/2.sql"),
        include_str!("old/3.sql"),
        include_str!("old/4.sql"),
    ];

    /// Every column of every table and index, in their order.
    fn columns(connection: &Connection) -> Vec<String> {
        let sql = "SELECT m.type || ' ' || m.name || ' ' || c.cid || ' ' || coalesce(c.name, '') || ' ' || c.type
                || ' ' || c.\"notnull\" || ' ' || c.pk
            FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c ORDER BY m.name, c.cid";
        let mut select = connection.prepare(sql).unwrap();
        let rows = select.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn every_older_version_becomes_what_a_new_one_is() {
        let mut fresh = Connection::open_in_memory().unwrap();
        migrate(&mut fresh).unwrap();
        assert_eq!(OLD.len(), STEPS.len());
        for (old, version) in OLD.iter().zip(1_u32..) {
            let mut connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(old).unwrap();
            connection.pragma_update(None, "user_version", version).unwrap();
            migrate(&mut connection).unwrap();
            assert_eq!(columns(&connection), columns(&fresh), "from version {version}");
        }
    }

    #[test]
    fn a_database_of_another_program_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
        assert!(matches!(migrate(&mut connection), Err(StoreError::Corrupt { .. })));
        let tables = "SELECT count(*) FROM sqlite_schema";
        assert_eq!(connection.query_row(tables, [], |row| row.get(0)), Ok(1));
    }

    #[test]
    fn a_newer_database_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        connection.pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
        assert!(matches!(migrate(&mut connection), Err(StoreError::TooNew { .. })));
    }
}
