//! Planning a visit: edits, findings, publishing, what changed. Documents alone; no device.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

use std::collections::BTreeMap;

use automerge::AutoCommit;
use samsynk_core::domain::changes::{ChangeKind, changes};
use samsynk_core::domain::checks::{Calendar, Surroundings, check};
use samsynk_core::domain::{
    Card, Command, Diary, Directory, Document, Documents, Edit, Giver, Group, Itinerary, Mode,
    Moment, Pilot, Place, Projection, Role, Slot, SlotField, Subject, Visit, VisitEdit, actor_of,
    author_of,
};
use samsynk_core::ids::{AccountId, DocumentId, SlotId, UnitId};
use samsynk_core::limits::{CLASHES_COUNT_MAX, FINDINGS_COUNT_MAX, SLOTS_COUNT_MAX};
use samsynk_core::refusal::Refusal;

const VISIT: DocumentId = DocumentId([1; 16]);
const PILOT: DocumentId = DocumentId([2; 16]);
const HOST: DocumentId = DocumentId([3; 16]);

/// A server's documents, in memory.
#[derive(Default)]
struct Shelf(BTreeMap<DocumentId, AutoCommit>);

impl Documents for Shelf {
    fn read(&mut self, id: DocumentId) -> Result<Option<Projection>, Refusal> {
        Ok(self.0.get(&id).map(Projection::of))
    }

    fn write(&mut self, id: DocumentId, content: &Document) -> Result<(), Refusal> {
        content.write(self.0.entry(id).or_default())
    }
}

fn id(text: &str) -> SlotId {
    text.parse().unwrap()
}

fn slot(title: &str, date: &str, start: &str, end: &str) -> Slot {
    Slot {
        title: title.to_owned(),
        date: date.parse().unwrap(),
        start: start.parse().unwrap(),
        end: end.parse().unwrap(),
        mode: Mode::Person,
        place: Some("office".parse().unwrap()),
        room: "Storstugan".to_owned(),
        link: String::new(),
        hosts: BTreeMap::from([(HOST, true)]),
        audience: String::new(),
        preparation: String::new(),
        bring: String::new(),
        cancelled: false,
    }
}

fn visit_edit(doc: &mut AutoCommit, edit: VisitEdit) -> Result<(), Refusal> {
    Edit::Visit(edit).apply(VISIT, doc)
}

fn set(doc: &mut AutoCommit, slot: &str, set: SlotField) {
    visit_edit(doc, VisitEdit::SetSlot { id: id(slot), set }).unwrap();
    doc.commit();
}

/// The plan of one group at Farsta, with a welcome and a lunch on the first day.
fn plan(actor: AccountId) -> AutoCommit {
    let mut doc = AutoCommit::new().with_actor(actor_of(actor, [0; 16]));
    let create = VisitEdit::Create {
        pilot: PILOT,
        group: "g1".parse().unwrap(),
        unit: "farsta".parse().unwrap(),
        title: "Farsta".to_owned(),
    };
    visit_edit(&mut doc, create).unwrap();
    for (name, start, end) in [("welcome", "09:00", "10:00"), ("lunch", "12:00", "13:00")] {
        let slot = Box::new(slot(name, "2021-12-13", start, end));
        visit_edit(&mut doc, VisitEdit::AddSlot { id: id(name), slot }).unwrap();
    }
    doc.commit();
    doc
}

/// The plan with the round that it belongs to and its host's card, as a server has them.
fn shelf(plan: AutoCommit) -> Shelf {
    let mut shelf = Shelf(BTreeMap::from([(VISIT, plan)]));
    shelf.write(PILOT, &Document::Pilot(surroundings().0)).unwrap();
    let card = Card {
        account: AccountId([3; 16]),
        unit: "farsta".parse().unwrap(),
        name: "Testa".to_owned(),
        function: String::new(),
        shown: true,
    };
    shelf.write(HOST, &Document::Card(card)).unwrap();
    shelf
}

fn content(doc: &AutoCommit) -> Visit {
    match Document::of(doc) {
        Ok(Document::Visit(visit)) => visit,
        other => panic!("no visit: {other:?}"),
    }
}

