//! The specification of access: who may do what with each kind of document.
//!
//! One row for each person, one column for each document of the same small town. A cell says what
//! the person may do: `r` read, `w` edit, `c` create one like it, `p` give commands on it. A second table says what
//! opens to each person when somebody else names them in a document.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::*;
use crate::domain::{
    Card, Diary, Directory, Grant, Group, Home, Itinerary, Key, Moment, Note, Pilot, Profile, Role,
    Version, Visit,
};
use crate::ids::AccountId;

const PILOT: DocumentId = DocumentId([100; 16]);
const VISIT: DocumentId = DocumentId([101; 16]);

/// The people, each with an account of their own: roles, and the university in the profile.
const PEOPLE: [(&str, &[&str], &str); 14] = [
    ("student in the group", &["student"], "su"),
    ("student elsewhere", &["student"], "su"),
    ("host at farsta", &["staff@farsta"], ""),
    ("staff at farsta", &["staff@farsta"], ""),
    ("staff at kista", &["staff@kista"], ""),
    ("staff at bromma", &["staff@bromma"], ""),
    ("supervisor", &["supervisor"], "su"),
    ("coordinator at su", &["coordinator@su"], "su"),
    ("coordinator at kau", &["coordinator@kau"], "kau"),
    ("lead", &["lead"], ""),
    ("union", &["union"], ""),
    ("admin", &["admin"], ""),
    ("student at kau", &["student"], "kau"),
    ("student of nowhere", &["student"], ""),
];

fn account(person: usize) -> AccountId {
    AccountId([u8::try_from(person).unwrap(); 16])
}

/// A person with the keys that their own profile and a round of visits grant.
fn subject_in(person: usize, round: Pilot) -> Subject {
    let (_, roles, university) = PEOPLE[person];
    let of_person = Profile { university: university.parse().ok(), ..profile(account(person)) };
    let by_profile = Document::Profile(of_person).access(Profile::id_of(account(person))).grants;
    let by_round = Document::Pilot(round).access(PILOT).grants;
    let roles = roles.iter().map(|role| role.parse::<Role>().unwrap());
    Subject::new(account(person), roles, by_profile.into_iter().chain(by_round))
}

/// A person in the town as it is: the first is in the group.
fn subject(person: usize) -> Subject {
    subject_in(person, pilot(account(0)))
}

/// One document of each kind: the student's own, the host's own, and a visit of the first group at
/// Farsta, in a round that Farsta and Kista host for Stockholm University.
fn documents() -> Vec<(&'static str, DocumentId, Document)> {
    let (student, host) = (account(0), account(2));
    let own = DocumentId([1; 16]);
    vec![
        ("home", own, Document::Home(Home::new(student))),
        ("directory", own, Document::Directory(Directory::default())),
        ("profile", own, Document::Profile(profile(student))),
        ("card", Card::id_of(host), Document::Card(card(host))),
        ("pilot", PILOT, Document::Pilot(pilot(student))),
        ("visit", VISIT, Document::Visit(visit())),
        ("itinerary", Itinerary::id_of(VISIT), Document::Itinerary(itinerary())),
        ("diary", own, Document::Diary(Diary::new(student))),
        ("note", own, Document::Note(note(student))),
    ]
}

fn profile(student: AccountId) -> Profile {
    Profile {
        account: student,
        university: Some("su".parse().unwrap()),
        name: String::new(),
        contact: String::new(),
        needs: String::new(),
        protected: false,
    }
}

fn card(host: AccountId) -> Card {
    let unit = "farsta".parse().unwrap();
    Card { account: host, unit, name: String::new(), function: String::new(), shown: true }
}

fn pilot(student: AccountId) -> Pilot {
    let members = BTreeMap::from([(student, true)]);
    let group = Group { title: String::new(), unit: "farsta".parse().unwrap(), members };
    Pilot {
        title: String::new(),
        from: "2021-12-13".parse().unwrap(),
        until: "2021-12-15".parse().unwrap(),
        units: ["farsta", "kista"].map(|unit| (unit.parse().unwrap(), true)).into(),
        universities: BTreeMap::from([("su".parse().unwrap(), true)]),
        groups: BTreeMap::from([("g1".parse().unwrap(), group)]),
    }
}

