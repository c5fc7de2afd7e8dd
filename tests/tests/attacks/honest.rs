//! What honest clients send is taken, up to the limits.

use automerge::transaction::Transactable as _;
use automerge::{ActorId, AutoCommit, ObjType, ROOT, ScalarValue};
use samsynk_core::limits::{
    CHANGE_OPS_COUNT_MAX, CHANGES_COUNT_MAX, COUNTER_ABS_MAX, INCREMENT_ABS_MAX, NEEDS_COUNT_MAX,
    OPS_COUNT_MAX, TIMESTAMP_ABS_MAX,
};
use samsynk_tests::forge::{VERSIONS, message, summary, unsigned};

use crate::scene::Scene;

fn raw(doc: &mut AutoCommit) -> Vec<Vec<u8>> {
    doc.get_changes(&[]).iter().map(|change| change.raw_bytes().to_vec()).collect()
}

fn deflated(doc: &mut AutoCommit) -> Vec<Vec<u8>> {
    doc.get_changes(&[]).iter_mut().map(|change| change.bytes().to_vec()).collect()
}

#[tokio::test]
async fn large_values_and_large_changes() {
    let mut scene = Scene::start().await;
    let mut doc = AutoCommit::new().with_actor(ActorId::from([1; 64]));
    doc.put(ROOT, "int", i64::MIN).unwrap();
    doc.put(ROOT, "uint", u64::MAX).unwrap();
    doc.put(ROOT, "float", f64::NAN).unwrap();
    doc.put(ROOT, "", "a key without a name").unwrap();
    doc.put(ROOT, "date", ScalarValue::Timestamp(TIMESTAMP_ABS_MAX.cast_signed())).unwrap();
    doc.put(ROOT, "counter", ScalarValue::counter(COUNTER_ABS_MAX.cast_signed())).unwrap();
    doc.increment(ROOT, "counter", INCREMENT_ABS_MAX.cast_signed()).unwrap();
    let text = doc.put_object(ROOT, "text", ObjType::Text).unwrap();
    doc.commit();
    let words = "Vi ses i entrén. ".repeat(CHANGE_OPS_COUNT_MAX / 17 + 1);
    let words: String = words.chars().take(CHANGE_OPS_COUNT_MAX).collect();
    doc.splice_text(&text, 0, 0, &words).unwrap();
    doc.commit();
    for version in VERSIONS {
        for changes in
            [raw(&mut doc), deflated(&mut doc), vec![doc.save()], vec![doc.save_nocompress()]]
        {
            let id = scene.new_document();
            // Each document has actors of its own, as each is another's.
            scene.accepted("large changes", id, message(version, &changes)).await;
            assert_eq!(scene.read(id).await.get_heads(), doc.get_heads());
        }
    }
}

#[tokio::test]
async fn a_document_as_large_as_it_may_be() {
    let mut scene = Scene::start().await;
    let mut doc = AutoCommit::new();
    let text = doc.put_object(ROOT, "text", ObjType::Text).unwrap();
    let part = "a".repeat(CHANGE_OPS_COUNT_MAX - 1);
    for _ in 0..OPS_COUNT_MAX / CHANGE_OPS_COUNT_MAX {
        doc.splice_text(&text, 0, 0, &part).unwrap();
        doc.commit();
    }
    let id = scene.new_document();
    scene.accepted("a long text", id, message(VERSIONS[1], &[doc.save()])).await;
    assert_eq!(scene.read(id).await.get_heads(), doc.get_heads());
    let before = doc.get_heads();
    doc.splice_text(&text, 0, 0, &"b".repeat(CHANGE_OPS_COUNT_MAX)).unwrap();
    let more = doc.get_changes(&before).remove(0).raw_bytes().to_vec();
    scene.refused_in("a longer text", id, message(VERSIONS[1], &[more]), &["operations"]).await;
}

#[tokio::test]
async fn questions_as_large_as_they_may_be() {
    let mut scene = Scene::start().await;
    let mut doc = AutoCommit::new();
    doc.put(ROOT, "key", "value").unwrap();
    let id = scene.new_document();
    scene.accepted("a note", id, message(VERSIONS[0], &raw(&mut doc))).await;
    for version in VERSIONS {
        let entries = CHANGES_COUNT_MAX as u64;
        let bits = vec![0; (entries as usize * 10).div_ceil(8)];
        let filter = [unsigned(entries), vec![10, 7], bits].concat();
        scene.accepted("a large filter", id, summary(version, &filter)).await;
        let mut needs = [&[version, 0][..], &unsigned(NEEDS_COUNT_MAX as u64)].concat();
        for n in 0..NEEDS_COUNT_MAX as u64 {
            needs.extend([0; 24]);
            needs.extend(n.to_be_bytes());
        }
        // Older clients write no flags, or the two that they know one by one.
        for flags in [&[][..], &[1, 2], &[2, 1, 2]] {
            let data = [&needs[..], &[0, 0], flags].concat();
            scene.accepted("many needs", id, data).await;
        }
    }
}
