//! What honest clients write, bent: bits, lengths, runs, counts and columns, with the checksum set right again.

use std::time::{Duration, Instant};

use automerge::sync::{State, SyncDoc as _};
use automerge::{AutoCommit, Change};
use proptest::prelude::*;
use proptest::sample::Index;
use samsynk_core::wire::untrusted::guarded;
use samsynk_core::wire::walk;
use samsynk_tests::forge::{self, Document, VERSIONS, message, nulls, repeat, signed, unsigned};
use samsynk_tests::people::{deeds, live};
use samsynk_tests::targets::reads_alike;

use crate::memory::peak_of;

/// What a walk may take over documents of some kilobytes, and Automerge with what comes through it. They are far
/// above what is needed and far below what Automerge takes that believes a wrong number.
const WALK_BYTES_MAX: usize = 4 << 20;
const AUTOMERGE_BYTES_MAX: usize = 32 << 20;
const TIME_MAX: Duration = Duration::from_secs(2);

/// One bend. Places are taken modulo what is there.
#[derive(Debug, Clone)]
enum Bend {
    /// A bit of a column.
    Flip(Index, Index, u8),
    /// Bytes of a column, in the place of as many others.
    Splice(Index, Index, usize, Vec<u8>),
    /// All of a column.
    Replace(Index, Vec<u8>),
    /// A column as another.
    Copy(Index, Index),
    /// A column away.
    Remove(Index),
    /// A column as of another kind.
    Renumber(Index, u64),
    /// A number of the head: which, by how much.
    Number(u8, i64),
    /// The columns of another chunk from a place on.
    Graft(Index),
}

fn run() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![0..20_u64, any::<u64>()];
    let count = prop_oneof![1..20_i64, any::<i64>()];
    prop_oneof![
        (count, number.clone()).prop_map(|(count, value)| repeat(count, value)),
        number.clone().prop_map(nulls),
        (1..5_i64, number.clone()).prop_map(|(count, value)| {
            let values = (0..count.unsigned_abs()).flat_map(|i| unsigned(value.wrapping_add(i)));
            [signed(-count), values.collect()].concat()
        }),
        number.prop_map(unsigned),
        any::<i64>().prop_map(signed),
    ]
}

fn bend() -> impl Strategy<Value = Bend> {
    let index = || any::<Index>();
    let runs = || proptest::collection::vec(run(), 0..4).prop_map(|runs| runs.concat());
    prop_oneof![
        4 => (index(), index(), 0..8_u8).prop_map(|(c, at, bit)| Bend::Flip(c, at, bit)),
        4 => (index(), index(), 0..4_usize, runs())
            .prop_map(|(c, at, n, bytes)| Bend::Splice(c, at, n, bytes)),
        2 => (index(), runs()).prop_map(|(c, bytes)| Bend::Replace(c, bytes)),
        1 => (index(), index()).prop_map(|(c, from)| Bend::Copy(c, from)),
        1 => index().prop_map(Bend::Remove),
        1 => (index(), 0..0xb0_u64).prop_map(|(c, number)| Bend::Renumber(c, number)),
        3 => (0..8_u8, prop_oneof![-2..3_i64, any::<i64>()]).prop_map(|(n, by)| Bend::Number(n, by)),
        1 => index().prop_map(Bend::Graft),
    ]
}

fn bends() -> impl Strategy<Value = Vec<Bend>> {
    proptest::collection::vec(bend(), 1..4)
}

