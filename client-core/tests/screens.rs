//! Screens of people with different roles, computed from documents alone; no device.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

use std::collections::{BTreeMap, BTreeSet};

use samsynk_core::domain::view::{
    ChangeView, Held, HomeItem, HomeKind, HomeView, ItineraryView, Library, SaveState, View,
    ViewData,
};
use samsynk_core::domain::{
    Card, Conflict, ConflictValue, Day, Diary, DiaryEdit, Document, Edit, Entry, Group, Home,
    Itinerary, Key, Mode, Moment, Pilot, Projection, Role, Slot, Subject, Version, Visit, actor_of,
};
use samsynk_core::ids::{AccountId, DocumentId};

const STUDENT: AccountId = AccountId([1; 16]);
const STAFF: AccountId = AccountId([2; 16]);
const ROUND: DocumentId = DocumentId([3; 16]);
const VISIT: DocumentId = DocumentId([4; 16]);
const HOST: AccountId = AccountId([5; 16]);

fn slot(title: &str, date: &str) -> Slot {
    Slot {
        title: title.to_owned(),
        date: date.parse().unwrap(),
        start: "09:00".parse().unwrap(),
        end: "10:00".parse().unwrap(),
        mode: Mode::Remote,
        place: None,
        room: String::new(),
        link: "https://teams.example/1".to_owned(),
        hosts: BTreeMap::from([(Card::id_of(HOST), true)]),
        audience: String::new(),
        preparation: String::new(),
        bring: String::new(),
        cancelled: false,
    }
}

fn visit() -> Visit {
    Visit {
        pilot: ROUND,
        group: "g1".parse().unwrap(),
        unit: "farsta".parse().unwrap(),
        title: "Tre dagar i Farsta".to_owned(),
        cancelled: false,
        slots: BTreeMap::from([("welcome".parse().unwrap(), slot("Välkommen", "2021-12-13"))]),
    }
}

fn published(versions: &[Visit]) -> Itinerary {
    let version = |(number, visit): (usize, &Visit)| {
        let content = Version {
            published: Moment::from_millis(0),
            title: visit.title.clone(),
            cancelled: visit.cancelled,
            reason: String::new(),
            slots: visit.slots.clone(),
            places: BTreeMap::new(),
        };
        (u32::try_from(number + 1).unwrap(), content)
    };
    Itinerary {
        visit: VISIT,
        pilot: ROUND,
        group: "g1".parse().unwrap(),
        unit: "farsta".parse().unwrap(),
        universities: BTreeMap::from([("su".parse().unwrap(), true)]),
        title: "Tre dagar i Farsta".to_owned(),
        versions: versions.iter().enumerate().map(version).collect(),
    }
}

fn round() -> Pilot {
    let group = Group {
        title: "Grupp 1".to_owned(),
        unit: "farsta".parse().unwrap(),
        members: BTreeMap::from([(STUDENT, true)]),
    };
    Pilot {
        title: "Höst 2021".to_owned(),
        from: "2021-12-13".parse().unwrap(),
        until: "2021-12-15".parse().unwrap(),
        units: BTreeMap::from([("farsta".parse().unwrap(), true)]),
        universities: BTreeMap::new(),
        groups: BTreeMap::from([("g1".parse().unwrap(), group)]),
    }
}

fn card() -> Card {
    Card {
        account: HOST,
        unit: "farsta".parse().unwrap(),
        name: "Testa Testsson".to_owned(),
        function: "enhetschef".to_owned(),
        shown: true,
    }
}

fn held(content: Document) -> Held {
    let projection = Projection { content: Ok(content), conflicts: Vec::new() };
    Held { projection, saved: SaveState::Saved, as_of: None }
}

/// What the device of a person with these keys holds of the visit, all of it arrived.
fn library(account: AccountId, keys: impl IntoIterator<Item = Key>) -> Library {
    let mut documents = BTreeMap::from([
        (Card::id_of(HOST), held(Document::Card(card()))),
        (Itinerary::id_of(VISIT), held(Document::Itinerary(published(&[visit()])))),
    ]);
    let mut home = Home::new(account);
    for (id, held) in &documents {
        let document = held.projection.content.as_ref().unwrap();
        let (kind, title) = (document.kind().to_owned(), document.title());
        home.documents.insert(*id, Entry { kind, title });
    }
    documents.insert(Home::id_of(account), held(Document::Home(home)));
    Library {
        subject: Subject::holding(account, keys),
        documents,
        waiting: Vec::new(),
        withdrawn: Vec::new(),
        coming: BTreeSet::new(),
    }
}

fn student() -> Library {
    library(STUDENT, [Key::Role(Role::Student), Key::Group(ROUND, "g1".parse().unwrap())])
}

fn with_plan(mut library: Library, plan: Visit) -> Library {
    library.documents.insert(VISIT, held(Document::Visit(plan)));
    library.documents.insert(ROUND, held(Document::Pilot(round())));
    library
}

