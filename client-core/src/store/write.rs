//! Values as rows.

use rusqlite::{Connection, params};
use serde::Serialize;

use super::schema::PROJECTION_VERSION;
use crate::domain::Edit;
use crate::domain::view::About;
use crate::engine::{CommandOutcome, Row, SetAsideEdit, UnsavedEdit, Write};
use crate::ids::DocumentId;
use crate::limits::OUTCOMES_COUNT_MAX;
use crate::wire::Heads;

pub(super) fn write(tx: &Connection, write: &Write) -> rusqlite::Result<()> {
    match write {
        Write::Identity(identity) => {
            setting(tx, "account", &identity.account.to_string())?;
            setting(tx, "device", &identity.device.to_string())
        }
        Write::Ended(Some(ended)) => setting(tx, "ended", &json(ended)?),
        Write::Ended(None) => run(tx, "DELETE FROM settings WHERE name = 'ended'", []),
        Write::Row(id, row) => document(tx, *id, row),
        Write::Chunk(id, bytes) => chunk(tx, *id, bytes),
        Write::Snapshot(id, bytes) => {
            run(tx, "DELETE FROM chunks WHERE document = ?", [id.0])?;
            chunk(tx, *id, bytes)
        }
        Write::Purge(id) => {
            run(tx, "DELETE FROM chunks WHERE document = ?", [id.0])?;
            run(tx, "DELETE FROM documents WHERE id = ?", [id.0])
        }
        Write::Unsaved(edit) => unsaved(tx, edit),
        Write::Saved(id) => run(tx, "DELETE FROM outbox WHERE id = ?", [id.0]),
        Write::Queue(queued) => run(
            tx,
            "INSERT INTO commands (id, command, sent) VALUES (?, ?, ?)",
            params![queued.id.0, json(&queued.command)?, queued.sent],
        ),
        Write::Sent(id) => run(tx, "UPDATE commands SET sent = 1 WHERE id = ?", [id.0]),
        Write::Answered(outcome) => answered(tx, outcome),
        Write::Acknowledged(id) => {
            run(tx, "UPDATE outcomes SET acknowledged = 1 WHERE id = ?", [id.0])
        }
        Write::SetAside(number, aside) => set_aside(tx, *number, aside),
        Write::Dismiss(number) => run(tx, "DELETE FROM set_aside WHERE number = ?", [number]),
        Write::Withdrawn(documents) => setting(tx, "withdrawn", &json(documents)?),
        Write::AsOf(moment) => setting(tx, "as-of", &moment.to_string()),
    }
}

fn run(tx: &Connection, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<()> {
    tx.prepare_cached(sql)?.execute(values).map(drop)
}

fn json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

pub(super) fn setting(tx: &Connection, name: &str, value: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO settings (name, value) VALUES (?, ?)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    run(tx, sql, [name, value])
}

fn document(tx: &Connection, id: DocumentId, row: &Row) -> rusqlite::Result<()> {
    let heads = bytes_of(&row.heads);
    let seal = row.seal.as_ref().map(|s| [s.seal.0.to_vec(), bytes_of(&s.heads)].concat());
    let projection = row.projection.as_ref().map(json).transpose()?;
    let sql = "INSERT OR REPLACE INTO documents
               (id, epoch, heads, projection, projection_version, actor, synced, chunks, bytes, seal)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    run(
        tx,
        sql,
        params![
            id.0,
            row.epoch,
            heads,
            projection,
            PROJECTION_VERSION,
            row.actor,
            row.synced.map(crate::domain::Moment::millis),
            row.chunks,
            row.bytes,
            seal
        ],
    )
}

fn bytes_of(heads: &Heads) -> Vec<u8> {
    heads.as_slice().iter().flat_map(|hash| hash.0).collect()
}

fn chunk(tx: &Connection, id: DocumentId, bytes: &[u8]) -> rusqlite::Result<()> {
    run(tx, "INSERT INTO chunks (document, bytes) VALUES (?, ?)", params![id.0, bytes])
}

/// An edit with what it was about.
#[derive(Serialize)]
struct Described<'a> {
    #[serde(flatten)]
    edit: &'a Edit,
    about: &'a About,
}

fn unsaved(tx: &Connection, edit: &UnsavedEdit) -> rusqlite::Result<()> {
    let sql = "INSERT INTO outbox (id, document, edit, hash) VALUES (?, ?, ?, ?)
               ON CONFLICT (id) DO UPDATE SET hash = excluded.hash";
    let described = Described { edit: &edit.edit, about: &edit.about };
    run(tx, sql, params![edit.id.0, edit.document.0, json(&described)?, edit.hash.0])
}

fn answered(tx: &Connection, outcome: &CommandOutcome) -> rusqlite::Result<()> {
    run(tx, "DELETE FROM commands WHERE id = ?", [outcome.id.0])?;
    run(
        tx,
        "INSERT INTO outcomes (id, command, result, at, acknowledged) VALUES (?, ?, ?, ?, ?)",
        params![
            outcome.id.0,
            json(&outcome.command)?,
            json(&outcome.result)?,
            outcome.at.millis(),
            outcome.acknowledged
        ],
    )?;
    let oldest = "DELETE FROM outcomes WHERE number <= (SELECT max(number) FROM outcomes) - ?";
    run(tx, oldest, [OUTCOMES_COUNT_MAX])
}

pub(super) fn set_aside(
    tx: &Connection,
    number: i64,
    aside: &SetAsideEdit,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO set_aside (number, document, title, edit, refusal, at)
               VALUES (?, ?, ?, ?, ?, ?)";
    run(
        tx,
        sql,
        params![
            number,
            aside.document.0,
            aside.title,
            json(&Described { edit: &aside.edit, about: &aside.about })?,
            json(&aside.refusal)?,
            aside.at.millis()
        ],
    )
}
