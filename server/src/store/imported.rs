//! What imports call things: a name in files leads to the same account each time, by a table and not by a hash, so that
//! nobody can compute an id from a name. With the account its row goes, and the name begins anew.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, params};
use samsynk_core::ids::AccountId;

use super::{StoreError, bytes};

/// What names in files are for, as far as they are kept.
const ACCOUNT: &str = "account";

/// Digests of what the last import said of a person, by field.
pub type Said = BTreeMap<String, String>;

/// All names of people, with their accounts.
///
/// # Errors
///
/// What SQLite says; so with all functions here.
pub fn accounts(tx: &Connection) -> Result<BTreeMap<String, AccountId>, StoreError> {
    // A command may look before the tables are brought up to date.
    let sql = "SELECT 1 FROM sqlite_master WHERE name = 'imported'";
    if tx.query_row(sql, [], |_| Ok(())).optional()?.is_none() {
        return Ok(BTreeMap::new());
    }
    let mut select = tx.prepare_cached("SELECT name, id FROM imported WHERE kind = ?")?;
    let rows = select.query_map([ACCOUNT], |row| Ok((row.get(0)?, AccountId(bytes(row, 1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The account of a name, with what the last import said of it.
///
/// # Errors
///
/// What SQLite says.
pub fn account(tx: &Connection, name: &str) -> Result<Option<(AccountId, Said)>, StoreError> {
    let sql = "SELECT id, said FROM imported WHERE kind = ? AND name = ?";
    let row = tx.prepare_cached(sql)?.query_row([ACCOUNT, name], |row| {
        Ok((AccountId(bytes(row, 0)?), row.get::<_, String>(1)?))
    });
    let Some((id, said)) = row.optional()? else { return Ok(None) };
    let said = serde_json::from_str(&said).map_err(|_| StoreError::Unreadable("said"))?;
    Ok(Some((id, said)))
}

/// Keeps the account of a name, and what the import says of it.
///
/// # Errors
///
/// What SQLite says.
pub fn keep(tx: &Connection, name: &str, id: AccountId, said: &Said) -> Result<(), StoreError> {
    let said = serde_json::to_string(said).expect("texts only");
    let sql = "INSERT INTO imported (kind, name, id, said) VALUES (?, ?, ?, ?)
        ON CONFLICT (kind, name) DO UPDATE SET said = excluded.said";
    tx.prepare_cached(sql)?.execute(params![ACCOUNT, name, id.0, said])?;
    Ok(())
}

/// Forgets what files call an account.
///
/// # Errors
///
/// What SQLite says.
pub fn forget(tx: &Connection, id: AccountId) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM imported WHERE id = ?")?.execute([id.0])?;
    Ok(())
}
