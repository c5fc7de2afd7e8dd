//! What happens to files that are killed half-way, damaged, emptied or lost, and the way out of it.

use std::path::Path;

use crate::support::{Data, TOWN};

/// A town with a backup of it.
fn town() -> (Data, String) {
    let data = Data::new();
    data.run_with(&["import", "-"], TOWN).ok();
    let backup = data.beside("backup.db").to_str().unwrap().to_owned();
    data.run(&["backup", &backup]).ok();
    (data, backup)
}

/// The names of the files in a folder that begin so.
fn named(folder: &Path, begin: &str) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap();
    let names = names.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.starts_with(begin)).collect();
    names.sort();
    names
}

#[test]
fn a_backup_that_is_killed_leaves_nothing_under_its_name_and_is_made_again() {
    let (data, _) = town();
    let file = data.beside("second.db");
    data.run_killed_by_a_large_file(&["backup", file.to_str().unwrap()]);
    assert!(!file.exists());
    assert!(!named(&data.beside(""), "second.db").is_empty(), "it was killed while it wrote");
    data.run(&["backup", file.to_str().unwrap()]).ok();
    assert_eq!(named(&data.beside(""), "second.db"), ["second.db"]);
    data.run(&["restore", file.to_str().unwrap()]).ok();
    assert_eq!(data.run(&["check"]).ok(), "ok\n");
}

#[test]
fn of_a_restore_that_is_killed_nothing_stays_behind() {
    let (data, backup) = town();
    let accounts = data.run(&["account", "list"]).ok();
    data.run_killed_by_a_large_file(&["restore", &backup]);
    assert!(
        !named(&data.path(), "samsynk.db.restoring").is_empty(),
        "it was killed while it wrote"
    );
    let id = accounts.split('\t').next().unwrap();
    data.run(&["erase", id]).ok();
    assert_eq!(named(&data.path(), "samsynk.db"), ["samsynk.db"]);
    assert!(!data.run(&["account", "list"]).ok().contains(id));
    assert_eq!(data.run(&["check"]).ok(), "ok\n");
}

#[test]
fn the_log_of_a_database_that_is_gone_is_not_read_into_a_restored_one() {
    let (data, backup) = town();
    let accounts = data.run(&["account", "list"]).ok();
    let (mut server, _) = data.serve();
    data.run(&["account", "add", "--name", "Fia Fiktiv"]).ok();
    server.kill();
    assert!(named(&data.path(), "samsynk.db").contains(&"samsynk.db-wal".to_owned()));
    std::fs::remove_file(data.path().join("samsynk.db")).unwrap();
    data.run(&["restore", &backup]).ok();
    assert_eq!(data.run(&["check"]).ok(), "ok\n");
    assert_eq!(data.run(&["account", "list"]).ok(), accounts);
}

#[test]
fn a_damaged_ledger_is_named_with_a_way_out_by_which_the_erased_stay_erased() {
    let (data, backup) = town();
    let accounts = data.run(&["account", "list"]).ok();
    let erased = accounts.split('\t').next().unwrap();
    data.run(&["erase", erased]).ok();
    let ledger = data.path().join("samsynk.ledger");
    let whole = std::fs::read_to_string(&ledger).unwrap();
    let database = std::fs::read(data.path().join("samsynk.db")).unwrap();
    for damaged in ["something else\n".to_owned(), format!("{whole}sung x 5\n")] {
        std::fs::write(&ledger, &damaged).unwrap();
        for command in [
            &["check"][..],
            &["account", "list"],
            &["restore", &backup],
            &["serve", "--listen", "127.0.0.1:0", "--plaintext"],
        ] {
            let said = data.run(command).failed(3);
            assert!(said.contains("samsynk.ledger is damaged"), "{said}");
            assert!(said.contains("move it away") && !said.contains("samsynk restore"), "{said}");
        }
        assert_eq!(std::fs::read_to_string(&ledger).unwrap(), damaged);
        assert_eq!(named(&data.path(), "samsynk.db"), ["samsynk.db"]);
    }
    assert_eq!(std::fs::read(data.path().join("samsynk.db")).unwrap(), database);

    // Also where nothing is done between.
    std::fs::rename(&ledger, data.beside("moved.ledger")).unwrap();
    data.run(&["restore", &backup]).ok();
    assert!(!data.run(&["account", "list"]).ok().contains(erased));
    assert_eq!(data.run(&["check"]).ok(), "ok\n");
}

