//! What the server writes stays small, whoever makes it write, and however often.

use samsynk_core::domain::{Document, Edit, Home, NoteEdit};

use super::*;
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
