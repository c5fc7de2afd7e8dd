use std::collections::BTreeMap;

use samsynk_core::domain::{Document, Home, Note, NoteEdit};
use samsynk_core::wire::Frame;

use super::super::port::SessionId;
use super::*;

fn title(town: &mut Town, session: SessionId) -> String {
    match town.phone(session).read(VISIT) {
        Some(Document::Visit(visit)) => visit.title,
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_plan_together_and_each_hears_what_is_saved() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let bo = town.person("Bo", "staff@kista");
    plan(&mut town, lead, aino, None);
    town.heard(bo);
    town.sync(bo, VISIT);

    town.edit_and_sync(aino, VISIT, &set_title("By Aino"));
    assert_eq!(title(&mut town, bo), "By Aino");
    let heads = town.phone(aino).heads(VISIT);
    assert_eq!(town.heard(aino), [Frame::Receipt { document: VISIT, heads }]);
    assert_eq!(
        town.heard(bo),
        [],
        "who only reads needs no receipt, and an ordinary edit touches no home but for the title"
    );

    // Both edit at the same time: one batch, and both have both.
    town.edit(aino, VISIT, &set_room("A"));
    town.edit(bo, VISIT, &set_title("By Bo"));
    town.sync(aino, VISIT);
    town.sync(bo, VISIT);
    assert_eq!(title(&mut town, aino), "By Bo");
    assert_eq!(town.phone(aino).heads(VISIT), town.phone(bo).heads(VISIT));
}

#[test]
fn an_ordinary_edit_touches_no_home() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    let home = Home::id_of(town.account_of(aino));
    town.sync(aino, home);
    let before = town.phone(aino).heads(home);
    town.edit_and_sync(aino, VISIT, &set_room("A"));
    town.sync(aino, home);
    assert_eq!(town.phone(aino).heads(home), before);
}

#[test]
fn coming_back_with_nothing_new_is_one_round_trip_and_loads_nothing() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    town.catalogue(aino);
    let (identity, documents) = town.disconnect(aino);
    assert_eq!(documents.len(), 6, "home, profile, diary, card, pilot, visit");

    let mut town = town.restart();
    let aino = town.connect(identity, "samsynk-1", documents);
    town.catalogue(aino);
    assert_eq!(town.heard(aino), [Frame::CatalogueAnswer { entries: Vec::new() }]);
    assert_eq!(town.hub.cache.len(), 0);

    // Even when each document is greeted: the phone learns that all of it is saved.
    town.sync(aino, VISIT);
    let heads = town.phone(aino).heads(VISIT);
    assert_eq!(town.heard(aino), [Frame::Receipt { document: VISIT, heads }]);
    assert_eq!(town.hub.cache.len(), 0);

    town.edit_and_sync(aino, VISIT, &set_room("Again"));
    let heads = town.phone(aino).heads(VISIT);
    assert_eq!(town.heard(aino), [Frame::Receipt { document: VISIT, heads }]);
}

#[test]
fn a_new_phone_gets_everything_without_loading_it_and_goes_on_from_there() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    let account = town.account_of(aino);
    town.edit_and_sync(aino, VISIT, &set_title("First"));
    let heads = town.phone(aino).heads(VISIT);

    let mut town = town.restart();
    let identity = town.enrol(account);
    let loaded = town.hub.cache.len();
    let phone = town.connect(identity, "samsynk-1", std::collections::BTreeMap::new());
    town.catalogue(phone);
    assert_eq!(town.phone(phone).heads(VISIT), heads);
    assert_eq!(town.hub.cache.len(), loaded);
    town.heard(phone);
    town.edit_and_sync(phone, VISIT, &set_title("Second"));
    let heads = town.phone(phone).heads(VISIT);
    assert_eq!(town.heard(phone), [Frame::Receipt { document: VISIT, heads }]);
}

#[test]
fn an_unmodified_client_keeps_notes_that_are_its_own() {
    let mut town = Town::new();
    let owner = town.account("Cilla", "student");
    let other = town.account("David", "student");
    let [desk, phone] = [town.enrol(owner), town.enrol(owner)];
    let stranger = town.enrol(other);
    let desk = town.connect(desk, "1", Default::default());
    let phone = town.connect(phone, "1", Default::default());
    let stranger = town.connect(stranger, "1", Default::default());
    let id = DocumentId([9; 16]);

    // The phone asks before there is anything, and hears when there is.
    town.sync(phone, id);
    assert_eq!(town.heard(phone), [], "it may be on its way");
    town.later();
    assert!(matches!(town.heard(phone)[..], [Frame::DocUnavailable { .. }]));
    {
        use automerge::transaction::Transactable as _;
        let (doc, _) = town.phone(desk).documents.entry(id).or_default();
        doc.put(automerge::ROOT, "free", "form").unwrap();
    }
    town.sync(desk, id);
    assert_eq!(town.phone(phone).heads(id), town.phone(desk).heads(id));
    assert_eq!(town.heard(desk), [], "version 1 knows no receipts");

    town.sync(stranger, id);
    assert_eq!(town.heard(stranger), [], "this looks as if there was none");
    town.later();
    assert!(matches!(town.heard(stranger)[..], [Frame::DocUnavailable { .. }]));
    assert!(town.phone(stranger).documents[&id].0.is_empty());
    town.later();
    assert_eq!(town.heard(stranger), [], "once");
}

