use automerge::ActorId;
use automerge::sync::Message;
use automerge::transaction::Transactable as _;
use samsynk_core::domain::{Document, actor_of};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Frame;

use super::super::port::SessionId;
use super::*;

/// What a phone hears of a refused edit: what it builds on is saved, if anything, the code, and nothing else.
fn refusal_of(town: &mut Town, session: SessionId) -> (Refusal, usize) {
    match &town.heard(session)[..] {
        [Frame::Rejected { document: VISIT, hashes, refusal }]
        | [
            Frame::Receipt { document: VISIT, .. },
            Frame::Rejected { document: VISIT, hashes, refusal },
        ] => (refusal.clone(), hashes.len()),
        other => panic!("{other:?}"),
    }
}

fn three() -> (Town, SessionId, SessionId) {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    town.sync(lead, VISIT);
    town.heard(lead);
    (town, lead, aino)
}

#[test]
fn nobody_writes_in_anothers_name() {
    let (mut town, lead, aino) = three();
    let victim = town.account_of(aino);
    let before = town.phone(aino).heads(VISIT);
    for forged in [actor_of(victim, [5; 16]), actor_of(AccountId([0; 16]), [5; 16])] {
        town.phone(lead).set_actor(VISIT, forged);
        town.edit_and_sync(lead, VISIT, &set_title("Forged"));
        assert_eq!(refusal_of(&mut town, lead), (Refusal::new("actor-not-yours"), 1));
        // The phone throws it away and starts from what is accepted.
        let (doc, state) = town.phone(lead).documents.get_mut(&VISIT).unwrap();
        *doc = doc.fork_at(before.as_slice()).unwrap();
        *state = automerge::sync::State::new();
    }
    assert_eq!(town.phone(aino).heads(VISIT), before);

    let own = actor_of(town.account_of(lead), [6; 16]);
    town.phone(lead).set_actor(VISIT, own);
    town.edit_and_sync(lead, VISIT, &set_title("My own"));
    assert_eq!(town.phone(aino).heads(VISIT), town.phone(lead).heads(VISIT));
}

#[test]
fn an_actor_of_an_unmodified_client_belongs_to_who_used_it_first() {
    let (mut town, lead, aino) = three();
    let actor = ActorId::from([3; 16]);
    town.phone(lead).set_actor(VISIT, actor.clone());
    town.edit(lead, VISIT, &set_title("By the lead"));
    // `edit` gave it an actor of its own; put the short one back.
    town.sync(lead, VISIT);
    town.heard(lead);
    {
        let (doc, _) = town.phone(lead).documents.get_mut(&VISIT).unwrap();
        doc.set_actor(actor.clone());
        doc.put(automerge::ROOT, "title", "Short").unwrap();
    }
    town.sync(lead, VISIT);
    assert!(matches!(town.heard(lead)[..], [Frame::Receipt { .. }]));
    {
        let (doc, _) = town.phone(aino).documents.get_mut(&VISIT).unwrap();
        doc.set_actor(actor);
        doc.put(automerge::ROOT, "title", "Taken").unwrap();
    }
    town.heard(aino);
    town.sync(aino, VISIT);
    assert_eq!(refusal_of(&mut town, aino).0, Refusal::new("actor-not-yours"));
}

fn actors(town: &mut Town) -> i64 {
    let count = |tx: &rusqlite::Transaction<'_>| {
        tx.query_row("SELECT count(*) FROM actors", [], |row| row.get(0))
    };
    town.store.read(|tx| Ok::<_, crate::store::StoreError>(count(tx)?)).unwrap()
}

#[test]
fn what_is_refused_binds_no_actor() {
    let (mut town, _, aino) = three();
    let before = actors(&mut town);
    let heads = town.phone(aino).heads(VISIT);
    // A device of one actor after the other, each refused for what it writes.
    for n in 0..20 {
        let (doc, _) = town.phone(aino).documents.get_mut(&VISIT).unwrap();
        doc.set_actor(ActorId::from([100 + n; 16]));
        doc.put(automerge::ROOT, "unit", "farsta").unwrap();
        doc.commit();
        town.sync(aino, VISIT);
        assert_eq!(refusal_of(&mut town, aino).0.code, "field-fixed");
        let (doc, state) = town.phone(aino).documents.get_mut(&VISIT).unwrap();
        *doc = doc.fork_at(heads.as_slice()).unwrap();
        *state = automerge::sync::State::new();
    }
    assert_eq!(actors(&mut town), before, "nothing is kept of what is refused");

    let (doc, _) = town.phone(aino).documents.get_mut(&VISIT).unwrap();
    doc.set_actor(ActorId::from([99; 16]));
    doc.put(automerge::ROOT, "title", "Allowed").unwrap();
    town.sync(aino, VISIT);
    assert_eq!(actors(&mut town), before + 1);
}

#[test]
fn staff_of_another_unit_neither_read_nor_write() {
    let (mut town, ..) = three();
    let bo = town.person("Bo", "staff@farsta");
    town.sync(bo, VISIT);
    // Just as of a plan that does not exist.
    assert!(matches!(town.heard(bo)[..], [Frame::DocUnavailable { document: VISIT, .. }]));
    // And none makes a plan for a unit that is not theirs.
    let id = DocumentId([7; 16]);
    let create = VisitEdit::Create {
        pilot: PILOT,
        group: "g1".parse().unwrap(),
        unit: "kista".parse().unwrap(),
        title: "Not mine".to_owned(),
    };
    town.edit(bo, id, &visit(create));
    town.sync(bo, id);
    let heard = town.heard(bo);
    let [.., Frame::Rejected { refusal, .. }] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!(*refusal, Refusal::new("not-writer").with("kind", "visit"));
}

