//! A document that begins anew: its history is nowhere, and nobody brings it back.

use automerge::transaction::Transactable as _;
use samsynk_core::domain::{Document, Home};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Frame;

use super::super::port::SessionId;
use super::super::{Event, Ticket};
use super::give_back::{Kept, check, heads_of};
use super::*;
use crate::admin::{AdminReply, AdminRequest};
use crate::store::{StoreError, documents, journal};

const FORGET: AdminRequest = AdminRequest::ForgetHistory { document: VISIT };

/// A plan in which a room was named and renamed, and its people.
fn renamed() -> (Town, SessionId, SessionId) {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    for session in [lead, aino] {
        town.catalogue(session);
    }
    town.edit_and_sync(aino, VISIT, &set_room("Hemligt"));
    town.edit_and_sync(aino, VISIT, &set_room("Storstugan"));
    for session in [lead, aino] {
        town.heard(session);
    }
    (town, lead, aino)
}

fn room(town: &mut Town, session: SessionId) -> String {
    match town.phone(session).read(VISIT) {
        Some(Document::Visit(visit)) => visit.slots.values().next().unwrap().room.clone(),
        other => panic!("{other:?}"),
    }
}

fn epoch(town: &mut Town) -> u32 {
    let stored = town.store.read::<_, StoreError>(|tx| documents::get(tx, VISIT)).unwrap();
    stored.unwrap().epoch
}

#[test]
fn what_was_overwritten_is_nowhere_and_everyone_goes_on_with_the_rest() {
    let (mut town, lead, aino) = renamed();
    assert!(super::admin::on_disk(&town, "Hemligt"));
    assert_eq!(town.admin(FORGET), AdminReply::Done);
    assert!(!super::admin::on_disk(&town, "Hemligt"), "its history is still on disk");
    assert_eq!(epoch(&mut town), 1);
    for session in [lead, aino] {
        // Homes begin anew with it: they may have listed an earlier title.
        let home = Home::id_of(town.account_of(session));
        let anew = [VISIT, home].map(|id| Frame::CatalogueAnswer { entries: vec![(id, 1)] });
        let heard = town.heard(session);
        assert!(heard.len() == 2 && anew.iter().all(|frame| heard.contains(frame)), "{heard:?}");
        assert_eq!(room(&mut town, session), "Storstugan");
        let (doc, _) = town.phone(session).documents.get_mut(&VISIT).unwrap();
        assert_eq!(doc.get_changes_meta(&[]).len(), 1);
    }
    town.edit_and_sync(aino, VISIT, &set_room("Och vidare"));
    assert_eq!(room(&mut town, lead), "Och vidare");
    assert_eq!(epoch(&mut town), 1);
    let lines = town.store.read::<_, StoreError>(|tx| journal::audited(tx, "history-forgotten"));
    assert_eq!(lines.unwrap(), 1);
    check(&town);
    assert_eq!(town.admin(FORGET), AdminReply::Done);
    assert_eq!(epoch(&mut town), 2);
    let gone = AdminRequest::ForgetHistory { document: DocumentId([9; 16]) };
    assert_eq!(town.admin(gone), AdminReply::Refused(Refusal::new("no-such-document")));
    check(&town);
}

#[test]
fn an_old_replica_does_not_bring_the_history_back() {
    let (mut town, lead, aino) = renamed();
    let stale = Kept::of(&mut town, aino);
    let bare = Kept::of(&mut town, lead);
    town.admin(FORGET);
    let anew = heads_of(&mut town, VISIT);

    // It neither looks at its catalogue nor at what it is told.
    let session = stale.back(&mut town);
    town.edit(session, VISIT, &set_room("Från förr"));
    town.sync(session, VISIT);
    let heard = town.heard(session);
    // It has the new history too by now, which is saved; its old one is not.
    let [Frame::Receipt { .. }, Frame::Rejected { document: VISIT, hashes, refusal }] = &heard[..]
    else {
        panic!("{heard:?}")
    };
    assert_eq!((refusal.code.as_str(), hashes.is_empty()), ("document-replaced", false));
    // Its seal is of another epoch: it is told which one there is.
    town.send(session, &stale.given(VISIT));
    let entries = vec![(VISIT, 1)];
    assert_eq!(town.heard(session), [Frame::CatalogueAnswer { entries }]);
    assert_eq!(heads_of(&mut town, VISIT), anew);

    // An unmodified client is told once, and then ignored.
    let old = town.connect(bare.identity, "1", bare.documents);
    town.edit(old, VISIT, &set_room("Från förr"));
    town.sync(old, VISIT);
    let heard = town.heard(old);
    let [Frame::Error { message, .. }, Frame::DocUnavailable { .. }] = &heard[..] else {
        panic!("{heard:?}")
    };
    assert_eq!(message, "document-replaced");
    town.edit_and_sync(old, VISIT, &set_room("Igen"));
    assert_eq!(town.heard(old), []);
    assert_eq!(heads_of(&mut town, VISIT), anew);
    check(&town);
}