fn visit() -> Visit {
    Visit {
        pilot: PILOT,
        group: "g1".parse().unwrap(),
        unit: "farsta".parse().unwrap(),
        title: String::new(),
        cancelled: false,
        slots: BTreeMap::new(),
    }
}

fn itinerary() -> Itinerary {
    let version = Version {
        published: Moment::from_millis(0),
        cancelled: false,
        reason: String::new(),
        slots: BTreeMap::new(),
        places: BTreeMap::new(),
    };
    Itinerary {
        visit: VISIT,
        pilot: PILOT,
        group: "g1".parse().unwrap(),
        unit: "farsta".parse().unwrap(),
        title: String::new(),
        versions: BTreeMap::from([(1, version)]),
    }
}

fn note(owner: AccountId) -> Note {
    // Shared with the host.
    let shared = BTreeMap::from([(account(2), true)]);
    Note { owner, title: String::new(), text: String::new(), shared }
}

/// What a person may do with a document, as the letters of the table.
fn verbs(subject: &Subject, id: DocumentId, document: &Document) -> String {
    let command = Command::PublishVisit { visit: id };
    let is_visit = matches!(document, Document::Visit(_));
    let may = [
        ('r', may_read(subject, id, document).is_ok()),
        ('w', may_edit(subject, id, document).is_ok()),
        ('c', may_create(subject, id, document).is_ok()),
        ('p', is_visit && may_command(subject, &command, document).is_ok()),
    ];
    let letters: String = may.iter().filter(|(_, may)| *may).map(|(verb, _)| verb).collect();
    if letters.is_empty() { "-".to_owned() } else { letters }
}

