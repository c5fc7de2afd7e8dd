//! A device whose server refuses, renews or has lost what it had: what it makes again, gives back and sets aside.

#![cfg(feature = "device")]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

mod desk;

use automerge::sync::Message;
use automerge::{AutoCommit, ChangeHash};
use desk::{ANNA, Desk, NOTE, NOW};
use samsynk_core::domain::view::Link;
use samsynk_core::domain::{Document, Edit, Note, NoteEdit, actor_of};
use samsynk_core::engine::Event;
use samsynk_core::ids::AccountId;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::{Frame, Heads, Seal, Version};

const BO: AccountId = AccountId([3; 16]);

fn title(title: &str) -> NoteEdit {
    NoteEdit::SetTitle { title: title.to_owned() }
}

fn text(text: &str) -> NoteEdit {
    NoteEdit::SetText { text: text.to_owned() }
}

/// A note of Bo's that Anna may write, as the server has it.
fn shared_note() -> AutoCommit {
    let note = Note {
        owner: BO,
        title: "Delad".to_owned(),
        text: String::new(),
        shared: [(ANNA, true)].into(),
    };
    let mut doc = Document::Note(note).create(actor_of(BO, [1; 16])).unwrap();
    doc.commit();
    doc
}

fn by_bo(doc: &mut AutoCommit, edit: &NoteEdit) -> Heads {
    doc.set_actor(actor_of(BO, [1; 16]));
    Edit::Note(edit.clone()).apply(NOTE, doc).unwrap();
    doc.commit();
    Heads::new(doc.get_heads())
}

fn note(doc: &AutoCommit) -> (String, String) {
    match Document::of(doc) {
        Ok(Document::Note(note)) => (note.title, note.text),
        other => panic!("{other:?}"),
    }
}

fn rejected(hashes: Vec<ChangeHash>, code: &str) -> Frame {
    Frame::Rejected { document: NOTE, hashes, refusal: Refusal::new(code) }
}

/// Everything is exchanged and acknowledged.
fn is_done(desk: &mut Desk, server: &mut AutoCommit) {
    desk.hears(&Frame::Receipt { document: NOTE, heads: Heads::new(server.get_heads()) });
    let status = desk.client.status();
    assert_eq!((status.link, status.on_device, status.sent), (Link::Synced, 0, 0));
}

/// What the device gives back: the seal and the history.
fn given_back(desk: &Desk) -> Option<(Seal, AutoCommit)> {
    desk.sent.iter().find_map(|frame| match frame {
        Frame::GiveBack { document: NOTE, epoch: 0, seal, data } => {
            let message = Message::decode(data).unwrap();
            let chunks: Vec<u8> = message.changes.iter().flatten().copied().collect();
            let mut doc = AutoCommit::load(&chunks).unwrap();
            assert_eq!(Heads::new(message.heads), Heads::new(doc.get_heads()));
            Some((*seal, doc))
        }
        _ => None,
    })
}

#[test]
fn the_refused_edit_is_set_aside_and_those_after_it_are_made_again() {
    let mut desk = Desk::enrolled();
    desk.is_at_home();
    let mut server = shared_note();
    desk.receives(NOTE, &mut server);
    desk.happens(Event::Disconnected);
    for edit in [title("Ett"), text("Två"), title("Tre")] {
        desk.edits(edit);
    }
    desk.joins(Version::Samsynk1, NOW);
    let before = server.get_heads();
    desk.receives(NOTE, &mut server);
    let hashes: Vec<ChangeHash> = server.get_changes(&before).iter().map(|c| c.hash()).collect();
    assert_eq!(hashes.len(), 3);

    // It kept the first, and refused the second.
    let mut server = server.fork_at(&hashes[..1]).unwrap();
    desk.hears(&Frame::Receipt { document: NOTE, heads: Heads::new(vec![hashes[0]]) });
    desk.hears(&rejected(vec![hashes[1]], "personal-number"));
    assert_eq!(desk.sync_messages(NOTE).len(), 1, "it goes on from there");
    desk.exchanges(NOTE, &mut server, None);
    assert_eq!(note(&server), ("Tre".to_owned(), String::new()));
    assert_eq!(desk.aside(), [(Edit::Note(text("Två")), "personal-number".to_owned())]);
    is_done(&mut desk, &mut server);
    // The same refusal once more, of what was under way, changes nothing.
    desk.hears(&rejected(vec![hashes[1], hashes[2]], "personal-number"));
    assert_eq!((desk.sent.len(), desk.aside().len()), (0, 1));
}

#[test]
fn another_epoch_is_another_document_and_unsaved_edits_are_made_again_on_it() {
    let mut desk = Desk::enrolled();
    desk.is_at_home();
    desk.receives(NOTE, &mut shared_note());
    desk.happens(Event::Disconnected);
    desk.edits(text("Från tåget"));
    desk.joins(Version::Samsynk1, NOW);

    let mut anew = shared_note();
    anew = AutoCommit::load(&anew.save()).unwrap();
    let mut server = {
        let Ok(content) = Document::of(&anew) else { panic!() };
        content.create(actor_of(AccountId([0; 16]), [8; 16])).unwrap()
    };
    server.commit();
    desk.hears(&Frame::CatalogueAnswer { entries: vec![(NOTE, 1)] });
    assert!(matches!(desk.sent[..], [Frame::Request { document: NOTE, .. }]), "{:?}", desk.sent);
    assert_eq!(desk.client.status().on_device, 1, "it waits for the document");
    // Refused for its epoch is what was under way; that is known.
    desk.hears(&rejected(vec![ChangeHash([9; 32])], "document-replaced"));
    desk.hears(&Frame::CatalogueAnswer { entries: vec![(NOTE, 1)] });
    desk.happens(Event::Disconnected);
    desk.joins(Version::Samsynk1, NOW);
    desk.hears(&Frame::CatalogueAnswer { entries: vec![(NOTE, 1)] });
    desk.exchanges(NOTE, &mut server, None);
    assert_eq!(note(&server), ("Delad".to_owned(), "Från tåget".to_owned()));
    assert_eq!(server.get_changes(&[]).len(), 2, "nothing of the old one");
    assert_eq!(desk.aside(), []);
    is_done(&mut desk, &mut server);
}

