//! What is to be gone is nowhere: in no file of the data, and in no document of anybody, however it is packed.

use samsynk_core::domain::{
    Card, Command, Document, Edit, Itinerary, NoteEdit, Profile, ProfileEdit,
};
use samsynk_core::ids::DocumentId;
use samsynk_core::wire::Frame;

use super::*;
use crate::accounts::Random as _;
use crate::admin::{AdminReply, AdminRequest, beside};
use crate::store::{StoreError, documents};

const NOTE: DocumentId = DocumentId([9; 16]);

/// Where a word is: files of the data, and documents of the store or of phones with all that their history holds.
fn traces(town: &mut Town, word: &str) -> Vec<String> {
    let holds = |bytes: &[u8]| bytes.windows(word.len()).any(|part| part == word.as_bytes());
    let files = std::fs::read_dir(town.folder()).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|file| file.is_file() && holds(&std::fs::read(file).unwrap()));
    let mut found: Vec<String> = files.map(|file| file.display().to_string()).collect();
    let stored = town.store.read::<_, StoreError>(|tx| {
        let load = |stored: documents::Stored| Ok((stored.id, documents::load(tx, stored.id)?));
        documents::all(tx)?.into_iter().map(load).collect::<Result<Vec<_>, _>>()
    });
    for (id, bytes) in stored.unwrap() {
        let mut doc = automerge::AutoCommit::load(&bytes.unwrap()).unwrap();
        if holds(&doc.save_nocompress()) {
            found.push(format!("document {id}"));
        }
    }
    for (session, phone) in town.phones() {
        for (id, (doc, _)) in &mut phone.documents {
            if holds(&doc.save_nocompress()) {
                found.push(format!("document {id} on phone {session}"));
            }
        }
    }
    found
}

fn nobody_sees(town: &mut Town, words: &[&str]) {
    for word in words {
        assert_eq!(traces(town, word), [] as [String; 0], "{word}");
    }
    assert_eq!(beside::check(town.store.file()), AdminReply::Checked { problems: Vec::new() });
}

