//! Changes of bent meaning through the gate: what it accepts, everyone can load, and whoever has just what a change
//! follows on can take the change.

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType, SortedVec};
use automerge::{ActorId, AutoCommit, Change, ChangeHash, ExpandedChange};
use proptest::prelude::*;
use proptest::sample::Index;
use samsynk_core::wire::untrusted::{self, guarded};
use samsynk_tests::forge::{VERSIONS, message};
use samsynk_tests::gate::pass;
use samsynk_tests::people::{deeds, live};
use samsynk_tests::targets::reads_alike;

/// What is done to the meaning of changes. Places are taken modulo what is there.
#[derive(Debug, Clone)]
enum Twist {
    /// The object, key, predecessors or action of another operation.
    Take(Index, Index, Index, u8),
    Swap(Index, Index, Index),
    Lose(Index, Index),
    Turn(Index, Index),
    /// A predecessor more.
    Replace(Index, Index, Index),
    /// Without predecessors.
    Spare(Index, Index),
    /// To follow on another change, alone or as well.
    Follow(Index, Index, bool),
    Start(Index, i64),
    /// By another actor.
    Forge(Index, Index),
}

fn twist() -> impl Strategy<Value = Twist> {
    let index = || any::<Index>();
    prop_oneof![
        6 => (index(), index(), index(), 0..4_u8).prop_map(|(c, a, b, w)| Twist::Take(c, a, b, w)),
        2 => (index(), index(), index()).prop_map(|(c, a, b)| Twist::Swap(c, a, b)),
        1 => (index(), index()).prop_map(|(c, a)| Twist::Lose(c, a)),
        1 => (index(), index()).prop_map(|(c, a)| Twist::Turn(c, a)),
        3 => (index(), index(), index()).prop_map(|(c, a, b)| Twist::Replace(c, a, b)),
        2 => (index(), index()).prop_map(|(c, a)| Twist::Spare(c, a)),
        4 => (index(), index(), any::<bool>()).prop_map(|(c, h, both)| Twist::Follow(c, h, both)),
        1 => (index(), -2..3_i64).prop_map(|(c, by)| Twist::Start(c, by)),
        1 => (index(), index()).prop_map(|(c, a)| Twist::Forge(c, a)),
    ]
}

/// All that there is to take from.
struct Loot {
    ops: Vec<Op>,
    ids: Vec<OpId>,
    hashes: Vec<ChangeHash>,
    actors: Vec<ActorId>,
}

impl Loot {
    fn of(changes: &[ExpandedChange]) -> Self {
        let numbered = changes.iter().flat_map(|change| {
            (change.start_op.get()..)
                .zip(&change.operations)
                .map(|(n, _)| OpId::new(n, &change.actor_id))
        });
        Self {
            ops: changes.iter().flat_map(|change| change.operations.clone()).collect(),
            ids: numbered.collect(),
            hashes: changes.iter().filter_map(|change| change.hash).collect(),
            actors: changes.iter().map(|change| change.actor_id.clone()).collect(),
        }
    }
}

fn apply_twist(changes: &mut [ExpandedChange], loot: &Loot, twist: &Twist) {
    let (Twist::Take(which, ..)
    | Twist::Swap(which, ..)
    | Twist::Lose(which, _)
    | Twist::Turn(which, _)
    | Twist::Replace(which, ..)
    | Twist::Spare(which, _)
    | Twist::Follow(which, ..)
    | Twist::Start(which, _)
    | Twist::Forge(which, _)) = twist;
    let which = which.index(changes.len());
    let change = &mut changes[which];
    let count = change.operations.len();
    match twist {
        Twist::Follow(_, hash, both) => {
            let hash = *hash.get(&loot.hashes);
            if !both {
                change.deps.clear();
            }
            change.deps.push(hash);
            change.deps.sort_unstable();
            change.deps.dedup();
        }
        Twist::Start(_, by) => {
            let start = change.start_op.get().saturating_add_signed(*by);
            change.start_op = start.max(1).try_into().unwrap();
        }
        Twist::Forge(_, actor) => change.actor_id = actor.get(&loot.actors).clone(),
        _ if count == 0 => {}
        Twist::Take(_, at, from, what) => {
            let op = &mut change.operations[at.index(count)];
            let from = from.get(&loot.ops).clone();
            match what {
                0 => op.obj = from.obj,
                1 => op.key = from.key,
                2 => op.pred = from.pred,
                _ => op.action = from.action,
            }
        }
        Twist::Swap(_, a, b) => change.operations.swap(a.index(count), b.index(count)),
        Twist::Lose(_, at) => drop(change.operations.remove(at.index(count))),
        Twist::Turn(_, at) => change.operations[at.index(count)].insert ^= true,
        Twist::Replace(_, at, id) => {
            let id = id.get(&loot.ids).clone();
            let op = &mut change.operations[at.index(count)];
            op.pred = op.pred.iter().cloned().chain([id]).collect::<SortedVec<_>>();
        }
        Twist::Spare(_, at) => change.operations[at.index(count)].pred = SortedVec::new(),
    }
}