fn bend_columns(columns: &mut Vec<(u64, Vec<u8>)>, others: &[(u64, Vec<u8>)], bend: &Bend) {
    let (Bend::Flip(which, ..)
    | Bend::Splice(which, ..)
    | Bend::Replace(which, _)
    | Bend::Copy(which, _)
    | Bend::Remove(which)
    | Bend::Renumber(which, _)
    | Bend::Graft(which)) = bend
    else {
        return;
    };
    if columns.is_empty() {
        return;
    }
    let which = which.index(columns.len());
    let column = &mut columns[which];
    match bend {
        Bend::Flip(_, at, bit) if !column.1.is_empty() => {
            let at = at.index(column.1.len());
            column.1[at] ^= 1 << bit;
        }
        Bend::Splice(_, at, count, bytes) => {
            let at = at.index(column.1.len() + 1);
            let end = (at + count).min(column.1.len());
            column.1.splice(at..end, bytes.iter().copied());
        }
        Bend::Replace(_, bytes) => column.1.clone_from(bytes),
        Bend::Copy(_, from) => {
            let from = columns[from.index(columns.len())].1.clone();
            columns[which].1 = from;
        }
        Bend::Remove(_) => {
            columns.remove(which);
        }
        Bend::Renumber(_, number) => column.0 = *number,
        Bend::Graft(_) => {
            columns.truncate(which);
            columns.extend(others.iter().skip(which).cloned());
        }
        _ => {}
    }
}

fn moved(number: u64, by: i64) -> u64 {
    number.wrapping_add_signed(by)
}

fn bend_change(change: &mut forge::Change, other: &forge::Change, bend: &Bend) {
    let Bend::Number(which, by) = *bend else {
        return bend_columns(&mut change.columns, &other.columns, bend);
    };
    match which {
        0 => change.seq = moved(change.seq, by),
        1 => change.start_op = moved(change.start_op, by),
        2 => change.time = change.time.wrapping_add(by),
        3 => change.deps.clone_from(&other.deps),
        4 => change.others.clone_from(&other.others),
        5 => change.actor.truncate(by.unsigned_abs() as usize % 40),
        6 => change.deps.extend(other.deps.clone()),
        _ => change.extra = by.to_le_bytes().to_vec(),
    }
}

fn bend_document(document: &mut Document, other: &Document, bend: &Bend) {
    let Bend::Number(which, by) = *bend else {
        // Columns of both tables are bent, now these, now those.
        match bend {
            Bend::Flip(_, _, bit) if bit % 2 == 0 => {
                bend_columns(&mut document.changes, &other.changes, bend);
            }
            Bend::Splice(_, _, count, _) if count % 2 == 0 => {
                bend_columns(&mut document.changes, &other.changes, bend);
            }
            _ => bend_columns(&mut document.operations, &other.operations, bend),
        }
        return;
    };
    match which {
        0 => document.actors.clone_from(&other.actors),
        1 => document.actors.truncate(by.unsigned_abs() as usize % 4),
        2 => document.changes.clone_from(&other.changes),
        3 => document.operations.clone_from(&other.operations),
        4 => document.heads.truncate(by.unsigned_abs() as usize % 2),
        _ => {
            let places = document.head_places.iter_mut();
            places.for_each(|place| *place = moved(*place, by));
        }
    }
}

