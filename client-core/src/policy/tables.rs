//! The specification of access, in `tables`: who may do what with each kind of document.
//!
//! One row for each person, one column for each document of the same small town. A cell says what
//! the person may do: `r` read, `w` edit, `c` create one like it, `p` give commands on it. A second table says what
//! opens to each person when somebody else names them in a document, or a host in what they read; a third, who looks after
//! whose devices. `bent` breaks each rule and sees that a table shows it; `tests/tests/policy.rs` plays the tables against a
//! running server.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::rule::access;
use super::*;
use crate::domain::{
    Card, Diary, Directory, Grant, Group, Home, Itinerary, Key, Mode, Moment, Note, Pilot, Profile,
    Role, Slot, Version, Visit,
};
use crate::ids::AccountId;

const DOCUMENTS: &str = include_str!("tables/documents.txt");
const NAMED: &str = include_str!("tables/named.txt");
const WAYS: &str = include_str!("tables/ways.txt");

const PILOT: DocumentId = DocumentId([100; 16]);
const VISIT: DocumentId = DocumentId([101; 16]);

/// Who the first of each sort is, among the people.
const STUDENT: usize = 0;
const HOST: usize = 2;
const LEAD: usize = 9;

/// Somebody in the tables.
struct Person {
    name: &'static str,
    account: AccountId,
    roles: Vec<Role>,
    university: &'static str,
}

/// The people: name, roles, the university in the profile, and whose account it is if it is another row's.
fn people() -> Vec<Person> {
    let rows = include_str!("tables/people.txt").lines();
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split('|').map(str::trim).collect()).collect();
    let numbered = rows.iter().enumerate().map(|(number, row)| {
        let same = row.get(3).and_then(|name| rows.iter().position(|other| other[0] == *name));
        Person {
            name: row[0],
            account: account(same.unwrap_or(number)),
            roles: row[1].split_whitespace().map(|role| role.parse().unwrap()).collect(),
            university: row[2],
        }
    });
    numbered.collect()
}

fn account(person: usize) -> AccountId {
    AccountId([u8::try_from(person).unwrap(); 16])
}

/// A person with the keys that their own profile and a round of visits grant.
fn subject_in(person: &Person, round: Pilot) -> Subject {
    let university = person.university.parse().ok();
    let of_person = Document::Profile(Profile { university, ..profile(person.account) });
    let by_profile = access(Profile::id_of(person.account), &of_person).grants;
    let by_round = access(PILOT, &Document::Pilot(round)).grants;
    Subject::new(person.account, person.roles.clone(), by_profile.into_iter().chain(by_round))
}

/// A person in the town as it is: the first is in the group.
fn subject(person: usize) -> Subject {
    subject_in(&people()[person], pilot(account(STUDENT)))
}

