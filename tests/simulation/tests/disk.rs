//! SQLite on the simulated disk: it is right after a crash at every operation, and the disk really loses what
//! is not synced.

use rusqlite::Connection;
use samsynk_simulation::dice::Dice;
use samsynk_simulation::disk::{Disk, Failure, Operation};
use samsynk_simulation::vfs::Machine;

/// How a store sets its connection up.
#[derive(Debug, Clone, Copy)]
struct Setup {
    locking: &'static str,
    journal: &'static str,
    synchronous: &'static str,
}

/// As the device's store, as the server's, and with a rollback journal, which both may have to make do with. With
/// `FULL` that journal's deletion, which is the commit, would not be made sure of.
const SOUND: [Setup; 3] = [
    Setup { locking: "EXCLUSIVE", journal: "WAL", synchronous: "EXTRA" },
    Setup { locking: "NORMAL", journal: "WAL", synchronous: "EXTRA" },
    Setup { locking: "NORMAL", journal: "DELETE", synchronous: "EXTRA" },
];

fn open(machine: &Machine, setup: Setup) -> rusqlite::Result<Connection> {
    let connection = Connection::open(machine.path("test.db"))?;
    for (pragma, value) in [
        ("locking_mode", setup.locking),
        ("journal_mode", setup.journal),
        ("synchronous", setup.synchronous),
        ("temp_store", "MEMORY"),
    ] {
        connection.pragma_update(None, pragma, value)?;
    }
    connection.execute_batch("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, b BLOB)")?;
    Ok(connection)
}

/// Writes rows, one in a transaction, some of which are large, with checkpoints in between; the last row that
/// was acknowledged.
fn work(machine: &Machine, setup: Setup, rows: i64) -> i64 {
    let mut acknowledged = 0;
    let mut write = || -> rusqlite::Result<()> {
        let connection = open(machine, setup)?;
        for n in 1..=rows {
            let bytes = vec![n as u8; if n % 3 == 0 { 9_000 } else { 20 }];
            connection.execute("INSERT INTO t VALUES (?, ?)", (n, bytes))?;
            acknowledged = n;
            if n % 4 == 0 {
                let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
                connection.query_row(checkpoint, [], |_| Ok(()))?;
            }
        }
        Ok(())
    };
    // A crash ends the work.
    let _ = write();
    acknowledged
}

/// The rows, or what is wrong with the database.
fn look(machine: &Machine, setup: Setup) -> Result<i64, String> {
    let look = || -> rusqlite::Result<(String, i64, i64)> {
        let connection = open(machine, setup)?;
        let verdict = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        let sql = "SELECT count(*), coalesce(max(n), 0) FROM t";
        connection.query_row(sql, [], |row| Ok((verdict, row.get(0)?, row.get(1)?)))
    };
    match look() {
        Ok((verdict, count, max)) if verdict == "ok" && count == max => Ok(count),
        other => Err(format!("{other:?}")),
    }
}

const ROWS: i64 = 9;

/// Crashes at every operation, several times: how often something acknowledged was lost, or the database broken.
fn crash_everywhere(setup: Setup) -> (usize, Vec<String>) {
    let mut damages = Vec::new();
    let mut crashes = 0;
    for index in 0.. {
        for attempt in 0..8 {
            let mut dice = Dice::new(index * 100 + attempt);
            let machine = Machine::new(Disk::default());
            machine.disk(|disk| disk.faults.crash_in = Some(index));
            let acknowledged = work(&machine, setup, ROWS);
            if !machine.is_off() {
                assert_eq!(acknowledged, ROWS);
                return (crashes, damages);
            }
            crashes += 1;
            machine.reboot(&mut dice);
            match look(&machine, setup) {
                Ok(found) if found == acknowledged || found == acknowledged + 1 => {}
                other => damages.push(format!("{index}: {acknowledged} acknowledged, {other:?}")),
            }
        }
    }
    unreachable!("the work ends")
}

#[test]
fn sqlite_keeps_what_it_acknowledged_through_a_crash_at_every_operation() {
    for setup in SOUND {
        let (crashes, damages) = crash_everywhere(setup);
        assert!(crashes > 300, "{setup:?}: {crashes}");
        assert_eq!(damages, Vec::<String>::new(), "{setup:?}");
    }
}

