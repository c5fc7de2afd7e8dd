//! Accounts, their roles and devices; secrets only as SHA-256.

use automerge::ActorId;
use rusqlite::{Connection, OptionalExtension as _, params};
use samsynk_core::domain::{Moment, Role};
use samsynk_core::ids::{AccountId, DeviceId};

use super::{StoreError, bytes};

/// SHA-256 of a token's or invitation's text.
pub type SecretHash = [u8; 32];

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

/// Enrols a device with its token.
///
/// # Errors
///
/// What SQLite says.
pub fn add_device(
    tx: &Connection,
    device: DeviceId,
    account: AccountId,
    label: &str,
    token: SecretHash,
    at: Moment,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO devices (id, account, label, created) VALUES (?, ?, ?, ?)";
    tx.prepare_cached(sql)?.execute(params![device.0, account.0, label, at.millis()])?;
    let sql = "INSERT INTO tokens (hash, device) VALUES (?, ?)";
    tx.prepare_cached(sql)?.execute(params![token, device.0])?;
    Ok(())
}

/// Revokes a device and its tokens; the account whose it is, if there is such a device.
///
/// # Errors
///
/// What SQLite says.
pub fn revoke_device(
    tx: &Connection,
    device: DeviceId,
    at: Moment,
) -> Result<Option<AccountId>, StoreError> {
    let sql = "UPDATE devices SET revoked = coalesce(revoked, ?2) WHERE id = ?1 RETURNING account";
    let account = tx
        .prepare_cached(sql)?
        .query_row(params![device.0, at.millis()], |row| Ok(AccountId(bytes(row, 0)?)))
        .optional()?;
    let sql = "UPDATE tokens SET revoked = coalesce(revoked, ?2) WHERE device = ?1";
    tx.prepare_cached(sql)?.execute(params![device.0, at.millis()])?;
    Ok(account)
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
    let sql = "UPDATE devices SET label = '', revoked = coalesce(revoked, ?2) WHERE account = ?1";
    tx.prepare_cached(sql)?.execute(params![account.0, at.millis()])?;
    for table in ["invitations", "roles"] {
        let sql = format!("DELETE FROM {table} WHERE account = ?");
        tx.prepare_cached(&sql)?.execute([account.0])?;
    }
    Ok(())
}

/// The device that a token is for, revoked or not.
///
/// # Errors
///
/// What SQLite says.
pub fn device_of_token(tx: &Connection, token: SecretHash) -> Result<Option<DeviceId>, StoreError> {
    let sql = "SELECT device FROM tokens WHERE hash = ?";
    let device = tx.prepare_cached(sql)?.query_row([token], |row| Ok(DeviceId(bytes(row, 0)?)));
    Ok(device.optional()?)
}

/// Whose token this is, unless it or its device is revoked.
///
/// # Errors
///
/// What SQLite says.
pub fn authenticate(
    tx: &Connection,
    token: SecretHash,
) -> Result<Option<(AccountId, DeviceId)>, StoreError> {
    let sql = "SELECT d.account, d.id FROM tokens t JOIN devices d ON d.id = t.device
        WHERE t.hash = ? AND t.revoked IS NULL AND d.revoked IS NULL";
    let found = tx
        .prepare_cached(sql)?
        .query_row([token], |row| Ok((AccountId(bytes(row, 0)?), DeviceId(bytes(row, 1)?))));
    Ok(found.optional()?)
}

/// Whether a device may still connect.
///
/// # Errors
///
/// What SQLite says.
pub fn device_is_live(tx: &Connection, device: DeviceId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM devices WHERE id = ? AND revoked IS NULL";
    Ok(tx.prepare_cached(sql)?.query_row([device.0], |_| Ok(())).optional()?.is_some())
}

/// An invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitation {
    /// Whom it enrols.
    pub account: AccountId,
    /// Until when.
    pub expires: Moment,
    /// Whether it has been used.
    pub used: bool,
}

/// Keeps an invitation.
///
/// # Errors
///
/// What SQLite says.
pub fn add_invitation(
    tx: &Connection,
    secret: SecretHash,
    account: AccountId,
    expires: Moment,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO invitations (hash, account, expires) VALUES (?, ?, ?)";
    tx.prepare_cached(sql)?.execute(params![secret, account.0, expires.millis()])?;
    Ok(())
}

/// The invitation with this secret.
///
/// # Errors
///
/// What SQLite says.
pub fn invitation(tx: &Connection, secret: SecretHash) -> Result<Option<Invitation>, StoreError> {
    let sql = "SELECT account, expires, used IS NOT NULL FROM invitations WHERE hash = ?";
    let found = tx.prepare_cached(sql)?.query_row([secret], |row| {
        Ok(Invitation {
            account: AccountId(bytes(row, 0)?),
            expires: Moment::from_millis(row.get(1)?),
            used: row.get(2)?,
        })
    });
    Ok(found.optional()?)
}

/// Marks an invitation as used.
///
/// # Errors
///
/// What SQLite says.
pub fn use_invitation(tx: &Connection, secret: SecretHash, at: Moment) -> Result<(), StoreError> {
    let sql = "UPDATE invitations SET used = ? WHERE hash = ?";
    tx.prepare_cached(sql)?.execute(params![at.millis(), secret])?;
    Ok(())
}

/// The account whose device writes as an actor; binds the actor to this device where none does.
///
/// # Errors
///
/// What SQLite says.
pub fn bind_actor(
    tx: &Connection,
    actor: &ActorId,
    device: DeviceId,
) -> Result<AccountId, StoreError> {
    let insert = "INSERT INTO actors (actor, device) VALUES (?, ?) ON CONFLICT DO NOTHING";
    tx.prepare_cached(insert)?.execute(params![actor.to_bytes(), device.0])?;
    actor_account(tx, actor)?.ok_or(StoreError::Unreadable("actor"))
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
