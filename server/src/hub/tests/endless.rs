//! What the server writes stays small, whoever makes it write, and however often.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use samsynk_core::domain::{
    Card, Command, Directory, Document, Edit, Home, Itinerary, NoteEdit, Profile, Unit,
};
use samsynk_core::ids::{GroupId, UnitId};
use samsynk_core::wire::Frame;

use super::super::{Event, Ticket};
use super::*;
use crate::accounts::Random as _;
use crate::admin::{AdminReply, AdminRequest, Import, NewAccount, beside};
use crate::gate::room::Size;
use crate::limits::{ACCOUNT_PLANS_MAX, HOME_TITLE_BYTES_MAX};
use crate::store::{StoreError, documents};

/// How many things are done to a document.
fn acts() -> u64 {
    std::env::var("SAMSYNK_ACTS").ok().and_then(|acts| acts.parse().ok()).unwrap_or(100_000)
}

/// How many are done in one transaction, at least: as when all come at once.
const TOGETHER_COUNT: u64 = 50;

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

/// Asserts that a document is far below what loads, has begun anew, and opens on a new device.
fn opens(town: &mut Town, account: AccountId, id: DocumentId) -> Document {
    let (size, epoch) = size(town, id);
    assert!(!size.is_half_full(), "{size:?}");
    assert!(epoch > 0, "it was never full: {size:?}");
    on_a_new_device(town, account, id)
}

/// Sends many edits of a document as one message.
fn sends(town: &mut Town, session: SessionId, id: DocumentId, edits: impl Iterator<Item = Edit>) {
    edits.for_each(|edit| town.edit(session, id, &edit));
    town.sync(session, id);
    let heard = town.heard(session);
    let refused = heard.iter().find(|frame| matches!(frame, Frame::Rejected { .. }));
    assert_eq!(refused, None);
}

fn request(town: &mut Town, requests: Vec<AdminRequest>) {
    let event = |request| Event::Admin { ticket: Ticket(1), request };
    for (_, reply) in town.tell(requests.into_iter().map(event).collect()) {
        let done = matches!(reply, AdminReply::Done | AdminReply::Imported { .. });
        assert!(done, "{reply:?}");
    }
}

