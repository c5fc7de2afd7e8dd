//! Nobody takes from others what is theirs, or fills their devices: bounds, live and for who comes back.

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::Transactable as _;
use automerge::{ObjId, ROOT, ReadDoc as _};
use samsynk_core::domain::{Card, Command, Document, Home, Itinerary, Key, NoteEdit};
use samsynk_core::wire::{CatalogueEntry, Frame};

use super::super::port::SessionId;
use super::super::{Event, Ticket};
use super::access::{checked, home};
use super::*;
use crate::admin::AdminRequest;
use crate::limits::{
    GRANTS_OF_MAKER_MAX, HOME_DOCUMENTS_COUNT_MAX, SHARED_NOTES_COUNT_MAX,
    SHARED_NOTES_OF_MAKER_MAX,
};
use crate::store::StoreError;

/// A map of what a phone has of a document.
fn map_of(town: &mut Town, session: SessionId, id: DocumentId, path: &[&str]) -> ObjId {
    let doc = &town.phone(session).documents[&id].0;
    path.iter().fold(ROOT, |object, key| doc.get(&object, *key).unwrap().unwrap().1)
}

#[test]
fn a_host_who_is_in_a_plan_as_false_is_shown_to_nobody() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let far = town.person("Far", "staff@farsta");
    let cilla = town.person("Cilla", "student");
    let member = town.account_of(cilla);
    plan(&mut town, lead, aino, Some(member));
    let card = Card::id_of(town.account_of(far));
    let hosts = map_of(&mut town, aino, VISIT, &["slots", "welcome", "hosts"]);
    let doc = &mut town.phone(aino).documents.get_mut(&VISIT).unwrap().0;
    doc.put(&hosts, card.to_string(), false).unwrap();
    doc.commit();
    town.sync(aino, VISIT);
    town.command(aino, 1, &Command::PublishVisit { visit: VISIT }).unwrap();
    let home = home(&mut town, cilla);
    let itinerary = Itinerary::id_of(VISIT);
    assert!(home.documents.contains_key(&itinerary) && !home.documents.contains_key(&card));
    town.sync(cilla, itinerary);
    let Some(Document::Itinerary(published)) = town.phone(cilla).read(itinerary) else { panic!() };
    assert_eq!(
        published.latest().unwrap().1.slots[&"welcome".parse().unwrap()].hosts,
        BTreeMap::new()
    );
    // Taking out whom nobody sees is nothing to publish.
    let doc = &mut town.phone(aino).documents.get_mut(&VISIT).unwrap().0;
    doc.delete(&hosts, card.to_string()).unwrap();
    doc.commit();
    town.sync(aino, VISIT);
    let again = town.command(aino, 2, &Command::PublishVisit { visit: VISIT });
    assert_eq!(again.map_err(|refusal| refusal.code), Err("nothing-changed".to_owned()));
    assert_eq!(checked(&mut town), Vec::<String>::new());
}

#[test]
fn rounds_of_others_take_no_visit_away() {
    let mut town = Town::in_memory();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let cora = town.person("Cora", "coordinator@su");
    let cilla = town.person("Cilla", "student");
    let member = town.account_of(cilla);
    plan(&mut town, lead, aino, Some(member));
    town.command(aino, 1, &Command::PublishVisit { visit: VISIT }).unwrap();
    town.catalogue(cilla);
    let itinerary = Itinerary::id_of(VISIT);
    assert!(home(&mut town, cilla).documents.contains_key(&itinerary));
    town.heard(cilla);

    // A coordinator's rounds of many universities, in which the student is in each of many groups, under the first ids.
    let day: Day = "2021-12-13".parse().unwrap();
    let universities = ["su".to_owned()].into_iter().chain((1..50).map(|n| format!("x{n}")));
    let universities: Vec<_> = universities.map(|name| name.parse().unwrap()).collect();
    for number in 0..2_u8 {
        let mut id = DocumentId([0; 16]);
        (id.0[6], id.0[8], id.0[15]) = (0x40, 0x80, number);
        let create = PilotEdit::Create {
            title: "Round".to_owned(),
            from: day,
            until: day,
            units: vec!["kista".parse().unwrap()],
            universities: universities.clone(),
        };
        town.edit(cora, id, &Edit::Pilot(create));
        for n in 0..25 {
            let group: samsynk_core::ids::GroupId = format!("g{n}").parse().unwrap();
            let (title, unit) = ("Group".to_owned(), "kista".parse().unwrap());
            let add = PilotEdit::AddGroup { group: group.clone(), title, unit };
            town.edit(cora, id, &Edit::Pilot(add));
            let add = PilotEdit::AddMember { group, account: member };
            town.edit(cora, id, &Edit::Pilot(add));
        }
        town.sync(cora, id);
    }
    let lost = |frame: &Frame| matches!(frame, Frame::Withdrawn { .. });
    assert!(!town.heard(cilla).iter().any(lost));
    let sql = "SELECT count(*) FROM grants g JOIN documents d ON d.id = g.via
        WHERE g.account = ?1 AND d.creator = ?2";
    let maker = town.account_of(cora);
    let given: usize = town
        .store
        .read::<_, StoreError>(|tx| Ok(tx.query_row(sql, [member.0, maker.0], |row| row.get(0))?))
        .unwrap();
    assert_eq!(given, GRANTS_OF_MAKER_MAX);
    assert_eq!(checked(&mut town), Vec::<String>::new());

    // So it is for who comes back, for a restarted server, and with the next round of another maker.
    let (identity, documents) = town.disconnect(cilla);
    let mut town = town.restart();
    let cilla = town.connect(identity, "samsynk-1", documents);
    town.catalogue(cilla);
    assert!(!town.heard(cilla).iter().any(lost));
    assert!(home(&mut town, cilla).documents.contains_key(&itinerary));
}

