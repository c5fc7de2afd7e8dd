//! Whoever uses much of the hub is slowed down, and nobody else is.

use std::time::{Duration, Instant};

use samsynk_core::ids::DocumentId;
use samsynk_server::net::limits::Limits;
use samsynk_server::net::pace::{Allowance, Allowances};

use crate::phone::Phone;
use crate::town::Town;

const EDITS: u8 = 40;

/// Edits one after the other, each saved before the next.
async fn edits(phone: &mut Phone, id: DocumentId, count: u8) {
    for n in 0..count {
        phone.edit(id, "count", n.into());
        phone.push(id).await;
        phone.saved(id).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_devices_of_an_account_are_slowed_down_together_and_others_are_not() {
    let plenty = Allowance { percent: 100, burst: Duration::from_secs(600) };
    // An edit costs more than 60 units. So many take 7 ms, and at this pace more than half a second.
    let account = Allowance { percent: 1, burst: Duration::from_millis(1) };
    let allowances = Allowances { device: plenty, account, address: plenty };
    let limits = Limits { allowances, pause_max: Duration::from_secs(60), ..Limits::default() };
    let town = Town::plain(limits).await;
    let account = town.account().await;
    let mut devices = Vec::new();
    for n in 0..3 {
        let phone = Phone::connect(&town, &town.enrol(account).await).await;
        devices.push((phone, DocumentId([n; 16])));
    }
    let quiet = town.account().await;
    let mut quiet = Phone::connect(&town, &town.enrol(quiet).await).await;

    let start = Instant::now();
    {
        let flood = async {
            for (phone, id) in &mut devices {
                edits(phone, *id, EDITS).await;
            }
        };
        let mut flood = std::pin::pin!(flood);
        tokio::select! {
            biased;
            () = &mut flood => panic!("it was not slowed down"),
            () = edits(&mut quiet, DocumentId([9; 16]), 1) => {}
        }
        flood.await;
    }
    let slowed = start.elapsed();
    let least = Duration::from_micros(3 * u64::from(EDITS) * 60 - 1_000) * 100;
    assert!(slowed > least, "all were saved, in {slowed:?}, no sooner than {least:?}");
    town.end().await;
}
