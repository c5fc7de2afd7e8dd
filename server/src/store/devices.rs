//! Devices and their tokens; tokens only as SHA-256.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use samsynk_core::domain::Moment;
use samsynk_core::ids::{AccountId, DeviceId};

use super::{StoreError, bytes};
use crate::limits::{DAY_MILLIS, DEVICE_UNUSED_DAYS_MAX};

/// SHA-256 of a token's or invitation's text.
pub type SecretHash = [u8; 32];

/// A device that has not been revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// The account that it is enrolled to.
    pub account: AccountId,
    /// What its owner calls it.
    pub label: String,
    /// When it was enrolled.
    pub created: Moment,
    /// The day on which it last connected, as its first moment in UTC.
    pub seen: Moment,
}

/// Whom a token lets in, or why nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// It is in use.
    Live(AccountId, DeviceId),
    /// No token has this hash.
    Unknown,
    /// It, or its device, was revoked.
    Revoked,
    /// The account was erased.
    Erased,
}

/// Enrols a device with its token.
///
/// # Errors
///
/// What SQLite says; so with all functions here.
pub fn add(tx: &Connection, device: &Device, token: SecretHash) -> Result<(), StoreError> {
    let sql = "INSERT INTO devices (id, account, label, created, seen) VALUES (?, ?, ?, ?, ?)";
    let Device { id, account, label, created, seen } = device;
    let values = params![id.0, account.0, label, created.millis(), seen.millis()];
    tx.prepare_cached(sql)?.execute(values)?;
    add_token(tx, *id, token)
}

fn add_token(tx: &Connection, device: DeviceId, token: SecretHash) -> Result<(), StoreError> {
    let sql = "INSERT INTO tokens (hash, device) VALUES (?, ?)";
    tx.prepare_cached(sql)?.execute(params![token, device.0])?;
    Ok(())
}

/// Gives a device a token in place of those that it had.
///
/// # Errors
///
/// What SQLite says.
pub fn renew_token(tx: &Connection, device: DeviceId, token: SecretHash) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM tokens WHERE device = ?")?.execute([device.0])?;
    add_token(tx, device, token)
}

/// Returns the devices that are not revoked, of one account or of all, oldest first.
///
/// # Errors
///
/// What SQLite says.
pub fn live(tx: &Connection, account: Option<AccountId>) -> Result<Vec<Device>, StoreError> {
    let sql = "SELECT id, account, label, created, seen FROM devices
        WHERE revoked IS NULL AND (?1 IS NULL OR account = ?1) ORDER BY account, created, id";
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map([account.map(|account| account.0)], device_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Returns a device that is not revoked.
///
/// # Errors
///
/// What SQLite says.
pub fn get(tx: &Connection, device: DeviceId) -> Result<Option<Device>, StoreError> {
    let sql = "SELECT id, account, label, created, seen FROM devices
        WHERE id = ? AND revoked IS NULL";
    Ok(tx.prepare_cached(sql)?.query_row([device.0], device_of).optional()?)
}

fn device_of(row: &Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        id: DeviceId(bytes(row, 0)?),
        account: AccountId(bytes(row, 1)?),
        label: row.get(2)?,
        created: Moment::from_millis(row.get(3)?),
        seen: Moment::from_millis(row.get(4)?),
    })
}

/// Gives a device another name.
///
/// # Errors
///
/// What SQLite says.
pub fn rename(tx: &Connection, device: DeviceId, label: &str) -> Result<(), StoreError> {
    let sql = "UPDATE devices SET label = ? WHERE id = ?";
    tx.prepare_cached(sql)?.execute(params![label, device.0])?;
    Ok(())
}

/// Notes the day on which a device was seen; writes nothing where it is noted already.
///
/// # Errors
///
/// What SQLite says.
pub fn note_seen(tx: &Connection, device: DeviceId, now: Moment) -> Result<(), StoreError> {
    let sql = "UPDATE devices SET seen = ?2 WHERE id = ?1 AND seen < ?2";
    tx.prepare_cached(sql)?.execute(params![device.0, day_of(now).millis()])?;
    Ok(())
}

/// Returns the first moment of a moment's day, in UTC: nobody is told at which hour a device was used.
#[must_use]
pub fn day_of(now: Moment) -> Moment {
    Moment::from_millis(now.millis().div_euclid(DAY_MILLIS) * DAY_MILLIS)
}

/// Whether a device was last seen so long ago that its token no longer counts.
#[must_use]
pub fn is_unused(seen: Moment, now: Moment) -> bool {
    now.millis().saturating_sub(seen.millis()) > DEVICE_UNUSED_DAYS_MAX * DAY_MILLIS
}

/// Revokes a device and its tokens.
///
/// # Errors
///
/// What SQLite says.
pub fn revoke(tx: &Connection, device: DeviceId, at: Moment) -> Result<(), StoreError> {
    for sql in [
        "UPDATE devices SET revoked = coalesce(revoked, ?2) WHERE id = ?1",
        "UPDATE tokens SET revoked = coalesce(revoked, ?2) WHERE device = ?1",
    ] {
        tx.prepare_cached(sql)?.execute(params![device.0, at.millis()])?;
    }
    Ok(())
}

/// Returns the device that a token is for, revoked or not.
///
/// # Errors
///
/// What SQLite says.
pub fn of_token(tx: &Connection, token: SecretHash) -> Result<Option<DeviceId>, StoreError> {
    let sql = "SELECT device FROM tokens WHERE hash = ?";
    let device = tx.prepare_cached(sql)?.query_row([token], |row| Ok(DeviceId(bytes(row, 0)?)));
    Ok(device.optional()?)
}

/// Returns whom a token lets in.
///
/// # Errors
///
/// What SQLite says.
pub fn authenticate(tx: &Connection, token: SecretHash) -> Result<TokenState, StoreError> {
    let sql = "SELECT d.account, d.id, d.erased,
            t.revoked IS NOT NULL OR d.revoked IS NOT NULL
        FROM tokens t JOIN devices d ON d.id = t.device WHERE t.hash = ?";
    let state = tx.prepare_cached(sql)?.query_row([token], |row| {
        let (account, device) = (AccountId(bytes(row, 0)?), DeviceId(bytes(row, 1)?));
        Ok(match (row.get(2)?, row.get(3)?) {
            (true, _) => TokenState::Erased,
            (_, true) => TokenState::Revoked,
            _ => TokenState::Live(account, device),
        })
    });
    Ok(state.optional()?.unwrap_or(TokenState::Unknown))
}

/// Whether a device may still connect.
///
/// # Errors
///
/// What SQLite says.
pub fn is_live(tx: &Connection, device: DeviceId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM devices WHERE id = ? AND revoked IS NULL";
    Ok(tx.prepare_cached(sql)?.query_row([device.0], |_| Ok(())).optional()?.is_some())
}
