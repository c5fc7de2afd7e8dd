//! What the hub's work costs, in *units* of about one microsecond of its thread.
//!
//! The hub reads no clock: it counts what it does and multiplies, so that the same events always cost the same.
//! What a session has cost is among the effects of a batch. `net` keeps the accounts and makes those
//! wait who have had more than their share.
//!
//! Calibrated with `cargo run --release -p samsynk-server --example hub_cost`, which prints both sides. On a
//! two-core machine it gave, in microseconds of the thread: a new document 70, of 50 changes 760, of 1 MB that
//! does not compress 28,000; an edit 80, to 1,000 changes 155, to 1 MB 195; a load 50, of 50 changes 240,
//! of 500 changes 2,300, of 1 MB 24,000; each reader of an edit 6. The units are within twice of that, but for an
//! edit to a large document, which they make dearer.

use samsynk_core::wire::Frame;
use samsynk_core::wire::walk::Walked;

use super::events::Event;

/// Every event, with the look-ups that each needs.
pub(super) const EVENT_UNITS: u64 = 10;

/// A KiB of JSON that is parsed.
const JSON_KIB_UNITS: u64 = 3;

/// A KiB that came in or goes out.
const KIB_UNITS: u64 = 1;

/// A frame to a session, beside its bytes.
const SEND_UNITS: u64 = 6;

/// A message with changes, beside these.
const ACCEPT_UNITS: u64 = 50;

/// A change that the gate looks at, applies and stores.
const CHANGE_UNITS: u64 = 10;

/// An operation in a change.
const OPERATION_UNITS: u64 = 1;

/// A KiB of changes: hashed, parsed, packed again and stored.
const ACCEPT_KIB_UNITS: u64 = 25;

/// A KiB that was walked before Automerge parsed it: checksums, inflation, run lengths. The dearest take 8 microseconds.
const WALK_KIB_UNITS: u64 = 8;

/// A change that was walked.
const WALKED_CHANGE_UNITS: u64 = 1;

/// A KiB that a document takes in memory when its content is read off it.
const READ_KIB_UNITS: u64 = 3;

/// A document that the server writes, beside its bytes: compared with what is there, counted, stored.
const WRITE_UNITS: u64 = 150;

/// A KiB that it takes in memory.
const WRITE_KIB_UNITS: u64 = 10;

/// A document that has changed: the keys that open it, and who listens under these.
pub(super) const ANNOUNCE_UNITS: u64 = 15;

/// The news of a document, beside each frame: it is looked up, and the first message made.
pub(super) const NEWS_UNITS: u64 = 25;

/// A home that is looked at, beside its entries: the account's keys, its home as it was and as it is.
pub(super) const HOME_UNITS: u64 = 60;

/// An entry of a home that is looked at: listed from the index, compared, and perhaps named.
const HOME_ENTRY_UNITS: u64 = 3;

/// A key that a document gives or takes: whose it is, before and after.
const KEY_UNITS: u64 = 20;

/// An account that holds such a key.
const HOLDER_UNITS: u64 = 1;

/// A document that is built in memory from what is stored, beside its bytes.
const LOAD_UNITS: u64 = 30;

/// A KiB that a document takes in memory when it is loaded.
const LOAD_KIB_UNITS: u64 = 8;

/// A command: what it decides, beside what it reads and writes.
pub(super) const COMMAND_UNITS: u64 = 100;

/// An entry of a catalogue or a home: a look-up in the index.
const ENTRY_UNITS: u64 = 1;

/// An entry of a catalogue that names nothing which its sender may read: a look-up of its own, in a cold part of the index.
const GUESS_UNITS: u64 = 4;

/// What an event costs at least, as far as it shows before it is handled; rather a guess that is too high, where it only
/// decides who waits.
pub(super) fn at_least(event: &Event) -> u64 {
    let Event::Frame { frame, .. } = event else { return EVENT_UNITS };
    EVENT_UNITS
        + match frame {
            Frame::CatalogueDigest { entries } => of_guesses(entries.len()),
            Frame::Request { data, .. }
            | Frame::Sync { data, .. }
            | Frame::GiveBack { data, .. } => kib(data.len() as u64, ACCEPT_KIB_UNITS),
            Frame::Command { .. } => COMMAND_UNITS,
            _ => 0,
        }
}

/// Bytes that came in, or that go out.
pub(super) fn of_bytes(bytes: usize) -> u64 {
    kib(bytes as u64, KIB_UNITS)
}

/// Bytes of JSON that are parsed.
pub(super) fn of_json(bytes: usize) -> u64 {
    kib(bytes as u64, JSON_KIB_UNITS)
}

/// A frame with so many bytes of data to a session.
pub(super) fn of_send(bytes: usize) -> u64 {
    SEND_UNITS + of_bytes(bytes)
}

/// A message of so many bytes of changes, which come to a document that takes so many in memory.
pub(super) fn of_changes(walked: &Walked, bytes: u64, memory_bytes: usize) -> u64 {
    ACCEPT_UNITS
        + walked.changes as u64 * CHANGE_UNITS
        + walked.ops as u64 * OPERATION_UNITS
        + kib(bytes + walked.inflated_bytes as u64, ACCEPT_KIB_UNITS)
        + of_read(memory_bytes)
}

/// A document that takes so many bytes in memory, of which the content is read off.
pub(super) fn of_read(memory_bytes: usize) -> u64 {
    kib(memory_bytes as u64, READ_KIB_UNITS)
}

/// A document that takes so many bytes in memory and is written by the server.
pub(super) fn of_write(memory_bytes: usize) -> u64 {
    WRITE_UNITS + kib(memory_bytes as u64, WRITE_KIB_UNITS)
}

/// A home with so many entries that is looked at.
pub(super) fn of_home(entries: usize) -> u64 {
    HOME_UNITS + entries as u64 * HOME_ENTRY_UNITS
}

/// Keys of which a document gives or takes one, held by so many accounts.
pub(super) fn of_keys(keys: usize, holders: usize) -> u64 {
    keys as u64 * KEY_UNITS + holders as u64 * HOLDER_UNITS
}

/// A sync message of so many bytes that was walked and parsed; nothing is known of what is in it where that was refused.
pub(super) fn of_walk(bytes: usize, walked: Option<&Walked>) -> u64 {
    let within = walked.map_or(0, |walked| {
        walked.changes as u64 * WALKED_CHANGE_UNITS
            + kib(walked.inflated_bytes as u64, WALK_KIB_UNITS)
    });
    kib(bytes as u64, WALK_KIB_UNITS) + within
}

/// A seal that was compared: a MAC over a page.
pub(super) const SEAL_UNITS: u64 = 10;

/// Documents that were loaded, which take so many bytes together.
pub(super) fn of_loads(count: u64, bytes: u64) -> u64 {
    count * LOAD_UNITS + kib(bytes, LOAD_KIB_UNITS)
}

/// Entries of a catalogue or home that were compared.
pub(super) fn of_entries(count: usize) -> u64 {
    count as u64 * ENTRY_UNITS
}

/// Entries of a catalogue that name nothing which their sender may read.
pub(super) fn of_guesses(count: usize) -> u64 {
    count as u64 * GUESS_UNITS
}

fn kib(bytes: u64, units: u64) -> u64 {
    bytes * units / 1024
}
