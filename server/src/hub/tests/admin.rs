use std::collections::BTreeMap;

use samsynk_core::domain::{Command, Directory, Document, Group, Itinerary, Pilot, Visit};
use samsynk_core::ids::GroupId;
use samsynk_core::refusal::Refusal;

use super::*;
use crate::admin::{AccountLine, AdminReply, AdminRequest, Import, NewAccount, beside};
use crate::store::{StoreError, documents};

fn new(name: &str, role: &str) -> NewAccount {
    NewAccount {
        name: name.to_owned(),
        roles: vec![role.to_owned()],
        university: (role == "student").then(|| "su".parse().unwrap()),
        ..NewAccount::of(AccountId::from_name("test", name))
    }
}

/// A round with one plan, published, and its people.
fn import() -> Import {
    let accounts = vec![new("Aino", "staff@kista"), new("Cilla", "student"), new("Lead", "lead")];
    let group: GroupId = "g1".parse().unwrap();
    let members = BTreeMap::from([(AccountId::from_name("test", "Cilla"), true)]);
    let unit: samsynk_core::ids::UnitId = "kista".parse().unwrap();
    let day: Day = "2021-12-13".parse().unwrap();
    let content = Group { title: "Group 1".to_owned(), unit: unit.clone(), members };
    let pilot = Pilot {
        title: "Pilot".to_owned(),
        from: day,
        until: day,
        units: BTreeMap::from([(unit.clone(), true)]),
        universities: BTreeMap::from([("su".parse().unwrap(), true)]),
        groups: BTreeMap::from([(group.clone(), content)]),
    };
    let visit = Visit {
        pilot: PILOT,
        group,
        unit,
        title: "Visit".to_owned(),
        cancelled: false,
        slots: BTreeMap::from([("welcome".parse().unwrap(), slot("Welcome"))]),
    };
    let documents = vec![
        (DocumentId([3; 16]), Document::Directory(Directory::default())),
        (PILOT, Document::Pilot(pilot)),
        (VISIT, Document::Visit(visit)),
    ];
    Import { accounts, documents, commands: vec![Command::PublishVisit { visit: VISIT }] }
}

fn heads(town: &mut Town) -> Vec<(DocumentId, samsynk_core::wire::Heads)> {
    let all = town.store.read::<_, StoreError>(|tx| documents::all(tx)).unwrap();
    all.into_iter().map(|stored| (stored.id, stored.heads)).collect()
}

#[test]
fn a_town_is_imported_and_once_more_changes_nothing() {
    let mut town = Town::new();
    let import = AdminRequest::Import(Box::new(import()));
    // As it comes over the socket.
    let import: AdminRequest =
        serde_json::from_str(&serde_json::to_string(&import).unwrap()).unwrap();
    assert_eq!(town.admin(import.clone()), AdminReply::Done);
    let before = heads(&mut town);
    assert_eq!(
        before.len(),
        3 * 3 + 1 + 3 + 1,
        "homes, profiles, diaries, a card, 3 and an itinerary"
    );
    assert_eq!(town.admin(import), AdminReply::Done);
    assert_eq!(heads(&mut town), before);

    let cilla = town.enrol(AccountId::from_name("test", "Cilla"));
    let cilla = town.connect(cilla, "samsynk-1", BTreeMap::new());
    town.catalogue(cilla);
    assert!(town.phone(cilla).read(Itinerary::id_of(VISIT)).is_some());
    assert!(town.phone(cilla).read(VISIT).is_none());
    assert_eq!(beside::check(town.store.file()), AdminReply::Checked { problems: Vec::new() });
}

#[test]
fn an_import_that_is_refused_leaves_nothing() {
    let mut town = Town::new();
    let mut wrong = import();
    wrong.commands.push(Command::CancelVisit { visit: DocumentId([8; 16]), reason: String::new() });
    let reply = town.admin(AdminRequest::Import(Box::new(wrong)));
    let refusal = Refusal::new("no-such-document").with("document", DocumentId([8; 16]));
    assert_eq!(reply, AdminReply::Refused(refusal));
    assert_eq!(heads(&mut town), []);
    assert_eq!(town.admin(AdminRequest::Import(Box::new(import()))), AdminReply::Done);
}

