//! Every bound on what comes from outside, in one place, each with its reason.

/// The largest WebSocket message, in bytes. A document of 10,000 edits is about 1 MB.
pub const FRAME_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The largest message that a server reads to its end, in bytes: one that is larger than a frame may be costs its sender that
/// document, and not the connection on which all others are.
pub const OVERSIZED_FRAME_BYTES_MAX: usize = 2 * FRAME_BYTES_MAX;

/// The longest list of heads in a frame. Heads are concurrent branches; people make few.
pub const HEADS_COUNT_MAX: usize = 1_000;

/// The most documents that one device may name in a catalogue digest (280 kB at 28 bytes each).
pub const CATALOGUE_ENTRIES_MAX: usize = 20_000;

/// The longest sender or target id, in bytes; automerge-repo's are under 40.
pub const PEER_ID_BYTES_MAX: usize = 256;

/// The longest command or refusal text, in bytes of JSON.
pub const COMMAND_BYTES_MAX: usize = 64 * 1024;

/// The most outcomes of commands that a device keeps; the oldest make room. People decide a few times a week.
pub const OUTCOMES_COUNT_MAX: usize = 100;

/// The most withdrawn documents that a device remembers by their ids, to say so where one is still open; the oldest make room.
pub const WITHDRAWN_COUNT_MAX: usize = 100;

/// The most edits that a device keeps which the server does not have or has refused. A busy person makes ten thousand in three
/// months without a network.
pub const UNSAVED_EDITS_COUNT_MAX: usize = 50_000;

/// The most commands that wait on a device.
pub const COMMANDS_WAITING_MAX: usize = 200;

/// The most parameters of a refusal that a device keeps; ours have four.
pub const REFUSAL_PARAMS_MAX: usize = 8;

/// The longest name or value of such a parameter, in characters: an id, a number, the names of some units.
pub const REFUSAL_PARAM_CHARS_MAX: usize = 1_000;

/// The longest text in one field of a document, in characters: four pages.
pub const TEXT_CHARS_MAX: usize = 8_000;

/// The longest title or name, in characters: it heads a screen, and homes list it for everyone who may read.
pub const TITLE_CHARS_MAX: usize = 200;

/// The longest link to a meeting, in characters; browsers take some 2,000 everywhere.
pub const LINK_CHARS_MAX: usize = 2_000;

/// The most people with whom a note is shared: each is told of its changes.
pub const NOTE_READERS_MAX: usize = 50;

/// The most hosts of one slot; a unit's management is about ten.
pub const SLOT_HOSTS_MAX: usize = 30;

/// The most units in a round. The city has 14 district administrations, each with some units.
pub const ROUND_UNITS_MAX: usize = 100;

/// The most universities in a round; Sweden has some fifty.
pub const ROUND_UNIVERSITIES_MAX: usize = 50;

/// The most units in the directory, those that are no more among them.
pub const DIRECTORY_UNITS_MAX: usize = 1_000;

/// The most universities in the directory.
pub const DIRECTORY_UNIVERSITIES_MAX: usize = 200;

/// The most places in the directory; each takes seven operations, and with long names 2 kB.
pub const DIRECTORY_PLACES_MAX: usize = 1_000;

/// The most groups in a round: with ten students each twice a year's cohort.
pub const ROUND_GROUPS_MAX: usize = 100;

/// The most itineraries that a diary knows of; a student takes part in few.
pub const DIARY_ITINERARIES_MAX: usize = 200;

/// The most notes in a diary, one a slot.
pub const DIARY_NOTES_MAX: usize = 1_000;

/// The most things to pack.
pub const DIARY_THINGS_MAX: usize = 200;

/// The largest document the server keeps, in bytes of compressed changes. Half a frame: a device that
/// has nothing of it gets it in one message, which is larger by what changes lose when they are stored whole.
pub const DOCUMENT_BYTES_MAX: usize = FRAME_BYTES_MAX / 2;

/// The most slots in one visit. Three days of eight hours in quarters are 96.
pub const SLOTS_COUNT_MAX: usize = 200;

/// The most versions of an itinerary that are kept; the oldest make room. A person who has not looked for so many is told
/// what changed since the oldest.
pub const ITINERARY_VERSIONS_COUNT_MAX: usize = 20;

/// The most bytes of JSON that the versions of an itinerary come to together, and one alone; with its history it then stays
/// far below what loads: an operation takes at least 13 bytes. Three full days are about 10 kB.
pub const ITINERARY_BYTES_MAX: usize = 512 * 1024;

/// The most students in a group that visits (`DOMAIN`: at most 10).
pub const GROUP_MEMBERS_MAX: usize = 10;

