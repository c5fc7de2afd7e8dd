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
