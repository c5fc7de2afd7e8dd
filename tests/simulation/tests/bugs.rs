//! Each bug that can be put at a seam of the simulation is found, within a bounded number of stories.

use samsynk_simulation::bug::Bug;
use samsynk_simulation::run::run;
use samsynk_simulation::schedule::Schedule;

/// How many stories it may take to find a bug. Most take under ten.
const SEEDS_COUNT_MAX: u64 = 300;

/// Runs stories with a bug until one fails with one of these complaints; all others are taken note of.
fn is_found(bug: Bug, complaints: &[&str]) {
    let mut others = Vec::new();
    for seed in 0..SEEDS_COUNT_MAX {
        let Some(violation) = run(&Schedule::of(seed), Some(bug), false).violation else {
            continue;
        };
        if complaints.iter().any(|complaint| violation.0.contains(complaint)) {
            return;
        }
        others.push(violation.0);
    }
    panic!("{bug:?} was not found in {SEEDS_COUNT_MAX} stories; they said: {others:#?}");
}

#[test]
fn a_server_whose_disk_does_not_sync() {
    is_found(Bug::ServerDiskLies, &["the server has lost change"]);
}

#[test]
fn a_device_whose_disk_does_not_sync() {
    is_found(Bug::DeviceDiskLies, &["lost an edit"]);
}

#[test]
fn a_server_that_sends_before_it_commits() {
    is_found(Bug::ServerSendsBeforeCommit, &["the server has lost"]);
}

#[test]
fn a_server_that_calls_saved_what_it_has_only_received() {
    is_found(Bug::ServerReceiptsTooSoon, &["lost an edit"]);
}

#[test]
fn a_server_that_sends_a_document_to_someone_who_may_not_read_it() {
    is_found(Bug::ServerLeaks, &["which it may not read"]);
}

#[test]
fn a_command_that_is_executed_twice() {
    is_found(Bug::CommandTwice, &["executed what nobody commanded"]);
}

#[test]
fn word_of_a_withdrawal_that_is_lost() {
    is_found(Bug::WithdrawalLost, &["keeps what it may not read"]);
}

#[test]
fn a_message_that_is_lost_within_a_connection() {
    is_found(Bug::MessageLost, &["lacks what it may read", "does not come to rest", "never comes"]);
}

#[test]
fn a_device_that_skips_a_commit() {
    is_found(Bug::DeviceSkipsCommit, &["has on its disk what it does not know of", "lost an edit"]);
}

#[test]
fn a_device_that_sends_before_it_commits() {
    is_found(
        Bug::DeviceSendsBeforeCommit,
        &["has on its disk what it does not know of", "lost an edit"],
    );
}

#[test]
fn a_device_that_loses_a_row_of_its_outbox() {
    is_found(Bug::DeviceLosesOutboxRow, &["lost an edit"]);
}

#[test]
fn a_device_that_does_not_remove_what_was_withdrawn() {
    is_found(Bug::DeviceSkipsPurge, &["has on its disk what it does not know of"]);
}

#[test]
fn a_device_that_forgets_as_whom_it_wrote() {
    // Where nothing was overwritten, device and server refuse each other's changes for ever.
    let complaints = ["lost an edit", "has another state of", "does not come to rest"];
    is_found(Bug::DeviceForgetsActor, &complaints);
}
