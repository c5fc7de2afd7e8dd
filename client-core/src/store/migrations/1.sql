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
    bytes               INTEGER NOT NULL
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
    command  TEXT NOT NULL                 -- JSON
) STRICT;

CREATE TABLE set_aside (
    number    INTEGER PRIMARY KEY,
    document  BLOB NOT NULL,
    title     TEXT NOT NULL,
    edit      TEXT NOT NULL,               -- JSON
    refusal   TEXT NOT NULL,               -- JSON
    at        INTEGER NOT NULL             -- milliseconds since 1970
) STRICT;