#[test]
fn setting_a_field_is_one_operation() {
    let mut doc = plan(AccountId([7; 16]));
    let before = doc.get_heads();
    set(&mut doc, "welcome", SlotField::Room("Lilla rummet".to_owned()));
    let made = doc.get_changes(&before);
    assert_eq!(made.iter().map(automerge::Change::len).collect::<Vec<_>>(), [1]);
    assert_eq!(content(&doc).slots[&id("welcome")].room, "Lilla rummet");
}

#[test]
fn two_people_give_a_field_two_values_and_one_settles_it() {
    let (anna, bo) = (AccountId([1; 16]), AccountId([2; 16]));
    let mut hers = plan(anna);
    let mut his = hers.fork().with_actor(actor_of(bo, [0; 16]));
    set(&mut hers, "welcome", SlotField::Room("Rum A".to_owned()));
    set(&mut his, "welcome", SlotField::Room("Rum B".to_owned()));
    // Both also agree on something: that is no conflict.
    set(&mut hers, "lunch", SlotField::Bring("Matlåda".to_owned()));
    set(&mut his, "lunch", SlotField::Bring("Matlåda".to_owned()));
    hers.merge(&mut his).unwrap();

    let conflicts = Projection::of(&hers).conflicts;
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].path, ["slots", "welcome", "room"]);
    let mut values: Vec<_> =
        conflicts[0].values.iter().map(|v| (v.value.as_str(), v.author)).collect();
    values.sort_unstable();
    assert_eq!(values, [("Rum A", anna), ("Rum B", bo)]);

    set(&mut hers, "welcome", SlotField::Room("Rum B".to_owned()));
    assert_eq!(Projection::of(&hers).conflicts, []);
    assert_eq!(content(&hers).slots[&id("welcome")].room, "Rum B");
}

#[test]
fn an_edit_that_cannot_be_made_says_why() {
    let mut doc = plan(AccountId([7; 16]));
    let refused = |doc: &mut AutoCommit, edit: Edit| edit.apply(VISIT, doc).unwrap_err().code;
    let set_slot =
        |slot: &str, set: SlotField| Edit::Visit(VisitEdit::SetSlot { id: id(slot), set });
    let number = SlotField::Bring("811218-9876".to_owned());
    assert_eq!(refused(&mut doc, set_slot("welcome", number)), "personal-number");
    assert_eq!(refused(&mut doc, set_slot("nowhere", SlotField::Cancelled(true))), "no-such-item");
    let note = samsynk_core::domain::NoteEdit::SetTitle { title: String::new() };
    assert_eq!(refused(&mut doc, Edit::Note(note.clone())), "wrong-kind");
    assert_eq!(refused(&mut AutoCommit::new(), Edit::Note(note)), "no-such-document");
}

#[test]
fn a_schema_from_the_future_and_an_unknown_kind_are_read_only() {
    use automerge::transaction::Transactable as _;
    let mut doc = plan(AccountId([7; 16]));
    doc.put(automerge::ROOT, "schema", 2_u64).unwrap();
    let refusal = Document::of(&doc).unwrap_err();
    assert_eq!(refusal, Refusal::new("schema-from-the-future").with("schema", 2).with("known", 1));
    doc.put(automerge::ROOT, "kind", "song").unwrap();
    assert_eq!(Document::of(&doc).unwrap_err(), Refusal::new("unknown-kind").with("kind", "song"));
}

fn surroundings() -> (Pilot, Directory) {
    let group = Group {
        title: "Grupp 1".to_owned(),
        unit: "farsta".parse().unwrap(),
        members: (0..11).map(|n| (AccountId([n; 16]), true)).collect(),
    };
    let pilot = Pilot {
        title: "Höst".to_owned(),
        from: "2021-12-13".parse().unwrap(),
        until: "2021-12-15".parse().unwrap(),
        units: BTreeMap::from([("farsta".parse().unwrap(), true)]),
        universities: BTreeMap::new(),
        groups: BTreeMap::from([("g1".parse().unwrap(), group)]),
    };
    let place = |latitude: f64| Place {
        name: String::new(),
        address: String::new(),
        latitude,
        longitude: 18.0,
        opens: Some("08:00".parse().unwrap()),
        closes: Some("17:00".parse().unwrap()),
    };
    let places = [("office", place(59.24)), ("far", place(59.33))];
    let places = places.into_iter().map(|(id, place)| (id.parse().unwrap(), place)).collect();
    (pilot, Directory { places, ..Directory::default() })
}