#[test]
fn what_no_document_may_hold_is_refused_and_the_rest_goes_on() {
    let (mut town, lead, aino) = three();
    let before = town.phone(lead).heads(VISIT);
    let wrong: [(&str, automerge::ScalarValue, &str); 8] = [
        ("cancelled", true.into(), "field-fixed"),
        ("unit", "farsta".into(), "field-fixed"),
        ("schema", 2_u64.into(), "schema-from-the-future"),
        ("slots", 1.into(), "malformed-document"),
        ("title", "811218-9876".into(), "personal-number"),
        ("title", "811218\u{2011}9876".into(), "personal-number"),
        ("title", " \u{200b} ".into(), "field-empty"),
        ("title", "x".repeat(201).into(), "text-too-long"),
    ];
    for (field, value, code) in wrong {
        let (doc, _) = town.phone(aino).documents.get_mut(&VISIT).unwrap();
        doc.put(automerge::ROOT, field, value).unwrap();
        town.sync(aino, VISIT);
        assert_eq!(refusal_of(&mut town, aino).0.code, code);
        let random = crate::accounts::Random::id(&mut town.random);
        let account = town.account_of(aino);
        let (doc, state) = town.phone(aino).documents.get_mut(&VISIT).unwrap();
        *doc = doc.fork_at(before.as_slice()).unwrap();
        doc.set_actor(actor_of(account, random));
        *state = automerge::sync::State::new();
        assert_eq!(town.phone(lead).heads(VISIT), before);
    }
    town.edit_and_sync(aino, VISIT, &set_title("Fine"));
    let Some(Document::Visit(visit)) = town.phone(lead).read(VISIT) else { panic!() };
    assert_eq!(visit.title, "Fine");
}

#[test]
fn bytes_that_are_no_sync_message_are_answered() {
    let (mut town, lead, _) = three();
    let wrong = [
        (vec![1, 2, 3], "version"),
        (vec![0x42], "cut-off"),
        (vec![0x42, 0xff], "cut-off"),
        (vec![0x42, 0, 0, 1, 0, 4, 1, 0, 7, 0, 0], "bloom-filter"),
    ];
    for (data, why) in wrong {
        town.send_data(lead, VISIT, data);
        let refusal = Refusal::new("message-unreadable").with("why", why);
        assert_eq!(refusal_of(&mut town, lead), (refusal, 0));
    }
}

#[test]
fn a_version_1_client_is_told_once_and_then_ignored() {
    let (mut town, lead, aino) = three();
    let identity = town.phone(lead).identity;
    let old = town.connect(identity, "1", Default::default());
    town.sync(old, VISIT);
    let forged = actor_of(town.account_of(aino), [5; 16]);
    town.phone(old).set_actor(VISIT, forged);
    town.edit_and_sync(old, VISIT, &set_title("Forged"));
    let heard = town.heard(old);
    let [Frame::Error { message, .. }, Frame::DocUnavailable { .. }] = &heard[..] else {
        panic!("{heard:?}")
    };
    assert_eq!(message, "actor-not-yours");
    town.edit_and_sync(old, VISIT, &set_title("Again"));
    assert_eq!(town.heard(old), []);
}

/// One change in a hundred is left out by a sender whose Bloom filter says that the hub has it.
#[test]
fn a_change_that_was_left_out_is_asked_for() {
    let (mut town, lead, aino) = three();
    town.sync(aino, VISIT);
    for title in ["One", "Two", "Three"] {
        town.edit(aino, VISIT, &set_title(title));
    }
    let (doc, state) = town.phone(aino).documents.get_mut(&VISIT).unwrap();
    let mut message = automerge::sync::SyncDoc::generate_sync_message(&doc.sync(), state).unwrap();
    let changes = doc.get_changes(&state.shared_heads.clone());
    assert_eq!(changes.len(), 3);
    // As automerge does it, with the second left out.
    let kept: Vec<Vec<u8>> = [0, 2].map(|i| changes[i as usize].raw_bytes().to_vec()).into();
    message.changes = automerge::sync::ChunkList::from(kept);
    let data = Message::encode(message);
    town.heard(aino);
    town.send_data(aino, VISIT, data);
    town.run();
    assert_eq!(town.phone(lead).heads(VISIT), town.phone(aino).heads(VISIT));
    let heads = town.phone(aino).heads(VISIT);
    assert_eq!(town.heard(aino).last(), Some(&Frame::Receipt { document: VISIT, heads }));
}

#[test]
fn nobody_sits_on_the_place_of_a_document_that_the_server_makes() {
    let mut town = Town::new();
    let aino = town.person("Aino", "staff@kista");
    let owner = town.account_of(aino);
    let place = samsynk_core::domain::Itinerary::id_of(VISIT);
    let create = samsynk_core::domain::NoteEdit::Create { owner, title: "Mine".to_owned() };
    town.edit_and_sync(aino, place, &samsynk_core::domain::Edit::Note(create));
    let heard = town.heard(aino);
    let [Frame::Rejected { document, refusal, .. }] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!((*document, refusal.code.as_str()), (place, "id-reserved"));
}
