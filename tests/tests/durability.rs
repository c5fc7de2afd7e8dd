//! What was receipted is there, whatever becomes of the processes and the disk under them.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

use std::path::Path;
use std::time::Duration;

use samsynk_core::client::Client;
use samsynk_core::domain::{Edit, NoteEdit};
use samsynk_core::engine::Identity;
use samsynk_core::ids::{AccountId, DeviceId, DocumentId};
use samsynk_core::random::Random as _;
use samsynk_core::store::Folder;
use samsynk_core::transport::{Device, connect};
use samsynk_tests::{Seed, Server, SystemRandom, Workers, settled};

/// How many notes are edited at the same time.
const NOTES_COUNT: usize = 5;

/// How often something is killed; the environment variable `SAMSYNK_KILLS` says otherwise.
const KILLS_COUNT: usize = 16;

/// The most edits that are promised between two kills.
const PROMISES_BETWEEN_KILLS: usize = 150;

/// The most that a kill comes after a promise, in microseconds: several commits of a slow disk.
const KILL_DELAY_MICROS: usize = 30_000;

/// What libfiu makes fail, how often: syncs of the log and the database, and writes. (SQLite does not call
/// `fsync`, and `write` is how sockets are written, too.)
const DISK_ERRORS: [(&str, &str); 2] =
    [("posix/io/sync/fdatasync", "0.3"), ("posix/io/rw/pwrite", "0.02")];

/// How many batches must have failed for a test of failures to mean something.
const BATCHES_FAILED_MIN: u64 = 5;

/// The counter of batches that could not be saved.
const BATCHES_FAILED: &str = "samsynk_hub_batches_failed_total";

/// How many edits are saved, at least, beside failures or after them.
const PROMISES_COUNT: usize = 60;

/// A server with two people, who share notes.
async fn shared_notes(server: &Server) -> ([AccountId; 2], Vec<DocumentId>) {
    let people = [server.account().await, server.account().await];
    let [owner, friend] = people;
    let folder = tempfile::tempdir().unwrap();
    let files = Folder(folder.path().to_owned());
    let client = Client::open(&files, Box::new(SystemRandom)).unwrap();
    let device = Device::start(client, server.endpoint(owner).await);
    device.enrol(Identity { account: owner, device: DeviceId(SystemRandom.sixteen()) }).unwrap();
    let ids = std::iter::repeat_with(|| DocumentId::from_random(SystemRandom.sixteen()));
    let notes: Vec<_> = ids.take(NOTES_COUNT).collect();
    settled(&device).await;
    for note in &notes {
        let create = NoteEdit::Create { owner, title: "Under load".to_owned() };
        device.edit(*note, Edit::Note(create)).unwrap();
        device.edit(*note, Edit::Note(NoteEdit::Share { account: friend })).unwrap();
    }
    settled(&device).await;
    device.close().await;
    (people, notes)
}

/// Three devices of two people that edit the same notes without pause.
async fn under_load(server: &Server) -> Workers {
    let (people, notes) = shared_notes(server).await;
    let program = Path::new(env!("CARGO_BIN_EXE_busy-device"));
    let mut workers = Workers::new(program, server, notes);
    for account in [people[0], people[0], people[1]] {
        workers.add(server, account).await;
    }
    workers
}

/// Ends the server in order, and has it look at all that it kept.
async fn ends_with_sound_data(mut server: Server) {
    server.end().await;
    assert_eq!(server.samsynk(&["check"]).await, "ok");
}

#[tokio::test]
async fn nothing_receipted_is_lost_when_server_and_devices_are_killed_under_load() {
    let kills = std::env::var("SAMSYNK_KILLS").map_or(KILLS_COUNT, |text| text.parse().unwrap());
    let mut seed = Seed::of_environment();
    let mut server = Server::new();
    server.serve().await;
    let mut workers = under_load(&server).await;
    for _ in 0..kills {
        workers.promise(1 + seed.below(PROMISES_BETWEEN_KILLS)).await;
        // Not to wait for something: the moment of the kill is what chance decides.
        let delay = u64::try_from(seed.below(KILL_DELAY_MICROS)).unwrap();
        tokio::time::sleep(Duration::from_micros(delay)).await;
        let device = seed.below(workers.count());
        let (server_too, device_too) = [(true, false), (false, true), (true, true)][seed.below(3)];
        if device_too {
            workers.kill(device).await;
        }
        if server_too {
            server.kill().await;
            assert_eq!(server.samsynk(&["check"]).await, "ok");
            server.serve().await;
        }
        if device_too {
            workers.start(device);
        }
        workers.online().await;
    }
    let promised = workers.settle(&server).await;
    println!("{kills} kills, {promised} edits promised and there");
    ends_with_sound_data(server).await;
}

