//! What screens show, from documents alone: what may be said of a document, and a round as each role sees it.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

use std::collections::{BTreeMap, BTreeSet};

use samsynk_core::domain::view::{
    GroupView, Held, Library, Missing, PilotView, PlanState, Presence, SaveState, View, ViewData,
};
use samsynk_core::domain::{
    Document, Entry, Group, Home, Itinerary, Moment, Pilot, Profile, Projection, Role, Subject,
    Version, Visit,
};
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::refusal::Refusal;

const ME: AccountId = AccountId([1; 16]);
const ROUND: DocumentId = DocumentId([2; 16]);
const PLAN: DocumentId = DocumentId([3; 16]);

/// A device of somebody with a role, whose home has arrived and lists what is here.
fn device(role: &str, documents: Vec<(DocumentId, Document)>) -> Library {
    let mut home = Home::new(ME);
    for (id, document) in &documents {
        let entry = Entry { kind: document.kind().to_owned(), title: document.title() };
        home.documents.insert(*id, entry);
    }
    let subject = Subject::new(ME, [role.parse::<Role>().unwrap()], []);
    let mut library = Library {
        subject,
        documents: BTreeMap::new(),
        waiting: Vec::new(),
        withdrawn: Vec::new(),
        coming: BTreeSet::new(),
    };
    for (id, document) in documents.into_iter().chain([(Home::id_of(ME), Document::Home(home))]) {
        holds(&mut library, id, Ok(document));
    }
    library
}

fn holds(library: &mut Library, id: DocumentId, content: Result<Document, Refusal>) {
    let projection = Projection { content, conflicts: Vec::new() };
    library.documents.insert(id, Held { projection, saved: SaveState::Saved, as_of: None });
}

fn home(library: &mut Library) -> &mut Home {
    match &mut library.documents.get_mut(&Home::id_of(ME)).unwrap().projection.content {
        Ok(Document::Home(home)) => home,
        other => panic!("{other:?}"),
    }
}

fn missing(library: &Library, view: &View) -> Missing {
    match library.view(view) {
        ViewData::Missing(missing) => missing,
        other => panic!("{other:?}"),
    }
}

fn plan(cancelled: bool) -> Document {
    Document::Visit(Visit {
        pilot: ROUND,
        group: "g1".parse().unwrap(),
        unit: "farsta".parse().unwrap(),
        title: "Farsta".to_owned(),
        cancelled,
        slots: BTreeMap::new(),
    })
}

fn itinerary(newest: u32, cancelled: bool) -> Document {
    let (slots, places) = (BTreeMap::new(), BTreeMap::new());
    let (published, title, reason) = (Moment::from_millis(0), "Farsta".to_owned(), String::new());
    let version = Version { published, title, cancelled, reason, slots, places };
    Document::Itinerary(Itinerary {
        visit: PLAN,
        pilot: ROUND,
        group: "g1".parse().unwrap(),
        unit: "farsta".parse().unwrap(),
        universities: BTreeMap::from([("su".parse().unwrap(), true)]),
        title: "Farsta".to_owned(),
        versions: BTreeMap::from([(newest, version)]),
    })
}

fn round(members: &[u8]) -> Document {
    let members = members.iter().map(|n| (AccountId([*n; 16]), true)).collect();
    let group = Group { title: "Grupp 1".to_owned(), unit: "farsta".parse().unwrap(), members };
    Document::Pilot(Pilot {
        title: "Höst".to_owned(),
        from: "2021-12-13".parse().unwrap(),
        until: "2021-12-15".parse().unwrap(),
        units: BTreeMap::from([("farsta".parse().unwrap(), true)]),
        universities: BTreeMap::from([("su".parse().unwrap(), true)]),
        groups: BTreeMap::from([("g1".parse().unwrap(), group)]),
    })
}

fn profile(person: u8, name: &str, needs: &str, protected: bool) -> (DocumentId, Document) {
    let account = AccountId([person; 16]);
    let profile = Profile {
        account,
        university: Some("su".parse().unwrap()),
        name: name.to_owned(),
        contact: String::new(),
        needs: needs.to_owned(),
        protected,
    };
    (Profile::id_of(account), Document::Profile(profile))
}

