//! The tables as they are now, and how older ones become so.

use rusqlite::Connection;

/// The version of [`SCHEMA`], in SQLite's `user_version`.
pub(super) const VERSION: i64 = 4;

/// How projections are written; rows of another version are projected anew when the store opens.
pub(super) const PROJECTION_VERSION: i64 = 2;

/// All tables, as a fresh store has them.
pub(super) const SCHEMA: &str = "
CREATE TABLE settings (
    name   TEXT PRIMARY KEY,
    value  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE documents (
    id                  BLOB PRIMARY KEY,
    epoch               INTEGER NOT NULL,
    heads               BLOB NOT NULL,     -- 32 bytes each
    projection          TEXT,              -- JSON; what screens are made of
    projection_version  INTEGER NOT NULL,
    actor               BLOB NOT NULL,     -- 16 bytes
    synced              INTEGER,           -- milliseconds since 1970
    chunks              INTEGER NOT NULL,
    bytes               INTEGER NOT NULL,
    seal                BLOB               -- 32 bytes, then the sealed heads, 32 bytes each
) STRICT, WITHOUT ROWID;

CREATE TABLE chunks (
    number    INTEGER PRIMARY KEY,         -- rises; a document's pieces in order
    document  BLOB NOT NULL,
    bytes     BLOB NOT NULL
) STRICT;
CREATE INDEX chunks_of_document ON chunks (document);

CREATE TABLE outbox (
    number    INTEGER PRIMARY KEY,         -- the order in which edits were made
    id        BLOB NOT NULL UNIQUE,
    document  BLOB NOT NULL,
    edit      TEXT NOT NULL,               -- JSON
    hash      BLOB NOT NULL
) STRICT;

CREATE TABLE commands (
    number   INTEGER PRIMARY KEY,
    id       BLOB NOT NULL UNIQUE,
    command  TEXT NOT NULL,                -- JSON
    sent     INTEGER NOT NULL DEFAULT 1    -- whether the server may know of it
) STRICT;

CREATE TABLE outcomes (
    number        INTEGER PRIMARY KEY,     -- the order in which they became known
    id            BLOB NOT NULL UNIQUE,
    command       TEXT NOT NULL,           -- JSON
    result        TEXT NOT NULL,           -- JSON: a receipt number or a refusal
    at            INTEGER NOT NULL,        -- milliseconds since 1970
    acknowledged  INTEGER NOT NULL         -- whether a person has seen it
) STRICT;

CREATE TABLE set_aside (
    number    INTEGER PRIMARY KEY,
    document  BLOB NOT NULL,
    title     TEXT NOT NULL,
    edit      TEXT NOT NULL,               -- JSON
    refusal   TEXT NOT NULL,               -- JSON
    at        INTEGER NOT NULL             -- milliseconds since 1970
) STRICT;
";

/// Migration number i brings version i to i + 1; number 0 makes the first store there was. A migration is
/// never changed once released: write the next.
pub(super) const MIGRATIONS: [&str; VERSION as usize] = [FIRST, SEALS, SENT, OUTCOMES];

/// Version 1.
const FIRST: &str = include_str!("migrations/1.sql");

/// Version 2: the server's seals. Documents from before are sealed when the device has connected.
const SEALS: &str = "
ALTER TABLE documents ADD COLUMN seal BLOB;
";

/// Version 3: whether a command has been sent. One from before may have been.
const SENT: &str = "
ALTER TABLE commands ADD COLUMN sent INTEGER NOT NULL DEFAULT 1;
";

/// Version 4: what became of commands.
const OUTCOMES: &str = "
CREATE TABLE outcomes (
    number        INTEGER PRIMARY KEY,
    id            BLOB NOT NULL UNIQUE,
    command       TEXT NOT NULL,
    result        TEXT NOT NULL,
    at            INTEGER NOT NULL,
    acknowledged  INTEGER NOT NULL
) STRICT;
";

/// Brings a store to the newest version, in one transaction.
///
/// # Errors
///
/// SQLite's. A store from a newer program is refused with `SQLITE_SCHEMA`, and left as it is.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let tx = connection.transaction()?;
    let found: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > VERSION {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_SCHEMA);
        return Err(rusqlite::Error::SqliteFailure(code, None));
    }
    if found == VERSION {
        return Ok(());
    }
    let from = usize::try_from(found).unwrap_or(0);
    if from == 0 {
        tx.execute_batch(SCHEMA)?;
    } else {
        MIGRATIONS[from..].iter().try_for_each(|migration| tx.execute_batch(migration))?;
    }
    tx.pragma_update(None, "user_version", VERSION)?;
    tx.commit()
}
