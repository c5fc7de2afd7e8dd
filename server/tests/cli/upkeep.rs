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
    assert!(said.contains("not a backup") && said.contains("taken.db"), "{said}");
    assert!(!said.contains("samsynk restore"), "that is what was tried: {said}");
    let said = data.run(&["restore", "/no/such/backup.db"]).failed(3);
    assert!(said.contains("/no/such/backup.db: No such file"), "{said}");
    assert!(data.run(&["account", "list"]).ok().contains(id.trim_end()));
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_looked_into_is_not_called_empty() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    let data = Data::new();
    data.run(&["account", "add"]).ok();
    std::fs::set_permissions(data.path(), Permissions::from_mode(0o000)).unwrap();
    let town = data.file("town.json", TOWN);
    for command in
        [&["check"][..], &["account", "list"], &["import", &town], &["backup", "copy.db"]]
    {
        let said = data.run_as_anybody(command).failed(3);
        assert!(said.contains("no permission"), "{command:?}: {said}");
        assert!(!said.contains("holds no samsynk data"), "{command:?}: {said}");
    }
    std::fs::set_permissions(data.path(), Permissions::from_mode(0o700)).unwrap();
    // A path through a file is none either.
    let file = data.file("file", "");
    let said = data.run(&["--data", &format!("{file}/data"), "check"]).failed(3);
    assert!(said.contains("Not a directory"), "{said}");
}

/// The files in a folder and below it that others than their owner could read, write or run.
#[cfg(unix)]
fn open_to_others(folder: &std::path::Path) -> Vec<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut folders = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            let mode = metadata.permissions().mode();
            // A certificate is shown to everybody who connects.
            if mode & 0o077 != 0 && !entry.path().ends_with("certificate.pem") {
                found.push(format!("{:o} {}", mode & 0o777, entry.path().display()));
            }
            if metadata.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    found
}

#[cfg(unix)]
#[test]
fn nothing_is_open_to_other_users_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt as _;
    let data = Data::at("data's");
    let backup = data.beside("backup.db");
    let backup = backup.to_str().unwrap();
    data.run_open(&["import", "-"], TOWN).ok();
    data.run_open(&["account", "add"], "").ok();
    let (server, _) = data.serve_open();
    data.run_open(&["backup", backup], "").ok();
    assert_eq!(open_to_others(data.beside("").as_path()), Vec::<String>::new());
    server.end();
    data.run_open(&["restore", backup], "").ok();
    assert_eq!(open_to_others(data.beside("").as_path()), Vec::<String>::new());

    // What was left open is closed, and a folder that is open is named.
    let open = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(data.path().join("samsynk.db"), open(0o644)).unwrap();
    std::fs::set_permissions(data.path(), open(0o755)).unwrap();
    let said = data.run(&["check"]);
    let quoted = format!("chmod 700 '{}/data'\\''s'\n", data.beside("").display());
    assert!(said.stderr.ends_with(&quoted.replace("//", "/")), "{said:?}");
    assert_eq!(said.ok(), "ok\n");
    let file = std::fs::metadata(data.path().join("samsynk.db")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_a_backup_replaces_is_kept_until_somebody_in_it_is_erased() {
    let data = Data::new();
    let backup = data.beside("backup.db");
    let backup = backup.to_str().unwrap();
    let first = data.run(&["account", "add", "--name", "Erased Before"]).ok();
    let second = data.run(&["account", "add", "--name", "Erased After"]).ok();
    data.run(&["backup", backup]).ok();
    data.run(&["erase", first.trim_end()]).ok();
    data.run(&["account", "add", "--name", "Written Since"]).ok();

    let kept = data.path().join("samsynk.db.replaced-1");
    let said = data.run(&["restore", backup]);
    assert!(said.stderr.contains(&format!("is kept as {}", kept.display())), "{said:?}");
    assert!(said.stderr.contains("as they were when the backup was made"), "{said:?}");
    said.ok();
    let holds = |name: &str| {
        let bytes = std::fs::read(&kept).unwrap();
        bytes.windows(name.len()).any(|part| part == name.as_bytes())
    };
    assert!(holds("Written Since") && !holds("Erased Before"));
    data.run(&["account", "list"]).ok();
    let (server, _) = data.serve();
    server.end();
    assert!(kept.exists(), "no start removes it");

    let said = data.run(&["erase", second.trim_end()]);
    assert!(said.stderr.contains(&format!("was in it: {}", kept.display())), "{said:?}");
    said.ok();
    assert!(!kept.exists());
}

#[test]
fn what_a_restore_or_a_backup_left_when_it_was_ended_goes_with_the_next_command() {
    let data = Data::new();
    data.run(&["account", "add"]).ok();
    let remains = data.path().join("samsynk.db.restoring");
    std::fs::write(&remains, "somebody").unwrap();
    assert_eq!(data.run(&["check"]).ok(), "ok\n");
    assert!(!remains.exists());

    let partial = data.file("backup.db.partial", "half a backup");
    let backup = data.beside("backup.db");
    data.run(&["backup", backup.to_str().unwrap()]).ok();
    assert!(backup.exists() && !std::path::Path::new(&partial).exists());
    data.run(&["restore", backup.to_str().unwrap()]).ok();
}

#[test]
fn a_backup_that_fails_says_once_why() {
    let data = Data::new();
    data.run(&["account", "add"]).ok();
    let said = data.run(&["backup", "/no/such/folder/backup.db"]).failed(3);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("No such file"), "{said}");
}

