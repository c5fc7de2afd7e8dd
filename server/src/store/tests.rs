use samsynk_core::domain::Moment;
use samsynk_core::ids::AccountId;

use super::*;

fn account(n: u8) -> AccountId {
    AccountId([n; 16])
}

fn open(folder: &Path) -> Store {
    Store::open(&DataDir::open(folder).unwrap()).unwrap()
}

fn accounts_in(store: &mut Store) -> Vec<AccountId> {
    store.read::<_, StoreError>(|tx| accounts::all(tx)).unwrap()
}

fn add(store: &mut Store, n: u8) {
    store
        .write::<_, StoreError>(|tx| accounts::add(tx, account(n), Moment::from_millis(n.into())))
        .unwrap();
}

#[test]
fn a_folder_belongs_to_one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = DataDir::open(folder.path()).unwrap();
    assert_eq!(DataDir::open(folder.path()).unwrap_err().code(), "data-in-use");
    drop(first);
    DataDir::open(folder.path()).unwrap();
}

#[test]
fn what_fails_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let failed = store.write(|tx| {
        accounts::add(tx, account(1), Moment::from_millis(0))?;
        Err::<(), _>(StoreError::Unreadable("test"))
    });
    assert!(failed.is_err());
    assert_eq!(accounts_in(&mut store), []);
}

#[test]
fn a_damaged_database_is_named_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = database_in(folder.path());
    let damaged = b"this is no database, but somebody may want to read it".repeat(100);
    std::fs::write(&file, &damaged).unwrap();
    let error = Store::open(&DataDir::open(folder.path()).unwrap()).unwrap_err();
    assert_eq!(error.code(), "store-corrupt");
    assert!(error.to_string().contains("samsynk.db") && error.to_string().contains("restore"));
    assert_eq!(std::fs::read(&file).unwrap(), damaged);
}

#[test]
fn a_backup_of_a_running_server_is_restored_and_the_old_data_kept() {
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup.db");
    let data = folder.path().join("data");
    let mut store = open(&data);
    add(&mut store, 1);
    upkeep::backup(store.file(), &backup).unwrap();
    assert!(upkeep::backup(store.file(), &backup).is_err(), "an existing file is not replaced");
    add(&mut store, 2);
    drop(store);

    let aside = crate::admin::restore(&data, &backup).unwrap().aside.expect("there was a database");
    assert_eq!(accounts_in(&mut open(&data)), [account(1)]);
    assert_eq!(upkeep::integrity(&aside).unwrap(), Vec::<String>::new());

    let running = DataDir::open(&data).unwrap();
    assert_eq!(crate::admin::restore(&data, &backup).unwrap_err().code(), "data-in-use");
    drop(running);
    std::fs::write(&backup, b"damaged".repeat(1000)).unwrap();
    let error = crate::admin::restore(&data, &backup).unwrap_err();
    assert_eq!(error.code(), "store-corrupt");
    assert!(!error.to_string().contains("samsynk restore"), "{error}");
    // A sound database of another program is no backup either.
    std::fs::remove_file(&backup).unwrap();
    rusqlite::Connection::open(&backup).unwrap().execute_batch("CREATE TABLE meta (x)").unwrap();
    let error = crate::admin::restore(&data, &backup).unwrap_err();
    assert!(matches!(error, StoreError::NoBackup { .. }), "{error}");
    assert_eq!(accounts_in(&mut open(&data)), [account(1)]);
}