#[test]
fn what_the_server_lost_and_sealed_is_given_back_and_the_exchange_goes_on() {
    let mut desk = Desk::enrolled();
    desk.is_at_home();
    let mut server = shared_note();
    let mut backup = server.clone();
    by_bo(&mut server, &text("Efter kopian"));
    let seal = Seal([5; 32]);
    desk.hears(&Frame::CatalogueAnswer { entries: vec![(NOTE, 0)] });
    desk.exchanges(NOTE, &mut server, Some(seal));
    desk.happens(Event::Disconnected);
    desk.edits(title("Och vidare"));
    desk.joins(Version::Samsynk1, NOW);

    // The restored server seals its older heads, which is no reason to forget the newer ones.
    desk.hears(&Frame::CatalogueAnswer { entries: vec![(NOTE, 0)] });
    let lost: Vec<ChangeHash> = server.get_heads();
    desk.is_greeted(NOTE, &mut backup, Seal([6; 32]));
    desk.hears(&rejected(lost.clone(), "actor-not-yours"));
    let (given, mut whole) = given_back(&desk).expect("it gives back");
    assert_eq!((given, whole.get_heads()), (seal, lost.clone()), "without its unsaved edit");
    assert!(desk.sync_messages(NOTE).is_empty(), "and waits for the answer");
    // A refusal of what was under way is not the answer.
    desk.hears(&rejected(lost.clone(), "actor-not-yours"));
    assert!(desk.sent.is_empty());

    backup.merge(&mut whole).unwrap();
    desk.hears(&Frame::Receipt { document: NOTE, heads: Heads::new(lost) });
    desk.exchanges(NOTE, &mut backup, Some(Seal([7; 32])));
    assert_eq!(note(&backup), ("Och vidare".to_owned(), "Efter kopian".to_owned()));
    assert_eq!(desk.aside(), []);
    is_done(&mut desk, &mut backup);
}

#[test]
fn without_a_seal_the_servers_copy_counts_and_what_was_not_saved_is_made_again() {
    let mut desk = Desk::enrolled();
    desk.is_at_home();
    let mut server = shared_note();
    let backup = server.clone();
    by_bo(&mut server, &text("Efter kopian"));
    desk.receives(NOTE, &mut server);
    desk.edits(title("Och vidare"));
    let lost = server.get_heads();
    desk.hears(&rejected(lost, "actor-not-yours"));
    assert!(given_back(&desk).is_none());
    let mut restored = backup.clone();
    desk.exchanges(NOTE, &mut restored, None);
    assert_eq!(note(&restored), ("Och vidare".to_owned(), String::new()));
    is_done(&mut desk, &mut restored);

    // Once more within one connection: that would not end.
    let more = by_bo(&mut restored, &text("Igen"));
    desk.receives(NOTE, &mut restored);
    desk.edits(title("Sist"));
    desk.hears(&rejected(more.as_slice().to_vec(), "actor-not-yours"));
    let codes: Vec<String> = desk.aside().into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["actor-not-yours"]);
    let mut backup = backup;
    desk.exchanges(NOTE, &mut backup, None);
    is_done(&mut desk, &mut backup);
}

#[test]
fn a_seal_that_the_server_does_not_know_ends_with_the_servers_copy() {
    let mut desk = Desk::enrolled();
    desk.is_at_home();
    let mut server = shared_note();
    let mut backup = server.clone();
    by_bo(&mut server, &text("Efter kopian"));
    desk.hears(&Frame::CatalogueAnswer { entries: vec![(NOTE, 0)] });
    desk.exchanges(NOTE, &mut server, Some(Seal([5; 32])));
    desk.hears(&rejected(server.get_heads(), "actor-not-yours"));
    assert!(given_back(&desk).is_some());
    desk.hears(&rejected(Vec::new(), "seal-wrong"));
    assert!(matches!(desk.sent[..], [Frame::Request { document: NOTE, .. }]), "{:?}", desk.sent);
    desk.exchanges(NOTE, &mut backup, None);
    is_done(&mut desk, &mut backup);
}

#[test]
fn edits_whose_document_is_gone_meanwhile_are_set_aside() {
    let mut desk = Desk::enrolled();
    desk.is_at_home();
    let mut server = shared_note();
    desk.receives(NOTE, &mut server);
    desk.edits(title("Och vidare"));
    desk.hears(&rejected(server.get_heads(), "actor-not-yours"));
    let (sender, target) = (desk::label("server"), desk::label("device"));
    desk.hears(&Frame::DocUnavailable { document: NOTE, sender, target });
    assert_eq!(desk.aside(), [(Edit::Note(title("Och vidare")), "actor-not-yours".to_owned())]);
    assert_eq!(desk.client.status().link, Link::Synced);
    assert_eq!(desk.client.status().on_device, 0);
}