/// One document of each kind: the student's own, the host's own, and a visit of the first group at
/// Farsta, in a round that Farsta and Kista host for Stockholm University.
pub(super) fn documents() -> Vec<(&'static str, DocumentId, Document)> {
    let (student, host) = (account(STUDENT), account(HOST));
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

/// The host's card as it is before the host agrees.
pub(super) fn hidden_card() -> [(&'static str, DocumentId, Document); 1] {
    let host = account(HOST);
    [("card", Card::id_of(host), Document::Card(Card { shown: false, ..card(host) }))]
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
        title: "Farsta".to_owned(),
        cancelled: false,
        reason: String::new(),
        slots: BTreeMap::from([("welcome".parse().unwrap(), hosted_slot())]),
        places: BTreeMap::new(),
    };
    Itinerary {
        visit: VISIT,
        pilot: PILOT,
        group: "g1".parse().unwrap(),
        unit: "farsta".parse().unwrap(),
        universities: BTreeMap::from([("su".parse().unwrap(), true)]),
        title: String::new(),
        versions: BTreeMap::from([(1, version)]),
    }
}

fn hosted_slot() -> Slot {
    Slot {
        title: "Welcome".to_owned(),
        date: "2021-12-13".parse().unwrap(),
        start: "09:00".parse().unwrap(),
        end: "10:00".parse().unwrap(),
        mode: Mode::Person,
        place: None,
        room: String::new(),
        link: String::new(),
        hosts: BTreeMap::from([(Card::id_of(account(HOST)), true)]),
        audience: String::new(),
        preparation: String::new(),
        bring: String::new(),
        cancelled: false,
    }
}

fn note(owner: AccountId) -> Note {
    // Shared with the host.
    let shared = BTreeMap::from([(account(HOST), true)]);
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

/// A table of the people, a cell for each column.
fn table(columns: &[&str], cells: impl Fn(&Person) -> Vec<String>) -> String {
    let row = |name: &str, cells: Vec<String>| {
        let mut row = format!("{name:<22}");
        cells.iter().for_each(|cell| write!(row, "{cell:<11}").unwrap());
        row.trim_end().to_owned() + "\n"
    };
    let head = row("", columns.iter().map(|&column| column.to_owned()).collect());
    people().iter().fold(head, |table, person| table + &row(person.name, cells(person)))
}

fn table_of_documents() -> String {
    let documents = documents();
    let kinds: Vec<&str> = documents.iter().map(|(kind, ..)| *kind).collect();
    table(&kinds, |person| {
        let subject = subject_in(person, pilot(account(STUDENT)));
        documents.iter().map(|(_, id, document)| verbs(&subject, *id, document)).collect()
    })
}

#[test]
fn who_may_do_what() {
    assert_eq!(table_of_documents(), DOCUMENTS);
}

/// All that the tables say of the policy as it is now.
pub(super) fn all() -> Vec<String> {
    vec![table_of_documents(), table_of_named(), table_of_ways(), refusals(), agreed()]
}

/// Why those who may do nothing may not.
fn refusals() -> String {
    let stranger = Subject::new(account(99), [], []);
    let documents = documents();
    let of = |(kind, id, document): &(&str, DocumentId, Document)| {
        let code = |result: Result<(), Refusal>| {
            result.map_or_else(|refusal| refusal.code, |()| "-".to_owned())
        };
        let read = code(may_read(&stranger, *id, document));
        let edit = code(may_edit(&stranger, *id, document));
        let create = code(may_create(&stranger, *id, document));
        format!("{kind:<11}{read:<12}{edit:<20}{create}")
    };
    documents.iter().map(of).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_refusal_says_why() {
    insta::assert_snapshot!(refusals(), @r"
    home       not-reader  server-writes-this  server-makes-this
    directory  -           server-writes-this  server-makes-this
    profile    not-reader  not-writer          server-makes-this
    card       not-reader  not-writer          server-makes-this
    pilot      not-reader  not-writer          not-writer
    visit      not-reader  not-writer          not-writer
    itinerary  not-reader  server-writes-this  server-makes-this
    diary      not-reader  not-writer          server-makes-this
    note       not-reader  not-writer          owner-not-you
    ");
}

/// What opens to a person who is named in documents by others, or who reads of a host in them, as the letters of the table.
fn opened_by_naming(person: &Person) -> Vec<String> {
    let round = |is_in| {
        let mut round = pilot(account(STUDENT));
        let group = round.groups.get_mut(&"g1".parse().unwrap()).unwrap();
        group.members.insert(person.account, is_in);
        subject_in(person, round)
    };
    let outside = Subject::new(person.account, [], []);
    let written = |is_in| Note { shared: [(person.account, is_in)].into(), ..note(account(20)) };
    let (id, itinerary) = (Itinerary::id_of(VISIT), Document::Itinerary(itinerary()));
    let of_note = |is_in| verbs(&outside, DocumentId([1; 16]), &Document::Note(written(is_in)));
    let of_host = |card: (&str, DocumentId, Document)| {
        let (member, (_, card_id, card)) = (round(true), card);
        let own = verbs(&member, card_id, &card);
        // As `Access::shares` has it: what a document shares opens, unless what it opens is closed.
        let shares = access(id, &itinerary).shares;
        let shared = shares.iter().any(|(to, key)| *to == card_id && member.keys.contains(key));
        match own.contains('r') || !shared || access(card_id, &card).is_closed {
            true => own,
            false => "r".to_owned(),
        }
    };
    let shown = documents().into_iter().find(|(kind, ..)| *kind == "card").unwrap();
    let [hidden] = hidden_card();
    vec![
        verbs(&round(true), id, &itinerary),
        verbs(&round(false), id, &itinerary),
        of_note(true),
        of_note(false),
        of_host(shown),
        of_host(hidden),
    ]
}

fn table_of_named() -> String {
    let columns = ["in group", "not in", "shared", "not shared", "its host", "its host, not shown"];
    table(&columns, opened_by_naming)
}

#[test]
fn what_naming_somebody_opens_to_them() {
    // In the group, only students of the round's university gain anything; staff of the unit and leads read anyway.
    assert_eq!(table_of_named(), NAMED);
}

/// Who looks after whose devices and invitations: `s` see, revoke and withdraw, `i` invite.
fn table_of_ways() -> String {
    let whose = |role: &str| {
        let people = people();
        let found = people.into_iter().find(|person| person.name == role).unwrap();
        (AccountId([98; 16]), found.roles)
    };
    let others = ["union", "lead", "admin"];
    table(&["their own", "a member's", "a lead's", "an admin's"], |person| {
        let subject = subject_in(person, pilot(account(STUDENT)));
        let own = (person.account, person.roles.clone());
        let of = |(whose, roles): (AccountId, Vec<Role>)| {
            let may = [
                ('s', may_look_after(&subject, whose, &roles).is_ok()),
                ('i', may_invite(&subject, whose, &roles).is_ok()),
            ];
            let letters: String = may.iter().filter(|(_, may)| *may).map(|(v, _)| v).collect();
            if letters.is_empty() { "-".to_owned() } else { letters }
        };
        [own].into_iter().chain(others.map(whose)).map(of).collect()
    })
}

#[test]
fn who_looks_after_whose_devices() {
    assert_eq!(table_of_ways(), WAYS);
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

/// What a host and a lead hear when they let the host be shown, and hide the host again.
fn agreed() -> String {
    let [(_, _, hidden)] = hidden_card();
    let shown = Document::Card(card(account(HOST)));
    let set = |shown| Edit::Card(CardEdit::SetShown { shown });
    let said = |result: Result<(), Refusal>| result.map_or_else(|r| r.code, |()| "ok".to_owned());
    let row = |name: &str, who: &Subject| {
        let agree = (may_make(who, &hidden, &set(true)), may_change(who, &hidden, &shown));
        let hide = (may_make(who, &shown, &set(false)), may_change(who, &shown, &hidden));
        let same = may_change(who, &shown, &shown);
        let [make, change] = [agree.0, agree.1].map(said);
        let rest = [hide.0, hide.1, same].map(said).join(" ");
        format!("{name:<6}{make:<18}{change:<18}{rest}")
    };
    [row("host", &subject(HOST)), row("lead", &subject(LEAD))].join("\n")
}

#[test]
fn nobody_agrees_for_a_host() {
    insta::assert_snapshot!(agreed(), @r"
    host  ok                ok                ok ok ok
    lead  consent-not-yours consent-not-yours ok ok ok
    ");
}

#[test]
fn nobody_makes_a_note_in_the_name_of_another() {
    let (id, mine) = (DocumentId([1; 16]), Document::Note(note(account(0))));
    assert_eq!(may_create(&subject(0), id, &mine), Ok(()));
    // Also not with whom it is shared from the first.
    assert_eq!(may_create(&subject(HOST), id, &mine).unwrap_err().code, "owner-not-you");
}