/// Has a person share a new note.
fn share(town: &mut Town, session: SessionId, id: DocumentId, with: AccountId) {
    let owner = town.account_of(session);
    let create = NoteEdit::Create { owner, title: "Note".to_owned() };
    town.edit(session, id, &Edit::Note(create));
    let share = NoteEdit::Share { account: with };
    town.edit_and_sync(session, id, &Edit::Note(share));
    town.heard(session);
}

/// Documents of which nothing but the index is there, opened by a key.
fn index(town: &mut Town, kind: &str, key: &Key, makers: impl IntoIterator<Item = AccountId>) {
    let add = |tx: &rusqlite::Transaction<'_>| {
        for (number, maker) in makers.into_iter().enumerate() {
            let mut id = [0x77; 16];
            id[..4].copy_from_slice(&u32::try_from(number).unwrap().to_be_bytes());
            let row = "INSERT INTO documents VALUES (?, ?, '', 0, x'', zeroblob(8), 0, 0, 0, ?, NULL, NULL)";
            tx.prepare_cached(row)?.execute(rusqlite::params![id, kind, maker.0])?;
            let row = "INSERT INTO readers VALUES (?1, ?2, ?1)";
            tx.prepare_cached(row)?.execute(rusqlite::params![id, key.to_string()])?;
        }
        Ok(())
    };
    town.store.write::<_, StoreError>(add).unwrap();
}

/// The documents that frames name, none of which is taken back.
fn named(frames: Vec<Frame>) -> BTreeSet<DocumentId> {
    let entries = frames.into_iter().flat_map(|frame| match frame {
        Frame::CatalogueAnswer { entries } => entries,
        Frame::Withdrawn { document, .. } => panic!("{document} is taken back"),
        _ => Vec::new(),
    });
    entries.map(|(id, _)| id).collect()
}

#[test]
fn notes_of_others_open_up_to_a_bound_whichever_way_they_are_told() {
    const MAKERS: usize = SHARED_NOTES_COUNT_MAX / SHARED_NOTES_OF_MAKER_MAX;

    let mut town = Town::in_memory();
    let [bo, david] = ["Bo", "David"].map(|name| town.person(name, "student"));
    let reader = town.account("Cilla", "student");
    let identity = town.enrol(reader);
    // All but one have shared with Cilla what they may.
    let others = (1..MAKERS).map(|n| AccountId([u8::try_from(n).unwrap(); 16]));
    let others = others.flat_map(|maker| [maker; SHARED_NOTES_OF_MAKER_MAX]);
    index(&mut town, "note", &Key::Account(reader), others);
    town.admin(AdminRequest::RoleAdd { account: reader, role: "union".to_owned() });
    let cilla = town.connect(identity, "samsynk-1", BTreeMap::new());
    town.send(cilla, &Frame::CatalogueDigest { entries: Vec::new() });
    town.heard(cilla);
    // Bo shares one more than he may, then David one that is more than all may; the newest have the first ids.
    let id = |n: usize| DocumentId([0x40 - u8::try_from(n).unwrap(); 16]);
    for n in 0..=SHARED_NOTES_OF_MAKER_MAX {
        share(&mut town, bo, id(n), reader);
    }
    let beyond = [(bo, id(SHARED_NOTES_OF_MAKER_MAX)), (david, id(SHARED_NOTES_OF_MAKER_MAX + 1))];
    share(&mut town, david, beyond[1].1, reader);
    for (person, id) in beyond {
        let set = NoteEdit::SetText { text: "More".to_owned() };
        town.edit_and_sync(person, id, &Edit::Note(set));
    }
    let opened: BTreeSet<_> = (0..SHARED_NOTES_OF_MAKER_MAX).map(id).collect();
    let notes: BTreeSet<_> = (0..=SHARED_NOTES_OF_MAKER_MAX + 1).map(id).collect();
    let named = |frames| &named(frames) & &notes;
    assert_eq!(named(town.heard(cilla)), opened);

    // The same for a device that comes back with all of them, and for one that has nothing.
    let (_, mut documents) = town.disconnect(cilla);
    documents.retain(|id, _| opened.contains(id));
    let entry = |(id, doc): (&DocumentId, &mut automerge::AutoCommit)| {
        let digest = samsynk_core::wire::digest(&doc.get_heads());
        CatalogueEntry { document: *id, epoch: 0, digest }
    };
    let known = documents.iter_mut().map(entry).collect();
    let cilla = town.connect(identity, "samsynk-1", documents);
    for (entries, again) in [(known, false), (Vec::new(), true)] {
        town.send(cilla, &Frame::CatalogueDigest { entries });
        let named = named(town.heard(cilla));
        assert_eq!(
            opened.iter().filter(|id| named.contains(id)).count(),
            if again { opened.len() } else { 0 }
        );
        assert!(beyond.iter().all(|(_, id)| !named.contains(id)));
    }

    // Where one is shared no longer there is room for another.
    let unshare = |account| Edit::Note(NoteEdit::Unshare { account });
    town.edit_and_sync(bo, id(0), &unshare(reader));
    town.heard(cilla);
    let (person, id) = beyond[1];
    town.edit_and_sync(person, id, &unshare(reader));
    town.edit_and_sync(person, id, &Edit::Note(NoteEdit::Share { account: reader }));
    assert_eq!(named(town.heard(cilla)), BTreeSet::from([id]));
}

