//! Prints what one edit costs on this machine: from the call until it is on disk.
//!
//! `cargo run --release -p samsynk-core --features device --example edit_cost`

use std::error::Error;
use std::time::{Duration, Instant};

use samsynk_core::client::Client;
use samsynk_core::domain::{Edit, Moment, NoteEdit};
use samsynk_core::engine::Identity;
use samsynk_core::ids::{AccountId, DeviceId};
use samsynk_core::random::Random;
use samsynk_core::refusal::Refusal;
use samsynk_core::store::Folder;

const EDITS: usize = 500;

struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system has randomness");
    }
}

#[expect(clippy::print_stdout, reason = "printing is what it is for")]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let files = Folder(folder.path().to_owned());
    let mut client = Client::open(&files, Box::new(SystemRandom))?;
    let account = AccountId([1; 16]);
    let now = Moment::from_millis(0);
    client.enrol(now, Identity { account, device: DeviceId([2; 16]) })?;
    let note = client.new_document_id();
    client.edit(
        now,
        note,
        Edit::Note(NoteEdit::Create { owner: account, title: String::new() }),
    )?;
    let mut times = (0..EDITS)
        .map(|i| {
            let edit = Edit::Note(NoteEdit::SetTitle { title: format!("Anteckning {i}") });
            let start = Instant::now();
            client.edit(now, note, edit)?;
            Ok(start.elapsed())
        })
        .collect::<Result<Vec<Duration>, Refusal>>()?;
    times.sort_unstable();
    let at = |percent: usize| times[EDITS * percent / 100];
    println!("{EDITS} edits, each on disk: p50 {:?}, p99 {:?}", at(50), at(99));
    Ok(())
}
