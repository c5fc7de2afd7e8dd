use samsynk_core::domain::Document;
use samsynk_core::wire::Frame;

use super::super::port::{SessionId, ToSession};
use super::super::{Event, Ticket};
use super::*;
use crate::admin::{AdminReply, AdminRequest};
use crate::store::{Store, StoreError, documents};

/// A disk that takes nothing more, or does again.
fn disk_fails(store: &mut Store, fails: bool) {
    let sql = if fails {
        "CREATE TRIGGER disk BEFORE INSERT ON changes BEGIN SELECT RAISE(FAIL, 'disk full'); END"
    } else {
        "DROP TRIGGER disk"
    };
    store.write::<_, StoreError>(|tx| Ok(tx.execute_batch(sql)?)).unwrap();
}

#[test]
fn what_could_not_be_saved_is_not_acknowledged_and_comes_again() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    let saved = town.phone(aino).heads(VISIT);
    town.edit(aino, VISIT, &set_room("Lost?"));
    let data = {
        let (doc, state) = town.phone(aino).documents.get_mut(&VISIT).unwrap();
        automerge::sync::SyncDoc::generate_sync_message(&doc.sync(), state).unwrap().encode()
    };
    disk_fails(&mut town.store, true);
    let (sender, target) = (town::peer(aino), town::peer(aino));
    let frame = Frame::Sync { document: VISIT, sender, target, data, seal: None };
    let request = AdminRequest::Invite { account: town.account_of(lead), days: None };
    let events =
        vec![Event::Frame { session: aino, frame }, Event::Admin { ticket: Ticket(1), request }];
    let now = samsynk_core::domain::Moment::from_millis(0);
    let effects = town.hub.handle(&mut town.store, now, &mut town.random, events);
    assert!(effects.failed.is_some());
    assert!(
        matches!(
            effects.sends[..],
            [(session, ToSession::Close { reason: "store-failed", .. })] if session == aino
        ),
        "{:?}",
        effects.sends
    );
    let [(Ticket(1), AdminReply::Refused(refusal))] = &effects.replies[..] else { panic!() };
    assert_eq!(refusal.code, "store-failed");
    assert!(refusal.params.contains_key("why"), "{refusal:?}");
    assert_eq!(town.hub.cache.len(), 0);

    disk_fails(&mut town.store, false);
    let (identity, documents) = town.disconnect(aino);
    let aino = town.connect(identity, "samsynk-1", documents);
    town.sync(aino, VISIT);
    let heads = town.phone(aino).heads(VISIT);
    assert_ne!(heads, saved);
    assert_eq!(town.heard(aino).last(), Some(&Frame::Receipt { document: VISIT, heads }));
}

#[test]
fn a_document_that_no_longer_loads_takes_nobody_else_down() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    let (identity, held) = town.disconnect(aino);
    let mut town = town.restart();
    let damage = "UPDATE snapshots SET bytes = x'00' WHERE document = ?";
    town.store.write::<_, StoreError>(|tx| Ok(tx.execute(damage, [VISIT.0]).map(drop)?)).unwrap();
    let aino = town.connect(identity, "samsynk-1", held);
    town.edit_and_sync(aino, VISIT, &set_room("A"));
    assert!(matches!(town.heard(aino)[..], [Frame::DocUnavailable { document: VISIT, .. }]));
    let AdminReply::Checked { problems } = crate::admin::beside::check(town.store.file()) else {
        panic!()
    };
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains(&VISIT.to_string()));
}

#[test]
fn a_long_tail_of_changes_becomes_a_snapshot() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    for n in 0..600 {
        town.edit_and_sync(aino, VISIT, &set_room(&n.to_string()));
    }
    let stored = town.store.read::<_, StoreError>(|tx| documents::get(tx, VISIT)).unwrap().unwrap();
    assert!(stored.tail <= 256, "{}", stored.tail);
    assert_eq!(stored.heads, town.phone(aino).heads(VISIT));
    let (identity, _) = town.disconnect(aino);
    let mut town = town.restart();
    let aino = town.connect(identity, "samsynk-1", Default::default());
    town.catalogue(aino);
    let Some(Document::Visit(visit)) = town.phone(aino).read(VISIT) else { panic!() };
    assert_eq!(visit.slots.values().next().unwrap().room, "599");
}

