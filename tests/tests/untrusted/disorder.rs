//! Whole documents whose operations stand where they do not belong. Automerge 0.12 does not look: what the walk lets
//! through must be what the changes in it make.

use automerge::AutoCommit;
use proptest::prelude::*;
use proptest::sample::Index;
use samsynk_core::wire::untrusted::guarded;
use samsynk_core::wire::walk;
use samsynk_tests::forge::{Document, rows::Row};
use samsynk_tests::people::{deeds, live};
use samsynk_tests::targets::reads_alike;

/// What is done to the rows. Places are taken modulo what is there.
#[derive(Debug, Clone)]
enum Disorder {
    Swap(Index, Index),
    SwapNext(Index),
    Move(Index, Index),
    Double(Index, Index),
    Lose(Index),
    /// Another row's object, key, id, value or successors.
    Take(Index, Index, u8),
    Count(Index, i64),
    Succeed(Index, Index),
    Forget(Index),
    Turn(Index),
    Act(Index, u64),
}

fn disorder() -> impl Strategy<Value = Disorder> {
    let index = || any::<Index>();
    prop_oneof![
        2 => (index(), index()).prop_map(|(a, b)| Disorder::Swap(a, b)),
        4 => index().prop_map(Disorder::SwapNext),
        2 => (index(), index()).prop_map(|(a, b)| Disorder::Move(a, b)),
        1 => (index(), index()).prop_map(|(a, b)| Disorder::Double(a, b)),
        2 => index().prop_map(Disorder::Lose),
        6 => (index(), index(), 0..5_u8).prop_map(|(a, b, what)| Disorder::Take(a, b, what)),
        2 => (index(), -2..3_i64).prop_map(|(a, by)| Disorder::Count(a, by)),
        3 => (index(), index()).prop_map(|(a, b)| Disorder::Succeed(a, b)),
        2 => index().prop_map(Disorder::Forget),
        1 => index().prop_map(Disorder::Turn),
        1 => (index(), 0..8_u64).prop_map(|(a, action)| Disorder::Act(a, action)),
    ]
}

fn apply(rows: &mut Vec<Row>, disorder: &Disorder) {
    let count = rows.len();
    if count == 0 {
        return;
    }
    match disorder {
        Disorder::Swap(a, b) => rows.swap(a.index(count), b.index(count)),
        Disorder::SwapNext(a) => rows.swap(a.index(count), (a.index(count) + 1) % count),
        Disorder::Move(a, b) => {
            let row = rows.remove(a.index(count));
            rows.insert(b.index(count), row);
        }
        Disorder::Double(a, b) => {
            let row = rows[a.index(count)].clone();
            rows.insert(b.index(count), row);
        }
        Disorder::Lose(a) => {
            rows.remove(a.index(count));
        }
        Disorder::Take(a, b, what) => {
            let from = rows[b.index(count)].clone();
            let row = &mut rows[a.index(count)];
            match what {
                0 => row.object = from.object,
                1 => (row.key, row.key_text) = (from.key, from.key_text),
                2 => row.id = from.id,
                3 => (row.value_meta, row.value) = (from.value_meta, from.value),
                _ => row.successors = from.successors,
            }
        }
        Disorder::Count(a, by) => rows[a.index(count)].id.1 += by,
        Disorder::Succeed(a, b) => {
            let id = rows[b.index(count)].id;
            let successors = &mut rows[a.index(count)].successors;
            successors.push(id);
            successors.sort_by_key(|(actor, counter)| (*counter, *actor));
        }
        Disorder::Forget(a) => {
            rows[a.index(count)].successors.pop();
        }
        Disorder::Turn(a) => rows[a.index(count)].insert ^= true,
        Disorder::Act(a, action) => rows[a.index(count)].action = *action,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn rows(
        people in deeds(60),
        disorders in proptest::collection::vec(disorder(), 1..3),
    ) {
        let [mut one, ..] = live(people);
        let saved = one.save_nocompress();
        let Some(document) = Document::opened(&saved) else { return Ok(()) };
        let mut rows = document.rows().expect("an honest document");
        prop_assert_eq!(document.with_rows(&rows).chunk(), saved);
        disorders.iter().for_each(|disorder| apply(&mut rows, disorder));
        let mut document = document.with_rows(&rows);
        let chunk = document.chunk();
        if walk::saved(&chunk).is_err() {
            return Ok(());
        }
        let heads = guarded(|| AutoCommit::load_unverified_heads(&chunk).map(|mut doc| doc.get_heads()));
        prop_assert!(heads.is_ok(), "{:?}", heads.err());
        let Ok(Ok(heads)) = heads else { return Ok(()) };
        document.heads = heads.iter().map(|head| head.0).collect();
        document.head_places.clear();
        let chunk = document.chunk();
        let read = guarded(|| AutoCommit::load(&chunk).map(|mut doc| reads_alike(&mut doc)));
        prop_assert!(read.is_ok(), "{:?}", read.err());
    }
}
