//! Accounts, their roles, and the actors that their devices write as.

use std::collections::HashSet;

use automerge::ActorId;
use rusqlite::{Connection, OptionalExtension as _, params};
use samsynk_core::domain::{Moment, Role, author_of};
use samsynk_core::ids::{AccountId, DeviceId};

use super::{StoreError, bytes, imported, withdrawals};

/// Adds an account; nothing where it exists.
///
/// # Errors
///
/// What SQLite says; so with all functions here.
pub fn add(tx: &Connection, account: AccountId, at: Moment) -> Result<(), StoreError> {
    let sql = "INSERT INTO accounts (id, created) VALUES (?, ?) ON CONFLICT DO NOTHING";
    tx.prepare_cached(sql)?.execute(params![account.0, at.millis()])?;
    Ok(())
}

/// All accounts.
///
/// # Errors
///
/// What SQLite says.
pub fn all(tx: &Connection) -> Result<Vec<AccountId>, StoreError> {
    let mut select = tx.prepare("SELECT id FROM accounts ORDER BY created, id")?;
    let rows = select.query_map([], |row| Ok(AccountId(bytes(row, 0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// An account's roles.
///
/// # Errors
///
/// What SQLite says.
pub fn roles_of(tx: &Connection, account: AccountId) -> Result<Vec<Role>, StoreError> {
    let mut select = tx.prepare_cached("SELECT role FROM roles WHERE account = ?")?;
    let mut rows = select.query([account.0])?;
    let mut roles = Vec::new();
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        roles.push(text.parse().map_err(|_| StoreError::Unreadable("role"))?);
    }
    Ok(roles)
}

/// Gives a role. Whether the account did not have it.
///
/// # Errors
///
/// What SQLite says.
pub fn add_role(tx: &Connection, account: AccountId, role: &Role) -> Result<bool, StoreError> {
    let sql = "INSERT INTO roles (account, role) VALUES (?, ?) ON CONFLICT DO NOTHING";
    Ok(tx.prepare_cached(sql)?.execute(params![account.0, role.to_string()])? > 0)
}

/// Takes a role. Whether the account had it.
///
/// # Errors
///
/// What SQLite says.
pub fn remove_role(tx: &Connection, account: AccountId, role: &Role) -> Result<bool, StoreError> {
    let sql = "DELETE FROM roles WHERE account = ? AND role = ?";
    Ok(tx.prepare_cached(sql)?.execute(params![account.0, role.to_string()])? > 0)
}

/// Takes an account everything but its id, which others refer to.
///
/// # Errors
///
/// What SQLite says.
pub fn erase(tx: &Connection, account: AccountId, at: Moment) -> Result<(), StoreError> {
    let sql = "UPDATE tokens SET revoked = coalesce(revoked, ?2)
        WHERE device IN (SELECT id FROM devices WHERE account = ?1)";
    tx.prepare_cached(sql)?.execute(params![account.0, at.millis()])?;
    let sql = "UPDATE devices SET label = '', erased = 1, revoked = coalesce(revoked, ?2)
        WHERE account = ?1";
    tx.prepare_cached(sql)?.execute(params![account.0, at.millis()])?;
    for table in ["invitations", "roles"] {
        let sql = format!("DELETE FROM {table} WHERE account = ?");
        tx.prepare_cached(&sql)?.execute([account.0])?;
    }
    withdrawals::forget_all(tx, account)?;
    imported::forget(tx, account)
}

/// Binds an actor to the device that writes as it; nothing where another does.
///
/// # Errors
///
/// What SQLite says.
pub fn bind_actor(tx: &Connection, actor: &ActorId, device: DeviceId) -> Result<(), StoreError> {
    let insert = "INSERT INTO actors (actor, device) VALUES (?, ?) ON CONFLICT DO NOTHING";
    tx.prepare_cached(insert)?.execute(params![actor.to_bytes(), device.0])?;
    Ok(())
}

/// The actors that an account's devices have been seen to write as, apart from those that name it.
///
/// # Errors
///
/// What SQLite says.
pub fn actors_of(tx: &Connection, account: AccountId) -> Result<HashSet<Vec<u8>>, StoreError> {
    let sql = "SELECT a.actor FROM actors a JOIN devices d ON d.id = a.device WHERE d.account = ?";
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map([account.0], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The account that an actor writes for: it names it, or one of its devices was seen to write as it.
///
/// # Errors
///
/// What SQLite says.
pub fn writer(tx: &Connection, actor: &ActorId) -> Result<Option<AccountId>, StoreError> {
    match author_of(actor) {
        // An unmodified client's actor says nothing by itself.
        None => actor_account(tx, actor),
        author => Ok(author),
    }
}

/// The account whose device writes as an actor, if any has.
///
/// # Errors
///
/// What SQLite says.
pub fn actor_account(tx: &Connection, actor: &ActorId) -> Result<Option<AccountId>, StoreError> {
    let sql = "SELECT d.account FROM actors a JOIN devices d ON d.id = a.device WHERE a.actor = ?";
    let account =
        tx.prepare_cached(sql)?.query_row([actor.to_bytes()], |row| Ok(AccountId(bytes(row, 0)?)));
    Ok(account.optional()?)
}