fn table() -> String {
    let documents = documents();
    let mut table = format!("{:<22}", "");
    for (kind, _, _) in &documents {
        write!(table, "{kind:<11}").unwrap();
    }
    for (person, (name, ..)) in PEOPLE.iter().enumerate() {
        write!(table, "\n{name:<22}").unwrap();
        for (_, id, document) in &documents {
            write!(table, "{:<11}", verbs(&subject(person), *id, document)).unwrap();
        }
    }
    table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn who_may_do_what() {
    insta::assert_snapshot!(table(), @r"
                          home       directory  profile    card       pilot      visit      itinerary  diary      note
    student in the group  r          r          rw         -          -          -          r          rw         rwc
    student elsewhere     -          r          -          -          -          -          -          -          -
    host at farsta        -          r          -          rw         r          rwcp       r          -          rw
    staff at farsta       -          r          -          r          r          rwcp       r          -          -
    staff at kista        -          r          -          -          r          -          -          -          -
    staff at bromma       -          r          -          -          -          -          -          -          -
    supervisor            -          r          -          -          -          -          -          -          -
    coordinator at su     -          r          r          -          rwc        -          -          -          -
    coordinator at kau    -          r          -          -          -          -          -          -          -
    lead                  -          r          rw         rw         rwc        rwcp       r          -          -
    union                 -          r          -          -          -          -          -          -          -
    admin                 -          r          -          -          -          -          -          -          -
    student at kau        -          r          -          -          -          -          -          -          -
    student of nowhere    -          r          -          -          -          -          -          -          -
    ");
}

#[test]
fn a_refusal_says_why() {
    let documents = documents();
    let of = |kind: &str| documents.iter().find(|(name, ..)| *name == kind).unwrap();
    let (_, id, visit) = of("visit");
    let (_, home_id, home) = of("home");
    let student = subject(0);
    assert_eq!(may_read(&student, *id, visit).unwrap_err().code, "not-reader");
    assert_eq!(may_edit(&student, *id, visit).unwrap_err().code, "not-writer");
    assert_eq!(may_edit(&student, *home_id, home).unwrap_err().code, "server-writes-this");
    assert_eq!(may_create(&student, *home_id, home).unwrap_err().code, "server-makes-this");
}

/// What opens to a person who is named in documents by others, as the letters of the table.
fn opened_by_naming(person: usize) -> [String; 4] {
    let named = account(person);
    let round = |is_in| {
        let mut round = pilot(account(0));
        let group = round.groups.get_mut(&"g1".parse().unwrap()).unwrap();
        group.members.insert(named, is_in);
        subject_in(person, round)
    };
    let outside = Subject::new(named, [], []);
    let written = |is_in| Note { shared: [(named, is_in)].into(), ..note(account(20)) };
    let itinerary = (Itinerary::id_of(VISIT), Document::Itinerary(itinerary()));
    let of_note = |is_in| (DocumentId([1; 16]), Document::Note(written(is_in)));
    [
        verbs(&round(true), itinerary.0, &itinerary.1),
        verbs(&round(false), itinerary.0, &itinerary.1),
        verbs(&outside, of_note(true).0, &of_note(true).1),
        verbs(&outside, of_note(false).0, &of_note(false).1),
    ]
}

#[test]
fn what_naming_somebody_opens_to_them() {
    let mut table =
        format!("{:<22}{:<11}{:<11}{:<11}{}", "", "in group", "not in", "shared", "not shared");
    for (person, (name, ..)) in PEOPLE.iter().enumerate() {
        let [in_group, not_in, shared, not_shared] = opened_by_naming(person);
        write!(table, "\n{name:<22}{in_group:<11}{not_in:<11}{shared:<11}{not_shared}").unwrap();
    }
    // In the group, only students of the round's university gain anything; staff of the unit and leads read anyway.
    insta::assert_snapshot!(table, @r"
                          in group   not in     shared     not shared
    student in the group  r          -          rw         -
    student elsewhere     r          -          rw         -
    host at farsta        r          r          rw         -
    staff at farsta       r          r          rw         -
    staff at kista        -          -          rw         -
    staff at bromma       -          -          rw         -
    supervisor            -          -          rw         -
    coordinator at su     -          -          rw         -
    coordinator at kau    -          -          rw         -
    lead                  r          r          rw         -
    union                 -          -          rw         -
    admin                 -          -          rw         -
    student at kau        -          -          rw         -
    student of nowhere    -          -          rw         -
    ");
}

#[test]
fn a_group_of_one_round_opens_nothing_of_another() {
    let (member, itinerary) = (subject(0), Document::Itinerary(itinerary()));
    let id = Itinerary::id_of(VISIT);
    assert!(may_read(&member, id, &itinerary).is_ok());
    let Document::Itinerary(own) = &itinerary else { unreachable!() };
    let elsewhere = Itinerary { pilot: DocumentId([9; 16]), ..own.clone() };
    assert!(may_read(&member, id, &Document::Itinerary(elsewhere)).is_err());
}

#[test]
fn a_grant_counts_for_its_account_and_on_its_condition() {
    let (key, needs) = (Key::Group(PILOT, "g1".parse().unwrap()), Key::Role(Role::Student));
    let grant = |person| Grant { account: account(person), key: key.clone(), needs: needs.clone() };
    let holds = |roles: &[Role], person| {
        Subject::new(account(0), roles.to_vec(), [grant(person)]).keys.contains(&key)
    };
    assert!(holds(&[Role::Student], 0));
    assert!(!holds(&[Role::Lead], 0));
    assert!(!holds(&[Role::Student], 1));
}

#[test]
fn nobody_agrees_for_a_host() {
    let hidden = Document::Card(Card { shown: false, ..card(account(2)) });
    let shown = Document::Card(card(account(2)));
    let (host, lead) = (subject(2), subject(9));
    let agree = Edit::Card(CardEdit::SetShown { shown: true });
    let hide = Edit::Card(CardEdit::SetShown { shown: false });
    for (who, code) in [(&host, None), (&lead, Some("consent-not-yours"))] {
        let said = |result: Result<(), Refusal>| result.err().map(|refusal| refusal.code);
        assert_eq!(said(may_make(who, &hidden, &agree)).as_deref(), code);
        assert_eq!(said(may_change(who, &hidden, &shown)).as_deref(), code);
        assert_eq!(said(may_make(who, &shown, &hide)), None);
        assert_eq!(said(may_change(who, &shown, &hidden)), None);
        assert_eq!(said(may_change(who, &shown, &shown)), None);
    }
}

#[test]
fn nobody_makes_a_note_in_the_name_of_another() {
    let (id, mine) = (DocumentId([1; 16]), Document::Note(note(account(0))));
    assert_eq!(may_create(&subject(0), id, &mine), Ok(()));
    // Also not with whom it is shared from the first.
    assert_eq!(may_create(&subject(2), id, &mine).unwrap_err().code, "owner-not-you");
}