#[test]
fn a_plan_is_told_what_is_wrong_with_it() {
    let (pilot, directory) = surroundings();
    let mut visit = content(&plan(AccountId([7; 16])));
    let mut add = |name: &str, change: &dyn Fn(&mut Slot)| {
        let mut slot = slot(name, "2021-12-14", "09:00", "10:00");
        change(&mut slot);
        visit.slots.insert(id(name), slot);
    };
    add("a-meeting", &|_| {});
    add("b-same-time", &|slot| slot.room = "Elsewhere".to_owned());
    add("c-far-at-once", &|slot| {
        slot.start = "10:05".parse().unwrap();
        slot.end = "11:00".parse().unwrap();
        slot.place = Some("far".parse().unwrap());
    });
    add("d-evening", &|slot| {
        slot.start = "16:00".parse().unwrap();
        slot.end = "18:00".parse().unwrap();
        slot.place = Some("far".parse().unwrap());
    });
    add("e-nobody", &|slot| {
        slot.date = "2021-12-15".parse().unwrap();
        slot.hosts.clear();
    });
    add("f-backwards", &|slot| {
        slot.date = "2021-12-16".parse().unwrap();
        slot.end = "08:30".parse().unwrap();
    });
    add("g-nowhere", &|slot| {
        slot.date = "2021-12-15".parse().unwrap();
        slot.start = "11:00".parse().unwrap();
        slot.end = "12:00".parse().unwrap();
        slot.title.clear();
        slot.place = None;
    });
    add("h-hybrid", &|slot| {
        slot.date = "2021-12-15".parse().unwrap();
        slot.start = "13:00".parse().unwrap();
        slot.end = "14:00".parse().unwrap();
        slot.mode = Mode::Hybrid;
        slot.place = None;
        slot.room.clear();
    });
    add("i-no-web-page", &|slot| {
        slot.date = "2021-12-15".parse().unwrap();
        slot.start = "14:00".parse().unwrap();
        slot.end = "15:00".parse().unwrap();
        slot.mode = Mode::Remote;
        slot.link = "javascript:alert(1)".to_owned();
    });
    let mut elsewhere = visit.clone();
    elsewhere.group = "g2".parse().unwrap();
    elsewhere.slots.retain(|name, _| *name == id("welcome"));

    let calendar = &Calendar::of([(VISIT, &visit), (DocumentId([9; 16]), &elsewhere)]);
    let around = Surroundings { pilot: Some(&pilot), directory: Some(&directory), calendar };
    let found = check(VISIT, &visit, around);
    let found: Vec<(Option<&str>, &str)> =
        found.iter().map(|f| (f.slot.as_ref().map(SlotId::as_str), f.code.as_str())).collect();
    assert_eq!(
        found,
        [
            (None, "group-too-large"),
            (Some("a-meeting"), "group-double-booked"),
            (Some("a-meeting"), "host-double-booked"),
            (Some("b-same-time"), "group-double-booked"),
            (Some("b-same-time"), "host-double-booked"),
            (Some("c-far-at-once"), "travel-too-short"),
            (Some("d-evening"), "outside-opening-hours"),
            (Some("e-nobody"), "no-host"),
            (Some("f-backwards"), "ends-before-it-starts"),
            (Some("f-backwards"), "outside-round"),
            (Some("g-nowhere"), "no-title"),
            (Some("g-nowhere"), "room-without-place"),
            (Some("h-hybrid"), "no-link"),
            (Some("h-hybrid"), "no-place"),
            (Some("i-no-web-page"), "link-invalid"),
            (Some("welcome"), "host-double-booked"),
            (Some("welcome"), "place-double-booked"),
        ]
    );
}