#[test]
fn who_asks_a_moment_before_a_document_is_there_is_not_told_that_it_is_not() {
    let mut town = Town::new();
    let owner = town.account("Cilla", "student");
    let [desk, phone] = [town.enrol(owner), town.enrol(owner)];
    let desk = town.connect(desk, "1", Default::default());
    let phone = town.connect(phone, "1", Default::default());
    let id = DocumentId([9; 16]);
    let create = Edit::Note(NoteEdit::Create { owner, title: "Now".to_owned() });
    town.edit(desk, id, &create);

    let (asked, made) = (town.phone(phone).next(id), town.phone(desk).next(id));
    let [asked, made] = [(phone, asked), (desk, made)].map(|(session, data)| {
        let (sender, target) = (town::peer(session), town::peer(session));
        let frame = Frame::Sync { document: id, sender, target, data: data.unwrap(), seal: None };
        super::super::Event::Frame { session, frame }
    });
    town.tell(vec![asked, made]);
    town.run();
    assert_eq!(town.phone(phone).heads(id), town.phone(desk).heads(id));
    town.later();
    assert_eq!((town.heard(desk), town.heard(phone)), (vec![], vec![]));
}

#[test]
fn a_note_is_shared_and_withdrawn() {
    let mut town = Town::new();
    let owner = town.person("Cilla", "student");
    let friend = town.person("David", "student");
    let (owner_account, account) = (town.account_of(owner), town.account_of(friend));
    let id = DocumentId([9; 16]);
    let create = NoteEdit::Create { owner: owner_account, title: "Trip".to_owned() };
    town.edit_and_sync(owner, id, &Edit::Note(create));
    town.catalogue(friend);
    town.heard(friend);

    town.edit_and_sync(owner, id, &Edit::Note(NoteEdit::Share { account }));
    assert_eq!(town.heard(friend), [Frame::CatalogueAnswer { entries: vec![(id, 0)] }]);
    let Some(Document::Note(Note { title, .. })) = town.phone(friend).read(id) else { panic!() };
    assert_eq!(title, "Trip");

    town.edit_and_sync(owner, id, &Edit::Note(NoteEdit::Unshare { account }));
    let reason = "no-longer-yours".to_owned();
    assert_eq!(town.heard(friend), [Frame::Withdrawn { document: id, epoch: 0, reason }]);
}

#[test]
fn changes_are_acknowledged_also_when_more_has_come_behind_them() {
    let mut town = Town::new();
    let owner = town.account("Cilla", "student");
    let [desk, phone] = [town.enrol(owner), town.enrol(owner)];
    let [desk, phone] = [desk, phone].map(|who| town.connect(who, "1", Default::default()));
    let id = DocumentId([9; 16]);
    let create = Edit::Note(NoteEdit::Create { owner, title: "New".to_owned() });
    town.edit_and_sync(desk, id, &create);
    town.sync(phone, id);

    // The desk's edit is on its way while it hears of the phone's, and says that it has.
    let title = |title: &str| Edit::Note(NoteEdit::SetTitle { title: title.to_owned() });
    town.edit(desk, id, &title("Desk"));
    let edit = town.phone(desk).next(id).unwrap();
    town.edit(phone, id, &title("Phone"));
    let news = town.phone(phone).next(id).unwrap();
    town.send_data(phone, id, news);
    let heard = town.phone(desk).next(id).unwrap();
    let events = [edit, heard].map(|data| {
        let (sender, target) = (town::peer(desk), town::peer(desk));
        let frame = Frame::Sync { document: id, sender, target, data, seal: None };
        super::super::Event::Frame { session: desk, frame }
    });
    town.tell(events.into());
    let heads = town.phone(desk).heads(id);
    let told = town.phone(desk).documents[&id].1.their_heads.clone().unwrap();
    assert_eq!(samsynk_core::wire::Heads::new(told), heads, "the server has both");
}