#[test]
fn a_home_that_others_keep_changing_stays_small_and_opens_on_a_new_device() {
    let mut town = Town::in_memory();
    let account = town.account("Victim", "lead");
    let staff = town.person("Staff", "staff@kista");
    let hostile = town.person("Student", "student");
    let owner = town.account_of(hostile);
    let (mut done, mut round) = (0, 0_u64);
    while done < acts() {
        // A document has room for some thousands of changes each.
        let [note, visit] = [1, 2]
            .map(|kind| DocumentId([[kind, (round / 300) as u8]; 8].concat().try_into().unwrap()));
        if round % 300 == 0 {
            let create = NoteEdit::Create { owner, title: "Anteckning".to_owned() };
            town.edit(hostile, note, &Edit::Note(create));
            let (group, unit) = ("g1".parse().unwrap(), "kista".parse().unwrap());
            let create = VisitEdit::Create { pilot: PILOT, group, unit, title: "Plan".to_owned() };
            town.edit(staff, visit, &super::visit(create));
        }
        // Hostile: the last of them leaves it shared, or not.
        let share = |act: u64| match (act + round) % 2 {
            0 => Edit::Note(NoteEdit::Share { account }),
            _ => Edit::Note(NoteEdit::Unshare { account }),
        };
        sends(&mut town, hostile, note, (0..TOGETHER_COUNT).map(share));
        // Honest: a plan is called something else, and an operator gives roles and takes them.
        let title = |act| set_title(&format!("Plan {round} {act}, {}", "å".repeat(180)));
        sends(&mut town, staff, visit, (0..TOGETHER_COUNT).map(title));
        let role = "coordinator@su".to_owned();
        let roles = (0..TOGETHER_COUNT).map(|act| match (act + round) % 2 {
            0 => AdminRequest::RoleAdd { account, role: role.clone() },
            _ => AdminRequest::RoleRemove { account, role: role.clone() },
        });
        request(&mut town, roles.collect());
        (done, round) = (done + 3 * TOGETHER_COUNT, round + 1);
    }
    match opens(&mut town, account, Home::id_of(account)) {
        Document::Home(home) => {
            let plans = home.documents.values().filter(|entry| entry.kind == "visit");
            let titles: Vec<usize> = plans.map(|entry| entry.title.len()).collect();
            assert_eq!(titles.len() as u64, round.div_ceil(300));
            assert!(titles.iter().all(|len| *len <= HOME_TITLE_BYTES_MAX), "{titles:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_an_account_is_told_of_is_bounded_whoever_makes_it() {
    let mut town = Town::in_memory();
    let lead = town.account("Victim", "lead");
    let staff = town.person("Staff", "staff@kista");
    let (group, unit) = (GroupId::from_str("g1").unwrap(), UnitId::from_str("kista").unwrap());
    let mut refused = 0;
    for number in 0..ACCOUNT_PLANS_MAX + 3 {
        let id = DocumentId::from_random(town.random.id());
        let (group, unit) = (group.clone(), unit.clone());
        let title = format!("Plan {number}");
        town.edit(staff, id, &visit(VisitEdit::Create { pilot: PILOT, group, unit, title }));
        town.sync(staff, id);
        let full = |frame: &Frame| matches!(frame, Frame::Rejected { refusal, .. } if refusal.code == "quota-exceeded");
        refused += town.heard(staff).iter().filter(|frame| full(frame)).count();
    }
    assert_eq!(refused, 3);
    match on_a_new_device(&mut town, lead, Home::id_of(lead)) {
        Document::Home(home) => {
            let plans = home.documents.values().filter(|entry| entry.kind == "visit").count();
            assert_eq!(plans as u64, ACCOUNT_PLANS_MAX);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_itinerary_that_is_published_on_and_on_stays_small_and_opens_on_a_new_device() {
    let mut town = Town::in_memory();
    let lead = town.person("Lead", "lead");
    let aino = town.person("Aino", "staff@kista");
    let account = town.account_of(lead);
    plan(&mut town, lead, aino, None);
    town.disconnect(lead);
    town.disconnect(aino);
    let to = |link: u64| Command::MoveToRemote {
        visit: VISIT,
        link: format!("https://m.example/{link}"),
    };
    // Where nothing is optimised, a publication takes 20 ms: `make soak` has all of them.
    let count = if cfg!(debug_assertions) { acts() / 50 } else { acts() };
    for round in 0..count / TOGETHER_COUNT {
        let acts = round * TOGETHER_COUNT..(round + 1) * TOGETHER_COUNT;
        let commands = acts.map(to).collect();
        let import = Import { accounts: Vec::new(), documents: Vec::new(), commands };
        request(&mut town, vec![AdminRequest::Import(Box::new(import))]);
    }
    match opens(&mut town, account, Itinerary::id_of(VISIT)) {
        Document::Itinerary(itinerary) => {
            assert_eq!(itinerary.latest().map(|(number, _)| u64::from(number)), Some(count));
            assert!(itinerary.versions.len() > 1, "{}", itinerary.versions.len());
        }
        other => panic!("{other:?}"),
    }
    opens(&mut town, account, VISIT);
}

#[test]
fn a_directory_and_a_person_that_are_imported_on_and_on_stay_small_and_open_on_a_new_device() {
    let mut town = Town::in_memory();
    let lead = town.account("Lead", "lead");
    let person = AccountId([9; 16]);
    // Three documents are written each time.
    let rounds = acts() / TOGETHER_COUNT / 3;
    for round in 0..rounds {
        let act = |act: u64| {
            let name = format!("Kista {round} {act}");
            let unit = Unit { name: name.clone(), from: None, until: None, successor: None };
            let units = BTreeMap::from([("kista".parse().unwrap(), unit)]);
            let directory = Document::Directory(Directory { units, ..Directory::default() });
            let roles = vec!["staff@kista".to_owned()];
            let named = Some("Pia".to_owned());
            let pia = NewAccount { name, roles, named, ..NewAccount::of(person) };
            let documents = vec![(Directory::id(), directory)];
            let import = Import { accounts: vec![pia], documents, commands: Vec::new() };
            AdminRequest::Import(Box::new(import))
        };
        request(&mut town, (0..TOGETHER_COUNT).map(act).collect());
    }
    let last = format!("Kista {} {}", rounds - 1, TOGETHER_COUNT - 1);
    match opens(&mut town, lead, Directory::id()) {
        Document::Directory(directory) => {
            assert!(directory.units.values().any(|unit| unit.name == last), "{directory:?}");
        }
        other => panic!("{other:?}"),
    }
    for id in [Profile::id_of(person), Card::id_of(person)] {
        match opens(&mut town, person, id) {
            Document::Profile(Profile { name, .. }) | Document::Card(Card { name, .. }) => {
                assert_eq!(name, last);
            }
            other => panic!("{other:?}"),
        }
    }
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
