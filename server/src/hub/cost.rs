//! What the hub's work costs, in *units* of about one microsecond of its thread.
//!
//! The hub reads no clock: it counts what it does and multiplies, so that the same events always cost the same.
//! What a session has cost is among the effects of a batch. `net` keeps the accounts and makes those
//! wait who have had more than their share.
//!
//! Calibrated with `cargo run --release -p samsynk-server --example hub_cost`, which prints both sides for each sort of
//! event, and fails where they differ by more than a factor of three.

use samsynk_core::domain::{Document, Itinerary, Pilot, Visit};
use samsynk_core::wire::Frame;
use samsynk_core::wire::walk::Walked;

use super::events::Event;
use crate::gate::content::Content;

/// Every event, with the look-ups that each needs.
pub(super) const EVENT_UNITS: u64 = 3;

/// How many KiB of an event that came in are a unit: they are only given back.
const RECEIVED_KIB: u64 = 8;

/// A session that begins: its device is looked up.
pub(super) const OPENED_UNITS: u64 = 20;

/// A sync message: the document's row, and who may read it.
pub(super) const ASKED_UNITS: u64 = 10;

/// A KiB that goes out.
const KIB_UNITS: u64 = 1;

/// A frame to a session, beside its bytes.
const SEND_UNITS: u64 = 2;

/// A message with changes, beside these: parsed, put in order, compared with whose actors they are.
const LOOK_UNITS: u64 = 10;

/// A change that the gate looks at.
const LOOKED_CHANGE_UNITS: u64 = 2;

/// A KiB of such changes, and of what they came to when they were inflated.
const LOOKED_KIB_UNITS: u64 = 1;

/// Changes that are applied, beside these.
const APPLY_UNITS: u64 = 50;

/// A change that is applied and stored by itself, and one of a new document that came whole.
const CHANGE_UNITS: u64 = 10;
const WHOLE_CHANGE_UNITS: u64 = 2;

/// An operation in a change: insertions take half of it, deletions twice as much.
const OPERATION_UNITS: u64 = 3;
const WHOLE_OPERATION_UNITS: u64 = 1;

/// A KiB of changes that are applied: hashed, packed again and stored; and of a document that came whole.
const CHANGES_KIB_UNITS: u64 = 25;
const WHOLE_KIB_UNITS: u64 = 4;

/// How many changes of a document to which more are added are a unit, and how many KiB of it on disk.
const HISTORY_CHANGES: u64 = 3;
const HISTORY_KIB: u64 = 8;

/// A KiB that was walked before Automerge parsed it: checksums, inflation, run lengths. The dearest take 8 microseconds, the
/// cheapest a half.
const WALK_KIB_UNITS: u64 = 3;

/// A KiB that was walked until something was found to be wrong, most often a checksum.
const REFUSED_WALK_KIB_UNITS: u64 = 1;

/// A change that was walked.
const WALKED_CHANGE_UNITS: u64 = 1;

/// A field of a document's content that is read off it, and how many are a unit where it is there already and copied.
const FIELD_UNITS: u64 = 4;
const FIELDS_COPIED: u64 = 3;

/// A document that the server writes, beside its operations: compared with what is there, counted, stored.
const WRITE_UNITS: u64 = 100;

/// An operation in it.
const WRITE_OPERATION_UNITS: u64 = 10;

/// A document that has changed: the keys that open it, and who listens under these.
pub(super) const ANNOUNCE_UNITS: u64 = 10;

/// The news of a document, beside each frame: it is looked up, and the first message made; and each session that hears it.
pub(super) const NEWS_UNITS: u64 = 20;
pub(super) const HEARER_UNITS: u64 = 3;

/// A home that is looked at, beside its entries: the account's keys, its home as it was and as it is.
const HOME_UNITS: u64 = 60;

/// An entry of a home that is looked at: listed from the index, compared, and perhaps named.
const HOME_ENTRY_UNITS: u64 = 3;

/// A key that a document gives or takes: whose it is, before and after.
const KEY_UNITS: u64 = 20;

/// An account that holds such a key.
const HOLDER_UNITS: u64 = 1;

/// A document that is built in memory from what is stored, beside its bytes.
const LOAD_UNITS: u64 = 30;

/// A KiB that a document takes in memory when it is loaded, beyond what an empty one takes.
const LOAD_KIB_UNITS: u64 = 8;

/// An operation of it.
const LOAD_OPERATION_UNITS: u64 = 1;

/// How many KiB of a command are a unit: JSON that is parsed.
const JSON_KIB: u64 = 8;

/// A command that is executed for the first time takes at least so much; beside what it reads and writes that is little.
const COMMAND_UNITS: u64 = 1_000;

/// An entry of a catalogue or a home: a look-up in the index.
const ENTRY_UNITS: u64 = 1;

/// An entry of a catalogue that names nothing which its sender may read: a look-up of its own, in a cold part of the index.
const GUESS_UNITS: u64 = 2;

/// What an event costs at least, as far as it shows before it is handled; rather a guess that is too high, where it only
/// decides who waits.
pub(super) fn at_least(event: &Event) -> u64 {
    let Event::Frame { frame, .. } = event else { return EVENT_UNITS };
    EVENT_UNITS
        + match frame {
            Frame::CatalogueDigest { entries } => of_guesses(entries.len()),
            Frame::Request { data, .. }
            | Frame::Sync { data, .. }
            | Frame::GiveBack { data, .. } => kib(data.len() as u64, CHANGES_KIB_UNITS),
            Frame::Command { .. } => COMMAND_UNITS,
            _ => 0,
        }
}

