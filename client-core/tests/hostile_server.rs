//! A server that means harm: whatever it sends, the device keeps what its person wrote, opens again, and can be used.

#![cfg(feature = "device")]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

mod desk;

use automerge::sync::{State, SyncDoc as _};
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ChangeHash, ObjType, ROOT};
use desk::{ANNA, Desk, NOTE, NOW, label};
use samsynk_core::domain::view::{View, ViewData};
use samsynk_core::domain::{Document, Edit, Entry, Home, Moment, NoteEdit, Visit, actor_of};
use samsynk_core::engine::Event;
use samsynk_core::ids::{AccountId, CommandId, DocumentId};
use samsynk_core::limits::{
    CATALOGUE_ENTRIES_MAX, REFUSAL_PARAM_CHARS_MAX, REFUSAL_PARAMS_MAX, REJECTED_HASHES_MAX,
};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::{Frame, Heads};

const PLAN: DocumentId = DocumentId([5; 16]);

fn number(number: u32) -> DocumentId {
    let mut id = [0x40; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    DocumentId(id)
}

fn create() -> NoteEdit {
    NoteEdit::Create { owner: ANNA, title: "Kvar".to_owned() }
}

fn held(desk: &mut Desk) -> usize {
    match desk.client.view(&View::Device) {
        ViewData::Device(device) => device.documents.len(),
        other => panic!("{other:?}"),
    }
}

fn says(desk: &mut Desk, document: DocumentId, doc: &mut AutoCommit) {
    let data = doc.sync().generate_sync_message(&mut State::new()).unwrap().encode();
    let brought = automerge::sync::Message::decode(&data).unwrap();
    let whole = automerge::sync::ChunkList::from(doc.save());
    let data = automerge::sync::Message { changes: whole, ..brought }.encode();
    let (sender, target) = (label("server"), label("device"));
    desk.hears(&Frame::Sync { document, sender, target, data, seal: None });
}

/// The device opens again with the note that its person wrote, and takes another edit.
fn is_usable(desk: Desk) -> Desk {
    let mut desk = desk.restarts();
    assert_eq!(desk.problem(), None);
    desk.is_at_home();
    desk.edits(NoteEdit::SetText { text: "Mer".to_owned() });
    match desk.client.view(&View::Home) {
        ViewData::Home(home) => assert!(home.notes.iter().any(|note| note.title == "Kvar")),
        other => panic!("{other:?}"),
    }
    desk
}

#[test]
fn endless_catalogues_withdrawals_and_refusals_fill_nothing() {
    let mut desk = Desk::enrolled();
    desk.is_at_home();
    desk.edits(create());
    let most = u32::try_from(CATALOGUE_ENTRIES_MAX).unwrap();
    for part in 0..3 {
        let entries = (part * most..(part + 1) * most).map(|n| (number(n), 0)).collect();
        desk.hears(&Frame::CatalogueAnswer { entries });
    }
    assert!(held(&mut desk) <= CATALOGUE_ENTRIES_MAX);
    let withdrawn = |n| {
        let (document, reason) = (number(n), "no-longer-yours".to_owned());
        Frame::Withdrawn { document, epoch: 0, reason }.encode()
    };
    desk.happens(Event::Received((0..most + 10).map(withdrawn).collect()));
    assert_eq!(held(&mut desk), 2, "the home and the note");

    // Refusals of what is not here, of changes that nobody made, and with more words than anybody reads.
    let hash = |n: usize| {
        let mut hash = [7; 32];
        hash[..8].copy_from_slice(&n.to_be_bytes());
        ChangeHash(hash)
    };
    let refusal = Refusal::new("not-writer");
    let rejected = |n| {
        let (document, hashes) = (number(n), vec![hash(n as usize)]);
        Frame::Rejected { document, hashes, refusal: refusal.clone() }.encode()
    };
    desk.happens(Event::Received((0..1_000).map(rejected).collect()));
    assert_eq!(held(&mut desk), 2);
    for part in 0..3 {
        let hashes =
            (0..REJECTED_HASHES_MAX).map(|n| hash(part * REJECTED_HASHES_MAX + n)).collect();
        desk.hears(&Frame::Rejected { document: NOTE, hashes, refusal: refusal.clone() });
    }
    let desk = desk.restarts();
    assert_eq!(desk.problem(), None);
    assert!(desk.holds("Kvar"), "what was written is shown, or set aside");
}

#[test]
fn a_refusal_is_kept_no_longer_than_people_read() {
    let mut desk = Desk::enrolled();
    desk.is_at_home();
    desk.edits(create());
    let long = "x".repeat(1_500);
    let params = (0..15).map(|n| (format!("{n}{long}"), long.clone())).collect();
    let refusal = Refusal { code: "not-writer".to_owned(), params };
    desk.hears(&Frame::Rejected { document: NOTE, hashes: Vec::new(), refusal: refusal.clone() });
    let again = Refusal { code: "not-writer".to_owned(), params: Default::default() };
    desk.hears(&Frame::Rejected { document: NOTE, hashes: Vec::new(), refusal: again });
    match desk.client.view(&View::SetAside) {
        ViewData::SetAside(aside) => {
            assert_eq!(aside.items.len(), 1);
            let params = &aside.items[0].refusal.params;
            assert!(params.len() <= REFUSAL_PARAMS_MAX);
            let texts = params.iter().flat_map(|(name, value)| [name, value]);
            assert!(texts.map(|text| text.len()).all(|len| len <= REFUSAL_PARAM_CHARS_MAX));
        }
        other => panic!("{other:?}"),
    }
    // Nor does an answer to what nobody asked leave anything.
    let outcome = Frame::Outcome { id: CommandId([3; 16]), result: Err(refusal) };
    desk.hears(&outcome);
    assert_eq!(desk.client.status().refused, []);
}

#[test]
fn documents_that_grow_nest_or_are_of_another_kind_leave_the_rest_as_it_is() {
    let mut desk = Desk::enrolled();
    desk.is_at_home();
    desk.edits(create());

    // Deep.
    let mut deep = AutoCommit::new();
    let mut object = ROOT;
    for _ in 0..3_000 {
        object = deep.put_object(&object, "in", ObjType::Map).unwrap();
    }
    deep.put(ROOT, "kind", "visit").unwrap();
    deep.commit();
    desk.hears(&Frame::CatalogueAnswer { entries: vec![(number(1), 0)] });
    says(&mut desk, number(1), &mut deep);

    // Larger and larger, each message within all bounds.
    let mut large = AutoCommit::new();
    desk.hears(&Frame::CatalogueAnswer { entries: vec![(PLAN, 0)] });
    for part in 0..14_i64 {
        for n in 0..9_000 {
            large.put(ROOT, "n", part * 9_000 + n).unwrap();
        }
        large.commit();
        let data = large.save_incremental();
        let message = automerge::sync::Message {
            heads: large.get_heads(),
            need: Vec::new(),
            have: Vec::new(),
            changes: automerge::sync::ChunkList::from(data),
            flags: Some(automerge::sync::MessageFlags::new()),
            version: automerge::sync::MessageVersion::V1,
        };
        let (sender, target, data) = (label("server"), label("device"), message.encode());
        desk.hears(&Frame::Sync { document: PLAN, sender, target, data, seal: None });
        if part % 4 == 3 {
            desk.hears(&Frame::CatalogueAnswer { entries: vec![(PLAN, 0)] });
        }
    }

    // A home that lists what there is not, and then is something else altogether.
    let mut home = Home::new(ANNA);
    let entry = |n| (number(n), Entry { kind: "visit".to_owned(), title: "x".repeat(50) });
    home.documents = (0..3_000).map(entry).collect();
    let mut listing = Document::Home(home).create(actor_of(AccountId([0; 16]), [8; 16])).unwrap();
    listing.commit();
    desk.hears(&Frame::CatalogueAnswer { entries: vec![(Home::id_of(ANNA), 1)] });
    desk.exchanges(Home::id_of(ANNA), &mut listing, None);
    desk.client.view(&View::Home);
    let visit = Visit {
        pilot: PLAN,
        group: "g1".parse().unwrap(),
        unit: "farsta".parse().unwrap(),
        title: "Plan".to_owned(),
        cancelled: false,
        slots: [].into(),
    };
    let mut wrong = Document::Visit(visit).create(actor_of(AccountId([0; 16]), [9; 16])).unwrap();
    wrong.commit();
    desk.hears(&Frame::CatalogueAnswer { entries: vec![(Home::id_of(ANNA), 2)] });
    desk.exchanges(Home::id_of(ANNA), &mut wrong, None);
    desk.client.view(&View::Home);

    // Receipts of nothing known, and epochs without end.
    let frames = (0..500_u32).flat_map(|epoch| {
        let heads = Heads::new(vec![ChangeHash([epoch as u8; 32])]);
        let receipt = Frame::Receipt { document: PLAN, heads };
        let entries = vec![(number(1), epoch)];
        [receipt.encode(), Frame::CatalogueAnswer { entries }.encode()]
    });
    desk.happens(Event::Received(frames.collect()));
    let entries = vec![(Home::id_of(ANNA), 3)];
    desk.hears(&Frame::CatalogueAnswer { entries });
    desk.home_arrives();
    let now = Moment::from_millis(NOW);
    let edit = Edit::Note(NoteEdit::SetText { text: "Än".to_owned() });
    desk.client.edit(now, NOTE, edit).unwrap();
    is_usable(desk);
}

#[test]
fn nothing_is_taken_in_or_sent_once_the_connection_has_ended() {
    let mut desk = Desk::enrolled();
    desk.is_at_home();
    let before = held(&mut desk);
    let noise = vec![0xff];
    let catalogue = Frame::CatalogueAnswer { entries: vec![(number(1), 0)] }.encode();
    let effects = desk.happens(Event::Received(vec![noise, catalogue.clone()]));
    assert!(effects.disconnect && effects.frames.is_empty(), "{effects:?}");
    // What was under way arrives after all.
    let effects = desk.happens(Event::Received(vec![catalogue]));
    assert!(effects.frames.is_empty(), "{effects:?}");
    assert_eq!(held(&mut desk), before);
    let again = desk.happens(Event::Online);
    assert!(again.connect);
    let joins = desk.happens(Event::Connected).frames;
    assert!(matches!(Frame::decode(&joins[0]), Ok(Frame::Join { .. })) && joins.len() == 1);
}