#[test]
fn a_right_that_comes_and_goes_in_one_batch_is_told_to_nobody_but_who_asked_in_between() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let bo = town.person("Bo", "student");
    plan(&mut town, lead, aino, None);
    let identity = town.phone(bo).identity;
    let asks = town.connect(identity, "samsynk-1", BTreeMap::new());
    for session in [bo, asks] {
        town.catalogue(session);
        town.heard(session);
    }
    let (account, role) = (identity.account, || "staff@kista".to_owned());
    let admin = |request| Event::Admin { ticket: Ticket(7), request };
    let digest = Frame::CatalogueDigest { entries: Vec::new() };
    town.tell(vec![
        admin(AdminRequest::RoleAdd { account, role: role() }),
        Event::Frame { session: asks, frame: digest },
        admin(AdminRequest::RoleRemove { account, role: role() }),
    ]);
    let about = |frames: Vec<Frame>| {
        let about = |frame: &Frame| match frame {
            Frame::CatalogueAnswer { entries } => entries.iter().any(|(id, _)| *id == VISIT),
            Frame::Withdrawn { document, .. } => *document == VISIT,
            _ => false,
        };
        frames.into_iter().filter(about).collect::<Vec<_>>()
    };
    assert_eq!(about(town.heard(bo)), []);
    let heard = about(town.heard(asks));
    assert!(
        matches!(heard[..], [Frame::CatalogueAnswer { .. }, Frame::Withdrawn { .. }]),
        "{heard:?}"
    );
}

#[test]
fn a_home_lists_so_many_documents_and_the_catalogue_names_all() {
    let mut town = Town::in_memory();
    let aino = town.person("Aino", "staff@kista");
    let account = town.account_of(aino);
    let own = DocumentId([0; 16]);
    let create = NoteEdit::Create { owner: account, title: "Own".to_owned() };
    town.edit_and_sync(aino, own, &Edit::Note(create));
    // As many plans as the home may list.
    let key = Key::Role("staff@farsta".parse().unwrap());
    index(&mut town, "visit", &key, [AccountId([0; 16]); HOME_DOCUMENTS_COUNT_MAX]);
    town.admin(AdminRequest::RoleAdd { account, role: "staff@farsta".to_owned() });
    town.sync(aino, Home::id_of(account));
    town.later();
    let home = home(&mut town, aino);
    assert_eq!(home.documents.len(), HOME_DOCUMENTS_COUNT_MAX);
    assert!(!home.documents.contains_key(&own), "what is one's own comes last");
    let (identity, _) = town.disconnect(aino);
    let again = town.connect(identity, "samsynk-1", BTreeMap::new());
    town.send(again, &Frame::CatalogueDigest { entries: Vec::new() });
    let named = town.heard(again).into_iter().filter_map(|frame| match frame {
        Frame::CatalogueAnswer { entries } => Some(entries.len()),
        _ => None,
    });
    // Home, directory, card, profile, diary and the own note beside the plans.
    assert!(named.sum::<usize>() > HOME_DOCUMENTS_COUNT_MAX + 1);
}
