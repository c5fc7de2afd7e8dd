//! Both stores on a disk that fails once while they are opened: nothing is put aside, nothing is lost.

use samsynk_core::engine::Storage as _;
use samsynk_core::store::Store as DeviceStore;
use samsynk_server::store::{StoreError, accounts};
use samsynk_simulation::dice::Dice;
use samsynk_simulation::disk::Operation;
use samsynk_simulation::town::{PEOPLE, town};
use samsynk_simulation::vfs::Machine;

/// How many operations of each kind fail, one at a time; opening takes fewer.
const OPERATIONS_COUNT: u64 = 80;

const OPERATIONS: [Operation; 4] =
    [Operation::Read, Operation::Write, Operation::Sync, Operation::Name];

#[test]
fn a_device_s_store_is_not_put_aside_for_one_failure() {
    let image = &town().devices[0];
    for operation in OPERATIONS {
        let mut failed = 0;
        for index in 0..OPERATIONS_COUNT {
            let machine = Machine::new(image.synced.clone());
            machine.disk(|disk| disk.faults.fail_in = Some((operation, index)));
            match DeviceStore::open(&machine) {
                Ok(opened) => assert_eq!(opened.damaged, None, "{operation:?} {index}"),
                Err(_) => failed += 1,
            }
            machine.disk(|disk| disk.faults.mend());
            machine.reboot(&mut Dice::new(index));
            let mut opened = DeviceStore::open(&machine).expect("it opens the next time");
            assert_eq!(opened.damaged, None, "{operation:?} {index}");
            assert_eq!(opened.store.load().expect("readable").identity, Some(image.identity));
        }
        assert!(operation != Operation::Read || failed > 0, "no read failed");
    }
}

#[test]
fn a_server_s_database_is_not_called_damaged_for_one_failure() {
    for operation in OPERATIONS {
        for index in 0..OPERATIONS_COUNT {
            let machine = Machine::new(town().server.clone());
            machine.disk(|disk| disk.faults.fail_in = Some((operation, index)));
            let opened = machine.open_store();
            let damaged = matches!(opened, Err(StoreError::Corrupt { .. }));
            assert!(!damaged, "{operation:?} {index}: {opened:?}");
            drop(opened);
            machine.disk(|disk| disk.faults.mend());
            machine.reboot(&mut Dice::new(index));
            let mut store = machine.open_store().expect("it opens");
            let all = store.read::<_, StoreError>(|tx| accounts::all(tx)).expect("readable");
            assert_eq!(all.len(), PEOPLE.len());
        }
    }
}
