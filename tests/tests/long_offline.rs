//! A device comes back after a summer without coverage.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

use std::time::Instant;

use samsynk_core::client::Client;
use samsynk_core::domain::{Edit, Moment, NoteEdit};
use samsynk_core::engine::Identity;
use samsynk_core::ids::{AccountId, DeviceId, DocumentId};
use samsynk_core::random::Random as _;
use samsynk_core::store::Folder;
use samsynk_core::transport::{Device, now};
use samsynk_tests::{Replica, Server, SystemRandom, settled};
use tempfile::TempDir;

const DAYS_OFFLINE: i64 = 90;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;
const DOCUMENTS_COUNT: usize = 200;
const EDITS_COUNT: usize = 10_000;

#[tokio::test]
async fn ninety_days_of_edits_arrive_when_a_device_is_back() {
    let mut server = Server::new();
    server.serve().await;
    let owner = server.account().await;
    let folder = fast_folder();
    let started = Instant::now();
    let (client, notes) = edits_of_a_summer(&Folder(folder.path().to_owned()), owner);
    assert_eq!(client.status().on_device, EDITS_COUNT);
    println!("{EDITS_COUNT} edits in {DOCUMENTS_COUNT} documents: {:.1?}", started.elapsed());

    let started = Instant::now();
    let device = Device::start(client, server.endpoint(owner).await);
    settled(&device).await;
    let elapsed = started.elapsed();
    let up = server.counted("samsynk_bytes_received_total").await;
    let down = server.counted("samsynk_bytes_sent_total").await;
    println!("all saved: {elapsed:.1?}, {up} bytes up, {down} bytes down");
    device.close().await;

    let started = Instant::now();
    let other = Replica::fetch(&server, owner).await;
    println!("a second device has all: {:.1?}", started.elapsed());
    let mine = Replica::read(folder.path());
    assert_eq!((mine.pending(), other.pending()), (0, 0));
    assert_eq!(other.heads(&notes), mine.heads(&notes));
    let texts = other.texts(&notes);
    let lost = (0..EDITS_COUNT).map(text).filter(|text| !texts.contains(text)).count();
    assert_eq!(lost, 0);
    server.end().await;
    assert_eq!(server.samsynk(&["check"]).await, "ok");
}

/// A folder in memory where there is one: ten thousand syncs of a disk would be most of this test, and are no
/// part of what it is about.
fn fast_folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A store with all the edits, made while there was no server, evenly over the days.
fn edits_of_a_summer(files: &Folder, owner: AccountId) -> (Client, Vec<DocumentId>) {
    let mut client = Client::open(files, Box::new(SystemRandom)).unwrap();
    let begun = now().millis() - DAYS_OFFLINE * DAY_MILLIS;
    let identity = Identity { account: owner, device: DeviceId(SystemRandom.sixteen()) };
    client.enrol(Moment::from_millis(begun), identity).unwrap();
    let notes: Vec<_> = (0..DOCUMENTS_COUNT).map(|_| client.new_document_id()).collect();
    for i in 0..EDITS_COUNT {
        let at = begun + DAYS_OFFLINE * DAY_MILLIS * i64::try_from(i).unwrap() / EDITS_COUNT as i64;
        let edit = match i / DOCUMENTS_COUNT {
            0 => NoteEdit::Create { owner, title: text(i) },
            _ => NoteEdit::SetText { text: text(i) },
        };
        client.edit(Moment::from_millis(at), notes[i % DOCUMENTS_COUNT], Edit::Note(edit)).unwrap();
    }
    (client, notes)
}

fn text(number: usize) -> String {
    format!("Noted in the archipelago, {number}")
}