fn group(library: &Library) -> GroupView {
    match library.view(&View::Pilot { pilot: ROUND }) {
        ViewData::Pilot(PilotView { mut groups, .. }) => groups.remove(0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_screen_says_one_of_five_things_of_a_document() {
    let only = |presence| Missing { presence, refusal: None };
    let ask = View::Plan { visit: PLAN };

    let mut staff = device("staff@farsta", Vec::new());
    assert_eq!(missing(&staff, &ask), only(Presence::NotThere));
    let entry = Entry { kind: "visit".to_owned(), title: "Farsta".to_owned() };
    home(&mut staff).documents.insert(PLAN, entry);
    assert_eq!(missing(&staff, &ask), only(Presence::OnItsWay));
    holds(&mut staff, PLAN, Ok(plan(false)));
    assert_eq!(staff.presence(PLAN), Presence::Here);
    assert!(matches!(staff.view(&ask), ViewData::Plan(_)));

    // Before the list of the account's documents has come, nobody can say that it is not there.
    let mut fresh = device("staff@farsta", Vec::new());
    fresh.documents.clear();
    assert_eq!(missing(&fresh, &ask), only(Presence::OnItsWay));

    let mut gone = device("staff@farsta", Vec::new());
    gone.withdrawn.push(PLAN);
    assert_eq!(missing(&gone, &ask), only(Presence::Withdrawn));
    // The list may still name it for a moment, and may not yet name what comes back.
    let entry = Entry { kind: "visit".to_owned(), title: "Farsta".to_owned() };
    home(&mut gone).documents.insert(PLAN, entry);
    assert_eq!(missing(&gone, &ask), only(Presence::Withdrawn));
    let mut back = device("staff@farsta", Vec::new());
    back.coming.insert(PLAN);
    assert_eq!(missing(&back, &ask), only(Presence::OnItsWay));

    // What is published tells that there are a plan and a round.
    let id = Itinerary::id_of(PLAN);
    let student = device("student", vec![(id, itinerary(1, false))]);
    assert_eq!(missing(&student, &ask), only(Presence::NotYours));
    assert_eq!(missing(&student, &View::Pilot { pilot: ROUND }), only(Presence::NotYours));
    assert_eq!(missing(&student, &View::Plan { visit: id }), only(Presence::NotThere));

    let mut old = device("staff@farsta", Vec::new());
    let refusal = Refusal::new("schema-from-the-future");
    holds(&mut old, PLAN, Err(refusal.clone()));
    let unreadable = Missing { presence: Presence::Here, refusal: Some(refusal) };
    assert_eq!(missing(&old, &ask), unreadable);
}

#[test]
fn a_round_tells_how_far_a_plan_has_come_as_far_as_one_may_know() {
    let at = Moment::from_millis(0);
    let id = Itinerary::id_of(PLAN);
    let state = |role: &str, mut documents: Vec<(DocumentId, Document)>| {
        documents.push((ROUND, round(&[])));
        group(&device(role, documents)).plan
    };
    for role in ["lead", "staff@farsta"] {
        assert_eq!(state(role, Vec::new()), PlanState::None);
        assert_eq!(state(role, vec![(PLAN, plan(false))]), PlanState::Draft { visit: PLAN });
        let published = vec![(PLAN, plan(false)), (id, itinerary(2, false))];
        let expected = PlanState::Published { visit: Some(PLAN), itinerary: id, version: 2, at };
        assert_eq!(state(role, published), expected);
        let cancelled = vec![(PLAN, plan(true)), (id, itinerary(3, true))];
        let expected = PlanState::Cancelled { visit: Some(PLAN), itinerary: Some(id) };
        assert_eq!(state(role, cancelled), expected);
    }
    for role in ["coordinator@kau", "staff@kista"] {
        assert_eq!(state(role, Vec::new()), PlanState::NotYours, "{role} cannot tell none");
    }
    assert_eq!(state("coordinator@su", Vec::new()), PlanState::Unpublished);
    let read = vec![(id, itinerary(2, false))];
    let expected = PlanState::Published { visit: None, itinerary: id, version: 2, at };
    assert_eq!(state("coordinator@su", read), expected);

    let mut waiting = device("lead", vec![(ROUND, round(&[]))]);
    let entry = Entry { kind: "visit".to_owned(), title: "Farsta".to_owned() };
    home(&mut waiting).documents.insert(PLAN, entry);
    assert_eq!(group(&waiting).plan, PlanState::OnItsWay, "it may be this group's");
}

#[test]
fn a_round_shows_needs_and_protected_identities_to_those_who_may_read_them() {
    let people = vec![
        profile(11, "Östen", "", false),
        profile(12, "Alias", "", true),
        profile(13, "åsa", "Rullstol", false),
        (ROUND, round(&[11, 12, 13, 14])),
    ];
    let seen = group(&device("coordinator@su", people));
    let told: Vec<_> =
        seen.people.iter().map(|p| (p.name.as_str(), p.needs.as_str(), p.protected)).collect();
    assert_eq!(told, [("Alias", "", true), ("åsa", "Rullstol", false), ("Östen", "", false)]);
    assert_eq!(seen.members, 4, "also those whose profiles are not here");

    let staff = group(&device("staff@farsta", vec![(ROUND, round(&[11, 12]))]));
    assert_eq!((staff.members, staff.people), (2, Vec::new()));
}