#[test]
fn however_many_slots_clash_the_findings_are_few_and_each_slot_names_its_clashes_soon() {
    let visit = content(&plan(AccountId([7; 16])));
    let (pilot, directory) = surroundings();
    let crowded = |number: u8| {
        let crowd = |n: usize| {
            let title = format!("{number}-{n}");
            (id(&format!("s{n}")), slot(&title, "2021-12-13", "00:00", "23:59"))
        };
        let slots = (0..SLOTS_COUNT_MAX).map(crowd).collect();
        let visit =
            Visit { title: "Crowd".to_owned(), group: "g2".parse().unwrap(), ..visit.clone() };
        (DocumentId([number; 16]), Visit { slots, ..visit })
    };
    let crowd: Vec<_> = (100..150).map(crowded).collect();
    let plans = crowd.iter().map(|(id, visit)| (*id, visit));
    let calendar = &Calendar::of(plans.chain([(VISIT, &visit)]));
    let around = Surroundings { pilot: Some(&pilot), directory: Some(&directory), calendar };
    for (id, visit) in &crowd {
        assert_eq!(check(*id, visit, around).len(), FINDINGS_COUNT_MAX);
    }
    let found = check(VISIT, &visit, around);
    for name in ["welcome", "lunch"] {
        for code in ["host-double-booked", "place-double-booked"] {
            let named = found.iter().filter(|f| f.slot == Some(id(name)) && f.code == code);
            assert_eq!(named.count(), CLASHES_COUNT_MAX, "{name} {code}");
        }
    }
}

#[test]
fn publishing_makes_numbered_versions_that_tell_what_changed() {
    let now = Moment::from_millis(1_638_000_000_000);
    let mut shelf = shelf(plan(AccountId([7; 16])));
    let publish = Command::PublishVisit { visit: VISIT };
    publish.execute(Giver::Operator, now, &mut shelf).unwrap();
    assert_eq!(
        publish.execute(Giver::Operator, now, &mut shelf).unwrap_err().code,
        "nothing-changed"
    );

    let doc = shelf.0.get_mut(&VISIT).unwrap();
    set(doc, "welcome", SlotField::Room("Lilla rummet".to_owned()));
    set(doc, "lunch", SlotField::Cancelled(true));
    publish.execute(Giver::Operator, now, &mut shelf).unwrap();

    let versions = itinerary(&shelf).versions;
    assert_eq!(versions.keys().copied().collect::<Vec<_>>(), [1, 2]);
    let found = changes(&versions[&1], &versions[&2]);
    let told: Vec<_> = found
        .iter()
        .map(|c| (c.slot.as_str(), c.kind, c.field.as_ref().map(|f| (f.name, f.after.as_str()))))
        .collect();
    assert_eq!(
        told,
        [
            ("lunch", ChangeKind::Cancelled, None),
            ("welcome", ChangeKind::Changed, Some(("room", "Lilla rummet"))),
        ]
    );
}

fn itinerary(shelf: &Shelf) -> Itinerary {
    match Document::of(&shelf.0[&Itinerary::id_of(VISIT)]) {
        Ok(Document::Itinerary(itinerary)) => itinerary,
        other => panic!("no itinerary: {other:?}"),
    }
}

#[test]
fn a_visit_moves_to_a_link_and_is_cancelled_as_a_whole() {
    let now = Moment::from_millis(0);
    let mut shelf = shelf(plan(AccountId([7; 16])));
    let remote = |link: &str| Command::MoveToRemote { visit: VISIT, link: link.to_owned() };
    assert_eq!(
        remote(" ").execute(Giver::Operator, now, &mut shelf).unwrap_err().code,
        "field-empty"
    );
    remote("https://meet.example/x").execute(Giver::Operator, now, &mut shelf).unwrap();
    let moved = itinerary(&shelf).versions.remove(&1).unwrap();
    assert!(moved.slots.values().all(|slot| slot.mode == Mode::Remote));
    assert!(moved.slots.values().all(|slot| slot.link == "https://meet.example/x"));

    let because = |reason: &str| Command::CancelVisit { visit: VISIT, reason: reason.to_owned() };
    let number = because("811218-9876").execute(Giver::Operator, now, &mut shelf).unwrap_err();
    assert_eq!(number, Refusal::new("personal-number").with("field", "reason"));
    let reinstate = Command::ReinstateVisit { visit: VISIT };
    let too_soon = reinstate.execute(Giver::Operator, now, &mut shelf).unwrap_err();
    assert_eq!(too_soon.code, "nothing-changed");
    let cancel = because(" Sjukdom ");
    cancel.execute(Giver::Operator, now, &mut shelf).unwrap();
    assert!(content(&shelf.0[&VISIT]).cancelled);
    assert!(itinerary(&shelf).versions[&2].cancelled);
    assert_eq!(
        cancel.execute(Giver::Operator, now, &mut shelf).unwrap_err().code,
        "visit-cancelled"
    );
    assert_eq!(itinerary(&shelf).versions[&2].reason, "Sjukdom");

    let doc = shelf.0.get_mut(&VISIT).unwrap();
    let edit = VisitEdit::SetTitle { title: "Ny".to_owned() };
    assert_eq!(visit_edit(doc, edit).unwrap_err().code, "visit-cancelled");
    reinstate.execute(Giver::Operator, now, &mut shelf).unwrap();
    assert!(!content(&shelf.0[&VISIT]).cancelled);
    let again = &itinerary(&shelf).versions[&3];
    assert!(!again.cancelled && again.reason.is_empty());
    assert_eq!(again.slots, itinerary(&shelf).versions[&2].slots, "nothing else has changed");
}

