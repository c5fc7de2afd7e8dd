//! What the server writes stays small, whoever makes it write, and however often.

use samsynk_core::domain::{Document, Edit, Home, NoteEdit};

use super::*;
use crate::admin::{AdminReply, AdminRequest, beside};
use crate::gate::room::Size;
use crate::store::{StoreError, documents};

const NOTE: DocumentId = DocumentId([3; 16]);

/// How often each thing is done: enough for a document to begin anew. `SAMSYNK_ACTS=100000` asks for more.
fn acts() -> u64 {
    std::env::var("SAMSYNK_ACTS").ok().and_then(|acts| acts.parse().ok()).unwrap_or(1_200)
}

/// How large a stored document is, and its epoch.
fn size(town: &mut Town, id: DocumentId) -> (Size, u32) {
    let (bytes, epoch) = town
        .store
        .read::<_, StoreError>(|tx| {
            let stored = documents::get(tx, id)?.expect("a stored document");
            Ok((documents::load(tx, id)?.expect("its bytes"), stored.epoch))
        })
        .unwrap();
    let mut loaded =
        super::super::loaded::Loaded::new(automerge::AutoCommit::load(&bytes).unwrap());
    (loaded.size(), epoch)
}

/// A document as a device takes it that has just been enrolled.
fn on_a_new_device(town: &mut Town, account: AccountId, id: DocumentId) -> Document {
    let device = town.enrol(account);
    let session = town.connect(device, "samsynk-1", std::collections::BTreeMap::new());
    town.catalogue(session);
    town.phone(session).read(id).expect("a new device can read it")
}

#[test]
fn a_home_that_somebody_else_keeps_changing_stays_small_and_opens_on_a_new_device() {
    let mut town = Town::new();
    let victim = town.person("Lead", "lead");
    let hostile = town.person("Student", "student");
    let (account, owner) = (town.account_of(victim), town.account_of(hostile));
    let home = Home::id_of(account);
    town.catalogue(victim);
    let create = NoteEdit::Create { owner, title: "Anteckning".to_owned() };
    town.edit_and_sync(hostile, NOTE, &Edit::Note(create));
    for _ in 0..acts() / 2 {
        for edit in [NoteEdit::Share { account }, NoteEdit::Unshare { account }] {
            town.edit_and_sync(hostile, NOTE, &Edit::Note(edit));
        }
        town.heard(victim);
        town.heard(hostile);
    }
    let (size, epoch) = size(&mut town, home);
    assert!(!size.is_half_full(), "{size:?}");
    assert!(u64::from(epoch) >= acts() / 1_100, "it has begun anew {epoch} times");
    match on_a_new_device(&mut town, account, home) {
        Document::Home(opened) => assert!(!opened.documents.contains_key(&NOTE)),
        other => panic!("{other:?}"),
    }
    // Whoever was there all along has the same.
    let document = town.phone(victim).read(home);
    assert!(matches!(document, Some(Document::Home(_))), "{document:?}");
}

#[test]
fn a_document_that_is_too_large_to_load_is_named_and_begins_anew_with_what_it_shows() {
    use automerge::transaction::Transactable as _;

    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    plan(&mut town, lead, aino, None);
    // As a server of before may have left it: more operations than anybody loads.
    let (mut doc, _) = town.phone(aino).documents[&VISIT].clone();
    for part in 0..11 {
        for number in 0..10_000 {
            doc.put(automerge::ROOT, "title", format!("{part}-{number}")).unwrap();
        }
        doc.commit();
    }
    let bytes = doc.save();
    let sql = "UPDATE snapshots SET bytes = ? WHERE document = ?";
    let stored = town
        .store
        .write::<_, StoreError>(|tx| Ok(tx.execute(sql, rusqlite::params![bytes, VISIT.0])?));
    assert_eq!(stored.unwrap(), 1);
    let mut town = town.restart();
    let database = town.store.file().to_owned();
    let oversized = AdminReply::Oversized { documents: vec![VISIT] };
    assert_eq!(beside::oversized(&database), oversized);
    match beside::check(&database) {
        AdminReply::Checked { problems } => {
            assert!(
                problems.iter().any(|problem| problem.contains("samsynk mend")),
                "{problems:?}"
            );
        }
        other => panic!("{other:?}"),
    }

    assert_eq!(town.admin(AdminRequest::Mend { document: VISIT }), AdminReply::Done);
    assert_eq!(beside::oversized(&database), AdminReply::Oversized { documents: Vec::new() });
    assert_eq!(beside::check(&database), AdminReply::Checked { problems: Vec::new() });
    let account = town.account("Second", "lead");
    match on_a_new_device(&mut town, account, VISIT) {
        Document::Visit(visit) => {
            assert_eq!((visit.title.as_str(), visit.slots.len()), ("10-9999", 1));
        }
        other => panic!("{other:?}"),
    }
}
