//! What of the database is final; the ledger has the same.

use rusqlite::{Connection, OptionalExtension as _};
use samsynk_core::domain::Moment;
use samsynk_core::ids::{DeviceId, DocumentId};

use super::ledger::Final;
use super::{StoreError, bytes};

/// Whether the database knows that something is final. What it has never heard of cannot be used, but a document
/// that it has never heard of could be made.
///
/// # Errors
///
/// What SQLite says.
pub fn holds(tx: &Connection, what: &Final) -> Result<bool, StoreError> {
    let (sql, id, unheard): (_, &[u8], _) = match what {
        Final::Erased(id) => ("SELECT erased_at FROM documents WHERE id = ?", &id.0, false),
        Final::Revoked(id) => ("SELECT revoked FROM devices WHERE id = ?", &id.0, true),
        Final::Used(hash) => ("SELECT used FROM invitations WHERE hash = ?", hash, true),
    };
    let since = tx.prepare_cached(sql)?.query_row([id], |row| row.get::<_, Option<i64>>(0));
    Ok(since.optional()?.map_or(unheard, |since| since.is_some()))
}

/// All that the database knows to be final.
///
/// # Errors
///
/// What SQLite says.
pub fn all(tx: &Connection) -> Result<Vec<(Final, Moment)>, StoreError> {
    let mut all = Vec::new();
    let sql = "SELECT id, erased_at FROM documents WHERE erased_at IS NOT NULL";
    gather(tx, sql, |id| Final::Erased(DocumentId(id)), &mut all)?;
    let sql = "SELECT id, revoked FROM devices WHERE revoked IS NOT NULL";
    gather(tx, sql, |id| Final::Revoked(DeviceId(id)), &mut all)?;
    let sql = "SELECT hash, used FROM invitations WHERE used IS NOT NULL";
    gather(tx, sql, Final::Used, &mut all)?;
    Ok(all)
}

fn gather<const N: usize>(
    tx: &Connection,
    sql: &str,
    of: impl Fn([u8; N]) -> Final,
    all: &mut Vec<(Final, Moment)>,
) -> Result<(), StoreError> {
    let mut select = tx.prepare(sql)?;
    let rows =
        select.query_map([], |row| Ok((of(bytes(row, 0)?), Moment::from_millis(row.get(1)?))))?;
    for row in rows {
        all.push(row?);
    }
    Ok(())
}