fn staff() -> Library {
    with_plan(library(STAFF, [Key::Role(Role::Staff("farsta".parse().unwrap()))]), visit())
}

fn home(library: &Library) -> HomeView {
    match library.view(&View::Home) {
        ViewData::Home(home) => home,
        other => panic!("no home: {other:?}"),
    }
}

fn itinerary(library: &Library) -> ItineraryView {
    match library.view(&View::Itinerary { itinerary: Itinerary::id_of(VISIT) }) {
        ViewData::Itinerary(shown) => *shown,
        other => panic!("no itinerary: {other:?}"),
    }
}

fn only(library: &Library, kind: HomeKind) -> HomeItem {
    let sections = home(library).sections;
    let section = sections.into_iter().find(|section| section.kind == kind).unwrap();
    <[HomeItem; 1]>::try_from(section.items).map(|[item]| item).unwrap()
}

fn kinds(library: &Library) -> Vec<HomeKind> {
    home(library).sections.iter().map(|section| section.kind).collect()
}

#[test]
fn who_has_not_confirmed_secrecy_is_told_of_no_host_and_no_day() {
    let mut library = student();
    let before = library.view(&View::Itinerary { itinerary: Itinerary::id_of(VISIT) });
    let home = library.view(&View::Home);
    for view in [before, home] {
        let told = serde_json::to_string(&view).unwrap();
        assert!(!told.contains("Testa") && !told.contains("enhetschef"), "{told}");
    }

    let mut diary = Diary::new(STUDENT);
    diary.secrecy.insert(Itinerary::id_of(VISIT), Moment::from_millis(7));
    library.documents.insert(Diary::id_of(STUDENT), held(Document::Diary(diary)));
    let shown = itinerary(&library);
    assert_eq!(shown.secrecy_confirmed, Some(Moment::from_millis(7)));
    assert_eq!(shown.days.len(), 1);
    assert_eq!(
        shown.hosts.iter().map(|host| host.name.as_str()).collect::<Vec<_>>(),
        ["Testa Testsson"]
    );

    // Whoever receives the group reads what was published without confirming.
    assert_eq!(itinerary(&staff()).days.len(), 1);
}

/// The person's diary with a note that two of their devices wrote apart.
fn noted_apart(texts: [&str; 2]) -> automerge::AutoCommit {
    let mut diary = Diary::new(STUDENT);
    diary.secrecy.insert(Itinerary::id_of(VISIT), Moment::from_millis(7));
    let mut doc = Document::Diary(diary).create(actor_of(STUDENT, [0; 16])).unwrap();
    let mut other = doc.fork().with_actor(actor_of(STUDENT, [1; 16]));
    for (doc, text) in [&mut doc, &mut other].into_iter().zip(texts) {
        notes(doc, text);
    }
    doc.merge(&mut other).unwrap();
    doc
}

fn notes(doc: &mut automerge::AutoCommit, text: &str) {
    let (itinerary, slot) = (Some(Itinerary::id_of(VISIT)), "welcome".parse().unwrap());
    let edit = DiaryEdit::SetNote { itinerary, slot, text: text.to_owned() };
    Edit::Diary(edit).apply(Diary::id_of(STUDENT), doc).unwrap();
}

#[test]
fn a_note_that_was_written_on_two_devices_shows_both_texts_until_one_is_chosen() {
    let shown = |doc: &automerge::AutoCommit| {
        let mut library = student();
        let held =
            Held { projection: Projection::of(doc), ..held(Document::Diary(Diary::new(STUDENT))) };
        library.documents.insert(Diary::id_of(STUDENT), held);
        let mut day = itinerary(&library).days.remove(0);
        let slot = day.slots.remove(0);
        (slot.note, slot.note_texts)
    };
    let mut doc = noted_apart(["Fråga om nycklar", "Ta tåget 8.10"]);
    let (note, mut texts) = shown(&doc);
    assert_eq!(Some(&note), texts.first());
    texts.sort();
    assert_eq!(texts, ["Fråga om nycklar", "Ta tåget 8.10"]);

    notes(&mut doc, "Ta tåget 8.10");
    assert_eq!(shown(&doc), ("Ta tåget 8.10".to_owned(), Vec::new()));
    let alike = noted_apart(["Samma", "Samma"]);
    assert_eq!(shown(&alike), ("Samma".to_owned(), Vec::new()));
}

#[test]
fn home_does_not_call_itself_empty_before_the_list_of_documents_has_come() {
    assert_eq!(home(&student()).arriving, Some(0));
    let mut fresh = student();
    fresh.documents.clear();
    assert_eq!(home(&fresh).arriving, None);
}

