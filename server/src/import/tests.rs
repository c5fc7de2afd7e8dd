use samsynk_core::domain::checks::{Calendar, Surroundings, check};
use samsynk_core::domain::{Command, Directory, Document, Visit};
use samsynk_core::ids::{AccountId, DocumentId};

use super::{Existing, Plan, Source, read, visit_id};
use crate::accounts::SystemRandom;
use crate::admin::Import;

const TOWN: &str = include_str!("../../demo/town.json");

const LITTLE: &str = r#"{
  "units": {"farsta": {"name": "Farsta"}},
  "universities": {"su": {"name": "Stockholms universitet"}},
  "people": {
    "ett": {"name": "Student Ett", "roles": ["student"], "university": "su"},
    "testa": {"name": "Testa Testsson", "roles": ["staff@farsta"], "function": "Enhetschef"}
  },
  "pilots": {"host": {
    "title": "Hösten 2021", "from": "2021-12-13", "until": "2021-12-15",
    "units": ["farsta"], "universities": ["su"],
    "groups": {"f": {"title": "Farsta", "unit": "farsta", "members": ["ett"]}}
  }},
  "visits": {"v": {
    "pilot": "host", "group": "f", "unit": "farsta", "title": "Besök", "publish": true,
    "slots": {"d1": {"title": "Start", "date": "2021-12-13", "start": "09:00", "end": "10:00",
      "mode": "remote", "link": "https://mote.example/x", "hosts": ["testa"]}}
  }}
}"#;

fn import(text: &str) -> Result<Plan, Vec<String>> {
    let source = Source { name: "little.json", text };
    read(&[source], &Existing::default(), &mut SystemRandom).map_err(|problems| {
        let line = |at: Option<(usize, usize)>| {
            at.map(|(line, column)| format!("{line}:{column} ")).unwrap_or_default()
        };
        let told = problems.iter().map(|p| {
            let params: Vec<_> = p.reason.params.iter().map(|(k, v)| format!(" {k}={v}")).collect();
            let place = &p.place;
            format!("{}{} {}{}", line(place.line), place.pointer, p.reason.code, params.concat())
        });
        told.collect()
    })
}

/// The only problem after replacing a part of the little town's text.
fn problem_with(part: &str, replacement: &str) -> String {
    assert!(LITTLE.contains(part), "{part}");
    let problems = import(&LITTLE.replacen(part, replacement, 1)).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.into_iter().next().unwrap()
}

/// What is there after an import.
fn left_by(import: &Import) -> Existing {
    Existing {
        directory: directory(import),
        documents: import.documents.iter().map(|(id, _)| *id).collect(),
        names: import.accounts.iter().map(|new| (new.named.clone().unwrap(), new.id)).collect(),
        accounts: import.accounts.iter().map(|new| new.id).collect(),
    }
}

fn directory(import: &Import) -> Directory {
    let mut documents = import.documents.iter();
    let directory = documents.find_map(|(_, document)| match document {
        Document::Directory(directory) => Some(directory.clone()),
        _ => None,
    });
    directory.unwrap()
}

fn visits(import: &Import) -> Vec<(DocumentId, &Visit)> {
    let documents = import.documents.iter();
    documents
        .filter_map(|(id, document)| match document {
            Document::Visit(visit) => Some((*id, visit)),
            _ => None,
        })
        .collect()
}

#[test]
fn the_little_town_becomes_two_accounts_and_their_documents() {
    let plan = import(LITTLE).unwrap();
    let town = &plan.import;
    let kinds: Vec<_> = town.documents.iter().map(|(_, document)| document.kind()).collect();
    assert_eq!(kinds, ["directory", "pilot", "visit"]);
    assert_eq!((plan.people, plan.pilots, plan.visits, plan.kept), (2, 1, 1, 0));
    assert_eq!(town.commands, [Command::PublishVisit { visit: visit_id("v") }]);
    for (_, document) in &town.documents {
        assert_eq!(document.check(None), Ok(()));
    }
}