#[test]
fn what_is_taken_back_stays_in_the_plan_unpublished() {
    let mut shelf = shelf(plan(AccountId([7; 16])));
    let gives = |shelf: &mut Shelf, command: Command| {
        command.execute(Giver::Operator, Moment::from_millis(0), shelf).map_err(|r| r.code)
    };
    let edits = |shelf: &mut Shelf, slot: &str, field: SlotField| {
        set(shelf.0.get_mut(&VISIT).unwrap(), slot, field);
    };
    let publish = Command::PublishVisit { visit: VISIT };
    let undo = |version| Command::UndoVersion { visit: VISIT, version };
    gives(&mut shelf, publish.clone()).unwrap();
    assert_eq!(gives(&mut shelf, undo(1)), Err("no-such-version".to_owned()));

    // A publication carries a colleague's edit along, and a new title.
    edits(&mut shelf, "welcome", SlotField::Room("Lilla rummet".to_owned()));
    edits(&mut shelf, "lunch", SlotField::Preparation("Läs lagen".to_owned()));
    let title = VisitEdit::SetTitle { title: "Tre dagar".to_owned() };
    visit_edit(shelf.0.get_mut(&VISIT).unwrap(), title).unwrap();
    gives(&mut shelf, publish).unwrap();
    let worked_on = content(&shelf.0[&VISIT]);
    gives(&mut shelf, undo(2)).unwrap();
    let says = |shelf: &Shelf, version: u32| itinerary(shelf).version(version).unwrap();
    assert_eq!(content(&shelf.0[&VISIT]), worked_on, "the plan keeps everything");
    assert_eq!(says(&shelf, 3).slots, says(&shelf, 1).slots);
    assert_eq!(itinerary(&shelf).title, "Farsta");
    assert_eq!(gives(&mut shelf, undo(2)), Err("published-meanwhile".to_owned()));

    // So does a cancellation.
    gives(&mut shelf, Command::CancelVisit { visit: VISIT, reason: "Storm".to_owned() }).unwrap();
    assert!(content(&shelf.0[&VISIT]).cancelled);
    gives(&mut shelf, undo(4)).unwrap();
    assert_eq!(content(&shelf.0[&VISIT]), worked_on);
    assert_eq!(says(&shelf, 5).slots, says(&shelf, 1).slots);
    assert!(!says(&shelf, 5).cancelled && says(&shelf, 5).reason.is_empty());
    gives(&mut shelf, undo(5)).unwrap();
    assert!(content(&shelf.0[&VISIT]).cancelled);
    assert_eq!(says(&shelf, 6).reason, "Storm");
}

