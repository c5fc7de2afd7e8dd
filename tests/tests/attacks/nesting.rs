//! Maps within maps: as deep as no document of ours, and as deep as no stack.

use automerge::transaction::Transactable as _;
use automerge::{ActorId, AutoCommit, ObjId, ObjType, ROOT};
use samsynk_core::limits::DOCUMENT_NESTING_DEPTH_MAX;
use samsynk_tests::forge::{VERSIONS, message};

use crate::scene::Scene;

/// Puts so many maps into each other; returns the innermost.
fn nest(doc: &mut AutoCommit, from: ObjId, depth: usize) -> ObjId {
    let innermost =
        (0..depth).fold(from, |map, _| doc.put_object(&map, "in", ObjType::Map).unwrap());
    doc.commit();
    innermost
}

#[tokio::test]
async fn maps_within_maps_are_refused_beyond_a_bound_however_they_come() {
    let mut scene = Scene::start().await;
    for version in VERSIONS {
        for (actor, depth) in [(1, DOCUMENT_NESTING_DEPTH_MAX + 1), (2, 2_000), (3, 9_000)] {
            let mut doc = AutoCommit::new().with_actor(ActorId::from([actor; 16]));
            nest(&mut doc, ROOT, depth);
            let change = doc.get_changes(&[])[0].raw_bytes().to_vec();
            for (what, part) in
                [("one change", change), ("a whole document", doc.save_nocompress())]
            {
                scene.refused_for(what, message(version, &[part]), "nesting").await;
            }
        }
    }
}

#[tokio::test]
async fn a_document_does_not_grow_deeper_than_the_bound_change_by_change() {
    let mut scene = Scene::start().await;
    let id = scene.new_document();
    let mut doc = AutoCommit::new().with_actor(ActorId::from([4; 16]));
    let innermost = nest(&mut doc, ROOT, DOCUMENT_NESTING_DEPTH_MAX);
    scene.accepted("as deep as may be", id, message(VERSIONS[1], &[doc.save()])).await;

    let before = doc.get_heads();
    nest(&mut doc, innermost, 1);
    let change = doc.get_changes(&before)[0].raw_bytes().to_vec();
    scene.refused_in("one deeper", id, message(VERSIONS[1], &[change]), &["nesting"]).await;
    assert_eq!(scene.read(id).await.get_heads(), before);
}
