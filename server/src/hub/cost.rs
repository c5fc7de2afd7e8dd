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

use samsynk_core::wire::walk::Walked;

/// Every event, with the look-ups that each needs.
pub(super) const EVENT_UNITS: u64 = 10;

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

/// A KiB that a document takes on disk when changes come to it: its content is read anew.
const READ_KIB_UNITS: u64 = 1;

/// A document that is built in memory from what is stored, beside its bytes.
const LOAD_UNITS: u64 = 30;

/// A KiB that a document takes in memory when it is loaded.
const LOAD_KIB_UNITS: u64 = 8;

/// An entry of a catalogue or a home: a look-up in the index.
const ENTRY_UNITS: u64 = 1;

/// An entry of a catalogue that names nothing which its sender may read: a look-up of its own, in a cold part of the index.
const GUESS_UNITS: u64 = 4;

/// Bytes that came in, or that go out.
pub(super) fn of_bytes(bytes: usize) -> u64 {
    kib(bytes as u64, KIB_UNITS)
}

/// A frame with so many bytes of data to a session.
pub(super) fn of_send(bytes: usize) -> u64 {
    SEND_UNITS + of_bytes(bytes)
}

/// A message of so many bytes of changes, which come to a document of so many.
pub(super) fn of_changes(walked: &Walked, bytes: u64, document_bytes: u64) -> u64 {
    ACCEPT_UNITS
        + walked.changes as u64 * CHANGE_UNITS
        + walked.ops as u64 * OPERATION_UNITS
        + kib(bytes + walked.inflated_bytes as u64, ACCEPT_KIB_UNITS)
        + kib(document_bytes, READ_KIB_UNITS)
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