/// Bytes of an event that came in.
pub(super) fn of_received(bytes: usize) -> u64 {
    bytes as u64 / 1024 / RECEIVED_KIB
}

/// Bytes of JSON that are parsed.
pub(super) fn of_json(bytes: usize) -> u64 {
    bytes as u64 / 1024 / JSON_KIB
}

/// A frame with so many bytes of data to a session.
pub(super) fn of_send(bytes: usize) -> u64 {
    SEND_UNITS + kib(bytes as u64, KIB_UNITS)
}

/// A message of so many bytes of changes that are looked at.
pub(super) fn of_look(walked: &Walked, bytes: u64) -> u64 {
    LOOK_UNITS
        + walked.changes as u64 * LOOKED_CHANGE_UNITS
        + kib(bytes + walked.inflated_bytes as u64, LOOKED_KIB_UNITS)
}

/// A document to which changes come.
pub(super) struct Target {
    /// How many changes it has.
    pub changes: u64,
    /// How many bytes it takes on disk.
    pub bytes: u64,
    /// How many fields its content has.
    pub fields: u64,
}

/// Changes of so many bytes that are applied to a document.
pub(super) fn of_changes(walked: &Walked, bytes: u64, target: &Target) -> u64 {
    APPLY_UNITS
        + walked.changes as u64 * CHANGE_UNITS
        + walked.ops as u64 * OPERATION_UNITS
        + kib(bytes + walked.inflated_bytes as u64, CHANGES_KIB_UNITS)
        + target.changes / HISTORY_CHANGES
        + target.bytes / 1024 / HISTORY_KIB
        + target.fields * FIELD_UNITS
}

/// A new document that came whole, in so many bytes.
pub(super) fn of_whole(walked: &Walked, bytes: u64) -> u64 {
    APPLY_UNITS
        + walked.changes as u64 * WHOLE_CHANGE_UNITS
        + walked.ops as u64 * WHOLE_OPERATION_UNITS
        + kib(bytes + walked.inflated_bytes as u64, WHOLE_KIB_UNITS)
}

/// Content that is read off a document.
pub(super) fn of_read(content: &Content) -> u64 {
    fields(content) * FIELD_UNITS
}

/// Content that is copied in memory.
pub(super) fn of_copy(content: &Content) -> u64 {
    fields(content) / FIELDS_COPIED
}

/// A document that the server writes with so many operations.
pub(super) fn of_write(operations: u64, content: &Content) -> u64 {
    WRITE_UNITS + operations * WRITE_OPERATION_UNITS + of_copy(content)
}

/// A document that the server writes whole, as it begins anew.
pub(super) fn of_anew(content: &Content) -> u64 {
    WRITE_UNITS + fields(content) * WRITE_OPERATION_UNITS
}

/// About how many fields content has.
pub(super) fn fields(content: &Content) -> u64 {
    /// A slot, a group, and an entry of most maps.
    const SLOT: usize = 13;
    const GROUP: usize = 3;
    const ENTRY: usize = 3;
    let of_visit = |visit: &Visit| {
        let slots = visit.slots.values().map(|slot| SLOT + slot.hosts.len());
        slots.sum::<usize>()
    };
    let of_itinerary = |itinerary: &Itinerary| {
        let of = |slot: &samsynk_core::domain::Slot| SLOT + slot.hosts.len();
        let versions = itinerary.versions.values();
        versions
            .map(|version| {
                version.slots.values().map(of).sum::<usize>() + version.places.len() * ENTRY + ENTRY
            })
            .sum::<usize>()
    };
    let of_pilot = |pilot: &Pilot| {
        let groups = pilot.groups.values().map(|group| GROUP + group.members.len());
        groups.sum::<usize>() + pilot.units.len() + pilot.universities.len()
    };
    let Ok(document) = content else { return 0 };
    let parts = match document {
        Document::Visit(visit) => of_visit(visit),
        Document::Itinerary(itinerary) => of_itinerary(itinerary),
        Document::Pilot(pilot) => of_pilot(pilot),
        Document::Home(home) => {
            home.keys.len() + (home.documents.len() + home.notices.len()) * ENTRY
        }
        Document::Directory(directory) => {
            (directory.units.len() + directory.universities.len() + directory.places.len()) * SLOT
                / 2
        }
        Document::Diary(diary) => {
            diary.acknowledged.len() + diary.secrecy.len() + diary.notes.len() + diary.packing.len()
        }
        Document::Note(note) => note.shared.len(),
        Document::Profile(_) | Document::Card(_) => 0,
    };
    // The fields at the root.
    parts as u64 + 6
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
    let Some(walked) = walked else { return kib(bytes as u64, REFUSED_WALK_KIB_UNITS) };
    walked.changes as u64 * WALKED_CHANGE_UNITS
        + kib((bytes + walked.inflated_bytes) as u64, WALK_KIB_UNITS)
}

/// A seal that was compared: a MAC over a page.
pub(super) const SEAL_UNITS: u64 = 10;

/// Documents that were loaded, which take so many bytes together beyond what empty ones take, with so many operations.
pub(super) fn of_loads(count: u64, bytes: u64, operations: u64) -> u64 {
    count * LOAD_UNITS + kib(bytes, LOAD_KIB_UNITS) + operations * LOAD_OPERATION_UNITS
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
