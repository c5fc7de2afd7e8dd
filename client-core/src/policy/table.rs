//! The specification of access: who may do what with each kind of document.
//!
//! One row for each person, one column for each document of the same small town. A cell says what
//! the person may do: `r` read, `w` edit, `c` create one like it, `p` give commands on it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::*;
use crate::domain::{
    Card, Diary, Directory, Group, Home, Itinerary, Key, Moment, Note, Pilot, Profile, Role,
    Version, Visit,
};
use crate::ids::AccountId;

const PILOT: DocumentId = DocumentId([100; 16]);
const VISIT: DocumentId = DocumentId([101; 16]);

/// The people, each with an account of their own.
const PEOPLE: [(&str, &[&str]); 12] = [
    ("student in the group", &["student", "group"]),
    ("student elsewhere", &["student"]),
    ("host at farsta", &["staff@farsta"]),
    ("staff at farsta", &["staff@farsta"]),
    ("staff at kista", &["staff@kista"]),
    ("staff at bromma", &["staff@bromma"]),
    ("supervisor", &["supervisor"]),
    ("coordinator at su", &["coordinator@su"]),
    ("coordinator at kau", &["coordinator@kau"]),
    ("lead", &["lead"]),
    ("union", &["union"]),
    ("admin", &["admin"]),
];

fn account(person: usize) -> AccountId {
    AccountId([u8::try_from(person).unwrap(); 16])
}

fn subject(person: usize) -> Subject {
    let (_, roles) = PEOPLE[person];
    let in_group = roles.contains(&"group").then(|| Key::Group(PILOT, "g1".parse().unwrap()));
    let roles = roles.iter().filter(|role| **role != "group");
    Subject::new(account(person), roles.map(|role| role.parse::<Role>().unwrap()), in_group)
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
    Card { account: host, unit, name: String::new(), function: String::new() }
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
    let version =
        Version { published: Moment::from_millis(0), cancelled: false, slots: BTreeMap::new() };
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
    for (person, (name, _)) in PEOPLE.iter().enumerate() {
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
    host at farsta        -          r          -          rw         r          rwcp       r          -          rwc
    staff at farsta       -          r          -          r          r          rwcp       r          -          -
    staff at kista        -          r          -          -          r          -          -          -          -
    staff at bromma       -          r          -          -          -          -          -          -          -
    supervisor            -          r          -          -          -          -          -          -          -
    coordinator at su     -          r          r          -          rwc        -          -          -          -
    coordinator at kau    -          r          -          -          -          -          -          -          -
    lead                  -          r          rw         rw         rwc        rwcp       r          -          -
    union                 -          r          -          -          -          -          -          -          -
    admin                 -          r          -          -          -          -          -          -          -
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

#[test]
fn only_the_group_reads_an_itinerary_and_a_round_says_who_is_in_the_group() {
    let student = account(0);
    let access = Document::Pilot(pilot(student)).access(PILOT);
    let group = Key::Group(PILOT, "g1".parse().unwrap());
    assert_eq!(access.grants, BTreeSet::from([(student, group.clone())]));

    // The same group name in another round opens nothing.
    let elsewhere = Key::Group(DocumentId([9; 16]), "g1".parse().unwrap());
    let stranger = Subject::new(account(1), [Role::Student], [elsewhere]);
    let member = Subject::new(account(1), [Role::Student], [group]);
    let itinerary = Document::Itinerary(itinerary());
    let id = Itinerary::id_of(VISIT);
    assert!(may_read(&stranger, id, &itinerary).is_err());
    assert!(may_read(&member, id, &itinerary).is_ok());
}
