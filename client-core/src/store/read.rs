//! Rows as values.

use std::collections::BTreeMap;

use automerge::ChangeHash;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, Row as SqlRow};
use serde::de::DeserializeOwned;

use super::schema::PROJECTION_VERSION;
use crate::domain::Moment;
use crate::domain::view::About;
use crate::engine::{
    CommandOutcome, Identity, QueuedCommand, Row, Sealed, SetAsideEdit, Stored, UnsavedEdit,
};
use crate::ids::{AccountId, CommandId, DeviceId, DocumentId, EditId, unhex};
use crate::wire::{Heads, Seal};

/// A value in JSON.
struct Json<T>(T);

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let read = serde_json::from_str(value.as_str()?);
        read.map(Self).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

pub(super) fn stored(tx: &Connection) -> rusqlite::Result<Stored> {
    Ok(Stored {
        identity: identity(tx)?,
        ended: setting(tx, "ended")?.and_then(|text| serde_json::from_str(&text).ok()),
        rows: rows(tx)?,
        outbox: outbox(tx)?,
        commands: commands(tx)?,
        outcomes: outcomes(tx)?,
        set_aside: set_aside(tx)?,
        withdrawn: setting(tx, "withdrawn")?
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default(),
        as_of: setting(tx, "as-of")?.and_then(|text| text.parse().ok()),
    })
}

pub(super) fn document(tx: &Connection, id: DocumentId) -> rusqlite::Result<Vec<Vec<u8>>> {
    let mut query =
        tx.prepare_cached("SELECT bytes FROM chunks WHERE document = ? ORDER BY number")?;
    query.query_map([id.0], |row| row.get(0))?.collect()
}

pub(super) fn identity(tx: &Connection) -> rusqlite::Result<Option<Identity>> {
    let account = setting(tx, "account")?.and_then(|text| unhex(&text));
    let device = setting(tx, "device")?.and_then(|text| unhex(&text));
    Ok(account.zip(device).map(|(account, device)| Identity {
        account: AccountId(account),
        device: DeviceId(device),
    }))
}

pub(super) fn setting(tx: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    let mut query = tx.prepare_cached("SELECT value FROM settings WHERE name = ?")?;
    let mut rows = query.query([name])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}

fn rows(tx: &Connection) -> rusqlite::Result<BTreeMap<DocumentId, Row>> {
    let mut query = tx.prepare(
        "SELECT id, epoch, heads, projection, projection_version, actor, synced, chunks, bytes, seal
         FROM documents",
    )?;
    let row = |row: &SqlRow<'_>| {
        // An unreadable projection is made anew from the document.
        let current = row.get::<_, i64>(4)? == PROJECTION_VERSION;
        let text: Option<String> = row.get(3)?;
        let projection = text.filter(|_| current).and_then(|text| serde_json::from_str(&text).ok());
        Ok((
            DocumentId(row.get(0)?),
            Row {
                epoch: row.get(1)?,
                heads: heads(&row.get::<_, Vec<u8>>(2)?),
                projection,
                actor: row.get(5)?,
                synced: row.get::<_, Option<i64>>(6)?.map(Moment::from_millis),
                chunks: row.get(7)?,
                bytes: row.get(8)?,
                seal: row.get::<_, Option<Vec<u8>>>(9)?.and_then(|bytes| sealed(&bytes)),
            },
        ))
    };
    query.query_map([], row)?.collect()
}

fn heads(bytes: &[u8]) -> Heads {
    let (hashes, _) = bytes.as_chunks::<32>();
    Heads::new(hashes.iter().map(|hash| ChangeHash(*hash)).collect())
}

/// A seal and its heads; one that is not whole would not be believed.
fn sealed(bytes: &[u8]) -> Option<Sealed> {
    let (seal, rest) = bytes.split_first_chunk()?;
    Some(Sealed { heads: heads(rest), seal: Seal(*seal) })
}

/// What stands beside an edit in its row; nothing in those of older programs.
#[derive(serde::Deserialize)]
struct Described {
    #[serde(default)]
    about: About,
}

const OUTBOX: &str = "SELECT id, document, edit, hash FROM outbox ORDER BY number";

fn outbox(tx: &Connection) -> rusqlite::Result<Vec<UnsavedEdit>> {
    tx.prepare(OUTBOX)?.query_map([], unsaved)?.collect()
}

/// The edits of a damaged outbox that can be read, each by itself.
pub(super) fn readable_outbox(damaged: &Connection) -> Vec<UnsavedEdit> {
    let Ok(mut query) = damaged.prepare(OUTBOX) else { return Vec::new() };
    query.query_map([], unsaved).map(|rows| rows.flatten().collect()).unwrap_or_default()
}

fn unsaved(row: &SqlRow<'_>) -> rusqlite::Result<UnsavedEdit> {
    Ok(UnsavedEdit {
        id: EditId(row.get(0)?),
        document: DocumentId(row.get(1)?),
        edit: row.get::<_, Json<_>>(2)?.0,
        about: row.get::<_, Json<Described>>(2)?.0.about,
        hash: ChangeHash(row.get(3)?),
    })
}

pub(super) fn commands(tx: &Connection) -> rusqlite::Result<Vec<QueuedCommand>> {
    let mut query = tx.prepare("SELECT id, command, sent FROM commands ORDER BY number")?;
    let command = |row: &SqlRow<'_>| {
        let (id, command) = (CommandId(row.get(0)?), row.get::<_, Json<_>>(1)?.0);
        Ok(QueuedCommand { id, command, sent: row.get(2)? })
    };
    query.query_map([], command)?.collect()
}

fn outcomes(tx: &Connection) -> rusqlite::Result<Vec<CommandOutcome>> {
    let mut query =
        tx.prepare("SELECT id, command, result, at, acknowledged FROM outcomes ORDER BY number")?;
    let outcome = |row: &SqlRow<'_>| {
        Ok(CommandOutcome {
            id: CommandId(row.get(0)?),
            command: row.get::<_, Json<_>>(1)?.0,
            result: row.get::<_, Json<_>>(2)?.0,
            at: Moment::from_millis(row.get(3)?),
            acknowledged: row.get(4)?,
        })
    };
    query.query_map([], outcome)?.collect()
}

pub(super) fn set_aside(tx: &Connection) -> rusqlite::Result<BTreeMap<i64, SetAsideEdit>> {
    let mut query =
        tx.prepare("SELECT number, document, title, edit, refusal, at FROM set_aside")?;
    let edit = |row: &SqlRow<'_>| {
        let aside = SetAsideEdit {
            document: DocumentId(row.get(1)?),
            title: row.get(2)?,
            edit: row.get::<_, Json<_>>(3)?.0,
            about: row.get::<_, Json<Described>>(3)?.0.about,
            refusal: row.get::<_, Json<_>>(4)?.0,
            at: Moment::from_millis(row.get(5)?),
        };
        Ok((row.get(0)?, aside))
    };
    query.query_map([], edit)?.collect()
}
