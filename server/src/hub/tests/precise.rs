//! Of changes that come together those before the first wrong one are kept, and that one alone is named.

use automerge::ChangeHash;
use automerge::transaction::Transactable as _;
use samsynk_core::domain::{Document, actor_of};
use samsynk_core::limits::DOCUMENT_BYTES_MAX;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::{Frame, Heads};

use super::super::port::SessionId;
use super::give_back::{check, heads_of};
use super::*;

/// What a phone hears of changes of which one is refused: what is saved, then what is not.
fn answer(town: &mut Town, session: SessionId) -> (Heads, Vec<ChangeHash>, Refusal) {
    match &town.heard(session)[..] {
        [
            Frame::Receipt { document: VISIT, heads },
            Frame::Rejected { document: VISIT, hashes, refusal },
            ..,
        ] => (heads.clone(), hashes.clone(), refusal.clone()),
        other => panic!("{other:?}"),
    }
}

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

/// Writes past the domain, as a broken or hostile program would. The change.
fn force(
    town: &mut Town,
    session: SessionId,
    key: &str,
    value: impl Into<automerge::ScalarValue>,
) -> ChangeHash {
    let (doc, _) = town.phone(session).documents.get_mut(&VISIT).unwrap();
    doc.put(automerge::ROOT, key, value).unwrap();
    doc.commit().unwrap()
}

fn head(town: &mut Town, session: SessionId) -> ChangeHash {
    town.phone(session).heads(VISIT).as_slice()[0]
}

