//! Every bound of the server in one place, each with its unit last and its reason. What comes from outside is bounded
//! in `samsynk_core::limits`, where devices need the same; `connections` has those that a test may shorten.

pub mod connections;

use std::time::Duration;

use samsynk_core::limits::{CATALOGUE_ENTRIES_MAX, CHANGES_COUNT_MAX, FRAME_BYTES_MAX};

// The hub's queue and batches

/// The most events that wait for the hub. A batch of one disk commit is some hundreds.
pub const HUB_QUEUE_EVENTS_MAX: u32 = 4_096;

/// The most bytes of frames that wait for the hub, counted in KiB, since a semaphore counts in `u32`.
pub const HUB_QUEUE_KIB_MAX: u32 = 64 * 1024;

/// The most frames of one session that wait for the hub or are in its batch: a quarter of a batch, so that a
/// device alone is not held up by each sync to disk, and 32 floods are needed to fill the queue.
pub const SESSION_FRAMES_WAITING_MAX: u32 = 128;

/// The most bytes of these, in KiB: two of the largest frames.
pub const SESSION_KIB_WAITING_MAX: u32 = 2 * (FRAME_BYTES_MAX as u32) / 1024;

/// The most events in one transaction. A commit takes milliseconds; more would make the first wait.
pub const HUB_BATCH_EVENTS_MAX: usize = 512;

/// The most bytes of frames in one transaction. They are in memory until it is committed.
pub const HUB_BATCH_BYTES_MAX: usize = 32 * 1024 * 1024;

/// A batch that sends more bytes than this leaves the rest of its events, and of those who are to hear of a
/// document, to the next. Hundreds of clients may ask for a large document each at the same moment.
pub const BATCH_SENDS_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Nor may a batch cost more units than this, but for its last event and what follows from all: a fiftieth of a
/// second, so that whoever comes next waits little longer, and some times what its sync to disk takes. Those who are to hear of
/// documents may cost as much once more, and the others hear of them with the next.
pub const BATCH_COST_UNITS_MAX: u64 = 20_000;

/// How many changes of a message are tried at most; the sender is asked for the rest. With 256 it takes nine
/// attempts to find the one, each of some milliseconds in a plan. A device that was away for months has
/// fewer unsaved changes in most documents.
pub const TRIED_CHANGES_MAX: usize = 256;

/// The most operations of changes that are applied in one turn of the hub, unless one change has more; the sender is asked for
/// the rest. Ten thousand take some hundredths of a second.
pub const TURN_OPS_COUNT_MAX: usize = 10_000;

/// How long a client that asks in vain waits for the answer, in milliseconds: clients send a new document at
/// once, over a mobile network within two round trips. A document that is not for who asks takes as long,
/// so that the two cannot be told apart.
pub const ANSWER_WAIT_MILLIS: i64 = 500;

// What waits for sessions

/// The most frames that wait for one session. The first sync of an account that knows every document
/// there may be is one frame for each.
pub const SESSION_QUEUE_FRAMES_MAX: usize = 2 * CATALOGUE_ENTRIES_MAX;

/// The most bytes that wait for one session: some large documents, and minutes of a phone's link.
pub const SESSION_QUEUE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The most bytes that wait for all sessions together. Beyond it, a session has room for its share of it alone:
/// those who read keep on being written to, and those who have let much gather are dropped.
pub const OUTBOX_BYTES_MAX: usize = 512 * 1024 * 1024;

// What the hub keeps in memory

/// How many bytes of memory documents may take, estimated rather too high: with it and 20,000 stored documents
/// the server stays under 200 MiB. It holds also within a batch, but for the one document in hand.
pub const CACHE_BYTES_MAX: usize = 96 * 1024 * 1024;

/// The most documents that one session may have open: all that a catalogue can name, twice.
pub const SESSION_DOCUMENTS_MAX: usize = 2 * CATALOGUE_ENTRIES_MAX;

/// The most memory for what is kept of one session's documents, in bytes. A client of version 1 that has
/// opened 20,000 takes 16 MiB; beside that, the hashes of a large document on its way.
pub const SESSION_STATES_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The most for all sessions together: 10,000 phones with 30 documents each. Beyond it, the session that takes
/// most is ended; it comes back with nothing kept.
pub const STATES_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The most accounts whose use is remembered; those of all who write on a busy day.
pub const REMEMBERED_ACCOUNTS_MAX: usize = 20_000;

