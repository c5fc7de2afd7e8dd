//! Changes that parse, of operations that mean nothing: Automerge panics when it applies them, or takes them and
//! cannot load the document again.

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType, SortedVec};
use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::Transactable as _;
use automerge::{ActorId, AutoCommit, Change, ChangeHash, ExpandedChange, ObjId, ObjType, ROOT};
use samsynk_core::ids::DocumentId;
use samsynk_tests::forge::{self, VERSIONS, column, message};

use crate::scene::Scene;

/// Why changes are refused that Automerge cannot apply, or cannot tell again. Where its own assertions are compiled in,
/// they come first.
const BROKEN: [&str; 2] = ["panic", "not-kept"];

/// A note with one of everything, in two changes.
struct Note {
    doc: AutoCommit,
    actor: ActorId,
    list: ObjId,
    text: ObjId,
}

impl Note {
    fn new() -> Self {
        let actor = ActorId::from([0xaa; 16]);
        let mut doc = AutoCommit::new().with_actor(actor.clone());
        doc.put(ROOT, "key", "value").unwrap();
        doc.put(ROOT, "other", "value").unwrap();
        doc.commit();
        let list = doc.put_object(ROOT, "list", ObjType::List).unwrap();
        doc.insert(&list, 0, "element").unwrap();
        let text = doc.put_object(ROOT, "text", ObjType::Text).unwrap();
        doc.splice_text(&text, 0, 0, "abc").unwrap();
        doc.commit();
        Self { doc, actor, list, text }
    }

    fn id(&self, counter: u64) -> OpId {
        OpId::new(counter, &self.actor)
    }

    /// The next change of another actor, with these operations.
    fn next(&mut self, operations: Vec<Op>) -> ExpandedChange {
        ExpandedChange {
            operations,
            actor_id: ActorId::from([0xbb; 16]),
            hash: None,
            seq: 1,
            start_op: 9.try_into().unwrap(),
            time: 0,
            message: None,
            deps: self.doc.get_heads(),
            extra_bytes: Vec::new(),
            author: None,
        }
    }
}

fn put(obj: ObjectId, key: Key, pred: &[OpId]) -> Op {
    let action = OpType::Put("x".into());
    Op { action, obj, key, pred: pred.iter().cloned().collect::<SortedVec<_>>(), insert: false }
}

fn object(id: &ObjId, actor: &ActorId) -> ObjectId {
    match id {
        ObjId::Id(counter, ..) => ObjectId::Id(OpId::new(*counter, actor)),
        ObjId::Root => ObjectId::Root,
    }
}

fn element(id: OpId) -> Key {
    Key::Seq(ElementId::Id(id))
}

/// A note that the server has, and what changes it.
async fn note(scene: &mut Scene) -> (Note, DocumentId) {
    let (mut note, id) = (Note::new(), scene.new_document());
    let changes = note.doc.get_changes(&[]);
    let changes: Vec<Vec<u8>> = changes.iter().map(|change| change.raw_bytes().to_vec()).collect();
    scene.accepted("a note", id, message(VERSIONS[0], &changes)).await;
    (note, id)
}

/// The note is as it was, for whoever asks for all of it.
async fn intact(scene: &mut Scene, note: &mut Note, id: DocumentId) {
    let mut there = scene.read(id).await;
    assert_eq!(there.get_heads(), note.doc.get_heads());
    assert_eq!(there.get_changes(&[]).len(), 2);
}

#[tokio::test]
async fn operations_that_apply_to_nothing() {
    let mut scene = Scene::start().await;
    let (mut note, id) = note(&mut scene).await;
    let (list, text) = (object(&note.list, &note.actor), object(&note.text, &note.actor));
    let (key, other, list_element) = (note.id(1), note.id(2), note.id(4));
    let map = |text: &str| Key::Map(text.into());
    let stranger = OpId::new(3, &ActorId::from([0xcc; 16]));
    let mut delete = put(ObjectId::Root, map("key"), &[]);
    delete.action = OpType::Delete;
    let insert_after = |reference: OpId| {
        let mut op = put(list.clone(), element(reference), &[]);
        op.insert = true;
        op
    };
    let cases = [
        ("no object", put(ObjectId::Id(key.clone()), map("x"), &[]), &["object"][..]),
        ("nobody's object", put(ObjectId::Id(stranger.clone()), map("x"), &[]), &["object"]),
        ("a key in a list", put(list.clone(), map("x"), &[]), &["key"]),
        ("an element of a map", put(ObjectId::Root, element(key.clone()), &[]), &["key"]),
        ("an element that is elsewhere", put(text, element(list_element), &[]), &BROKEN),
        ("after an element that is elsewhere", insert_after(key.clone()), &BROKEN),
        ("after an element that is nowhere", insert_after(stranger.clone()), &BROKEN),
        ("instead of what is nowhere", put(ObjectId::Root, map("key"), &[stranger]), &BROKEN),
        ("instead of a letter", put(ObjectId::Root, map("key"), &[note.id(6)]), &BROKEN),
        ("instead of another key", put(ObjectId::Root, map("key"), &[other]), &BROKEN),
        ("deleting nothing", delete, &["predecessors"]),
    ];
    for version in VERSIONS {
        for (what, operation, why) in &cases {
            let change = Change::from(note.next(vec![operation.clone()]));
            let data = message(version, &[change.raw_bytes().to_vec()]);
            scene.refused_in(what, id, data, why).await;
        }
    }
    intact(&mut scene, &mut note, id).await;
}

