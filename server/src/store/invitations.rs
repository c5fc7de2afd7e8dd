//! Invitations: each enrols one device; secrets only as SHA-256.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use samsynk_core::domain::Moment;
use samsynk_core::ids::{AccountId, DeviceId};

use super::devices::SecretHash;
use super::{StoreError, bytes};

/// An invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitation {
    /// The hash of its secret.
    pub hash: SecretHash,
    /// The account that it enrols to.
    pub account: AccountId,
    /// When it was made.
    pub created: Moment,
    /// Until when it can be used.
    pub expires: Moment,
    /// When it was used or withdrawn.
    pub used: Option<Moment>,
    /// The device that it enrolled, and the hash of that device's nonce.
    pub by: Option<(DeviceId, SecretHash)>,
    /// The device that it was made on; none for an operator's.
    pub maker: Option<DeviceId>,
}

const COLUMNS: &str = "hash, account, created, expires, used, device, nonce, maker";

fn invitation_of(row: &Row<'_>) -> rusqlite::Result<Invitation> {
    let has_device = row.get_ref(5)? != rusqlite::types::ValueRef::Null
        && row.get_ref(6)? != rusqlite::types::ValueRef::Null;
    let by =
        has_device.then(|| Ok::<_, rusqlite::Error>((DeviceId(bytes(row, 5)?), bytes(row, 6)?)));
    Ok(Invitation {
        hash: bytes(row, 0)?,
        account: AccountId(bytes(row, 1)?),
        created: Moment::from_millis(row.get(2)?),
        expires: Moment::from_millis(row.get(3)?),
        used: row.get::<_, Option<i64>>(4)?.map(Moment::from_millis),
        by: by.transpose()?,
        maker: match row.get_ref(7)? {
            rusqlite::types::ValueRef::Null => None,
            _ => Some(DeviceId(bytes(row, 7)?)),
        },
    })
}

/// Keeps an invitation.
///
/// # Errors
///
/// What SQLite says; so with all functions here.
pub fn add(tx: &Connection, new: &Invitation) -> Result<(), StoreError> {
    let sql = "INSERT INTO invitations (hash, account, created, expires, maker)
        VALUES (?, ?, ?, ?, ?)";
    let Invitation { hash, account, created, expires, maker, .. } = new;
    tx.prepare_cached(sql)?.execute(params![
        hash,
        account.0,
        created.millis(),
        expires.millis(),
        maker.map(|device| device.0),
    ])?;
    Ok(())
}

/// Returns the invitation with this secret.
///
/// # Errors
///
/// What SQLite says.
pub fn get(tx: &Connection, secret: SecretHash) -> Result<Option<Invitation>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM invitations WHERE hash = ?");
    Ok(tx.prepare_cached(&sql)?.query_row([secret], invitation_of).optional()?)
}

/// Returns the invitations that can still be used, of one account or of all, oldest first.
///
/// # Errors
///
/// What SQLite says.
pub fn open(
    tx: &Connection,
    account: Option<AccountId>,
    now: Moment,
) -> Result<Vec<Invitation>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM invitations WHERE used IS NULL AND expires >= ?2
        AND (?1 IS NULL OR account = ?1) ORDER BY account, expires, hash"
    );
    let mut select = tx.prepare_cached(&sql)?;
    let rows =
        select.query_map(params![account.map(|account| account.0), now.millis()], invitation_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Marks an invitation as used, or as withdrawn.
///
/// # Errors
///
/// What SQLite says.
pub fn close(tx: &Connection, secret: SecretHash, at: Moment) -> Result<(), StoreError> {
    let sql = "UPDATE invitations SET used = coalesce(used, ?) WHERE hash = ?";
    tx.prepare_cached(sql)?.execute(params![at.millis(), secret])?;
    Ok(())
}

/// Notes which device an invitation has enrolled, and the nonce of its attempt.
///
/// # Errors
///
/// What SQLite says.
pub fn note_device(
    tx: &Connection,
    secret: SecretHash,
    device: DeviceId,
    nonce: SecretHash,
) -> Result<(), StoreError> {
    let sql = "UPDATE invitations SET device = ?, nonce = ? WHERE hash = ?";
    tx.prepare_cached(sql)?.execute(params![device.0, nonce, secret])?;
    Ok(())
}