/// Walks, and lets `then` do something with what is accepted; all within bounds.
fn bounded<T>(bytes: &[u8], then: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, TestCaseError> {
    let start = Instant::now();
    let (walked, peak) = peak_of(|| walk::saved(bytes));
    prop_assert!(peak <= WALK_BYTES_MAX, "the walk took {peak} bytes");
    prop_assert!(start.elapsed() <= TIME_MAX, "the walk took {:?}", start.elapsed());
    if walked.is_err() {
        return Ok(None);
    }
    let (done, peak) = peak_of(|| guarded(|| then(bytes)));
    prop_assert!(peak <= AUTOMERGE_BYTES_MAX, "Automerge took {peak} bytes");
    prop_assert!(start.elapsed() <= TIME_MAX, "Automerge took {:?}", start.elapsed());
    prop_assert!(done.is_ok(), "{:?}", done.err());
    Ok(done.ok())
}

proptest! {
    #[test]
    fn changes(people in deeds(40), which in any::<(Index, Index)>(), bends in bends()) {
        let [mut one, mut two, _] = live(people);
        let (changes, mut others) = (one.get_changes(&[]), two.get_changes(&[]));
        if changes.is_empty() {
            return Ok(());
        }
        others.extend(changes.iter().cloned());
        let mut change = forge::Change::opened(which.0.get(&changes).raw_bytes()).unwrap();
        let other = forge::Change::opened(which.1.get(&others).raw_bytes()).unwrap();
        prop_assert_eq!(&change.chunk(), which.0.get(&changes).raw_bytes());
        bends.iter().for_each(|bend| bend_change(&mut change, &other, bend));
        let chunk = change.chunk();
        bounded(&chunk, |chunk| {
            let walked = walk::saved(chunk).unwrap();
            let change = Change::try_from(chunk).expect("what the walk accepts, Automerge parses");
            assert_eq!(change.len(), walked.ops);
            change.decode()
        })?;
        // As part of a message the same is said of it.
        for version in VERSIONS {
            let message = message(version, std::slice::from_ref(&chunk));
            prop_assert_eq!(walk::sync_message(&message), walk::saved(&chunk));
        }
    }

    #[test]
    fn documents(people in deeds(40), bends in bends()) {
        let [mut one, mut two, _] = live(people);
        let (saved, other) = (one.save_nocompress(), two.save_nocompress());
        let Some(mut document) = Document::opened(&saved) else { return Ok(()) };
        prop_assert_eq!(document.chunk(), saved);
        let other = Document::opened(&other).unwrap_or_default();
        bends.iter().for_each(|bend| bend_document(&mut document, &other, bend));
        // The heads follow from all the rest.
        let heads = bounded(&document.chunk(), |chunk| {
            AutoCommit::load_unverified_heads(chunk).map(|mut doc| doc.get_heads())
        })?;
        let Some(Ok(heads)) = heads else { return Ok(()) };
        document.heads = heads.iter().map(|head| head.0).collect();
        document.head_places.clear();
        bounded(&document.chunk(), |chunk| {
            if let Ok(mut doc) = AutoCommit::load(chunk) {
                reads_alike(&mut doc);
            }
        })?;
    }

    #[test]
    fn messages(people in deeds(30), bends in proptest::collection::vec(any::<(Index, u8)>(), 1..6)) {
        let [mut one, mut two, _] = live(people);
        let (mut to_two, mut to_one) = (State::new(), State::new());
        for _ in 0..4 {
            if let Some(message) = one.sync().generate_sync_message(&mut to_two) {
                let mut bytes = message.clone().encode();
                two.sync().receive_sync_message(&mut to_one, message).unwrap();
                for (at, byte) in &bends {
                    let at = at.index(bytes.len());
                    bytes[at] = *byte;
                }
                bent_message(&two, &to_one, &bytes)?;
            }
            if let Some(message) = two.sync().generate_sync_message(&mut to_one) {
                one.sync().receive_sync_message(&mut to_two, message).unwrap();
            }
        }
    }
}

/// A message that is accepted can be received and answered.
fn bent_message(doc: &AutoCommit, state: &State, bytes: &[u8]) -> Result<(), TestCaseError> {
    if walk::sync_message(bytes).is_err() {
        return Ok(());
    }
    let (mut doc, mut state) = (doc.clone(), state.clone());
    let (done, peak) = peak_of(|| {
        guarded(|| {
            let message = automerge::sync::Message::decode(bytes).expect("accepted");
            // Changes may be missing that it builds on.
            let _ = doc.sync().receive_sync_message(&mut state, message);
            doc.sync().generate_sync_message(&mut state).map(automerge::sync::Message::encode)
        })
    });
    prop_assert!(peak <= AUTOMERGE_BYTES_MAX, "Automerge took {peak} bytes");
    prop_assert!(done.is_ok(), "{:?}", done.err());
    Ok(())
}
