//! Stored and restored documents that nobody should load: the server does not, and names them.

use std::path::Path;

use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ROOT};
use rusqlite::Connection;
use samsynk_core::ids::DocumentId;
use samsynk_tests::forge::{
    Change, DOCUMENT, Document, VERSIONS, bomb, chunk, column, compressed_chunk, message, repeat,
    unsigned,
};

use crate::scene::Scene;

/// What may stand in a database that someone has had in their hands.
fn harmful() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let change = Change::setting(&[0xaa; 16], 1);
    let column =
        |number, bytes| Document { operations: vec![(number, bytes)], ..Document::default() };
    let good = change.chunk();
    vec![
        ("10^7 operations", Change::setting(&[0xaa; 16], 10_000_000).chunk(), "operations"),
        ("10^7 rows", column(column::ID_ACTOR, repeat(10_000_000, 0)).chunk(), "operations"),
        ("a gigabyte", compressed_chunk(&change.body(), &bomb(1024)), "inflated-bytes"),
        (
            "a column of a gigabyte",
            column(column::ACTION | 8, bomb(1024)).chunk(),
            "inflated-bytes",
        ),
        ("a start near the end", Change { start_op: 1 << 32, ..change }.chunk(), "op-counter"),
        ("endless actors", chunk(DOCUMENT, &unsigned(u64::MAX)), "actors"),
        ("half a change", good[..good.len() - 1].to_vec(), "cut-off"),
        ("a flipped bit", [&good[..20], &[!good[20]], &good[21..]].concat(), "checksum"),
    ]
}

/// Puts bytes in the place of each document's snapshot.
fn replace(database: &Path, documents: &[(DocumentId, Vec<u8>)]) {
    let database = Connection::open(database).unwrap();
    for (id, bytes) in documents {
        let sql = "UPDATE snapshots SET bytes = ?2 WHERE document = ?1";
        assert_eq!(database.execute(sql, (id.0, bytes)).unwrap(), 1);
    }
}

/// A scene whose server has as many notes as there are harmful things.
async fn with_notes() -> (Scene, Vec<(DocumentId, Vec<u8>)>) {
    let mut scene = Scene::start().await;
    let mut notes = Vec::new();
    for (_, bytes, _) in harmful() {
        let id = scene.new_document();
        let mut doc = AutoCommit::new();
        doc.put(ROOT, "key", "value").unwrap();
        scene.accepted("a note", id, message(VERSIONS[1], &[doc.save()])).await;
        notes.push((id, bytes));
    }
    (scene, notes)
}

/// Each is named with what is wrong.
fn assert_named(said: &str, notes: &[(DocumentId, Vec<u8>)]) {
    for ((id, _), (what, _, why)) in notes.iter().zip(harmful()) {
        let line = format!("document {id}: does not load: malformed ({why})");
        assert!(said.contains(&line), "{what}: {line} not in\n{said}");
    }
}

#[tokio::test]
async fn stored_documents() {
    let (mut scene, notes) = with_notes().await;
    scene.stop().await;
    replace(&scene.town.data().join("samsynk.db"), &notes);
    let (said, _) = scene.town.try_samsynk(&["check"]).await.unwrap_err();
    assert_named(&said, &notes);
    scene.start_again().await;
    for ((id, _), (what, ..)) in notes.iter().zip(harmful()) {
        scene.unavailable(what, *id).await;
    }
    let (said, _) = scene.town.try_samsynk(&["check"]).await.unwrap_err();
    assert_named(&said, &notes);
}

#[tokio::test]
async fn restored_documents() {
    let (mut scene, notes) = with_notes().await;
    let backup = scene.town.data().join("backup.db");
    let backup = backup.to_str().unwrap();
    scene.town.samsynk(&["backup", backup]).await;
    replace(Path::new(backup), &notes);
    scene.stop().await;
    let (said, why) = scene.town.try_samsynk(&["restore", backup]).await.unwrap_err();
    assert_named(&said, &notes);
    assert!(why.contains("the backup is in place"), "{why}");
    scene.start_again().await;
    for ((id, _), (what, ..)) in notes.iter().zip(harmful()) {
        scene.unavailable(what, *id).await;
    }
}