#[test]
fn documents_are_mended_without_a_server_as_well() {
    let data = Data::new();
    data.run_with(&["import", "-"], TOWN).ok();
    assert_eq!(data.run(&["mend"]).ok(), "");
}

#[test]
fn a_database_that_has_vanished_is_no_new_town() {
    let data = Data::new();
    data.run(&["account", "add"]).ok();
    let backup = data.beside("backup.db");
    data.run(&["backup", backup.to_str().unwrap()]).ok();
    let database = data.path().join("samsynk.db");
    std::fs::write(&database, "").unwrap();
    for command in [&["check"][..], &["account", "add"]] {
        let said = data.run(command).failed(3);
        assert!(said.contains("missing or empty") && said.contains("samsynk restore"), "{said}");
    }
    std::fs::remove_file(&database).unwrap();
    let said = data.run(&["account", "add"]).failed(3);
    assert!(said.contains("missing or empty"), "{said}");
    data.run(&["restore", backup.to_str().unwrap()]).ok();
    assert_eq!(data.run(&["account", "list"]).ok().lines().count(), 1);
}

#[test]
fn a_damaged_ledger_is_named_with_what_helps() {
    let data = Data::new();
    let id = data.run(&["account", "add"]).ok();
    data.run(&["erase", id.trim_end()]).ok();
    let ledger = data.path().join("samsynk.ledger");
    let lines = || {
        let text = std::fs::read_to_string(&ledger).unwrap();
        text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>()
    };
    let whole = lines();
    std::fs::write(&ledger, "something else\n").unwrap();
    let said = data.run(&["check"]).failed(3);
    assert!(said.contains("samsynk.ledger is damaged") && said.contains("move it away"), "{said}");
    std::fs::remove_file(&ledger).unwrap();
    assert_eq!(data.run(&["check"]).ok(), "ok\n");
    assert_eq!(lines(), whole);
}

/// What root does in a folder of another user's. Where the tests are not run by root, all is this user's anyway.
#[cfg(unix)]
#[test]
fn files_belong_to_whoever_owns_the_folder() {
    use std::os::unix::fs::{MetadataExt as _, chown};

    let data = Data::new();
    std::fs::create_dir(data.path()).unwrap();
    let is_root = std::fs::metadata(data.path()).unwrap().uid() == 0;
    let owner = std::fs::metadata(data.path()).unwrap().uid() + u32::from(is_root) * 65_534;
    if is_root {
        chown(data.path(), Some(owner), Some(owner)).unwrap();
    }
    let backup = data.beside("backup.db");
    let foreign = || {
        let files = std::fs::read_dir(data.path()).unwrap().map(|file| file.unwrap());
        let foreign = files.filter(|file| file.metadata().unwrap().uid() != owner);
        foreign.map(|file| file.path()).collect::<Vec<_>>()
    };
    data.run(&["account", "add"]).ok();
    assert_eq!(foreign(), Vec::<std::path::PathBuf>::new());
    data.run(&["backup", backup.to_str().unwrap()]).ok();
    data.run(&["restore", backup.to_str().unwrap()]).ok();
    assert_eq!(foreign(), Vec::<std::path::PathBuf>::new());
}