/// The longest ephemeral message, in bytes: a cursor, a name, a selection.
pub const EPHEMERAL_BYTES_MAX: usize = 64 * 1024;

/// The longest name of an ephemeral session, in bytes; automerge-repo's are under 20.
pub const EPHEMERAL_NAME_BYTES_MAX: usize = 128;

/// How many ephemeral sessions one connection may speak for.
pub const EPHEMERAL_NAMES_COUNT_MAX: usize = 64;

/// The most that is remembered of what each of the new changes has seen: a device sends its own changes and
/// perhaps a colleague's, not hundreds of authors at once.
pub const SEEN_ENTRIES_MAX: usize = 8 * CHANGES_COUNT_MAX;

/// The most changes that are looked at to find what new ones have not seen.
pub const UNSEEN_CHANGES_MAX: usize = 16 * CHANGES_COUNT_MAX;

/// The most states of a document that the changes of one message build on. A device sends what it has before it takes more in.
pub const BRANCHES_COUNT_MAX: usize = 100;

/// The most maps that are compared for one message: a plan of 200 sessions has 401, for each of those states.
pub const MAPS_COMPARED_MAX: usize = 10_000;

// What is kept on disk

/// The most notes of others that open themselves to an account: what others can make a person's devices hold. A group of
/// students shares some dozens. One that comes when there are so many opens to its other readers alone, until it is changed
/// where there is room.
pub const SHARED_NOTES_COUNT_MAX: usize = 500;

/// The most of these that one person has made, so that it takes many to keep out what others share.
pub const SHARED_NOTES_OF_MAKER_MAX: usize = 50;

/// The most documents of which it is remembered that they were withdrawn from an account: what others share with it and take
/// back costs no more than this. Someone who leaves the largest unit gives up some hundreds.
pub const WITHDRAWALS_COUNT_MAX: usize = 2_000;

/// The most documents that a home lists, own notes last: so many take a quarter of the bytes and operations that load.
pub const HOME_DOCUMENTS_COUNT_MAX: usize = 10_000;

/// The longest title in a home, in bytes: a whole one of `TITLE_CHARS_MAX` usual letters. The rest is in the document.
pub const HOME_TITLE_BYTES_MAX: usize = 200;

/// The most keys that the rounds of one maker give to one account, one for each group and university: ten rounds of all
/// universities that a student takes part in. Those of another maker do not count, nor do those of the operator's.
pub const GRANTS_OF_MAKER_MAX: usize = 500;

/// The most plans and rounds that one account may make: homes of others list them, with an itinerary each. Who plans for a
/// unit makes some dozens a year.
pub const ACCOUNT_PLANS_MAX: u64 = 200;

/// A document that the server writes begins anew, in the next epoch, when it has more changes than this: a device then takes
/// it whole, some kilobytes for most homes, and each write stays as cheap as the first.
pub const SERVER_CHANGES_COUNT_MAX: usize = 1_000;

/// The most bytes that are kept of one account, unless the operator says otherwise: 10,000 plans of 100 kB, each
/// with thousands of edits. A person makes some dozens.
pub const ACCOUNT_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Of that, what may be in plans, rounds and notes, which others have on their phones: one part of so many, 64 MiB.
pub const ACCOUNT_SHARED_PARTS: u64 = 16;

/// The most documents: as many as a device can name in its catalogue.
pub const ACCOUNT_DOCUMENTS_MAX: u64 = CATALOGUE_ENTRIES_MAX as u64;

/// More rows of changes than this become a snapshot; loading so many takes milliseconds.
pub const DOCUMENT_TAIL_COUNT_MAX: u32 = 256;

/// More bytes of changes than this become a snapshot, unless the snapshot is larger still.
pub const DOCUMENT_TAIL_BYTES_MAX: u64 = 128 * 1024;

/// A day, in milliseconds.
pub const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// How long an invitation can be used unless somebody says otherwise, in days: over a holiday, but not a term.
pub const INVITATION_DAYS: u16 = 14;

