//! Backup, restore, check.

use crate::support::{Data, TOWN, lets_in};

#[test]
fn a_backup_made_beside_a_server_brings_back_accounts_documents_and_tokens() {
    let data = Data::new();
    data.run_with(&["import", "-"], TOWN).ok();
    let accounts = data.run(&["account", "list"]).ok();
    let id = accounts.split('\t').next().unwrap();
    let token = data.run(&["token", id]).ok();
    let file = data.beside("backup.db");
    let file = file.to_str().unwrap();

    let (server, _) = data.serve();
    assert_eq!(data.run(&["backup", file]).ok(), "");
    data.run(&["account", "add"]).ok();
    let said = data.run(&["restore", file]).failed(3);
    assert!(said.contains("in use"), "not under a running server: {said}");
    server.end();

    let said = data.run(&["restore", file]);
    assert!(said.stderr.contains("is kept as"), "{said:?}");
    assert_eq!(said.ok(), "");
    assert_eq!(data.run(&["account", "list"]).ok(), accounts, "what came after is gone");
    assert_eq!(data.run(&["check"]).ok(), "ok\n");
    let (server, port) = data.serve();
    assert!(lets_in(port, token.trim_end()));
    server.end();
}

#[test]
fn a_backup_replaces_no_file_and_no_damaged_file_replaces_the_data() {
    let data = Data::new();
    let id = data.run(&["account", "add"]).ok();
    let taken = data.file("taken.db", "something else");
    let said = data.run(&["backup", &taken]).failed(1);
    assert!(said.contains("exists already"), "{said}");
    assert_eq!(std::fs::read_to_string(&taken).unwrap(), "something else");

    let said = data.run(&["restore", &taken]).failed(3);
    assert!(said.contains("damaged") && said.contains("taken.db"), "{said}");
    assert!(data.run(&["account", "list"]).ok().contains(id.trim_end()));
}