#[test]
fn going_back_to_a_version_keeps_what_is_not_published() {
    let mut shelf = shelf(plan(AccountId([7; 16])));
    let gives = |shelf: &mut Shelf, command: Command| {
        command.execute(Giver::Operator, Moment::from_millis(0), shelf).unwrap();
    };
    let publish = Command::PublishVisit { visit: VISIT };
    gives(&mut shelf, publish.clone());
    let room = |name: &str| SlotField::Room(name.to_owned());
    set(shelf.0.get_mut(&VISIT).unwrap(), "welcome", room("Lilla rummet"));
    let added = Box::new(slot("fika", "2021-12-13", "14:00", "15:00"));
    let add = VisitEdit::AddSlot { id: id("fika"), slot: added };
    visit_edit(shelf.0.get_mut(&VISIT).unwrap(), add).unwrap();
    gives(&mut shelf, publish);

    set(shelf.0.get_mut(&VISIT).unwrap(), "welcome", SlotField::Bring("Penna".to_owned()));
    set(shelf.0.get_mut(&VISIT).unwrap(), "lunch", room("Matsalen"));
    let added = Box::new(slot("walk", "2021-12-14", "14:00", "15:00"));
    let add = VisitEdit::AddSlot { id: id("walk"), slot: added };
    visit_edit(shelf.0.get_mut(&VISIT).unwrap(), add).unwrap();
    gives(&mut shelf, Command::RestoreVersion { visit: VISIT, version: 1 });

    let now = content(&shelf.0[&VISIT]).slots;
    assert_eq!(itinerary(&shelf).versions[&3].slots, itinerary(&shelf).versions[&1].slots);
    assert_eq!(now.keys().map(SlotId::as_str).collect::<Vec<_>>(), ["lunch", "walk", "welcome"]);
    assert_eq!(now[&id("welcome")].room, "Storstugan", "what was published went back");
    assert_eq!(now[&id("welcome")].bring, "Penna", "what was not stayed");
    assert_eq!(now[&id("lunch")].room, "Matsalen");
}

#[test]
fn the_words_of_a_command_are_looked_at_before_it_waits() {
    let moved = |link: &str| Command::MoveToRemote { visit: VISIT, link: link.to_owned() }.tidied();
    let code = |link: &str| moved(link).unwrap_err().code;
    for wrong in ["javascript:alert(1)", "plain words", "words"] {
        assert_eq!(code(wrong), "link-invalid", "{wrong}");
    }
    assert_eq!(code(" "), "field-empty");
    assert_eq!(code("https://zoom.example/j/811218-9876"), "personal-number");
    let whole = Command::MoveToRemote { visit: VISIT, link: "https://a.example/x".to_owned() };
    assert_eq!(moved(" a.example/x "), Ok(whole));
    let reason = "Ring 811218-9876".to_owned();
    let cancel = Command::CancelVisit { visit: VISIT, reason }.tidied();
    assert_eq!(cancel.unwrap_err(), Refusal::new("personal-number").with("field", "reason"));
}

#[test]
fn a_plan_with_conflicts_is_not_published() {
    let mut hers = plan(AccountId([1; 16]));
    let mut his = hers.fork().with_actor(actor_of(AccountId([2; 16]), [0; 16]));
    set(&mut hers, "welcome", SlotField::Room("Rum A".to_owned()));
    set(&mut his, "welcome", SlotField::Room("Rum B".to_owned()));
    hers.merge(&mut his).unwrap();
    let mut shelf = shelf(hers);
    let refused = Command::PublishVisit { visit: VISIT }.execute(
        Giver::Operator,
        Moment::from_millis(0),
        &mut shelf,
    );
    assert_eq!(refused.unwrap_err(), Refusal::new("conflicts-unresolved").with("count", 1));
    assert!(!shelf.0.contains_key(&Itinerary::id_of(VISIT)), "nothing was published");
}

#[test]
fn only_cards_pass_for_hosts_and_only_a_hosted_group_is_published_to() {
    let publish = Command::PublishVisit { visit: VISIT };
    let refused = |shelf: &mut Shelf| {
        let refusal = publish.execute(Giver::Operator, Moment::from_millis(0), shelf).unwrap_err();
        assert!(!shelf.0.contains_key(&Itinerary::id_of(VISIT)), "nothing was opened to anyone");
        refusal.code
    };
    let mut diary_as_host = shelf(plan(AccountId([7; 16])));
    let diary = Diary::id_of(AccountId([5; 16]));
    let content = Document::Diary(Diary::new(AccountId([5; 16])));
    diary_as_host.write(diary, &content).unwrap();
    let doc = diary_as_host.0.get_mut(&VISIT).unwrap();
    visit_edit(doc, VisitEdit::AddHost { id: id("lunch"), card: diary }).unwrap();
    assert_eq!(refused(&mut diary_as_host), "host-without-card");

    let mut elsewhere = shelf(plan(AccountId([7; 16])));
    let mut pilot = surroundings().0;
    pilot.groups.get_mut(&"g1".parse().unwrap()).unwrap().unit = "kista".parse().unwrap();
    elsewhere.write(PILOT, &Document::Pilot(pilot)).unwrap();
    assert_eq!(refused(&mut elsewhere), "group-not-hosted");
}