/// Automerge takes what it would not write itself, writes it as it would, and finds another hash.
#[tokio::test]
async fn changes_that_cannot_be_told_again() {
    let mut scene = Scene::start().await;
    let (mut note, id) = note(&mut scene).await;
    let op = put(ObjectId::Root, Key::Map("key".into()), &[note.id(1)]);
    let honest = Change::from(note.next(vec![op]));
    let honest = forge::Change::opened(honest.raw_bytes()).unwrap();
    let named = forge::Change { others: vec![vec![0xaa; 16], vec![0xee; 16]], ..honest.clone() };
    for version in VERSIONS {
        let data = message(version, &[honest.clone().with(column::EXPAND, vec![1]).chunk()]);
        scene.refused_in("a column of nothing", id, data, &BROKEN).await;
        let data = message(version, &[named.chunk()]);
        scene.refused_in("an actor without need", id, data, &BROKEN).await;
    }
    intact(&mut scene, &mut note, id).await;
    scene.accepted("what is honest", id, message(VERSIONS[0], &[honest.chunk()])).await;
}

#[tokio::test]
async fn a_mark_that_ends_before_it_begins() {
    let mut scene = Scene::start().await;
    let (mut note, id) = note(&mut scene).await;
    let mut marked = note.doc.clone().with_actor(ActorId::from([0xbb; 16]));
    let strong = Mark::new("strong".into(), true, 0, 2);
    marked.mark(&note.text, strong, ExpandMark::None).unwrap();
    let mut change = marked.get_changes(&note.doc.get_heads()).remove(0).decode();
    // Both ends change places.
    let (first, second) = (change.operations[0].key.clone(), change.operations[1].key.clone());
    change.operations[0].key = second;
    change.operations[1].key = first;
    let honest = marked.get_changes(&note.doc.get_heads()).remove(0);
    for version in VERSIONS {
        let forged = Change::from(change.clone());
        let data = message(version, &[forged.raw_bytes().to_vec()]);
        scene.refused_in("a mark from its end", id, data, &["mark"]).await;
    }
    intact(&mut scene, &mut note, id).await;
    let data = message(VERSIONS[0], &[honest.raw_bytes().to_vec()]);
    scene.accepted("a mark", id, data).await;
}

#[tokio::test]
async fn changes_of_what_their_writer_has_not_seen() {
    let mut scene = Scene::start().await;
    let (mut note, id) = note(&mut scene).await;
    let first: ChangeHash = note.doc.get_changes(&[])[0].hash();
    let list = object(&note.list, &note.actor);
    let mut into_list = put(list, Key::head(), &[]);
    into_list.insert = true;
    let overwrite = put(ObjectId::Root, Key::Map("list".into()), &[note.id(3)]);
    for version in VERSIONS {
        // It follows on the first change alone, in which there is no list yet.
        for operation in [&into_list, &overwrite] {
            let mut change = note.next(vec![operation.clone()]);
            change.deps = vec![first];
            let change = Change::from(change);
            let data = message(version, &[change.raw_bytes().to_vec()]);
            scene.refused_in("a list from the future", id, data, &["not-seen"]).await;
        }
        // The writer's own third change, without the second.
        let mut own = note.next(vec![put(ObjectId::Root, Key::Map("key".into()), &[note.id(1)])]);
        (own.actor_id, own.seq, own.deps) = (note.actor.clone(), 3, vec![first]);
        let data = message(version, &[Change::from(own).raw_bytes().to_vec()]);
        scene.refused_in("forgetting one's own", id, data, &["not-seen"]).await;
    }
    intact(&mut scene, &mut note, id).await;
}

/// Two changes in one message, of which one knows the other without following it: the other is kept.
#[tokio::test]
async fn a_change_of_what_stands_beside_it() {
    let mut scene = Scene::start().await;
    for version in VERSIONS {
        let (mut note, id) = note(&mut scene).await;
        let make = Op {
            action: OpType::Make(ObjType::Map),
            ..put(ObjectId::Root, Key::Map("map".into()), &[])
        };
        let maker = note.next(vec![make]);
        let made = OpId::new(9, &maker.actor_id);
        let mut user = note.next(vec![put(ObjectId::Id(made), Key::Map("x".into()), &[])]);
        (user.actor_id, user.start_op) = (ActorId::from([0xdd; 16]), 10.try_into().unwrap());
        let [maker, user] = [maker, user].map(Change::from);
        let both = [&maker, &user].map(|change| change.raw_bytes().to_vec());
        scene.refused_in("a map from beside", id, message(version, &both), &["not-seen"]).await;
        assert_eq!(scene.read(id).await.get_heads(), [maker.hash()]);
    }
}