#[test]
fn who_asks_for_a_document_at_the_moment_it_begins_anew_hears_of_its_epoch() {
    let (mut town, lead, _) = renamed();
    let identity = town.phone(lead).identity;
    let phone = town.connect(identity, "samsynk-1", Default::default());
    town.send(phone, &Frame::CatalogueDigest { entries: Vec::new() });
    let heard = town.heard(phone);
    let [Frame::CatalogueAnswer { entries }] = &heard[..] else { panic!("{heard:?}") };
    assert!(entries.contains(&(VISIT, 0)));
    // Its request arrives together with the operator's.
    let data = town.phone(phone).next(VISIT).unwrap();
    let (sender, target) = (town::peer(phone), town::peer(phone));
    let frame = Frame::Request { document: VISIT, sender, target, data };
    let events = vec![
        Event::Admin { ticket: Ticket(1), request: FORGET },
        Event::Frame { session: phone, frame },
    ];
    town.tell(events);
    let told = town.heard(phone);
    assert!(told.contains(&Frame::CatalogueAnswer { entries: vec![(VISIT, 1)] }), "{told:?}");
}

#[test]
fn an_unmodified_client_that_is_here_is_told_when_a_document_begins_anew() {
    let (mut town, lead, _) = renamed();
    let identity = town.phone(lead).identity;
    let old = town.connect(identity, "1", Default::default());
    town.sync(old, VISIT);
    assert_eq!(room(&mut town, old), "Storstugan");
    town.admin(FORGET);
    let heard = town.heard(old);
    let [Frame::Error { message, .. }, Frame::DocUnavailable { .. }] = &heard[..] else {
        panic!("{heard:?}")
    };
    assert_eq!(message, "document-replaced");
    // It throws its copy away and comes back.
    town.disconnect(old);
    let new = town.connect(identity, "1", Default::default());
    town.sync(new, VISIT);
    town.edit_and_sync(new, VISIT, &set_room("Och vidare"));
    assert_eq!(room(&mut town, lead), "Och vidare");
}

#[test]
fn an_older_backup_is_given_the_later_epoch() {
    let (mut town, lead, aino) = renamed();
    let backup = town.backup("backup.db");
    let stale = Kept::of(&mut town, lead);
    town.admin(FORGET);
    town.edit_and_sync(aino, VISIT, &set_room("Nytt"));
    let aino = Kept::of(&mut town, aino);

    let mut town = town.restore(&backup);
    assert_eq!(epoch(&mut town), 0);
    let reader = stale.back(&mut town);
    town.sync(reader, VISIT);
    let session = aino.back(&mut town);
    town.send(session, &aino.given(VISIT));
    town.run();
    assert_eq!(epoch(&mut town), 1);
    assert_eq!(heads_of(&mut town, VISIT), Some(aino.seals[&VISIT].0.clone()));
    let audited = town.store.read(|tx| crate::store::journal::audited(tx, "given-back"));
    assert_eq!(audited.unwrap(), 1);
    assert!(!super::admin::on_disk(&town, "Hemligt"), "nor has the restored history survived");
    let told = town.heard(reader);
    assert!(told.contains(&Frame::CatalogueAnswer { entries: vec![(VISIT, 1)] }), "{told:?}");
    town.sync(reader, VISIT);
    assert_eq!(room(&mut town, reader), "Nytt");
    check(&town);
}

#[test]
fn what_no_app_wrote_into_a_plan_does_not_outlive_its_history() {
    let (mut town, lead, aino) = renamed();
    let (doc, _) = town.phone(aino).documents.get_mut(&VISIT).unwrap();
    doc.put(automerge::ROOT, "smuggled", "Hemligt").unwrap();
    doc.commit();
    town.sync(aino, VISIT);
    assert!(super::admin::on_disk(&town, "smuggled"));

    assert_eq!(town.admin(FORGET), AdminReply::Done);
    assert!(!super::admin::on_disk(&town, "smuggled"), "a field of no kind is still there");
    town.heard(lead);
    assert_eq!(room(&mut town, lead), "Storstugan");
}

#[test]
fn what_the_server_writes_at_once_loads_however_much_it_is() {
    use samsynk_core::domain::{Directory, Place, Unit};

    let mut town = Town::new();
    let directory = |count: usize| {
        let ids = 0..count;
        let unit = Unit { name: "Enhet".to_owned(), from: None, until: None, successor: None };
        let place = Place {
            name: "Plats".to_owned(),
            address: "Gatan 1".to_owned(),
            latitude: 59.0,
            longitude: 18.0,
            opens: None,
            closes: None,
        };
        Directory {
            units: ids.clone().map(|n| (format!("u{n}").parse().unwrap(), unit.clone())).collect(),
            places: ids.map(|n| (format!("p{n}").parse().unwrap(), place.clone())).collect(),
            ..Directory::default()
        }
    };
    let import = |directory: Directory| {
        let documents = vec![(Directory::id(), Document::Directory(directory))];
        AdminRequest::Import(Box::new(crate::admin::Import { documents, ..Default::default() }))
    };
    assert_eq!(town.admin(import(directory(1))), AdminReply::Done);
    let aino = town.person("Aino", "staff@u0");
    town.catalogue(aino);
    town.phone(aino).is_bounded = true;
    // 12,000 operations in one change: more than a device or the server itself takes.
    let large = directory(1_000);
    assert_eq!(town.admin(import(large.clone())), AdminReply::Done);
    assert_eq!(town.phone(aino).read(Directory::id()), Some(Document::Directory(large)));
    check(&town);
}