/// Whether a word is anywhere in the database or its log.
pub(super) fn on_disk(town: &Town, word: &str) -> bool {
    let log = format!("{}-wal", town.store.file().display());
    [town.store.file().to_owned(), log.into()].iter().any(|file| {
        let bytes = std::fs::read(file).unwrap();
        bytes.windows(word.len()).any(|part| part == word.as_bytes())
    })
}

#[test]
fn a_person_who_is_erased_is_gone_from_the_data_and_from_others_phones() {
    use samsynk_core::domain::{Card, Home};
    use samsynk_core::wire::Frame;

    let mut town = Town::new();
    let aino = town.person("Aino Unik", "staff@kista");
    let bo = town.person("Bo", "staff@kista");
    let account = town.account_of(aino);
    let card = Card::id_of(account);
    town.catalogue(bo);
    assert!(town.phone(bo).read(card).is_some());
    town.heard(bo);
    assert!(on_disk(&town, "Unik"));
    assert_eq!(town.admin(AdminRequest::Erase { account }), AdminReply::Done);
    assert_eq!(town.phone(aino).closed, Some("erased"));
    let reason = "erased".to_owned();
    assert_eq!(town.heard(bo), [Frame::Withdrawn { document: card, epoch: 0, reason }]);
    let home = Home::id_of(town.account_of(bo));
    let Some(Document::Home(home)) = town.phone(bo).read(home) else { panic!() };
    assert!(!home.documents.contains_key(&card));
    let listed = town.admin(AdminRequest::AccountList);
    let AdminReply::Accounts { accounts } = listed else { panic!() };
    assert_eq!(accounts.len(), 1);
    let kept = heads(&mut town).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    assert!(!kept.contains(&card) && !kept.contains(&Home::id_of(account)));

    assert!(!on_disk(&town, "Unik"), "the name is still on disk");

    // An old phone that comes back with the card does not bring it back.
    let entry = samsynk_core::wire::CatalogueEntry { document: card, epoch: 0, digest: [7; 8] };
    town.send(bo, &Frame::CatalogueDigest { entries: vec![entry] });
    assert!(town.heard(bo).iter().any(|frame| matches!(
        frame,
        Frame::Withdrawn { document, reason, .. } if *document == card && reason == "erased"
    )));
    let role = "lead".to_owned();
    town.admin(AdminRequest::RoleAdd { account, role });
    assert_eq!(beside::check(town.store.file()), AdminReply::Checked { problems: Vec::new() });
}

#[test]
fn accounts_are_listed_with_name_and_roles() {
    let mut town = Town::new();
    let account = town.account("Aino", "student");
    let role = "staff@kista".to_owned();
    assert_eq!(town.admin(AdminRequest::RoleAdd { account, role }), AdminReply::Done);
    let role = "king".to_owned();
    let refusal = Refusal::new("no-such-role").with("role", "king");
    let reply = town.admin(AdminRequest::RoleAdd { account, role });
    assert_eq!(reply, AdminReply::Refused(refusal));
    let roles = vec!["staff@kista".to_owned(), "student".to_owned()];
    let line = AccountLine { account, name: "Aino".to_owned(), roles, protected: false };
    let reply = town.admin(AdminRequest::AccountList);
    assert_eq!(reply, AdminReply::Accounts { accounts: vec![line] });

    let alias = NewAccount { protected: Some(true), ..new("Alias", "student") };
    let id = alias.id;
    town.admin(AdminRequest::Import(Box::new(Import {
        accounts: vec![alias],
        documents: Vec::new(),
        commands: Vec::new(),
    })));
    let AdminReply::Accounts { accounts } = town.admin(AdminRequest::AccountList) else { panic!() };
    let flags: BTreeMap<AccountId, bool> =
        accounts.iter().map(|line| (line.account, line.protected)).collect();
    assert_eq!(flags, BTreeMap::from([(account, false), (id, true)]));
}