#[test]
fn the_example_in_the_manual_can_be_imported() {
    let manual = include_str!("../../../docs/import.md");
    let (_, example) = manual.split_once("```json\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let plan = import(example).unwrap();
    assert_eq!((plan.people, plan.pilots, plan.visits), (2, 1, 1));
}

#[test]
fn a_malformed_file_says_line_column_and_path() {
    let problem = problem_with("\"staff@farsta\"", "\"boss\"");
    assert!(problem.starts_with("6:"), "{problem}");
    assert!(problem.contains(" /people/testa/roles/0 malformed"), "{problem}");
    assert!(problem.contains("expected student, staff@UNIT"), "{problem}");
    let problem = problem_with("2021-12-13\", \"start", "2021-13-13\", \"start");
    assert!(problem.contains("/visits/v/slots/d1/date malformed"), "{problem}");
    let problem = problem_with("[\"ett\"]", "\"ett\"");
    assert!(problem.ends_with("expected an array"), "{problem}");
    let place =
        r#"{"places": {"p": {"name": "P", "address": "A", "latitude": "N", "longitude": 1}}}"#;
    assert!(import(place).unwrap_err()[0].ends_with("expected a number"));
    let problem = problem_with("\"function\"", "\"funktion\"");
    assert!(problem.contains("unknown field `funktion`"), "{problem}");
    let problem = problem_with("\"testa\":", "\"ett\":");
    assert!(problem.contains("/people") && problem.contains("ett stands here twice"), "{problem}");
    for (object, array) in [
        (r#"{"name": "Farsta"}"#, r#"["Farsta", null, null, null]"#),
        (r#"{"title": "Start""#, r#"[{"title": "Start""#),
    ] {
        let text = LITTLE.replacen(object, array, 1).replacen(
            r#"["testa"]}}"#,
            r#"["testa"]}]}"#,
            usize::from(array.starts_with("[{")),
        );
        let problem = import(&text).unwrap_err().remove(0);
        assert!(problem.contains("invalid type: sequence, expected an object"), "{problem}");
    }
    assert!(import("[]").unwrap_err()[0].contains("expected an object"));
    let problem = problem_with("{\n  \"units\"", "[\n  \"units\"");
    assert!(problem.contains("malformed"), "{problem}");
    let problems = import(&format!("{LITTLE} {{}}")).unwrap_err();
    assert!(problems[0].contains("trailing characters"), "{problems:?}");
}

#[test]
fn each_entry_that_cannot_be_read_is_told_and_the_first_with_its_line() {
    let text = LITTLE
        .replacen("\"staff@farsta\"", "\"boss\"", 1)
        .replacen("\"university\": \"su\"", "\"age\": 20", 1)
        .replacen("\"until\": \"2021-12-15\"", "\"until\": \"15\"", 1)
        .replacen("\"Besök\"", "7", 1);
    let problems = import(&text).unwrap_err();
    let places: Vec<_> =
        problems.iter().map(|problem| problem.split(" malformed").next().unwrap()).collect();
    let expected = ["/people/testa/roles/0", "/pilots/host/until", "/visits/v/title"];
    assert!(places[0].starts_with("5:") && places[0].ends_with(" /people/ett/age"), "{places:?}");
    assert_eq!(places[1..], expected);
}

#[test]
fn every_reference_must_lead_somewhere() {
    for (part, replacement, expected) in [
        (
            "staff@farsta",
            "staff@arsta",
            "/people/testa/roles/0 unknown-reference id=arsta what=unit",
        ),
        (
            "\"university\": \"su\"",
            "\"university\": \"uu\"",
            "/people/ett/university unknown-reference id=uu what=university",
        ),
        (
            "\"members\": [\"ett\"]",
            "\"members\": [\"tva\"]",
            "/pilots/host/groups/f/members/0 unknown-reference id=tva what=person",
        ),
        ("[\"ett\"]", "[\"testa\"]", "/pilots/host/groups/f/members/0 not-a-student"),
        ("[\"ett\"]", "[\"ett\", \"ett\"]", "/pilots/host/groups/f/members/1 stands-twice"),
        (
            "\"pilot\": \"host\"",
            "\"pilot\": \"var\"",
            "/visits/v/pilot unknown-reference id=var what=pilot",
        ),
        (
            "\"group\": \"f\"",
            "\"group\": \"g\"",
            "/visits/v/group unknown-reference id=g what=group",
        ),
        (
            "\"mode\": \"remote\"",
            "\"mode\": \"person\", \"place\": \"hus\"",
            "/visits/v/slots/d1/place unknown-reference id=hus what=place",
        ),
        (
            "\"hosts\": [\"testa\"]",
            "\"hosts\": [\"ett\"]",
            "/visits/v/slots/d1/hosts/0 host-not-staff",
        ),
    ] {
        assert_eq!(problem_with(part, replacement), expected);
    }
}

#[test]
fn units_do_not_succeed_each_other_in_a_circle() {
    let one = r#"{"farsta": {"name": "Farsta"}}"#;
    let two =
        r#"{"farsta": {"name": "F", "successor": "k"}, "k": {"name": "K", "successor": "farsta"}}"#;
    let around = import(&LITTLE.replace(one, two)).unwrap_err();
    assert_eq!(
        around,
        ["/units/farsta/successor successor-cycle", "/units/k/successor successor-cycle"]
    );
    // The other half of the circle was imported before.
    let first = LITTLE.replace(one, &two.replace(r#""K", "successor": "farsta""#, r#""K""#));
    let existing = left_by(&import(&first).unwrap().import);
    let text = r#"{"units": {"k": {"name": "K", "successor": "farsta"}}}"#;
    let source = Source { name: "more.json", text };
    let problems = read(&[source], &existing, &mut SystemRandom).unwrap_err();
    assert_eq!(problems[0].reason.code, "successor-cycle");
}

#[test]
fn dates_times_group_sizes_and_personal_numbers_are_checked() {
    let until = "\"until\": \"2021-12-15\"";
    let problems = import(&LITTLE.replacen(until, "\"until\": \"2021-12-12\"", 1)).unwrap_err();
    assert_eq!(
        problems,
        ["/pilots/host/until dates-reversed", "/visits/v/slots/d1/date outside-round"]
    );
    let end = problem_with("\"end\": \"10:00\"", "\"end\": \"09:00\"");
    assert_eq!(end, "/visits/v/slots/d1/end times-reversed");
    let name = problem_with("Student Ett", "Student 811218-9876");
    assert_eq!(name, "/people/ett/name personal-number field=name");

    let id = problem_with(
        "\"testa\": {",
        "\"811218-9876\": {\"name\": \"X\", \"roles\": []}, \"testa\": {",
    );
    assert_eq!(id, "/people personal-number field=id");

    let people: Vec<String> = (0..11)
        .map(|n| {
            format!(
                "\"s{n}\": {{\"name\": \"S\", \"roles\": [\"student\"], \"university\": \"su\"}}"
            )
        })
        .collect();
    let members: Vec<String> = (0..11).map(|n| format!("\"s{n}\"")).collect();
    let crowd = LITTLE
        .replacen("\"people\": {", &format!("\"people\": {{{},", people.join(",")), 1)
        .replacen("[\"ett\"]", &format!("[{}]", members.join(",")), 1);
    assert_eq!(
        import(&crowd).unwrap_err(),
        ["/pilots/host/groups/f/members group-too-large count=11 max=10"]
    );
}

#[test]
fn files_may_refer_to_each_other_and_to_the_directory_but_not_say_a_thing_twice() {
    let people = r#"{"people": {"fia": {"name": "Fia Fiktiv", "roles": ["staff@farsta"]}}}"#;
    let town = Source { name: "town.json", text: LITTLE };
    let more = Source { name: "more.json", text: people };
    let nothing = Existing::default();
    let both = read(&[more, town], &nothing, &mut SystemRandom).unwrap();
    assert_eq!(both.people, 3);

    let alone = read(&[more], &nothing, &mut SystemRandom).unwrap_err();
    assert_eq!(
        (alone[0].file.as_str(), alone[0].reason.code.as_str()),
        ("more.json", "unknown-reference")
    );
    let existing = left_by(&both.import);
    assert_eq!(read(&[more], &existing, &mut SystemRandom).unwrap().people, 1);
    let again = read(&[more, town], &existing, &mut SystemRandom).unwrap();
    assert_eq!((again.people, again.pilots, again.visits, again.kept), (3, 0, 0, 2));
    assert_eq!((&again.import.documents[..], &again.import.commands[..]), (&[][..], &[][..]));

    let twice = read(&[town, more, more], &nothing, &mut SystemRandom).unwrap_err();
    assert_eq!(twice.len(), 1);
    assert_eq!(twice[0].place.pointer, "/people/fia");
    assert_eq!(twice[0].reason.code, "duplicate-id");
}

#[test]
fn the_demo_town_is_published_without_findings_and_a_draft_shows_some() {
    let town = import(TOWN).unwrap().import;
    let directory = directory(&town);
    let published: Vec<_> = town.commands.iter().map(Command::document).collect();
    assert!(town.documents.iter().all(|(_, document)| document.check(None).is_ok()));
    let visits = visits(&town);
    assert_eq!((visits.len(), published.len()), (6, 5));
    for (id, visit) in &visits {
        let pilot = town.documents.iter().find(|(id, _)| *id == visit.pilot);
        let Some((_, Document::Pilot(pilot))) = pilot else { panic!("no round") };
        let counts = |(other, _): &&(DocumentId, _)| other == id || published.contains(other);
        let calendar = &Calendar::of(visits.iter().filter(counts).copied());
        let around = Surroundings { pilot: Some(pilot), directory: Some(&directory), calendar };
        let findings = check(*id, visit, around);
        let codes: Vec<_> = findings.iter().map(|finding| finding.code.as_str()).collect();
        if published.contains(id) {
            assert!(findings.is_empty(), "{}: {findings:?}", visit.title);
        } else {
            assert!(
                codes.contains(&"no-host") && codes.contains(&"group-double-booked"),
                "{codes:?}"
            );
        }
    }
}

#[test]
fn a_name_gives_an_account_that_nobody_can_compute_and_the_same_again() {
    let (first, second) = (import(LITTLE).unwrap().import, import(LITTLE).unwrap().import);
    let ids = |import: &Import| import.accounts.iter().map(|new| new.id).collect::<Vec<_>>();
    assert_ne!(ids(&first), ids(&second), "two towns with the same files");
    let by_name = AccountId::from_name("account", "ett");
    assert!(!ids(&first).contains(&by_name));

    let read_again = |existing: &Existing| {
        let source = Source { name: "little.json", text: LITTLE };
        read(&[source], existing, &mut SystemRandom).unwrap().import
    };
    assert_eq!(ids(&read_again(&left_by(&first))), ids(&first));
    // An account that an older program made of the name keeps its id, unless it is erased.
    let older = Existing { accounts: [by_name].into(), ..Existing::default() };
    assert_eq!(read_again(&older).accounts[0].id, by_name);
    assert_ne!(read_again(&Existing::default()).accounts[0].id, by_name);
}

#[test]
fn a_group_takes_in_students_of_its_round_and_a_visit_hosts_of_its_unit() {
    let elsewhere = problem_with(", \"university\": \"su\"", "");
    assert_eq!(elsewhere, "/pilots/host/groups/f/members/0 not-of-the-universities");
    let two = LITTLE
        .replace(
            r#"{"farsta": {"name": "Farsta"}}"#,
            r#"{"farsta": {"name": "Farsta"}, "k": {"name": "K"}}"#,
        )
        .replace("staff@farsta", "staff@k");
    assert_eq!(import(&two).unwrap_err(), ["/visits/v/slots/d1/hosts/0 host-of-another-unit"]);
}