#[test]
fn what_is_said_in_passing_reaches_those_who_have_the_document_open() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let bo = town.person("Bo", "staff@farsta");
    plan(&mut town, lead, aino, None);
    let device = lead;
    town.sync(device, VISIT);
    let [lead, aino, bo] = [lead, aino, bo].map(|session| unmodified(&mut town, session));
    let said = |from: SessionId, count| Frame::Ephemeral {
        document: VISIT,
        sender: town::peer(from),
        target: town::peer(from),
        session: "cursor".to_owned(),
        count,
        data: vec![1, 2, 3],
    };
    for session in [lead, aino, bo] {
        town.sync(session, VISIT);
    }
    for session in [device, lead, aino, bo] {
        town.heard(session);
    }
    for count in [1, 1, 2] {
        town.send(aino, &said(aino, count));
    }
    town.send(bo, &said(bo, 1));
    let heard = town.heard(lead);
    let counts: Vec<_> = heard
        .iter()
        .map(|frame| match frame {
            Frame::Ephemeral { sender, count, .. } if *sender == town::peer(aino) => *count,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(counts, [1, 2], "each once, in the name of who said it");
    for session in [aino, bo, device] {
        let heard = town.heard(session);
        assert!(!heard.iter().any(|frame| matches!(frame, Frame::Ephemeral { .. })), "{heard:?}");
    }
}

/// Another connection of the same account, by a client that knows nothing of us.
fn unmodified(town: &mut Town, session: SessionId) -> SessionId {
    let account = town.account_of(session);
    let identity = town.enrol(account);
    town.connect(identity, "1", BTreeMap::new())
}

#[test]
fn what_clients_pass_on_to_where_it_came_from_goes_no_further() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let [aino, bo] = [town.person("Aino", "staff@kista"), town.person("Bo", "staff@kista")];
    plan(&mut town, lead, aino, None);
    let [lead, aino, bo] = [lead, aino, bo].map(|session| unmodified(&mut town, session));
    for session in [lead, aino, bo] {
        town.sync(session, VISIT);
    }
    let said = |sender: &str, count| Frame::Ephemeral {
        document: VISIT,
        sender: sender.parse().unwrap(),
        target: town::peer(lead),
        session: format!("cursor of {sender}"),
        count,
        data: vec![1, 2, 3],
    };
    let own = town::peer(aino).to_string();
    // In the own name, and for one who is connected by way of Aino's client.
    for (sender, count) in [(&*own, 1), ("tablet", 1), (&*own, 2)] {
        for session in [lead, aino, bo] {
            town.heard(session);
        }
        let message = said(sender, count);
        town.send(aino, &message);
        let heard = [lead, bo].map(|session| match town.heard(session).as_slice() {
            [Frame::Ephemeral { sender, count, .. }] => (sender.to_string(), *count),
            other => panic!("{other:?}"),
        });
        assert_eq!(heard, [(sender.to_owned(), count), (sender.to_owned(), count)]);
        for echo in [lead, bo] {
            town.send(echo, &message);
        }
        for session in [lead, aino, bo] {
            assert_eq!(town.heard(session), []);
        }
    }
    // Nobody speaks in the name of one who is connected.
    town.send(bo, &said(&own, 9));
    assert_eq!((town.heard(lead), town.heard(aino)), (vec![], vec![]));
}

#[test]
fn a_session_begins_with_join_and_ends_when_its_client_comes_back() {
    use super::super::Event;
    use samsynk_core::wire::PeerMetadata;

    let mut town = Town::new();
    let aino = town.person("Aino", "staff@kista");
    let identity = town.phone(aino).identity;
    let next = town.connect(identity, "samsynk-1", Default::default());
    let versions = vec!["samsynk-1".to_owned()];
    let metadata = PeerMetadata::default();
    town.send(next, &Frame::Join { sender: town::peer(aino), versions, metadata });
    assert_eq!(town.phone(aino).closed, Some("replaced"));
    assert_eq!(town.phone(next).closed, None);
    // What was on its way from the old connection is ignored.
    town.tell(vec![Event::Frame {
        session: aino,
        frame: Frame::CatalogueDigest { entries: Vec::new() },
    }]);
    assert_eq!(town.heard(aino), []);

    let now = samsynk_core::domain::Moment::from_millis(0);
    let session = SessionId(77);
    let frame = Frame::CatalogueDigest { entries: Vec::new() };
    let events = vec![Event::Opened { session, identity }, Event::Frame { session, frame }];
    let effects = town.hub.handle(&mut town.store, now, &mut town.random, events);
    assert_eq!(effects.sends.len(), 2, "an error, then the end: {:?}", effects.sends);
}