#[test]
fn who_is_erased_is_in_no_file_and_in_no_document_of_others() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let bo = town.person("Bo", "staff@kista");
    let aino = town.person("Aino Unik", "staff@kista");
    let account = town.account_of(aino);
    plan(&mut town, lead, aino, None);
    let owner = town.account_of(bo);
    let own = DocumentId([8; 16]);
    let create =
        |owner, title: &str| Edit::Note(NoteEdit::Create { owner, title: title.to_owned() });
    town.edit_and_sync(bo, NOTE, &create(owner, "Delad"));
    town.edit_and_sync(bo, NOTE, &Edit::Note(NoteEdit::Share { account }));
    town.edit_and_sync(aino, own, &create(account, "Ainoanteckning"));
    town.edit_and_sync(aino, own, &Edit::Note(NoteEdit::Share { account: owner }));
    for session in [lead, bo, aino] {
        town.catalogue(session);
    }
    let write = |text: &str| Edit::Note(NoteEdit::SetText { text: text.to_owned() });
    town.edit_and_sync(aino, NOTE, &write("Hemligt ett"));
    town.edit_and_sync(aino, NOTE, &write("Hemligt två"));
    for word in ["Unik", "Ainoanteckning", "Hemligt ett", "Hemligt två"] {
        assert_ne!(traces(&mut town, word), [] as [String; 0], "{word}");
    }
    assert_eq!(town.admin(AdminRequest::Erase { account }), AdminReply::Done);
    town.forget(aino);
    nobody_sees(&mut town, &["Unik", "Ainoanteckning", "Hemligt ett", "Hemligt två"]);
    // The note itself is its owner's, and says nothing of her; only the audit still knows the id.
    let named = traces(&mut town, &account.to_string());
    assert!(named.iter().all(|place| place.ends_with("samsynk.db")), "{named:?}");
    match town.phone(bo).read(NOTE) {
        Some(Document::Note(note)) => {
            assert_eq!(
                (note.title.as_str(), note.text.as_str(), note.shared.len()),
                ("Delad", "", 0)
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_wrote_with_an_unmodified_client_is_erased_as_well_and_stays_so_after_a_restore() {
    use automerge::ActorId;
    use automerge::transaction::Transactable as _;

    let mut town = Town::new();
    let bo = town.person("Bo", "staff@kista");
    let aino = town.person("Aino", "staff@kista");
    let (owner, account) = (town.account_of(bo), town.account_of(aino));
    let other = DocumentId([7; 16]);
    for note in [NOTE, other] {
        let title = "Delad".to_owned();
        town.edit_and_sync(bo, note, &Edit::Note(NoteEdit::Create { owner, title }));
        town.edit_and_sync(bo, note, &Edit::Note(NoteEdit::Share { account }));
    }
    town.catalogue(aino);
    let mut much = vec![0; 200_000];
    town.random.fill(&mut much);
    for (note, byte) in [(NOTE, 200), (other, 201)] {
        let (doc, _) = town.phone(aino).documents.get_mut(&note).unwrap();
        doc.set_actor(ActorId::from([byte; 16]));
        doc.put(automerge::ROOT, "text", "Hemligt").unwrap();
        if note == other {
            doc.put(automerge::ROOT, "much", much.clone()).unwrap();
        }
        doc.commit();
        town.sync(aino, note);
        assert_eq!(town.phone(bo).heads(note), town.phone(aino).heads(note));
    }
    // One is no longer shared with her, and stored in one piece.
    town.edit_and_sync(bo, other, &Edit::Note(NoteEdit::Unshare { account }));
    let stored = town.store.read::<_, StoreError>(|tx| documents::get(tx, other)).unwrap();
    assert_eq!(stored.unwrap().tail, 0);
    let elsewhere = tempfile::tempdir().unwrap();
    let backup = elsewhere.path().join("backup.db");
    std::fs::rename(town.backup("backup.db"), &backup).unwrap();
    assert_eq!(town.admin(AdminRequest::Erase { account }), AdminReply::Done);
    town.forget(aino);
    nobody_sees(&mut town, &["Hemligt"]);
    let seals = town.phone(bo).seals.clone();
    let (identity, held) = town.disconnect(bo);

    let mut town = town.restore(&backup);
    nobody_sees(&mut town, &["Hemligt"]);
    // Bo's phone has the notes as they were after she was erased, and gives them back.
    let bo = town.connect(identity, "samsynk-1", held);
    for note in [NOTE, other] {
        town.phone(bo).epochs.insert(note, 1);
    }
    town.catalogue(bo);
    for note in [NOTE, other] {
        let (heads, seal) = seals[&note].clone();
        let mut doc = town.phone(bo).documents[&note].0.clone();
        let mut given = super::give_back::give_back(note, seal, heads.as_slice(), &mut doc);
        if let Frame::GiveBack { epoch, .. } = &mut given {
            *epoch = 1;
        }
        town.heard(bo);
        town.send(bo, &given);
        town.sync(bo, note);
        assert!(matches!(town.heard(bo)[..], [Frame::Receipt { .. }, ..]));
        match town.phone(bo).read(note) {
            Some(Document::Note(note)) => {
                assert_eq!((note.title.as_str(), note.text.as_str()), ("Delad", ""));
            }
            other => panic!("{other:?}"),
        }
    }
    nobody_sees(&mut town, &["Hemligt"]);
}

#[test]
fn a_history_that_is_forgotten_is_in_no_home_and_in_no_earlier_version() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let student = town.person("Student", "student");
    let member = town.account_of(student);
    let aino = town.person("Aino", "staff@kista");
    let bo = town.person("Bo", "staff@kista");
    plan(&mut town, lead, aino, Some(member));
    for session in [lead, student, aino, bo] {
        town.catalogue(session);
    }
    town.edit_and_sync(aino, VISIT, &set_title("Fel titel"));
    town.edit_and_sync(aino, VISIT, &set_room("Fel rum"));
    let publish = Command::PublishVisit { visit: VISIT };
    assert!(town.command(aino, 1, &publish).is_ok());
    town.edit_and_sync(aino, VISIT, &set_title("Titel"));
    town.edit_and_sync(aino, VISIT, &set_room("Rum"));
    assert!(town.command(aino, 2, &publish).is_ok());
    // Who listed it once, and does no longer.
    let left = town.account_of(bo);
    town.admin(AdminRequest::RoleRemove { account: left, role: "staff@kista".to_owned() });
    for word in ["Fel titel", "Fel rum"] {
        assert_ne!(traces(&mut town, word), [] as [String; 0], "{word}");
    }

    assert_eq!(town.admin(AdminRequest::ForgetHistory { document: VISIT }), AdminReply::Done);
    nobody_sees(&mut town, &["Fel titel", "Fel rum"]);
    match town.phone(student).read(Itinerary::id_of(VISIT)) {
        Some(Document::Itinerary(itinerary)) => {
            assert_eq!(itinerary.versions.keys().copied().collect::<Vec<_>>(), [2]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_is_protected_later_is_under_no_other_name_in_what_is_published() {
    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let student = town.person("Student", "student");
    let member = town.account_of(student);
    let aino = town.person("Aino Unik", "staff@kista");
    let account = town.account_of(aino);
    plan(&mut town, lead, aino, Some(member));
    for session in [lead, student, aino] {
        town.catalogue(session);
    }
    let (id, card) = ("welcome".parse().unwrap(), Card::id_of(account));
    town.edit_and_sync(aino, VISIT, &visit(VisitEdit::AddHost { id, card }));
    assert!(town.command(aino, 1, &Command::PublishVisit { visit: VISIT }).is_ok());
    assert!(town.phone(student).read(card).is_some(), "the group sees its host");

    let profile = Profile::id_of(account);
    for edit in [
        ProfileEdit::SetProtected { protected: true },
        ProfileEdit::SetName { name: "Alias".to_owned() },
    ] {
        town.edit_and_sync(lead, profile, &Edit::Profile(edit));
        town.sync(lead, profile);
    }
    town.sync(aino, card);
    assert!(town.phone(student).read(card).is_none(), "the group sees the host no longer");
    nobody_sees(&mut town, &["Unik"]);
}
