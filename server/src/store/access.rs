//! Who may read what: the keys that open documents, and the accounts that hold them.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, params};
use samsynk_core::domain::{Grant, Key, Role, Subject};
use samsynk_core::ids::{AccountId, DocumentId};

use super::accounts::roles_of;
use super::{StoreError, bytes};
use crate::gate::author::SERVER;

/// What of a document a catalogue and a home need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: DocumentId,
    /// Its kind.
    pub kind: String,
    /// What lists show.
    pub title: String,
    /// Its epoch.
    pub epoch: u32,
    /// What stands for its heads.
    pub digest: [u8; 8],
    /// Whether the account made it.
    pub own: bool,
}

fn key(text: &str) -> Result<Key, StoreError> {
    text.parse().map_err(|_| StoreError::Unreadable("key"))
}

fn keys(tx: &Connection, sql: &str, id: [u8; 16]) -> Result<BTreeSet<Key>, StoreError> {
    let mut select = tx.prepare_cached(sql)?;
    let mut rows = select.query([id])?;
    let mut keys = BTreeSet::new();
    while let Some(row) = rows.next()? {
        keys.insert(key(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?);
    }
    Ok(keys)
}

/// An account with all its keys.
///
/// # Errors
///
/// What SQLite says; so with all functions here.
pub fn subject(tx: &Connection, account: AccountId) -> Result<Subject, StoreError> {
    let granted =
        grants(tx, "SELECT account, key, needs FROM grants WHERE account = ?", account.0)?;
    Ok(Subject::new(account, roles_of(tx, account)?, granted))
}

/// The keys that open a document: its own, and those of documents that share it unless it is closed.
///
/// # Errors
///
/// What SQLite says.
pub fn readers(tx: &Connection, document: DocumentId) -> Result<BTreeSet<Key>, StoreError> {
    let sql = "SELECT key FROM readers WHERE document = ?1
        AND (via = document OR NOT EXISTS (SELECT 1 FROM closed WHERE document = ?1))";
    keys(tx, sql, document.0)
}

/// The keys that open a document or would if it were not closed.
///
/// # Errors
///
/// What SQLite says.
pub fn possible_readers(
    tx: &Connection,
    document: DocumentId,
) -> Result<BTreeSet<Key>, StoreError> {
    keys(tx, "SELECT key FROM readers WHERE document = ?", document.0)
}

/// Whether an account may read a document.
///
/// # Errors
///
/// What SQLite says.
pub fn may_read(
    tx: &Connection,
    subject: &Subject,
    document: DocumentId,
) -> Result<bool, StoreError> {
    Ok(subject.holds_any(&readers(tx, document)?))
}

/// All documents that an account may read, in the order of their ids.
///
/// # Errors
///
/// What SQLite says.
pub fn readable(tx: &Connection, subject: &Subject) -> Result<Vec<Listed>, StoreError> {
    let sql = "SELECT d.id, d.kind, d.title, d.epoch, d.digest, d.creator = ?2
        FROM readers r JOIN documents d ON d.id = r.document
        WHERE r.key = ?1 AND d.erased_at IS NULL
        AND (r.via = r.document OR NOT EXISTS (SELECT 1 FROM closed c WHERE c.document = r.document))";
    let mut select = tx.prepare_cached(sql)?;
    let mut listed = Vec::new();
    for key in &subject.keys {
        let rows = select.query_map(params![key.to_string(), subject.account.0], |row| {
            Ok(Listed {
                id: DocumentId(bytes(row, 0)?),
                kind: row.get(1)?,
                title: row.get(2)?,
                epoch: row.get(3)?,
                digest: bytes(row, 4)?,
                own: row.get(5)?,
            })
        })?;
        for row in rows {
            listed.push(row?);
        }
    }
    listed.sort_by_key(|listed| listed.id);
    listed.dedup_by_key(|listed| listed.id);
    Ok(listed)
}

/// How many documents people have made that an account may read by its own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// Its own among them.
    pub all: usize,
    /// Those of others.
    pub of_others: usize,
    /// Those of one of them.
    pub of_maker: usize,
}

/// Counts the documents that name an account itself, and those that one maker has made.
///
/// # Errors
///
/// What SQLite says.
pub fn naming(tx: &Connection, account: AccountId, maker: AccountId) -> Result<Named, StoreError> {
    let sql = "SELECT count(*), coalesce(sum(d.creator NOT IN (?2, ?4)), 0), coalesce(sum(d.creator = ?3), 0)
        FROM readers r JOIN documents d ON d.id = r.document WHERE r.key = ?1";
    let key = Key::Account(account).to_string();
    let named =
        tx.prepare_cached(sql)?.query_row(params![key, account.0, maker.0, SERVER.0], |row| {
            Ok(Named { all: row.get(0)?, of_others: row.get(1)?, of_maker: row.get(2)? })
        });
    Ok(named?)
}

/// How many grants the documents of one maker give to an account.
///
/// # Errors
///
/// What SQLite says.
pub fn granted_by(
    tx: &Connection,
    account: AccountId,
    maker: AccountId,
) -> Result<usize, StoreError> {
    let sql = "SELECT count(*) FROM grants g JOIN documents d ON d.id = g.via
        WHERE g.account = ? AND d.creator = ?";
    Ok(tx.prepare_cached(sql)?.query_row([account.0, maker.0], |row| row.get(0))?)
}

