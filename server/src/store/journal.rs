//! What was decided: commands with their outcomes, and the audit.

use rusqlite::{Connection, OptionalExtension as _, params};
use samsynk_core::domain::Moment;
use samsynk_core::ids::{AccountId, CommandId, DeviceId, DocumentId};
use samsynk_core::refusal::Refusal;

use super::{StoreError, bytes, count};

/// A command as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<'a> {
    /// Its id.
    pub id: CommandId,
    /// Who gave it.
    pub account: AccountId,
    /// From where.
    pub device: DeviceId,
    /// What it is called.
    pub name: &'a str,
    /// What it decides on.
    pub document: DocumentId,
    /// SHA-256 of all that it says.
    pub digest: [u8; 32],
    /// When it came.
    pub at: Moment,
}

/// What came of a command: its receipt number, or why not.
pub type Outcome = Result<u64, Refusal>;

/// A command that was given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Who gave it.
    pub account: AccountId,
    /// What it is called.
    pub name: String,
    /// What it decides on.
    pub document: DocumentId,
    /// SHA-256 of all that it says, where that was kept.
    pub digest: Option<[u8; 32]>,
    /// What came of it.
    pub outcome: Outcome,
}

/// Finds the command that was given before with an id.
///
/// # Errors
///
/// What SQLite says.
pub fn earlier(tx: &Connection, id: CommandId) -> Result<Option<Earlier>, StoreError> {
    let sql = "SELECT account, name, document, digest, receipt, refusal FROM commands WHERE id = ?";
    let row = tx.prepare_cached(sql)?.query_row([id.0], |row| {
        let (account, document) = (AccountId(bytes(row, 0)?), DocumentId(bytes(row, 2)?));
        let (name, digest, outcome) = (row.get(1)?, row.get(3)?, Ok(count(row, 4)?));
        let refusal = row.get::<_, Option<String>>(5)?;
        Ok((Earlier { account, name, document, digest, outcome }, refusal))
    });
    let Some((mut earlier, refusal)) = row.optional()? else { return Ok(None) };
    if let Some(json) = refusal {
        let refusal = serde_json::from_str(&json).map_err(|_| StoreError::Unreadable("refusal"))?;
        earlier.outcome = Err(refusal);
    }
    Ok(Some(earlier))
}

/// Keeps a command that has been executed; its receipt number.
///
/// # Errors
///
/// What SQLite says.
pub fn record(tx: &Connection, given: &Given<'_>) -> Result<u64, StoreError> {
    let sql = "INSERT INTO commands (id, account, device, name, document, at, digest)
        VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING receipt";
    let number = tx.prepare_cached(sql)?.query_row(
        params![
            given.id.0,
            given.account.0,
            given.device.0,
            given.name,
            given.document.0,
            given.at.millis(),
            given.digest,
        ],
        |row| count(row, 0),
    )?;
    Ok(number)
}

/// Writes a line of the audit.
///
/// # Errors
///
/// What SQLite says.
pub fn audit(
    tx: &Connection,
    at: Moment,
    actor: AccountId,
    action: &str,
    subject: &str,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO audit (at, actor, action, subject) VALUES (?, ?, ?, ?)";
    tx.prepare_cached(sql)?.execute(params![at.millis(), actor.0, action, subject])?;
    Ok(())
}

/// How many lines of the audit have this action; for tests and checks.
///
/// # Errors
///
/// What SQLite says.
pub fn audited(tx: &Connection, action: &str) -> Result<u64, StoreError> {
    Ok(tx.query_row("SELECT count(*) FROM audit WHERE action = ?", [action], |row| count(row, 0))?)
}
