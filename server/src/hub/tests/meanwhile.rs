//! One person removes a slot, another edits it, neither knowing of the other: whoever comes second is told, and nothing
//! vanishes.

use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ObjId, ObjType, ROOT, ReadDoc as _, hydrate};
use samsynk_core::domain::{Document, Visit};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Frame;

use super::*;

fn two() -> (Town, SessionId, SessionId) {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    for session in [lead, aino] {
        town.catalogue(session);
        town.heard(session);
    }
    (town, lead, aino)
}

fn remove() -> Edit {
    visit(VisitEdit::RemoveSlot { id: "welcome".parse().unwrap() })
}

/// Why the only change that was refused was.
fn refused(town: &mut Town, session: SessionId) -> Option<Refusal> {
    let rejected = |frame| match frame {
        Frame::Rejected { document: VISIT, hashes, refusal } => Some((hashes.len(), refusal)),
        _ => None,
    };
    let mut refused = town.heard(session).into_iter().filter_map(rejected);
    let first = refused.next();
    assert!(refused.next().is_none());
    first.map(|(count, refusal)| {
        assert_eq!(count, 1, "what else was sent is kept");
        refusal
    })
}

/// The plan as the server has it.
fn stored(town: &mut Town) -> Visit {
    let account = town.account("New", "lead");
    let device = town.enrol(account);
    let session = town.connect(device, "samsynk-1", std::collections::BTreeMap::new());
    town.catalogue(session);
    match town.phone(session).read(VISIT) {
        Some(Document::Visit(visit)) => visit,
        other => panic!("{other:?}"),
    }
}

fn room(town: &mut Town) -> Option<String> {
    stored(town).slots.into_values().map(|slot| slot.room).next()
}

#[test]
fn nobody_removes_what_somebody_has_edited_meanwhile() {
    let (mut town, lead, aino) = two();
    town.edit(aino, VISIT, &remove());
    town.edit(aino, VISIT, &set_title("Without a welcome"));
    town.edit_and_sync(lead, VISIT, &set_room("Eken"));
    let refusal = refused(&mut town, aino);
    assert_eq!(refusal, Some(Refusal::new("edited-meanwhile").with("item", "welcome")));
    assert_eq!(refused(&mut town, lead), None);
    assert_eq!(room(&mut town).as_deref(), Some("Eken"));
}

#[test]
fn nobody_edits_what_somebody_has_removed_meanwhile() {
    let (mut town, lead, aino) = two();
    town.edit(aino, VISIT, &set_title("With a welcome in Eken"));
    town.edit(aino, VISIT, &set_room("Eken"));
    town.edit_and_sync(lead, VISIT, &remove());
    let refusal = refused(&mut town, aino);
    assert_eq!(refusal, Some(Refusal::new("no-such-item").with("item", "welcome")));
    assert_eq!(refused(&mut town, lead), None);
    assert_eq!(
        (room(&mut town), stored(&mut town).title.as_str()),
        (None, "With a welcome in Eken")
    );
}

/// Puts a copy in the place of a map, as clients do that know nothing of maps with items.
fn replace(town: &mut Town, session: SessionId, path: &[&str]) {
    let (doc, _) = town.phone(session).documents.get_mut(&VISIT).unwrap();
    let (field, within) = path.split_last().unwrap();
    let parent = within.iter().fold(ROOT, |at, key| doc.get(at, *key).unwrap().unwrap().1);
    let (_, old) = doc.get(&parent, *field).unwrap().unwrap();
    let mut copy = doc.hydrate(&old, None).unwrap();
    let new = doc.put_object(&parent, *field, ObjType::Map).unwrap();
    fill(doc, &new, copy.as_map().unwrap());
    doc.commit();
}

fn fill(doc: &mut AutoCommit, map: &ObjId, content: &hydrate::Map) {
    for (key, entry) in content.iter() {
        match &entry.value {
            hydrate::Value::Map(inner) => {
                let map = doc.put_object(map, key.as_str(), ObjType::Map).unwrap();
                fill(doc, &map, inner);
            }
            hydrate::Value::Scalar(value) => doc.put(map, key.as_str(), value.clone()).unwrap(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn nobody_puts_a_map_in_the_place_of_one_that_somebody_has_edited_meanwhile() {
    for path in [&["slots"][..], &["slots", "welcome"]] {
        let item = *path.last().unwrap();
        let (mut town, lead, aino) = two();
        replace(&mut town, aino, path);
        town.edit_and_sync(lead, VISIT, &set_room("Eken"));
        let refusal = refused(&mut town, aino);
        assert_eq!(refusal, Some(Refusal::new("edited-meanwhile").with("item", item)));
        assert_eq!(room(&mut town).as_deref(), Some("Eken"));

        let (mut town, lead, aino) = two();
        town.edit(aino, VISIT, &set_room("Eken"));
        replace(&mut town, lead, path);
        town.sync(lead, VISIT);
        let refusal = refused(&mut town, aino);
        assert_eq!(refusal, Some(Refusal::new("no-such-item").with("item", item)));
        assert_eq!(refused(&mut town, lead), None, "nobody had edited it");
    }
    let (mut town, lead, aino) = two();
    replace(&mut town, aino, &["slots", "welcome", "hosts"]);
    replace(&mut town, lead, &["slots", "welcome", "hosts"]);
    town.sync(lead, VISIT);
    let refusal = refused(&mut town, aino);
    assert_eq!(refusal, Some(Refusal::new("edited-meanwhile").with("item", "welcome")));
}

#[test]
fn what_was_seen_since_does_not_hide_what_was_not_seen_then() {
    let (mut town, lead, aino) = two();
    town.edit(aino, VISIT, &remove());
    // The phone hears of the edit and goes on, before it sends anything.
    let (identity, mut held) = town.disconnect(aino);
    town.edit_and_sync(lead, VISIT, &set_room("Eken"));
    let (theirs, _) = town.phone(lead).documents.get_mut(&VISIT).unwrap();
    held.get_mut(&VISIT).unwrap().merge(theirs).unwrap();
    let aino = town.connect(identity, "samsynk-1", held);
    town.edit(aino, VISIT, &set_title("Later"));
    town.sync(aino, VISIT);
    assert_eq!(refused(&mut town, aino).unwrap().code, "edited-meanwhile");
    assert_eq!(room(&mut town).as_deref(), Some("Eken"));
}

#[test]
fn what_was_seen_may_go_and_so_may_what_nobody_touched() {
    let (mut town, lead, aino) = two();
    town.edit_and_sync(lead, VISIT, &set_room("Eken"));
    let tour =
        visit(VisitEdit::AddSlot { id: "tour".parse().unwrap(), slot: Box::new(slot("Tour")) });
    town.edit(aino, VISIT, &remove());
    town.edit_and_sync(lead, VISIT, &tour);
    // Both remove the same.
    town.edit(lead, VISIT, &visit(VisitEdit::RemoveSlot { id: "tour".parse().unwrap() }));
    town.edit_and_sync(aino, VISIT, &visit(VisitEdit::RemoveSlot { id: "tour".parse().unwrap() }));
    assert_eq!((refused(&mut town, lead), refused(&mut town, aino)), (None, None));
    assert_eq!(stored(&mut town).slots.len(), 0);
}