#[tokio::test]
async fn nothing_receipted_is_lost_on_a_disk_that_fails_now_and_then() {
    let control = tempfile::tempdir().unwrap();
    let pipes = control.path().join("fiu");
    let mut server = Server::new();
    server.serve_under(&["fiu-run", "-x", "-f", &pipes.to_string_lossy()]).await;
    let mut workers = under_load(&server).await;
    for killed in [false, true] {
        workers.promise(PROMISES_COUNT).await;
        disk_errors(&server, &pipes, true);
        let before = server.counted(BATCHES_FAILED).await;
        while server.counted(BATCHES_FAILED).await < before + BATCHES_FAILED_MIN {
            // Devices come back after a failure as they do when a phone's system tells them to.
            workers.online().await;
            workers.promise(PROMISES_COUNT).await;
        }
        if killed {
            // What failed is in its log.
            server.kill().await;
            assert_eq!(server.samsynk(&["check"]).await, "ok");
            server.serve().await;
        } else {
            disk_errors(&server, &pipes, false);
        }
        workers.online().await;
    }
    let promised = workers.settle(&server).await;
    println!("{promised} edits promised and there");
    ends_with_sound_data(server).await;
}

/// Makes the disk of a server under libfiu fail now and then, or no more.
fn disk_errors(server: &Server, pipes: &Path, fails: bool) {
    let orders = DISK_ERRORS.map(|(name, probability)| match fails {
        true => format!("enable_random name={name},probability={probability}"),
        false => format!("disable name={name}"),
    });
    let mut control = std::process::Command::new("fiu-ctrl");
    control.arg("-f").arg(pipes);
    control.args(orders.iter().flat_map(|order| ["-c", order]));
    let done = control.arg(server.id().to_string()).output().expect("make setup installs libfiu");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_the_server_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(folder.path()) else {
        println!("skipped: only root can mount a small disk");
        return;
    };
    let mut server = Server::in_folder(folder.path());
    server.serve().await;
    let mut workers = under_load(&server).await;
    while server.counted(BATCHES_FAILED).await < BATCHES_FAILED_MIN {
        workers.online().await;
    }
    // It still answers, and says what it has.
    assert_eq!(server.samsynk(&["check"]).await, "ok");
    disk.grow();
    workers.online().await;
    workers.promise(PROMISES_COUNT).await;
    let promised = workers.settle(&server).await;
    println!("{promised} edits promised and there");
    ends_with_sound_data(server).await;
}

/// A file system in memory that is soon full.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    /// None where this user may not.
    fn mount(folder: &'a Path) -> Option<Self> {
        mount(&["-t", "tmpfs", "-o", "size=2m", "tmpfs"], folder).then_some(Self(folder))
    }

    fn grow(&self) {
        assert!(mount(&["-o", "remount,size=256m"], self.0), "root may");
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        // Also while a process still has files there, as after a failure.
        let _ = std::process::Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

fn mount(words: &[&str], folder: &Path) -> bool {
    let mounted = std::process::Command::new("mount").args(words).arg(folder).output();
    mounted.is_ok_and(|mounted| mounted.status.success())
}

#[tokio::test]
async fn a_server_that_is_told_to_end_says_so_to_its_devices() {
    let mut server = Server::new();
    server.serve().await;
    let account = server.account().await;
    let mut connection = connect(&server.endpoint(account).await).await.unwrap();
    let (ended, ()) = tokio::join!(connection.receive(), server.end());
    assert_eq!(ended.unwrap(), None);
    assert_eq!(connection.close_code(), Some(1001));
}