#[test]
fn a_database_that_is_emptied_or_gone_is_missed_and_nothing_begins_anew() {
    let (data, backup) = town();
    let accounts = data.run(&["account", "list"]).ok();
    let database = data.path().join("samsynk.db");
    let town = data.file("town.json", TOWN);
    for empty in [true, false] {
        if empty {
            std::fs::write(&database, "").unwrap();
        } else {
            std::fs::remove_file(&database).unwrap();
        }
        for command in [
            &["check"][..],
            &["account", "list"],
            &["account", "add"],
            &["import", &town],
            &["backup", "no.db"],
            &["demo", "--listen", "127.0.0.1:0"],
            &["serve", "--listen", "127.0.0.1:0", "--plaintext"],
        ] {
            let said = data.run(command).failed(3);
            assert!(said.contains("missing or empty") && said.contains("restore"), "{said}");
        }
        assert_eq!(std::fs::metadata(&database).map_or(0, |file| file.len()), 0);
        data.run(&["restore", &backup]).ok();
        assert_eq!(data.run(&["account", "list"]).ok(), accounts);
    }
    // Without a ledger there was never anything.
    let fresh = Data::new();
    std::fs::create_dir(fresh.path()).unwrap();
    std::fs::write(fresh.path().join("samsynk.db"), "").unwrap();
    let said = fresh.run(&["check"]).failed(3);
    assert!(said.contains("holds no samsynk data"), "{said}");
    fresh.run(&["import", &town]).ok();
    assert_eq!(fresh.run(&["check"]).ok(), "ok\n");
}

#[test]
fn a_database_of_another_program_is_named_and_left_as_it_is() {
    for version in [0, 1, 5] {
        let data = Data::new();
        std::fs::create_dir(data.path()).unwrap();
        let database = data.path().join("samsynk.db");
        let other = rusqlite::Connection::open(&database).unwrap();
        other.execute_batch("CREATE TABLE meta (title TEXT)").unwrap();
        other.pragma_update(None, "user_version", version).unwrap();
        other.close().unwrap();
        let bytes = std::fs::read(&database).unwrap();
        for command in [
            &["check"][..],
            &["account", "add"],
            &["serve", "--listen", "127.0.0.1:0", "--plaintext"],
        ] {
            let said = data.run(command).failed(3);
            assert!(said.contains("another program"), "{said}");
        }
        assert!(std::fs::read(&database).unwrap() == bytes, "version {version}");
        assert_eq!(named(&data.path(), "samsynk."), ["samsynk.db"]);
    }
}

#[test]
fn what_was_taken_back_since_the_backup_is_named_after_a_restore() {
    let data = Data::new();
    let add = |name: &str| {
        let added = data.run(&["account", "add", "--name", name, "--role", "lead"]).ok();
        added.trim_end().to_owned()
    };
    let (taken, erased, stays) = (add("Fia Fiktiv"), add("Testa Testsson"), add("Lo Ledare"));
    data.run(&["account", "role", "add", &taken, "admin"]).ok();
    let file = |more: &str| {
        let person = format!(r#"{{"name": "Hemlig Person", "roles": ["lead"]{more}}}"#);
        data.file("people.json", &format!(r#"{{"people": {{"p1": {person}}}}}"#))
    };
    data.run(&["import", &file("")]).ok();
    let protected = data.run(&["account", "find", "hemlig"]).ok();
    let protected = protected.split('\t').next().unwrap();
    let backup = data.beside("backup.db").to_str().unwrap().to_owned();
    data.run(&["backup", &backup]).ok();
    data.run(&["account", "role", "remove", &taken, "lead"]).ok();
    data.run(&["erase", &erased]).ok();
    data.run(&["account", "role", "add", &stays, "union"]).ok();
    data.run(&["import", &file(r#", "protected": true"#)]).ok();

    let said = data.run(&["restore", &backup]);
    assert!(said.stderr.contains(&format!("account role remove {taken} lead\n")), "{said:?}");
    let exposed = format!("the identity of {protected} was protected");
    assert!(said.stderr.contains(&exposed) && !said.stderr.contains("Hemlig"), "{said:?}");
    let removals = said.stderr.matches("role remove").count();
    assert_eq!((removals, said.stderr.contains(&erased)), (1, false), "{said:?}");
    said.ok();
    // The line does what it says.
    data.run(&["account", "role", "remove", &taken, "lead"]).ok();
    assert!(data.run(&["account", "list"]).ok().contains(&format!("{taken}\tadmin\t")));

    std::fs::write(data.path().join("samsynk.db"), "damaged".repeat(1000)).unwrap();
    let said = data.run(&["restore", &backup]);
    assert!(said.stderr.contains("as they were when the backup was made"), "{said:?}");
    said.ok();
}
