//! Documents: what is known of each without loading it, and its bytes.

use std::collections::BTreeSet;

use crate::limits::{DOCUMENT_TAIL_BYTES_MAX, DOCUMENT_TAIL_COUNT_MAX};
use automerge::ChangeHash;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use samsynk_core::domain::{Key, Moment};
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::wire::Heads;

use super::{StoreError, accounts, bytes, count};

/// What is known of a document without loading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: DocumentId,
    /// Its kind; empty for what an unmodified client made.
    pub kind: String,
    /// What lists show.
    pub title: String,
    /// Rises when an erased document begins anew.
    pub epoch: u32,
    /// Its heads.
    pub heads: Heads,
    /// How large it is on disk.
    pub bytes: u64,
    /// How many rows of changes follow the snapshot.
    pub tail: u32,
    /// How large these are.
    pub tail_bytes: u64,
    /// Who made it; zeros for the server.
    pub creator: AccountId,
    /// Why it is no more, if so.
    pub erased: Option<String>,
}

impl Stored {
    /// Whether what comes next should be a snapshot.
    #[must_use]
    pub fn wants_snapshot(&self) -> bool {
        let snapshot_bytes = self.bytes - self.tail_bytes.min(self.bytes);
        self.tail >= DOCUMENT_TAIL_COUNT_MAX
            || self.tail_bytes > DOCUMENT_TAIL_BYTES_MAX.max(snapshot_bytes)
    }
}

const COLUMNS: &str = "id, kind, title, epoch, heads, bytes, tail, tail_bytes, creator, erased_why";

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let heads: Vec<u8> = row.get(4)?;
    Ok(Stored {
        id: DocumentId(bytes(row, 0)?),
        kind: row.get(1)?,
        title: row.get(2)?,
        epoch: row.get(3)?,
        heads: heads_of(&heads),
        bytes: count(row, 5)?,
        tail: row.get(6)?,
        tail_bytes: count(row, 7)?,
        creator: AccountId(bytes(row, 8)?),
        erased: row.get(9)?,
    })
}

fn heads_of(bytes: &[u8]) -> Heads {
    bytes.as_chunks::<32>().0.iter().map(|hash| ChangeHash(*hash)).collect()
}

fn heads_bytes(heads: &Heads) -> Vec<u8> {
    heads.as_slice().iter().flat_map(|hash| hash.0).collect()
}

/// What is known of a document.
///
/// # Errors
///
/// What SQLite says; so with all functions here.
pub fn get(tx: &Connection, id: DocumentId) -> Result<Option<Stored>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM documents WHERE id = ?");
    Ok(tx.prepare_cached(&sql)?.query_row([id.0], stored).optional()?)
}

/// All documents that are not erased, in the order of their ids.
///
/// # Errors
///
/// What SQLite says.
pub fn all(tx: &Connection) -> Result<Vec<Stored>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM documents WHERE erased_at IS NULL ORDER BY id");
    let rows = tx.prepare(&sql)?.query_map([], stored)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// How much an account has made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Made {
    /// Documents, also those that are erased: they leave tombstones.
    pub documents: u64,
    /// Their size on disk.
    pub bytes: u64,
    /// Plans and rounds among them, which homes of others list.
    pub plans: u64,
    /// The size of plans, rounds and notes, which others may have on their devices.
    pub shared_bytes: u64,
}

/// How much an account has made. Looks at each of its documents.
///
/// # Errors
///
/// What SQLite says.
pub fn made_by(tx: &Connection, creator: AccountId) -> Result<Made, StoreError> {
    let sql = "SELECT count(*), coalesce(sum(bytes), 0), count(*) FILTER (WHERE kind IN ('visit', 'pilot')),
        coalesce(sum(bytes) FILTER (WHERE kind IN ('visit', 'pilot', 'note')), 0)
        FROM documents WHERE creator = ?";
    let made = |row: &Row<'_>| {
        let (documents, bytes) = (count(row, 0)?, count(row, 1)?);
        let (plans, shared_bytes) = (count(row, 2)?, count(row, 3)?);
        Ok(Made { documents, bytes, plans, shared_bytes })
    };
    Ok(tx.prepare_cached(sql)?.query_row([creator.0], made)?)
}