/// The longest that an invitation may be made for, in days: cohorts are invited two months ahead.
pub const INVITATION_DAYS_MAX: u16 = 90;

/// The most invitations of one account that can be used at a time: each is a way in.
pub const INVITATIONS_OPEN_MAX: usize = 20;

/// How long the device that used an invitation may use it once more, in milliseconds: an hour, for an answer that was
/// lost in a tunnel.
pub const ENROLMENT_REPEAT_MILLIS: i64 = 60 * 60 * 1000;

/// The most devices of one account: phones, desks and scripts of one person; each can be lost.
pub const DEVICES_COUNT_MAX: usize = 50;

/// How long a device may be unused, in days, before it needs a new invitation: over a summer.
pub const DEVICE_UNUSED_DAYS_MAX: i64 = 180;

/// The most accounts that one search on a device finds: a screen of names.
pub const FOUND_ACCOUNTS_MAX: usize = 30;

/// The longest text that is searched for, in bytes.
pub const SEARCH_BYTES_MAX: usize = 128;

/// The longest label of a device, in bytes.
pub const DEVICE_LABEL_BYTES_MAX: usize = 256;

// Requests

/// The longest token worth looking up, in bytes; ours are 43.
pub const TOKEN_BYTES_MAX: usize = 256;

/// The longest body of an enrolment, in bytes: an invitation and a label.
pub const ENROLMENT_BYTES_MAX: usize = 4 * 1024;

/// The longest label that an enrolment may give a device, in characters; the rest is cut off.
pub const ENROLMENT_LABEL_CHARS_MAX: usize = 64;

/// The longest request of a command of the program, in bytes: an import of a whole city.
pub const COMMAND_REQUEST_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Commands that are answered at the same time; each may hold a request of the above size.
pub const COMMANDS_COUNT_MAX: usize = 8;

/// How long the request of a command may take to arrive whole. It is written in one go, and the largest takes a tenth of
/// a second.
pub const COMMAND_REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a command waits for data that another has, or for a server that is just starting: others write for
/// some tenths of a second, and the largest import for some seconds.
pub const DATA_IN_USE_WAIT: Duration = Duration::from_secs(30);

/// How often it looks meanwhile.
pub const DATA_IN_USE_INTERVAL: Duration = Duration::from_millis(20);

/// The longest path of a socket, in bytes: `sun_path` of Linux has 108, with the zero at its end.
pub const SOCKET_PATH_BYTES_MAX: usize = 107;

/// The largest file that is imported, in bytes. A year of a town's visits is under 1 MB.
pub const IMPORT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The most people, rounds and plans of one import. It is one transaction, all or nothing, and the server serves nobody
/// meanwhile: so many take some seconds. A town has some hundreds; a year's students of all its universities are a thousand.
pub const IMPORT_ENTRIES_MAX: usize = 2_000;

/// How often the documents of one import may be listed in homes, counted when each is written: two hundred people of one unit,
/// who read each other's cards. A unit's management is about ten. A listing takes some tenths of a millisecond.
pub const IMPORT_LISTINGS_MAX: usize = 25_000;

// The process

/// How long the hub may take to write what waits, once nobody can send it more.
pub const HUB_STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// How often measurements are counted into their buckets, which bounds how many gather: some thousand.
pub const METRICS_UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Threads for what blocks: one waits for the hub, and the others look up tokens, one after the other, since these
/// share a connection. The library's 512 would each keep a stack and a heap of its own after a rush.
pub const BLOCKING_THREADS_MAX: usize = 4;

/// What is open beside connections: the database with its log, listeners, standard streams, the runtime, folders
/// while the app's files are read, and connections that are accepted only to be dropped.
pub const OTHER_FILES_MAX: usize = 256;

/// How often one place in the program may say something at once: enough to see what is going on.
pub const LOG_LINES_BURST_MAX: u32 = 100;

/// The time after which it may say something once more: 17 MB a day at 200 bytes a line.
pub const LOG_LINE_INTERVAL: Duration = Duration::from_secs(1);

/// Statements kept prepared; the hub uses fewer.
pub const STATEMENTS_COUNT_MAX: usize = 128;
