//! Every bound on what comes from outside, in one place, each with its reason.

/// The largest WebSocket message, in bytes. A document of 10,000 edits is about 1 MB.
pub const FRAME_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The longest list of heads in a frame. Heads are concurrent branches; people make few.
pub const HEADS_COUNT_MAX: usize = 1_000;

/// The most documents that one device may name in a catalogue digest (280 kB at 28 bytes each).
pub const CATALOGUE_ENTRIES_MAX: usize = 20_000;

/// The longest sender or target id, in bytes; automerge-repo's are under 40.
pub const PEER_ID_BYTES_MAX: usize = 256;

/// The longest command or refusal text, in bytes of JSON.
pub const COMMAND_BYTES_MAX: usize = 64 * 1024;

/// The longest text in one field of a document, in bytes.
pub const FIELD_BYTES_MAX: usize = 8 * 1024;

/// The largest document the server keeps, in bytes of compressed changes. Half a frame: a device that
/// has nothing of it gets it in one message, which is larger by what changes lose when they are stored whole.
pub const DOCUMENT_BYTES_MAX: usize = FRAME_BYTES_MAX / 2;

/// The most slots in one visit. Three days of eight hours in quarters are 96.
pub const SLOTS_COUNT_MAX: usize = 200;

/// The most students in a group that visits (`DOMAIN`: at most 10).
pub const GROUP_MEMBERS_MAX: usize = 10;

/// The deepest nesting of values in a frame. Ours nest three deep; more is only ever skipped.
pub const NESTING_DEPTH_MAX: usize = 16;

/// The longest short name in a frame, in bytes: its type, a version, a code, a reason.
pub const WIRE_NAME_BYTES_MAX: usize = 64;

/// The most protocol versions that a `join` may offer; there are two.
pub const VERSIONS_COUNT_MAX: usize = 16;

/// The most storage ids in a remote-heads frame or subscription; a person has few devices.
pub const STORAGE_IDS_COUNT_MAX: usize = 1_000;

/// The most change hashes in one refusal (3.2 MB at 32 bytes each, so that it fits a frame).
pub const REJECTED_HASHES_MAX: usize = 100_000;