/// The notes that an account has made.
///
/// # Errors
///
/// What SQLite says.
pub fn notes_of(tx: &Connection, creator: AccountId) -> Result<Vec<DocumentId>, StoreError> {
    let sql = "SELECT id FROM documents
        WHERE creator = ? AND kind IN ('note', '') AND erased_at IS NULL";
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map([creator.0], |row| Ok(DocumentId(bytes(row, 0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// All documents of a kind that are not erased.
///
/// # Errors
///
/// What SQLite says.
pub fn of_kind(tx: &Connection, kind: &str) -> Result<Vec<Stored>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM documents WHERE kind = ? AND erased_at IS NULL");
    let rows = tx.prepare_cached(&sql)?.query_map([kind], stored)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The notes of others in which an account may have written, or that name it or did.
///
/// # Errors
///
/// What SQLite says.
pub fn notes_with(tx: &Connection, account: AccountId) -> Result<Vec<Stored>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS},
            EXISTS (SELECT 1 FROM readers WHERE document = id AND key = ?2)
                OR EXISTS (SELECT 1 FROM withdrawals WHERE document = id AND account = ?1) AS read_it,
            (SELECT bytes FROM snapshots WHERE document = id) AS snapshot
        FROM documents WHERE kind = 'note' AND erased_at IS NULL AND creator <> ?1"
    );
    let actors = accounts::actors_of(tx, account)?;
    let lengths: BTreeSet<usize> = actors.iter().map(Vec::len).collect();
    let mut select = tx.prepare_cached(&sql)?;
    let mut rows = select.query(params![account.0, Key::Account(account).to_string()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let note = stored(row)?;
        let (read_it, snapshot): (bool, _) = (row.get("read_it")?, row.get_ref("snapshot")?);
        let snapshot = snapshot.as_blob_or_null().map_err(rusqlite::Error::from)?;
        // In a snapshot an actor stands as it is, after its length. What came after that may be compressed.
        let writes = snapshot.is_some_and(|bytes| {
            let part = |at: usize| {
                let length = usize::from(bytes[at]);
                let is_one = lengths.contains(&length);
                is_one.then(|| bytes.get(at + 1..=at + length)).flatten()
            };
            let names = bytes.windows(account.0.len()).any(|part| part == account.0);
            names || (0..bytes.len()).filter_map(part).any(|part| actors.contains(part))
        });
        if read_it || writes || note.tail > 0 {
            found.push(note);
        }
    }
    Ok(found)
}

/// The bytes to load a document from: its snapshot and the changes after it.
///
/// # Errors
///
/// What SQLite says.
pub fn load(tx: &Connection, id: DocumentId) -> Result<Option<Vec<u8>>, StoreError> {
    let mut select = tx.prepare_cached("SELECT bytes FROM snapshots WHERE document = ?")?;
    let Some(mut all): Option<Vec<u8>> = select.query_row([id.0], |row| row.get(0)).optional()?
    else {
        return Ok(None);
    };
    let sql = "SELECT bytes FROM changes WHERE document = ? ORDER BY number";
    let mut select = tx.prepare_cached(sql)?;
    let mut rows = select.query([id.0])?;
    while let Some(row) = rows.next()? {
        all.extend_from_slice(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?);
    }
    Ok(Some(all))
}

/// What a document is to become.
#[derive(Debug)]
pub struct Saved<'a> {
    /// Its kind.
    pub kind: &'a str,
    /// What lists show.
    pub title: &'a str,
    /// Its heads.
    pub heads: &'a Heads,
}

/// Stores a whole document, new or in place of its snapshot and changes.
///
/// # Errors
///
/// What SQLite says.
pub fn put_snapshot(
    tx: &Connection,
    id: DocumentId,
    saved: &Saved<'_>,
    creator: AccountId,
    content: &[u8],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO snapshots (document, bytes) VALUES (?1, ?2)
        ON CONFLICT (document) DO UPDATE SET bytes = ?2";
    tx.prepare_cached(sql)?.execute(params![id.0, content])?;
    tx.prepare_cached("DELETE FROM changes WHERE document = ?")?.execute([id.0])?;
    let sql = "INSERT INTO documents
            (id, kind, title, epoch, heads, digest, bytes, tail, tail_bytes, creator)
        VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, 0, 0, ?7)
        ON CONFLICT (id) DO UPDATE SET
            kind = ?2, title = ?3, heads = ?4, digest = ?5, bytes = ?6, tail = 0, tail_bytes = 0";
    tx.prepare_cached(sql)?.execute(params![
        id.0,
        saved.kind,
        saved.title,
        heads_bytes(saved.heads),
        saved.heads.digest(),
        content.len() as i64,
        creator.0,
    ])?;
    Ok(())
}

/// Stores what came after the stored content of a document.
///
/// # Errors
///
/// What SQLite says.
pub fn put_changes(
    tx: &Connection,
    id: DocumentId,
    saved: &Saved<'_>,
    content: &[u8],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO changes (document, bytes) VALUES (?, ?)";
    tx.prepare_cached(sql)?.execute(params![id.0, content])?;
    let sql = "UPDATE documents SET kind = ?2, title = ?3, heads = ?4, digest = ?5,
            bytes = bytes + ?6, tail = tail + 1, tail_bytes = tail_bytes + ?6
        WHERE id = ?1";
    tx.prepare_cached(sql)?.execute(params![
        id.0,
        saved.kind,
        saved.title,
        heads_bytes(saved.heads),
        saved.heads.digest(),
        content.len() as i64,
    ])?;
    Ok(())
}

/// Notes the epoch of a document that has come back.
///
/// # Errors
///
/// What SQLite says.
pub fn set_epoch(tx: &Connection, id: DocumentId, epoch: u32) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE documents SET epoch = ? WHERE id = ?")?
        .execute(params![epoch, id.0])?;
    Ok(())
}

/// Leaves a tombstone for a document that is not here.
///
/// # Errors
///
/// What SQLite says.
pub fn put_tombstone(
    tx: &Connection,
    id: DocumentId,
    at: Moment,
    why: &str,
) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO documents (id, kind, title, epoch, heads, digest, bytes, tail, tail_bytes,
            creator, erased_at, erased_why)
        VALUES (?1, '', '', 0, x'', x'0000000000000000', 0, 0, 0, zeroblob(16), ?2, ?3)";
    tx.prepare_cached(sql)?.execute(params![id.0, at.millis(), why])?;
    Ok(())
}

/// Erases a document's content and leaves a tombstone.
///
/// # Errors
///
/// What SQLite says.
pub fn erase(tx: &Connection, id: DocumentId, at: Moment, why: &str) -> Result<(), StoreError> {
    for sql in
        ["DELETE FROM snapshots WHERE document = ?", "DELETE FROM changes WHERE document = ?"]
    {
        tx.prepare_cached(sql)?.execute([id.0])?;
    }
    let sql =
        "UPDATE documents SET title = '', heads = x'', digest = x'0000000000000000', bytes = 0,
            tail = 0, tail_bytes = 0, erased_at = ?2, erased_why = ?3
        WHERE id = ?1";
    tx.prepare_cached(sql)?.execute(params![id.0, at.millis(), why])?;
    Ok(())
}