#[test]
fn identity_that_a_lead_protects_leaves_colleagues_phones_and_the_disk() {
    use samsynk_core::domain::{Card, Edit, Profile, ProfileEdit};

    let mut town = Town::new();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino Unik", "staff@kista");
    let bo = town.person("Bo", "staff@kista");
    let account = town.account_of(aino);
    let (card, profile) = (Card::id_of(account), Profile::id_of(account));
    for session in [lead, aino, bo] {
        town.catalogue(session);
    }
    let name = |town: &mut Town, session| match town.phone(session).read(card) {
        Some(Document::Card(card)) => (card.name, card.shown),
        other => panic!("{other:?}"),
    };
    assert_eq!(name(&mut town, bo), ("Aino Unik".to_owned(), true));

    let edits = [
        ProfileEdit::SetProtected { protected: true },
        ProfileEdit::SetName { name: "Alias".to_owned() },
    ];
    for edit in edits {
        town.edit_and_sync(lead, profile, &Edit::Profile(edit));
        town.sync(lead, profile);
    }
    town.sync(bo, card);
    assert_eq!(name(&mut town, bo), ("Alias".to_owned(), false));
    assert_eq!(town.phone(bo).epochs[&card], 2, "no phone keeps a history with the name");
    let Some(Document::Profile(read)) = town.phone(lead).read(profile) else { panic!() };
    assert_eq!((read.name.as_str(), read.protected), ("Alias", true));
    assert!(!on_disk(&town, "Unik"), "the name is still on disk");
}

#[test]
fn an_import_that_is_refused_protects_nobody() {
    use samsynk_core::domain::{Card, Profile};

    let mut town = Town::new();
    let named = |protected: Option<bool>| NewAccount {
        named: Some("aino".to_owned()),
        protected,
        ..new("Aino", "staff@kista")
    };
    let request = |account: NewAccount, commands: Vec<Command>| {
        let import = Import { accounts: vec![account], documents: Vec::new(), commands };
        AdminRequest::Import(Box::new(import))
    };
    assert_eq!(town.admin(request(named(None), Vec::new())), AdminReply::Done);
    let aino = town.enrol(named(None).id);
    let aino = town.connect(aino, "samsynk-1", BTreeMap::new());
    town.catalogue(aino);
    town.heard(aino);
    let before = heads(&mut town);
    let cancel = Command::CancelVisit { visit: DocumentId([8; 16]), reason: String::new() };
    let reply = town.admin(request(named(Some(true)), vec![cancel]));
    assert!(matches!(reply, AdminReply::Refused(_)), "{reply:?}");
    town.later();
    assert_eq!(heads(&mut town), before);
    assert_eq!(town.heard(aino), []);
    let account = named(None).id;
    match (
        town.phone(aino).read(Profile::id_of(account)),
        town.phone(aino).read(Card::id_of(account)),
    ) {
        (Some(Document::Profile(profile)), Some(Document::Card(card))) => {
            assert!(!profile.protected && card.shown);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_import_that_would_hold_everybody_up_is_refused_at_once() {
    use crate::limits::{IMPORT_ENTRIES_MAX, IMPORT_LISTINGS_MAX};

    let mut town = Town::new();
    // Of whom each reads the cards of all others.
    let accounts = (0..300).map(|n| new(&n.to_string(), "staff@kista")).collect();
    let import = Import { accounts, ..Import::default() };
    let reply = town.admin(AdminRequest::Import(Box::new(import)));
    let refusal = Refusal::new("import-read-by-too-many").with("max", IMPORT_LISTINGS_MAX);
    assert_eq!(reply, AdminReply::Refused(refusal));

    let accounts = vec![new("Aino", "staff@kista"); IMPORT_ENTRIES_MAX + 1];
    let import = Import { accounts, ..Import::default() };
    let refusal = Refusal::new("import-too-large").with("count", IMPORT_ENTRIES_MAX + 1);
    let refusal = refusal.with("max", IMPORT_ENTRIES_MAX);
    let reply = town.admin(AdminRequest::Import(Box::new(import)));
    assert_eq!(reply, AdminReply::Refused(refusal));
    assert_eq!(heads(&mut town), []);
}
