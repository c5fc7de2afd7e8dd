//! What is answered from the index, without building a document in memory.

use samsynk_core::wire::Frame;

use super::super::port::SessionId;
use super::*;

/// How many documents have been built in memory since the server started.
fn loads(town: &Town) -> u64 {
    town.hub.cache.loads().count
}

/// Aino has synced all that is hers; then the server starts anew, with nothing in memory.
fn after_a_restart() -> (Town, super::super::port::Identity, town::Held) {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    town.catalogue(aino);
    let (identity, held) = town.disconnect(aino);
    assert_eq!(held.len(), 6, "home, profile, diary, card, pilot, visit");
    (town.restart(), identity, held)
}

fn all_of_it(town: &mut Town, session: SessionId) {
    let ids: Vec<DocumentId> = town.phone(session).documents.keys().copied().collect();
    for id in ids {
        town.sync(session, id);
    }
}

#[test]
fn joining_and_comparing_catalogues_load_nothing() {
    let (mut town, identity, mut held) = after_a_restart();
    held.remove(&VISIT);
    let aino = town.connect(identity, "samsynk-1", held);
    assert_eq!(loads(&town), 0, "joined");
    town.catalogue(aino);
    let entries = vec![(VISIT, 0)];
    let news = Frame::CatalogueAnswer { entries };
    assert_eq!(town.heard(aino).first(), Some(&news));
    assert!(town.phone(aino).read(VISIT).is_some(), "and what is new was fetched");
    assert_eq!(loads(&town), 0);
}

#[test]
fn a_client_that_has_all_or_nothing_is_answered_from_the_index_in_either_version() {
    for version in ["1", "samsynk-1"] {
        let (mut town, identity, held) = after_a_restart();
        let phone = town.connect(identity, version, held.clone());
        all_of_it(&mut town, phone);
        assert_eq!(loads(&town), 0, "it has all");

        let ids: Vec<DocumentId> = held.keys().copied().collect();
        let new = town.connect(identity, version, town::nothing_of(&ids));
        all_of_it(&mut town, new);
        for id in ids {
            assert_eq!(town.phone(new).heads(id), town.phone(phone).heads(id));
        }
        assert_eq!(loads(&town), 0, "it had nothing");
    }
}

#[test]
fn a_client_of_version_1_that_remembers_what_it_shared_comes_back_without_a_load() {
    let (mut town, identity, held) = after_a_restart();
    let desk = town.connect(identity, "1", held);
    for (doc, state) in town.phone(desk).documents.values_mut() {
        state.shared_heads = doc.get_heads();
    }
    all_of_it(&mut town, desk);
    assert_eq!(town.heard(desk), []);
    assert_eq!(loads(&town), 0);
}

#[test]
fn what_is_absent_or_not_to_be_read_is_refused_without_a_load() {
    let (mut town, _, held) = after_a_restart();
    let account = town.account("Cilla", "student");
    let identity = town.enrol(account);
    let before = loads(&town);
    let absent = DocumentId([9; 16]);
    let mut documents = town::nothing_of(&[absent]);
    documents.insert(VISIT, held[&VISIT].clone());
    let phone = town.connect(identity, "samsynk-1", documents);
    town.sync(phone, absent);
    town.sync(phone, VISIT);
    let heard = town.heard(phone);
    // What she has got hold of is refused as if she had made it up.
    let [Frame::DocUnavailable { document, .. }, Frame::Rejected { refusal, .. }] = &heard[..]
    else {
        panic!("{heard:?}")
    };
    assert_eq!((*document, refusal.code.as_str()), (absent, "actor-not-yours"));
    assert_eq!(loads(&town), before);
}

#[test]
fn a_home_is_loaded_when_it_changes_and_no_other_is() {
    let (mut town, identity, held) = after_a_restart();
    for n in 0..20 {
        town.account(&format!("Neighbour {n}"), "staff@farsta");
    }
    let mut town = town.restart();
    let aino = town.connect(identity, "samsynk-1", held);
    town.catalogue(aino);
    let before = loads(&town);
    let account = identity.account;
    let role = "staff@farsta".to_owned();
    let reply = town.admin(crate::admin::AdminRequest::RoleAdd { account, role });
    assert_eq!(reply, crate::admin::AdminReply::Done);
    assert_eq!(loads(&town) - before, 1, "Aino's home");
}

#[test]
fn an_edit_loads_the_document_once_and_nothing_else() {
    let (mut town, identity, held) = after_a_restart();
    let aino = town.connect(identity, "samsynk-1", held);
    for n in 0..5 {
        town.edit_and_sync(aino, VISIT, &set_room(&n.to_string()));
    }
    assert_eq!(loads(&town), 1);
}
