//! Imports: all or nothing, and where it went wrong.

use crate::support::{Data, TOWN};

#[test]
fn a_town_is_imported_and_importing_it_again_brings_nothing_twice() {
    let data = Data::new();
    let town = data.file("town.json", TOWN);
    let summary = data.run(&["import", &town]).ok();
    assert!(summary.contains("70 people"), "{summary}");
    let accounts = data.run(&["account", "list"]).ok();
    assert_eq!(accounts.lines().count(), 70);
    assert_eq!(accounts.lines().filter(|line| line.contains("\tlead\t")).count(), 1);

    let again = data.run(&["import", &town]).ok();
    assert!(again.contains("0 new plans") && again.contains("8 rounds and plans"), "{again}");
    assert_eq!(data.run(&["account", "list"]).ok(), accounts);
    assert_eq!(data.run(&["check"]).ok(), "ok\n");
}

#[test]
fn a_malformed_file_imports_nothing_and_says_where() {
    let data = Data::new();
    let good = data.file("town.json", TOWN);
    let bad = data.file(
        "more.json",
        "{\"people\": {\"fia\": {\"name\": \"Fia Fiktiv\", \"roles\": [\"boss\"]}}}",
    );
    let said = data.run(&["import", &good, &bad]).failed(1);
    assert!(said.contains("more.json:1:"), "{said}");
    assert!(said.contains("/people/fia/roles/0: not a valid role: expected student"), "{said}");

    let unknown = TOWN.replacen("staff@farsta", "staff@arsta", 1);
    let said = data.run_with(&["import", "-"], &unknown).failed(1);
    assert!(said.contains("stdin: /people/staff-farsta/roles/0: there is no unit arsta"), "{said}");

    let missing = data.run(&["import", "nowhere.json"]).failed(3);
    assert!(missing.contains("nowhere.json"), "{missing}");
    assert!(!data.path().exists(), "nothing was imported");
}

#[test]
fn a_running_server_takes_an_import_that_refers_to_its_directory() {
    let data = Data::new();
    let (server, _) = data.serve();
    data.run_with(&["import", "-"], TOWN).ok();
    let more = "{\"people\": {\"fia\": {\"name\": \"Fia Fiktiv\", \"roles\": [\"staff@farsta\"]}}}";
    data.run_with(&["import", "-"], more).ok();
    assert_eq!(data.run(&["account", "list"]).ok().lines().count(), 71);
    server.end();
}

const BEFORE: &str = r#"{"units": {"farsta": {"name": "Farsta"}},
 "people": {"p1": {"name": "Riktiga Namnet", "roles": ["staff@farsta"], "function": "Chef",
   "contact": "070 000 00 00"}}}"#;
const AFTER: &str = r#"{"units": {"farsta": {"name": "Farsta"}},
 "people": {"p1": {"name": "Alias", "roles": ["staff@farsta"], "function": "Chef", "protected": true}}}"#;

/// Whether any file of the data holds a text.
fn on_disk(data: &Data, text: &str) -> bool {
    std::fs::read_dir(data.path()).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        let bytes = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    })
}

#[test]
fn identity_that_is_protected_later_is_protected_everywhere_and_the_import_says_what_it_changed() {
    let data = Data::new();
    data.run_with(&["import", "-"], BEFORE).ok();
    assert!(on_disk(&data, "Riktiga"));
    let again = data.run_with(&["import", "-"], BEFORE).ok();
    assert!(!again.contains("changed"), "{again}");

    let said = data.run_with(&["import", "-"], AFTER).ok();
    assert!(said.contains("changed p1: name, contact, protected, shown\n"), "{said}");
    let listed = data.run(&["account", "list"]).ok();
    assert!(listed.contains("Alias") && !listed.contains("Riktiga"), "{listed}");
    assert!(!on_disk(&data, "Riktiga") && !on_disk(&data, "070 000"), "no history has it");
    assert_eq!(data.run(&["check"]).ok(), "ok\n");

    // The old file would bring the real name back; it must say that this is meant.
    let refused = data.run_with(&["import", "-"], BEFORE).failed(1);
    assert!(refused.contains("/people/p1: the identity is protected here"), "{refused}");
    assert_eq!(data.run(&["account", "list"]).ok(), listed);
    let meant = BEFORE.replace("\"function\"", "\"protected\": false, \"function\"");
    let said = data.run_with(&["import", "-"], &meant).ok();
    assert!(said.contains("changed p1: name, contact, protected\n"), "{said}");
}

#[test]
fn who_is_erased_and_imported_again_is_somebody_new() {
    let data = Data::new();
    data.run_with(&["import", "-"], BEFORE).ok();
    let id = |listed: String| listed.split('\t').next().unwrap().to_owned();
    let first = id(data.run(&["account", "list"]).ok());
    data.run(&["erase", &first]).ok();
    data.run_with(&["import", "-"], BEFORE).ok();
    let second = id(data.run(&["account", "list"]).ok());
    assert_ne!(first, second);
}
