//! What the hub's work costs, in *units* of about one microsecond of its thread.
//!
//! The hub reads no clock: it counts what it does and multiplies, so that the same events always cost the same.
//! What a session has cost is among the effects of a batch. `net` keeps the accounts and makes those
//! wait who have had more than their share.
//!
//! Calibrated with `cargo run --release --example hub_cost`.

use samsynk_core::wire::walk::Walked;

/// Every event, with the look-ups that each needs.
pub(super) const EVENT_UNITS: u64 = 20;

/// A KiB that came in or goes out.
const KIB_UNITS: u64 = 2;

/// A frame to a session, beside its bytes.
const SEND_UNITS: u64 = 10;

/// A change that the gate looks at, applies and stores.
const CHANGE_UNITS: u64 = 40;

/// An operation in a change.
const OPERATION_UNITS: u64 = 2;

/// A document that is built in memory from what is stored, beside its bytes.
const LOAD_UNITS: u64 = 100;

/// A KiB that a document takes in memory when it is loaded.
const LOAD_KIB_UNITS: u64 = 5;

/// A KiB of a stored document that is read over after changes.
const READ_KIB_UNITS: u64 = 60;

/// An entry of a catalogue or a home: a look-up in the index.
const ENTRY_UNITS: u64 = 3;

/// Bytes that came in, or that go out.
pub(super) fn of_bytes(bytes: usize) -> u64 {
    bytes as u64 * KIB_UNITS / 1024
}

/// A frame with so many bytes of data to a session.
pub(super) fn of_send(bytes: usize) -> u64 {
    SEND_UNITS + of_bytes(bytes)
}

/// What a message brings to a document of so many bytes.
pub(super) fn of_changes(walked: &Walked, document_bytes: u64) -> u64 {
    walked.changes as u64 * CHANGE_UNITS
        + walked.ops as u64 * OPERATION_UNITS
        + walked.inflated_bytes as u64 * KIB_UNITS / 1024
        + document_bytes * READ_KIB_UNITS / 1024
}

/// Documents that were loaded, which take so many bytes together.
pub(super) fn of_loads(count: u64, bytes: u64) -> u64 {
    count * LOAD_UNITS + bytes * LOAD_KIB_UNITS / 1024
}

/// Entries of a catalogue or home that were compared.
pub(super) fn of_entries(count: usize) -> u64 {
    count as u64 * ENTRY_UNITS
}
