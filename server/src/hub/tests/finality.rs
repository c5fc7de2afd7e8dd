//! What is final outlives a restored backup.

use samsynk_core::domain::{Card, Diary, Home, NoteEdit, Profile};
use samsynk_core::ids::DocumentId;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Frame;

use super::*;
use crate::accounts::hash;
use crate::admin::{AdminReply, AdminRequest, beside};
use crate::store::{StoreError, accounts, devices, documents, invitations};

const NOTE: DocumentId = DocumentId([9; 16]);

#[test]
fn an_erased_person_does_not_come_back_with_an_older_backup() {
    let mut town = Town::new();
    let aino = town.person("Aino Unik", "staff@kista");
    let bo = town.person("Bo", "staff@kista");
    let account = town.account_of(aino);
    town.edit_and_sync(
        aino,
        NOTE,
        &samsynk_core::domain::Edit::Note(NoteEdit::Create {
            owner: account,
            title: "Unik".to_owned(),
        }),
    );
    let AdminReply::Invited { invitation, .. } =
        town.admin(AdminRequest::Invite { account, days: None })
    else {
        panic!()
    };
    town.catalogue(bo);
    let card = Card::id_of(account);
    let (seal, held) = (town.phone(bo).seals[&card].clone(), town.disconnect(bo));
    let backup = town.backup("backup.db");
    assert_eq!(town.admin(AdminRequest::Erase { account }), AdminReply::Done);

    let mut town = town.restore(&backup);
    let own = [Home::id_of(account), Profile::id_of(account), Diary::id_of(account), card, NOTE];
    for id in own {
        let stored = town.store.read::<_, StoreError>(|tx| documents::get(tx, id)).unwrap();
        assert_eq!(stored.unwrap().erased.as_deref(), Some("erased"), "{id}");
    }
    assert!(!super::admin::on_disk(&town, "Unik"), "the name is on disk again");
    let roles = town.store.read::<_, StoreError>(|tx| accounts::roles_of(tx, account)).unwrap();
    assert_eq!(roles, []);
    let label = "phone".to_owned();
    let reply = town.admin(AdminRequest::Redeem { invitation, nonce: None, label });
    assert!(matches!(reply, AdminReply::Refused(refusal) if refusal.code == "invitation-unknown"));

    // A colleague's phone still has the card, and its home lists it.
    let (identity, documents) = held;
    let mut doc = documents[&card].clone();
    let bo = town.connect(identity, "samsynk-1", documents);
    town.catalogue(bo);
    let heard = town.heard(bo);
    let gone = Frame::Withdrawn { document: card, epoch: 0, reason: "erased".to_owned() };
    assert!(heard.contains(&gone), "{heard:?}");
    let home = Home::id_of(identity.account);
    let Some(samsynk_core::domain::Document::Home(home)) = town.phone(bo).read(home) else {
        panic!()
    };
    assert!(!home.documents.contains_key(&card));
    let (heads, seal) = seal;
    let given = super::give_back::give_back(card, seal, heads.as_slice(), &mut doc);
    town.send(bo, &given);
    assert_eq!(town.heard(bo), [gone]);
    assert_eq!(beside::check(town.store.file()), AdminReply::Checked { problems: Vec::new() });
}

#[test]
fn what_was_made_and_erased_after_the_backup_is_not_made_again() {
    let mut town = Town::new();
    let aino = town.person("Aino", "staff@kista");
    let account = town.account_of(aino);
    let backup = town.backup("backup.db");
    let create = NoteEdit::Create { owner: account, title: "Later".to_owned() };
    town.edit_and_sync(aino, NOTE, &samsynk_core::domain::Edit::Note(create));
    let (identity, documents) = town.disconnect(aino);
    assert_eq!(town.admin(AdminRequest::Erase { account }), AdminReply::Done);

    let mut town = town.restore(&backup);
    let live = |tx: &rusqlite::Transaction<'_>| devices::is_live(tx, identity.device);
    assert!(!town.store.read::<_, StoreError>(live).unwrap());
    // Somebody else got hold of it.
    let bo = town.person("Bo", "staff@kista");
    town.phone(bo).documents.insert(NOTE, (documents[&NOTE].clone(), Default::default()));
    town.sync(bo, NOTE);
    // To Bo it never was: what he brings is somebody else's.
    let heard = town.heard(bo);
    let [Frame::Rejected { document: NOTE, refusal, .. }] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!(refusal.code, "actor-not-yours");
    let stored = town.store.read::<_, StoreError>(|tx| documents::get(tx, NOTE)).unwrap();
    assert_eq!(stored.unwrap().erased.as_deref(), Some("erased"));
    assert_eq!(beside::check(town.store.file()), AdminReply::Checked { problems: Vec::new() });
}

#[test]
fn a_revoked_device_and_a_used_invitation_stay_so() {
    let mut town = Town::new();
    let account = town.account("Aino", "staff@kista");
    let lost = town.enrol(account);
    let AdminReply::Invited { invitation, .. } =
        town.admin(AdminRequest::Invite { account, days: None })
    else {
        panic!()
    };
    let backup = town.backup("backup.db");
    let redeem =
        AdminRequest::Redeem { invitation: invitation.clone(), nonce: None, label: String::new() };
    assert!(matches!(town.admin(redeem.clone()), AdminReply::Redeemed { .. }));
    town.admin(AdminRequest::DeviceRevoke { device: lost.device });

    let mut town = town.restore(&backup);
    let live = |tx: &rusqlite::Transaction<'_>| devices::is_live(tx, lost.device);
    assert!(!town.store.read::<_, StoreError>(live).unwrap());
    let used = Refusal::new("invitation-used");
    assert_eq!(town.admin(redeem), AdminReply::Refused(used));
    let found = town.store.read::<_, StoreError>(|tx| invitations::get(tx, hash(&invitation)));
    assert!(found.unwrap().unwrap().used.is_some());
}

#[test]
fn what_a_crash_kept_from_the_ledger_is_noted_at_the_next_start() {
    let mut town = Town::new();
    let account = town.account("Aino", "staff@kista");
    let backup = town.backup("backup.db");
    let ledger = town.folder().join("samsynk.ledger");
    let before = std::fs::read(&ledger).unwrap();
    town.admin(AdminRequest::Erase { account });
    assert_ne!(std::fs::read(&ledger).unwrap(), before);
    // As if the power had gone between the commit and the note.
    std::fs::write(&ledger, before).unwrap();
    let mut town = town.restart().restore(&backup);
    let card = Card::id_of(account);
    let stored = town.store.read::<_, StoreError>(|tx| documents::get(tx, card)).unwrap();
    assert!(stored.unwrap().erased.is_some());
}

#[test]
fn who_is_erased_is_in_no_database_that_a_backup_replaced() {
    let mut town = Town::new();
    let aino = town.person("Aino Fiktiv", "student");
    let account = town.account_of(aino);
    let backup = town.backup("backup");
    let mut town = town.restore(&backup);
    let replaced = |town: &Town| {
        let files = std::fs::read_dir(town.folder()).unwrap().map(|file| file.unwrap().file_name());
        files.filter(|name| name.to_string_lossy().contains(".replaced-")).count()
    };
    assert!(replaced(&town) > 0, "it is kept for an operator who took the wrong backup");
    assert_eq!(town.admin(AdminRequest::Erase { account }), AdminReply::Done);
    assert_eq!(replaced(&town), 0);
}