#[test]
fn each_role_begins_with_what_it_works_with() {
    let lead = with_plan(library(STAFF, [Key::Role(Role::Lead)]), visit());
    let (plan, itinerary, round) = (HomeKind::Plan, HomeKind::Itinerary, HomeKind::Pilot);
    assert_eq!(kinds(&lead), [round, plan, itinerary]);
    assert_eq!(kinds(&staff()), [plan, itinerary, round]);
    assert_eq!(kinds(&student()), [itinerary]);
    assert_eq!(home(&student()).opens, Some(Itinerary::id_of(VISIT)));
    assert_eq!(home(&staff()).opens, None);
}

#[test]
fn home_tells_of_a_plan_what_waits_for_staff() {
    let plan = only(&staff(), HomeKind::Plan);
    assert_eq!((plan.version, plan.changes, plan.findings, plan.conflicts), (Some(1), 0, 0, 0));

    let mut changed = visit();
    let lunch = Slot { hosts: BTreeMap::new(), ..slot("Lunch", "2021-12-14") };
    changed.slots.insert("lunch".parse().unwrap(), lunch);
    let mut library = with_plan(staff(), changed.clone());
    let value = |author| ConflictValue { value: "Rum".to_owned(), author };
    let values = vec![value(STAFF), value(HOST)];
    let path = ["slots", "lunch", "room"].map(str::to_owned).to_vec();
    let conflicts = vec![Conflict { path, values }];
    library.documents.get_mut(&VISIT).unwrap().projection.conflicts = conflicts;
    let plan = only(&library, HomeKind::Plan);
    assert_eq!((plan.version, plan.changes, plan.findings, plan.conflicts), (Some(1), 1, 1, 1));
    let last: Day = "2021-12-14".parse().unwrap();
    assert_eq!(plan.until, Some(last));

    // Another visit of the same day in which the host is busy.
    let mut other = Visit { title: "Annat".to_owned(), group: "g2".parse().unwrap(), ..visit() };
    other.cancelled = true;
    let other_id = DocumentId([9; 16]);
    library.documents.insert(other_id, held(Document::Visit(other.clone())));
    let findings = |library: &Library| {
        let sections = home(library).sections;
        let items = sections.into_iter().flat_map(|section| section.items);
        items.into_iter().find(|item| item.document == VISIT).unwrap().findings
    };
    assert_eq!(findings(&library), 1, "a cancelled visit is in nobody's way");
    other.cancelled = false;
    library.documents.insert(other_id, held(Document::Visit(other)));
    assert_eq!(findings(&library), 2, "the host is busy");

    // Of what is cancelled there is nothing to do.
    changed.cancelled = true;
    let plan = only(&with_plan(staff(), changed), HomeKind::Plan);
    assert_eq!((plan.changes, plan.findings, plan.cancelled), (0, 0, true));
}

#[test]
fn a_new_title_is_a_change_for_staff_and_for_students() {
    let renamed = Visit { title: "Farstadagarna".to_owned(), ..visit() };
    let told = |change: &ChangeView| {
        let ChangeView { slot, field, before, after, .. } = change.clone();
        assert_eq!((slot, field.as_deref()), (None, Some("title")));
        assert_eq!((&*before, &*after), ("Tre dagar i Farsta", "Farstadagarna"));
    };
    let plan = with_plan(staff(), renamed.clone());
    assert_eq!(only(&plan, HomeKind::Plan).changes, 1);
    let ViewData::Plan(shown) = plan.view(&View::Plan { visit: VISIT }) else { panic!("no plan") };
    shown.changes.iter().for_each(told);

    let mut student = student();
    let mut both = published(&[visit(), renamed]);
    both.title = "Farstadagarna".to_owned();
    student.documents.insert(Itinerary::id_of(VISIT), held(Document::Itinerary(both)));
    let mut diary = Diary::new(STUDENT);
    diary.secrecy.insert(Itinerary::id_of(VISIT), Moment::from_millis(0));
    diary.acknowledged.insert(Itinerary::id_of(VISIT), 1);
    student.documents.insert(Diary::id_of(STUDENT), held(Document::Diary(diary)));
    let shown = itinerary(&student);
    assert_eq!(shown.changes.len(), 1);
    shown.changes.iter().for_each(told);
}

#[test]
fn the_session_whose_host_bars_publishing_is_named() {
    let mut library = staff();
    library.documents.remove(&Card::id_of(HOST));
    let ViewData::Plan(plan) = library.view(&View::Plan { visit: VISIT }) else {
        panic!("no plan")
    };
    let named = plan.findings.iter().find(|finding| finding.code == "host-hidden").unwrap();
    assert_eq!(named.slot, Some("welcome".parse().unwrap()));
}

#[test]
fn a_plan_that_was_never_published_says_so_at_home() {
    let mut library = staff();
    library.documents.remove(&Itinerary::id_of(VISIT));
    let plan = only(&library, HomeKind::Plan);
    assert_eq!((plan.version, plan.changes), (None, 0));
}