/// A change that Automerge can write down at all: it names what is before it.
fn written(change: &ExpandedChange) -> Option<Change> {
    guarded(|| Change::from(change.clone())).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn meanings(
        people in deeds(50),
        known in any::<Index>(),
        twists in proptest::collection::vec(twist(), 1..3),
        version in 0..2_usize,
    ) {
        let [mut one, mut two, _] = live(people);
        one.merge(&mut two).unwrap();
        let changes = one.get_changes(&[]);
        if changes.is_empty() {
            return Ok(());
        }
        let (known, new) = changes.split_at(known.index(changes.len()));
        let loot = Loot::of(&changes.iter().map(Change::decode).collect::<Vec<_>>());
        prop_assume!(!loot.ops.is_empty());
        let mut twisted: Vec<ExpandedChange> = new.iter().map(Change::decode).collect();
        twists.iter().for_each(|twist| apply_twist(&mut twisted, &loot, twist));
        let Some(twisted) = twisted.iter().map(written).collect::<Option<Vec<Change>>>() else {
            return Ok(());
        };

        let mut doc = AutoCommit::new();
        doc.apply_changes(known.to_vec()).unwrap();
        let chunks: Vec<Vec<u8>> = twisted.iter().map(|change| change.raw_bytes().to_vec()).collect();
        let Ok(applied) = pass(&mut doc, &message(VERSIONS[version], &chunks)) else {
            return Ok(());
        };

        // Everyone can load it, from its changes or as a whole.
        let saved = guarded(|| doc.save());
        prop_assert!(saved.is_ok(), "{:?}", saved.err());
        let loaded = untrusted::document(&saved.unwrap());
        prop_assert!(loaded.is_ok(), "{:?}", loaded.err());
        prop_assert_eq!(loaded.unwrap().0.get_heads(), doc.get_heads());
        let pieces = doc.save_after(&[]);
        prop_assert!(untrusted::document(&pieces).is_ok());
        let read = guarded(|| reads_alike(&mut doc.clone()));
        prop_assert!(read.is_ok(), "{:?}", read.err());
        // Whoever has just what a change follows on can take it.
        for hash in applied {
            let change = doc.get_change_by_hash(&hash).unwrap();
            let taken = guarded(|| {
                let mut past = doc.fork_at(change.deps()).unwrap();
                past.apply_changes([change.clone()]).unwrap();
                past.save()
            });
            prop_assert!(taken.is_ok(), "{:?}", taken.err());
            prop_assert!(untrusted::document(&taken.unwrap()).is_ok());
        }
    }
}

/// The twists themselves are no accident: without any, all is accepted.
#[test]
fn untwisted() {
    let op = Op {
        action: OpType::Put("x".into()),
        obj: ObjectId::Root,
        key: Key::Map("k".into()),
        pred: SortedVec::new(),
        insert: false,
    };
    let bad = Op { key: Key::Seq(ElementId::Head), ..op.clone() };
    for (op, accepted) in [(op, true), (bad, false)] {
        let change = ExpandedChange {
            operations: vec![op],
            actor_id: ActorId::from([1; 16]),
            hash: None,
            seq: 1,
            start_op: 1.try_into().unwrap(),
            time: 0,
            message: None,
            deps: vec![],
            extra_bytes: vec![],
            author: None,
        };
        let data = message(VERSIONS[0], &[Change::from(change).raw_bytes().to_vec()]);
        assert_eq!(pass(&mut AutoCommit::new(), &data).is_ok(), accepted);
    }
}
