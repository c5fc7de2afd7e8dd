//! What the hub keeps in memory is bounded: documents, and how far sessions have synced them.

use automerge::sync::{ChunkList, Message, MessageVersion};
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ChangeHash, ROOT};
use samsynk_core::ids::AccountId;
use samsynk_core::wire::Heads;

use super::super::cache::Cache;
use super::*;
use crate::accounts::Random as _;
use crate::store::documents::{Saved, put_snapshot};
use crate::store::{DataDir, Store, StoreError};

const KIB: usize = 1024;

fn id(n: usize) -> DocumentId {
    DocumentId([u8::try_from(n).unwrap(); 16])
}

#[test]
fn the_cache_keeps_its_bound_while_one_large_document_after_the_other_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataDir::open(folder.path()).unwrap();
    let mut store = Store::open(&data).unwrap();
    // On disk each is a thousandth of this.
    let mut doc = AutoCommit::new();
    doc.put(ROOT, "text", " ".repeat(200 * KIB)).unwrap();
    let snapshot = doc.save();
    assert!(snapshot.len() < KIB);
    let heads = Heads::new(doc.get_heads());
    let saved = Saved { kind: "", title: "", heads: &heads };
    let max = 2_000 * KIB;
    let mut cache = Cache::new(max);
    let done = store.write::<_, StoreError>(|tx| {
        for n in 0..50 {
            put_snapshot(tx, id(n), &saved, AccountId([1; 16]), &snapshot)?;
        }
        for n in 0..50 {
            let loaded = cache.take(tx, id(n))?.expect("it was stored above");
            cache.put(id(n), loaded);
            assert!(cache.bytes() <= max);
            // The first is in use all the time.
            let first = cache.take(tx, id(0))?.expect("it was stored above");
            cache.put(id(0), first);
        }
        Ok(())
    });
    done.unwrap();
    assert!((2..10).contains(&cache.len()), "each takes more than 200 KiB: {}", cache.len());
    assert_eq!(cache.loads().count, 50, "and the one in use stayed");
}

#[test]
fn little_is_kept_of_a_document_that_both_sides_have() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    let (identity, held) = town.disconnect(lead);
    for n in 0..100 {
        town.edit_and_sync(aino, VISIT, &set_room(&n.to_string()));
    }
    let before = town.hub.sessions.states_bytes();
    let lead = town.connect(identity, "samsynk-1", held);
    town.sync(lead, VISIT);
    assert_eq!(town.phone(lead).heads(VISIT), town.phone(aino).heads(VISIT));
    let more = town.hub.sessions.states_bytes() - before;
    assert!((500..1_500).contains(&more), "no filter, and no hashes of what has arrived: {more}");
    town.disconnect(lead);
    town.disconnect(aino);
    assert_eq!(town.hub.sessions.states_bytes(), 0);
}

#[test]
fn a_client_that_claims_to_have_much_of_much_is_ended_and_nothing_is_kept_of_it() {
    let mut town = Town::new();
    let cilla = town.person("Cilla", "student");
    let mut sent = 0_u32;
    while town.phone(cilla).closed.is_none() {
        sent += 1;
        let mut document = [7; 16];
        document[..4].copy_from_slice(&sent.to_be_bytes());
        let mut heads: Vec<_> = (0..900).map(|_| ChangeHash(random_hash(&mut town))).collect();
        heads.sort_unstable();
        let (need, have) = (Vec::new(), Vec::new());
        let (changes, version) = (ChunkList::empty(), MessageVersion::V1);
        let message = Message { heads, need, have, changes, flags: None, version };
        town.send_data(cilla, DocumentId(document), message.encode());
    }
    assert_eq!(town.phone(cilla).closed, Some("too-much-open"));
    assert!((500..1_500).contains(&sent), "{sent} times 29 kB are 32 MiB, once or twice");
    assert_eq!(town.hub.sessions.states_bytes(), 0);
}

fn random_hash(town: &mut Town) -> [u8; 32] {
    let mut hash = [0; 32];
    town.random.fill(&mut hash);
    hash
}