fn title(town: &mut Town, session: SessionId) -> String {
    match town.phone(session).read(VISIT) {
        Some(Document::Visit(visit)) => visit.title,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_before_the_wrong_change_is_kept_and_only_that_is_named() {
    let (mut town, lead, aino) = two();
    town.edit(aino, VISIT, &set_title("One"));
    town.edit(aino, VISIT, &set_title("Two"));
    let good = head(&mut town, aino);
    let wrong = force(&mut town, aino, "unit", "farsta");
    town.edit(aino, VISIT, &set_title("Three"));
    town.sync(aino, VISIT);
    let (saved, hashes, refusal) = answer(&mut town, aino);
    assert_eq!(saved, Heads::new(vec![good]));
    assert_eq!(hashes, [wrong]);
    assert_eq!(refusal, Refusal::new("field-fixed").with("field", "unit"));
    assert_eq!(heads_of(&mut town, VISIT), Some(Heads::new(vec![good])));
    assert_eq!(title(&mut town, lead), "Two", "colleagues have it");
    check(&town);
}

#[test]
fn the_first_of_all_may_be_wrong_and_the_last() {
    for (before, after) in [(0, 3), (3, 0)] {
        let (mut town, _, aino) = two();
        let start = head(&mut town, aino);
        for n in 0..before {
            town.edit(aino, VISIT, &set_title(&format!("Before {n}")));
        }
        let good = head(&mut town, aino);
        let wrong = force(&mut town, aino, "unit", "farsta");
        for n in 0..after {
            town.edit(aino, VISIT, &set_title(&format!("After {n}")));
        }
        town.sync(aino, VISIT);
        let (saved, hashes, refusal) = answer(&mut town, aino);
        assert_eq!((saved, hashes), (Heads::new(vec![good]), vec![wrong]));
        assert_eq!(refusal.code, "field-fixed");
        assert_eq!(before == 0, good == start);
    }
}

#[test]
fn a_new_document_is_kept_up_to_what_is_wrong_in_it() {
    let (mut town, lead, aino) = two();
    let id = DocumentId([8; 16]);
    let create = VisitEdit::Create {
        pilot: PILOT,
        group: "g1".parse().unwrap(),
        unit: "kista".parse().unwrap(),
        title: "Another".to_owned(),
    };
    town.edit(aino, id, &visit(create));
    let good = town.phone(aino).heads(id);
    {
        let (doc, _) = town.phone(aino).documents.get_mut(&id).unwrap();
        doc.put(automerge::ROOT, "slots", 1).unwrap();
    }
    town.sync(aino, id);
    assert_eq!(heads_of(&mut town, id), Some(good));
    let heard = town.heard(aino);
    assert!(matches!(&heard[1], Frame::Rejected { hashes, .. } if hashes.len() == 1), "{heard:?}");
    town.catalogue(lead);
    assert!(town.phone(lead).read(id).is_some());
    check(&town);
}

#[test]
fn changes_under_anothers_name_are_named_together_and_ones_own_are_kept() {
    let (mut town, lead, aino) = two();
    let victim = town.account_of(lead);
    town.edit(aino, VISIT, &set_title("Mine"));
    let good = head(&mut town, aino);
    town.phone(aino).set_actor(VISIT, actor_of(victim, [9; 16]));
    let forged = [force(&mut town, aino, "title", "F1"), force(&mut town, aino, "title", "F2")];
    town.sync(aino, VISIT);
    let (saved, hashes, refusal) = answer(&mut town, aino);
    assert_eq!((saved, hashes), (Heads::new(vec![good]), forged.to_vec()));
    assert_eq!(refusal, Refusal::new("actor-not-yours"));
    check(&town);
}

#[test]
fn where_the_document_is_full_what_still_fits_is_kept() {
    let (mut town, _, aino) = two();
    let mut noise = vec![0; DOCUMENT_BYTES_MAX / 5 * 2];
    let mut hashes = Vec::new();
    for _ in 0..4 {
        crate::accounts::Random::fill(&mut town.random, &mut noise);
        hashes.push(force(&mut town, aino, "noise", noise.clone()));
    }
    town.sync(aino, VISIT);
    let (saved, refused, refusal) = answer(&mut town, aino);
    assert_eq!(refusal, Refusal::new("document-too-large").with("max", DOCUMENT_BYTES_MAX));
    assert_eq!(saved, Heads::new(vec![hashes[1]]));
    assert_eq!(refused, hashes[2..], "there is no room for any of these");
    check(&town);
}

#[test]
fn of_many_changes_some_hundred_are_tried_at_a_time() {
    let (mut town, _, aino) = two();
    for n in 0..700 {
        town.edit(aino, VISIT, &set_title(&format!("Title {n}")));
    }
    let good = head(&mut town, aino);
    let wrong = force(&mut town, aino, "unit", "farsta");
    town.edit(aino, VISIT, &set_title("After"));
    town.sync(aino, VISIT);
    let heard = town.heard(aino);
    let Some(Frame::Rejected { hashes, .. }) =
        heard.iter().find(|frame| matches!(frame, Frame::Rejected { .. }))
    else {
        panic!("{heard:?}")
    };
    assert_eq!(hashes, &[wrong]);
    assert_eq!(heads_of(&mut town, VISIT), Some(Heads::new(vec![good])));
    check(&town);
}

#[test]
fn an_unmodified_client_is_told_once_and_what_was_right_is_kept() {
    let (mut town, lead, _) = two();
    let identity = town.phone(lead).identity;
    let old = town.connect(identity, "1", Default::default());
    town.sync(old, VISIT);
    town.edit(old, VISIT, &set_title("Right"));
    force(&mut town, old, "unit", "farsta");
    town.sync(old, VISIT);
    let heard = town.heard(old);
    let [Frame::Error { message, .. }, Frame::DocUnavailable { .. }] = &heard[..] else {
        panic!("{heard:?}")
    };
    assert_eq!(message, "field-fixed");
    assert_eq!(title(&mut town, lead), "Right");
    town.edit_and_sync(old, VISIT, &set_title("Again"));
    assert_eq!(town.heard(old), []);
    assert_eq!(title(&mut town, lead), "Right");
}

#[test]
fn more_operations_than_one_turn_takes_are_asked_for_in_several() {
    let (mut town, _, aino) = two();
    let id = DocumentId([8; 16]);
    let write = |town: &mut Town, count: usize, text: &str| {
        let account = town.account_of(aino);
        let (doc, _) = town.phone(aino).documents.entry(id).or_default();
        doc.set_actor(actor_of(account, [7; 16]));
        for _ in 0..count {
            let object = doc.put_object(automerge::ROOT, "text", automerge::ObjType::Text).unwrap();
            doc.splice_text(&object, 0, 0, text).unwrap();
            doc.commit();
        }
    };
    // So many that the next come one by one, and not as a document in one piece.
    write(&mut town, 50, "short");
    town.sync(aino, id);
    assert_eq!(heads_of(&mut town, id), Some(town.phone(aino).heads(id)));
    write(&mut town, 5, &"long".repeat(1_000));
    let before = heads_of(&mut town, id);
    town.send_next(aino, id);
    let between = heads_of(&mut town, id);
    assert_ne!(between, before, "two of them are kept at once");
    assert_ne!(between, Some(town.phone(aino).heads(id)), "and not all");
    town.run();
    assert_eq!(heads_of(&mut town, id), Some(town.phone(aino).heads(id)));
    assert!(!town.heard(aino).iter().any(|frame| matches!(frame, Frame::Rejected { .. })));
    check(&town);
}