/// The deepest nesting of values in a frame. Ours nest three deep; more is only ever skipped.
pub const NESTING_DEPTH_MAX: usize = 16;

/// The most findings of a plan that are told: more than anybody reads. Colleagues can make any number of plans that clash.
pub const FINDINGS_COUNT_MAX: usize = 100;

/// The most slots that are named because they clash with a slot in the same way.
pub const CLASHES_COUNT_MAX: usize = 5;

/// The most slots of one day with the same host, room or group that are looked at for these.
pub const CLASHES_LOOKED_AT_MAX: usize = 200;

/// In how many objects an object of a document may stand. Ours stand in four; a stack of 2 MiB holds some thousand
/// calls, and no walk over a document may depend on that.
pub const DOCUMENT_NESTING_DEPTH_MAX: usize = 32;

/// The most fields of a document that are shown as having concurrent values; people settle them one by one.
pub const CONFLICTS_COUNT_MAX: usize = 100;

/// The most concurrent values of one field that are shown. As many people editing one field offline at once is rare.
pub const CONFLICT_VALUES_COUNT_MAX: usize = 20;

/// The longest short name in a frame, in bytes: its type, a version, a code, a reason.
pub const WIRE_NAME_BYTES_MAX: usize = 64;

/// The most protocol versions that a `join` may offer; there are two.
pub const VERSIONS_COUNT_MAX: usize = 16;

/// The most storage ids in a remote-heads frame or subscription; a person has few devices.
pub const STORAGE_IDS_COUNT_MAX: usize = 1_000;

/// The most change hashes in one refusal (3.2 MB at 32 bytes each, so that it fits a frame).
pub const REJECTED_HASHES_MAX: usize = 100_000;

// What Automerge is given: `wire::walk` checks these, the gate some of them for a whole document. Costs were
// measured with automerge 0.12 in a release build on a two-core machine.

/// The most bytes that compressed chunks or columns may come to in one message or document. Twice a frame:
/// columns are run-length encoded first, and what remains is rarely worth compressing by more than half.
pub const INFLATED_BYTES_MAX: usize = 2 * FRAME_BYTES_MAX;

/// The most changes in one message or document. Ten years of work on one plan are some thousands.
pub const CHANGES_COUNT_MAX: usize = 20_000;

/// The most operations in one message or document. A typed character is one, and loading it costs a microsecond.
pub const OPS_COUNT_MAX: usize = 100_000;

/// The most operations in one change: what applying one may cost. Its bytes do not bound it, because a run of
/// equal operations takes a few. So many insertions (a page is some 2,000) take 30 ms, so many deletions 70 ms.
pub const CHANGE_OPS_COUNT_MAX: usize = 10_000;

/// The most dependencies in one message or document. Most changes have one.
pub const DEPS_COUNT_MAX: usize = 2 * CHANGES_COUNT_MAX;

/// The most actors in one document. An unmodified client is a new one whenever it opens a document and edits it.
pub const ACTORS_COUNT_MAX: usize = 2_000;

/// The longest actor id, in bytes; ours have 32, automerge-repo's 16.
pub const ACTOR_BYTES_MAX: usize = 64;

/// The highest number of an operation, far from 2^32, where Automerge 0.12 panics at the next local edit.
pub const OP_COUNTER_MAX: u64 = 1 << 30;

/// The longest message that a change carries, in bytes.
pub const CHANGE_MESSAGE_BYTES_MAX: usize = 1024;

/// The most bytes after a change's operations, where Automerge 0.12 may write an author.
pub const EXTRA_BYTES_MAX: usize = 1024;

/// The largest time of a change, in either direction: what JavaScript can tell from its successor.
pub const TIME_ABS_MAX: u64 = 1 << 53;

/// The largest date, in milliseconds from 1970 in either direction, that JavaScript has (ECMA-262, 21.4.1.1).
pub const TIMESTAMP_ABS_MAX: u64 = 8_640_000_000_000_000;

/// The largest start of a counter in either direction.
pub const COUNTER_ABS_MAX: u64 = 1 << 53;

/// The most that is added to a counter at once in either direction: [`OPS_COUNT_MAX`] of these on top of
/// [`COUNTER_ABS_MAX`] are below 2^63, so that no sum overflows.
pub const INCREMENT_ABS_MAX: u64 = 1 << 32;

/// The most summaries of what its sender has in a sync message. Automerge writes one.
pub const HAVES_COUNT_MAX: usize = 4;

/// The most changes that a sync message may ask for by hash, or leave to be asked for. One in a hundred is left
/// out by mistake.
pub const NEEDS_COUNT_MAX: usize = 1_000;

/// The most flags in a sync message; there are two.
pub const SYNC_FLAGS_COUNT_MAX: usize = 8;
