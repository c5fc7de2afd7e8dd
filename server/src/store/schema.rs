//! The tables as they are.

/// The version of [`SCHEMA`], kept in `PRAGMA user_version`.
pub const SCHEMA_VERSION: u32 = 5;

/// Everything that a new database gets. Moments are milliseconds since 1970, ids their 16 bytes.
pub const SCHEMA: &str = "
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- One row for each document that is or was here; a tombstone keeps it from coming back.
CREATE TABLE documents (
    id BLOB PRIMARY KEY,
    kind TEXT NOT NULL,              -- empty for what an unmodified client made
    title TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    heads BLOB NOT NULL,             -- sorted, 32 bytes each
    digest BLOB NOT NULL,            -- what stands for the heads in a catalogue
    bytes INTEGER NOT NULL,          -- of snapshot and changes
    tail INTEGER NOT NULL,           -- how many rows of changes
    tail_bytes INTEGER NOT NULL,
    creator BLOB NOT NULL,           -- an account; zeros for the server
    erased_at INTEGER,
    erased_why TEXT
) WITHOUT ROWID;
CREATE INDEX documents_by_creator ON documents (creator);

-- The content: a snapshot, then what came after it.
CREATE TABLE snapshots (
    document BLOB PRIMARY KEY,
    bytes BLOB NOT NULL
);
CREATE TABLE changes (
    number INTEGER PRIMARY KEY,
    document BLOB NOT NULL,
    bytes BLOB NOT NULL
);
CREATE INDEX changes_of_document ON changes (document, number);

-- Which keys open a document, and which document says so: itself, or one that shares it.
CREATE TABLE readers (
    document BLOB NOT NULL,
    key TEXT NOT NULL,
    via BLOB NOT NULL,
    PRIMARY KEY (document, key, via)
) WITHOUT ROWID;
CREATE INDEX readers_by_key ON readers (key, document);
CREATE INDEX readers_by_via ON readers (via);
-- Documents that only they themselves open, whatever shares them.
CREATE TABLE closed (
    document BLOB PRIMARY KEY
) WITHOUT ROWID;

-- Documents that an account could read and no longer can, newest last.
CREATE TABLE withdrawals (
    number INTEGER PRIMARY KEY,
    account BLOB NOT NULL,
    document BLOB NOT NULL,
    epoch INTEGER NOT NULL,          -- of the document on that day
    reason TEXT NOT NULL,
    UNIQUE (account, document)
);
CREATE INDEX withdrawals_of_account ON withdrawals (account);

-- Keys that documents give to accounts which hold another.
CREATE TABLE grants (
    account BLOB NOT NULL,
    key TEXT NOT NULL,
    via BLOB NOT NULL,
    needs TEXT NOT NULL,             -- the other key
    PRIMARY KEY (account, key, via, needs)
) WITHOUT ROWID;
CREATE INDEX grants_by_key ON grants (key, account);
CREATE INDEX grants_by_via ON grants (via);

-- Names are in profiles alone.
CREATE TABLE accounts (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE roles (
    account BLOB NOT NULL REFERENCES accounts (id),
    role TEXT NOT NULL,
    PRIMARY KEY (account, role)
) WITHOUT ROWID;
CREATE INDEX roles_by_role ON roles (role, account);

CREATE TABLE devices (
    id BLOB PRIMARY KEY,
    account BLOB NOT NULL REFERENCES accounts (id),
    label TEXT NOT NULL,
    created INTEGER NOT NULL,
    revoked INTEGER,
    seen INTEGER NOT NULL DEFAULT 0, -- the day on which it last connected
    erased INTEGER NOT NULL DEFAULT 0 -- whether it ended with its account
) WITHOUT ROWID;
CREATE INDEX devices_of_account ON devices (account);
CREATE TABLE tokens (
    hash BLOB PRIMARY KEY,           -- SHA-256 of the token
    device BLOB NOT NULL REFERENCES devices (id),
    revoked INTEGER
) WITHOUT ROWID;
CREATE INDEX tokens_of_device ON tokens (device);
CREATE TABLE invitations (
    hash BLOB PRIMARY KEY,           -- SHA-256 of the secret
    account BLOB NOT NULL REFERENCES accounts (id),
    expires INTEGER NOT NULL,
    used INTEGER,
    created INTEGER NOT NULL DEFAULT 0,
    nonce BLOB,                      -- SHA-256 of what the device that used it calls its attempt
    device BLOB,                     -- the device that it enrolled
    maker BLOB                       -- the device that it was made on; none for an operator's
) WITHOUT ROWID;
CREATE INDEX invitations_of_account ON invitations (account);

-- Which device writes as which Automerge actor, bound on first use.
CREATE TABLE actors (
    actor BLOB PRIMARY KEY,
    device BLOB NOT NULL REFERENCES devices (id)
) WITHOUT ROWID;

CREATE TABLE commands (
    receipt INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    account BLOB NOT NULL,
    device BLOB NOT NULL,
    name TEXT NOT NULL,
    document BLOB NOT NULL,
    at INTEGER NOT NULL,
    refusal TEXT,                    -- JSON; none when it was executed
    digest BLOB                      -- SHA-256 of the command; none for those of before
);
CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor BLOB NOT NULL,             -- an account; zeros for an operator
    action TEXT NOT NULL,
    subject TEXT NOT NULL            -- an id
);

-- The ids that imports gave to what files call by a name, and digests of what the last import said of each.
CREATE TABLE imported (
    kind TEXT NOT NULL,              -- account, pilot or visit
    name TEXT NOT NULL,
    id BLOB NOT NULL,
    said TEXT NOT NULL,              -- JSON, from fields to digests
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;
CREATE INDEX imported_by_id ON imported (id);
";