#[test]
fn without_syncs_the_disk_loses_and_breaks_what_sqlite_wrote() {
    for setup in SOUND {
        let careless = Setup { synchronous: "OFF", ..setup };
        let (crashes, damages) = crash_everywhere(careless);
        assert!(damages.len() > crashes / 4, "{setup:?}: {} of {crashes}", damages.len());
        let broken = damages.iter().filter(|damage| damage.contains("Err")).count();
        assert!(broken > 0, "{setup:?}: nothing was torn");
    }
}

#[test]
fn a_disk_that_lies_about_syncs_is_found_out() {
    let machine = Machine::new(Disk::default());
    machine.disk(|disk| disk.faults.lying = true);
    assert_eq!(work(&machine, SOUND[0], ROWS), ROWS);
    let lost = (0..20).filter(|seed| {
        let copy = machine.copy();
        copy.reboot(&mut Dice::new(*seed));
        look(&copy, SOUND[0]) != Ok(ROWS)
    });
    assert!(lost.count() > 10);
}

#[test]
fn one_failed_operation_costs_nothing_that_was_acknowledged() {
    for setup in SOUND {
        for operation in [Operation::Read, Operation::Write, Operation::Sync, Operation::Name] {
            for index in 0..60 {
                let machine = Machine::new(Disk::default());
                machine.disk(|disk| disk.faults.fail_in = Some((operation, index)));
                let acknowledged = work(&machine, setup, ROWS);
                // The power goes some time after the failure, when its traces are still about.
                machine.reboot(&mut Dice::new(index));
                let found = look(&machine, setup).expect("the database is sound");
                let expected = [acknowledged, acknowledged + 1];
                assert!(expected.contains(&found), "{setup:?} {operation:?} {index}: {found}");
            }
        }
    }
}

#[test]
fn a_full_disk_refuses_and_keeps_what_it_has() {
    for setup in SOUND {
        let machine = Machine::new(Disk::default());
        let connection = open(&machine, setup).unwrap();
        connection.execute("INSERT INTO t VALUES (1, zeroblob(100))", []).unwrap();
        machine.disk(|disk| disk.faults.full = true);
        let full = connection.execute("INSERT INTO t VALUES (2, zeroblob(90000))", []);
        let code = full.unwrap_err().sqlite_error_code();
        assert_eq!(code, Some(rusqlite::ErrorCode::DiskFull), "{setup:?}");
        machine.disk(|disk| disk.faults.full = false);
        connection.execute("INSERT INTO t VALUES (2, zeroblob(90000))", []).unwrap();
        drop(connection);
        machine.reboot(&mut Dice::new(1));
        assert_eq!(look(&machine, setup), Ok(2));
    }
}

#[test]
fn two_connections_share_a_log_and_take_turns() {
    let machine = Machine::new(Disk::default());
    let writer = open(&machine, SOUND[1]).unwrap();
    let reader = open(&machine, SOUND[1]).unwrap();
    let count = |connection: &Connection| -> i64 {
        connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
    };
    reader.execute_batch("BEGIN").unwrap();
    assert_eq!(count(&reader), 0);
    writer.execute("INSERT INTO t VALUES (1, NULL)", []).unwrap();
    assert_eq!((count(&reader), count(&writer)), (0, 1));
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(count(&reader), 1);
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    reader.pragma_update(None, "busy_timeout", "10").unwrap();
    let busy = reader.execute("INSERT INTO t VALUES (2, NULL)", []).unwrap_err();
    assert_eq!(busy.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy));
}

#[test]
fn what_was_open_when_the_power_went_only_fails() {
    let machine = Machine::new(Disk::default());
    let before = open(&machine, SOUND[1]).unwrap();
    machine.reboot(&mut Dice::new(1));
    assert!(before.execute("INSERT INTO t VALUES (1, NULL)", []).is_err());
    drop(before);
    assert_eq!(look(&machine, SOUND[1]), Ok(0));
    assert_eq!(machine.disk(|disk| disk.create("another").map(drop)), Ok(()));
    machine.disk(|disk| disk.faults.switch_off());
    assert_eq!(machine.disk(|disk| disk.create("more").map(drop)), Err(Failure::Off));
}