#[test]
fn an_actor_says_for_whom_it_writes() {
    let account = AccountId([5; 16]);
    assert_eq!(author_of(&actor_of(account, [1; 16])), Some(account));
    assert_eq!(author_of(&automerge::ActorId::from(vec![1, 2, 3])), None);
}

#[test]
fn a_device_says_of_a_publication_what_the_server_will_say() {
    let now = Moment::from_millis(0);
    let unit = |name: &str| name.parse::<UnitId>().unwrap();
    let staff = Subject::new(AccountId([7; 16]), [Role::Staff(unit("farsta"))], []);
    let kista = Subject::new(AccountId([8; 16]), [Role::Staff(unit("kista"))], []);
    let lead = Subject::new(AccountId([9; 16]), [Role::Lead], []);
    let publish = Command::PublishVisit { visit: VISIT };
    let said = |shelf: &mut Shelf, by: &Subject| {
        let checked = publish.check(by, shelf).map_err(|refusal| refusal.code);
        if checked.is_ok() {
            assert!(!shelf.0.contains_key(&Itinerary::id_of(VISIT)), "nothing is written");
            publish.execute(Giver::Account(by), now, shelf).unwrap();
            shelf.0.remove(&Itinerary::id_of(VISIT));
        }
        checked
    };
    let refused = |code: &str| Err(code.to_owned());
    let with_host = |unit: &UnitId, shown: bool| {
        let mut shelf = shelf(plan(AccountId([7; 16])));
        let (account, unit) = (AccountId([3; 16]), unit.clone());
        let (name, function) = (String::new(), String::new());
        let card = Document::Card(Card { account, unit, name, function, shown });
        shelf.0.remove(&HOST);
        shelf.write(HOST, &card).unwrap();
        shelf
    };

    let farsta = unit("farsta");
    assert_eq!(said(&mut with_host(&farsta, true), &staff), Ok(()));
    assert_eq!(said(&mut with_host(&farsta, true), &lead), Ok(()));
    assert_eq!(said(&mut with_host(&farsta, true), &kista), refused("not-writer"));
    // Another unit's host: who may not read the card hears the same as of one that is not there.
    assert_eq!(said(&mut with_host(&unit("kista"), true), &staff), refused("host-without-card"));
    assert_eq!(said(&mut with_host(&unit("kista"), true), &lead), refused("host-of-another-unit"));
    let mut gone = with_host(&farsta, true);
    gone.0.remove(&HOST);
    assert_eq!(said(&mut gone, &staff), refused("host-without-card"));
    assert_eq!(said(&mut with_host(&farsta, false), &staff), refused("host-not-agreed"));
    assert_eq!(said(&mut with_host(&farsta, false), &lead), refused("host-not-agreed"));
    let mut elsewhere = with_host(&farsta, true);
    elsewhere.0.remove(&PILOT);
    assert_eq!(said(&mut elsewhere, &staff), refused("group-not-hosted"));
}

#[test]
fn an_itinerary_keeps_what_opens_and_tells_what_changed_since_the_oldest_of_it() {
    let mut shelf = shelf(plan(AccountId([7; 16])));
    let publish = Command::PublishVisit { visit: VISIT };
    for number in 1..=100_i64 {
        let room = format!("Rum {number}");
        set(shelf.0.get_mut(&VISIT).unwrap(), "welcome", SlotField::Room(room));
        publish.execute(Giver::Operator, Moment::from_millis(number), &mut shelf).unwrap();
    }
    let published = itinerary(&shelf);
    let kept: Vec<u32> = published.versions.keys().copied().collect();
    assert_eq!(kept, (81..=100).collect::<Vec<_>>());
    assert_eq!(published.seen(0), None);
    assert_eq!(published.seen(3), published.versions.get(&81));
    assert_eq!(published.seen(90), published.versions.get(&90));

    // Long texts make room for fewer versions, and a plan of nothing else for none.
    for slot in ["welcome", "lunch"] {
        let long = "å".repeat(4_000);
        set(shelf.0.get_mut(&VISIT).unwrap(), slot, SlotField::Preparation(long));
    }
    publish.execute(Giver::Operator, Moment::from_millis(101), &mut shelf).unwrap();
    assert_eq!(itinerary(&shelf).latest().map(|(number, _)| number), Some(101));
}