/// The accounts that hold a key, and those to whom it is granted on a condition that they may not meet.
///
/// # Errors
///
/// What SQLite says.
pub fn holders(tx: &Connection, key: &Key) -> Result<Vec<AccountId>, StoreError> {
    match key {
        Key::All => accounts(tx, "SELECT id FROM accounts", []),
        Key::Account(account) => accounts(tx, "SELECT id FROM accounts WHERE id = ?", [account.0]),
        Key::Role(role) => with_role(tx, role),
        Key::Group(..) | Key::Cohort(..) => {
            accounts(tx, "SELECT DISTINCT account FROM grants WHERE key = ?", [key.to_string()])
        }
    }
}

fn with_role(tx: &Connection, role: &Role) -> Result<Vec<AccountId>, StoreError> {
    accounts(tx, "SELECT account FROM roles WHERE role = ?", [role.to_string()])
}

fn accounts(
    tx: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<AccountId>, StoreError> {
    let mut select = tx.prepare_cached(sql)?;
    let rows = select.query_map(params, |row| Ok(AccountId(bytes(row, 0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What one document says about who may read it and others, and who gets which keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Says {
    /// Documents and keys that open them.
    pub readers: BTreeSet<(DocumentId, Key)>,
    /// Keys that it gives to accounts.
    pub grants: BTreeSet<Grant>,
    /// Whether only it itself opens it.
    pub is_closed: bool,
}

/// What a document has said so far.
///
/// # Errors
///
/// What SQLite says.
pub fn said_by(tx: &Connection, via: DocumentId) -> Result<Says, StoreError> {
    let mut says = Says::default();
    let mut select = tx.prepare_cached("SELECT document, key FROM readers WHERE via = ?")?;
    let mut rows = select.query([via.0])?;
    while let Some(row) = rows.next()? {
        let text = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
        says.readers.insert((DocumentId(bytes(row, 0)?), key(text)?));
    }
    let sql = "SELECT account, key, needs FROM grants WHERE via = ?";
    says.grants = grants(tx, sql, via.0)?.into_iter().collect();
    let sql = "SELECT 1 FROM closed WHERE document = ?";
    says.is_closed = tx.prepare_cached(sql)?.query_row([via.0], |_| Ok(())).optional()?.is_some();
    Ok(says)
}

fn grants(tx: &Connection, sql: &str, id: [u8; 16]) -> Result<Vec<Grant>, StoreError> {
    let mut select = tx.prepare_cached(sql)?;
    let mut rows = select.query([id])?;
    let mut grants = Vec::new();
    while let Some(row) = rows.next()? {
        let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        let (granted, needs) = (key(text(1)?)?, key(text(2)?)?);
        grants.push(Grant { account: AccountId(bytes(row, 0)?), key: granted, needs });
    }
    Ok(grants)
}

/// Replaces what a document has said.
///
/// # Errors
///
/// What SQLite says.
pub fn say(
    tx: &Connection,
    via: DocumentId,
    before: &Says,
    after: &Says,
) -> Result<(), StoreError> {
    let delete = "DELETE FROM readers WHERE document = ? AND key = ? AND via = ?";
    for (document, key) in before.readers.difference(&after.readers) {
        tx.prepare_cached(delete)?.execute(params![document.0, key.to_string(), via.0])?;
    }
    let insert = "INSERT INTO readers (document, key, via) VALUES (?, ?, ?)";
    for (document, key) in after.readers.difference(&before.readers) {
        tx.prepare_cached(insert)?.execute(params![document.0, key.to_string(), via.0])?;
    }
    let delete = "DELETE FROM grants WHERE account = ? AND key = ? AND needs = ? AND via = ?";
    for Grant { account, key, needs } in before.grants.difference(&after.grants) {
        let values = params![account.0, key.to_string(), needs.to_string(), via.0];
        tx.prepare_cached(delete)?.execute(values)?;
    }
    let insert = "INSERT INTO grants (account, key, needs, via) VALUES (?, ?, ?, ?)";
    for Grant { account, key, needs } in after.grants.difference(&before.grants) {
        let values = params![account.0, key.to_string(), needs.to_string(), via.0];
        tx.prepare_cached(insert)?.execute(values)?;
    }
    let close = match after.is_closed {
        true => "INSERT INTO closed (document) VALUES (?) ON CONFLICT DO NOTHING",
        false => "DELETE FROM closed WHERE document = ?",
    };
    if before.is_closed != after.is_closed {
        tx.prepare_cached(close)?.execute([via.0])?;
    }
    Ok(())
}

/// Whether there is such an account.
///
/// # Errors
///
/// What SQLite says.
pub fn account_exists(tx: &Connection, account: AccountId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM accounts WHERE id = ?";
    Ok(tx.prepare_cached(sql)?.query_row([account.0], |_| Ok(())).optional()?.is_some())
}

/// The version of the rules by which access was last read off the documents; 0 where none is known.
///
/// # Errors
///
/// What SQLite says.
pub fn rules_version(tx: &Connection) -> Result<u32, StoreError> {
    let sql = "SELECT value FROM meta WHERE name = 'rules'";
    let version = tx.query_row(sql, [], |row| bytes(row, 0)).optional()?;
    Ok(version.map_or(0, u32::from_be_bytes))
}

/// Notes the version of the rules.
///
/// # Errors
///
/// What SQLite says.
pub fn set_rules_version(tx: &Connection, version: u32) -> Result<(), StoreError> {
    let sql = "INSERT INTO meta (name, value) VALUES ('rules', ?)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.execute(sql, [version.to_be_bytes()])?;
    Ok(())
}