#[test]
fn a_large_change_reaches_its_readers_over_several_batches() {
    use automerge::transaction::Transactable as _;

    let mut town = Town::new();
    let account = town.account("Cilla", "student");
    let identity = town.enrol(account);
    let writer = town.connect(identity, "samsynk-1", Default::default());
    town.phone(writer).documents.entry(VISIT).or_default().0.put(automerge::ROOT, "a", 1).unwrap();
    town.sync(writer, VISIT);
    let readers: Vec<_> = (0..20)
        .map(|_| {
            let reader = town.connect(identity, "1", town::nothing_of(&[VISIT]));
            town.sync(reader, VISIT);
            reader
        })
        .collect();
    let mut noise = vec![0; 1_900_000];
    crate::accounts::Random::fill(&mut town.random, &mut noise);
    let data = {
        let (doc, state) = town.phone(writer).documents.get_mut(&VISIT).unwrap();
        doc.put(automerge::ROOT, "noise", noise).unwrap();
        automerge::sync::SyncDoc::generate_sync_message(&doc.sync(), state).unwrap().encode()
    };
    let (sender, target) = (town::peer(writer), town::peer(writer));
    let frame = Frame::Sync { document: VISIT, sender, target, data, seal: None };
    let now = samsynk_core::domain::Moment::from_millis(0);
    let mut events = vec![Event::Frame { session: writer, frame }];
    let mut batches = Vec::new();
    loop {
        let effects = town.hub.handle(&mut town.store, now, &mut town.random, events);
        let large = |(session, _): &&(SessionId, ToSession)| readers.contains(session);
        batches.push(effects.sends.iter().filter(large).count());
        if effects.wake_at.is_none() {
            break;
        }
        assert_eq!(effects.wake_at, Some(now), "at once");
        events = Vec::new();
    }
    assert_eq!(batches, [11, 9], "a batch costs 20,000 units, and a KiB that is sent one of them");
}

#[test]
fn a_batch_that_answers_with_too_much_leaves_the_rest_to_the_next() {
    use automerge::sync::{State, SyncDoc as _};
    use automerge::transaction::Transactable as _;

    let mut town = Town::new();
    let account = town.account("Cilla", "student");
    let identity = town.enrol(account);
    let desk = town.connect(identity, "1", Default::default());
    let mut noise = vec![0; 1_900_000];
    crate::accounts::Random::fill(&mut town.random, &mut noise);
    {
        let (doc, _) = town.phone(desk).documents.entry(VISIT).or_default();
        doc.put(automerge::ROOT, "noise", noise).unwrap();
    }
    town.sync(desk, VISIT);

    let mut town = town.restart();
    let phone = town.connect(identity, "1", Default::default());
    let asks = || {
        let mut nothing = automerge::AutoCommit::new();
        let data = nothing.sync().generate_sync_message(&mut State::new()).unwrap().encode();
        let (sender, target) = (town::peer(phone), town::peer(phone));
        let frame = Frame::Request { document: VISIT, sender, target, data };
        Event::Frame { session: phone, frame }
    };
    let events: Vec<Event> = std::iter::repeat_with(asks).take(21).collect();
    let now = samsynk_core::domain::Moment::from_millis(0);
    let first = town.hub.handle(&mut town.store, now, &mut town.random, events);
    assert_eq!((first.sends.len(), first.rest.len()), (11, 10));
    let second = town.hub.handle(&mut town.store, now, &mut town.random, first.rest);
    assert_eq!((second.sends.len(), second.rest.len()), (10, 0));
}
