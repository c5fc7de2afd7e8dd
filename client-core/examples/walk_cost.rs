//! Prints what the walk over untrusted bytes costs on this machine, beside what Automerge then does with them.
//!
//! `cargo run --release -p samsynk-core --example walk_cost`

use std::hint::black_box;
use std::time::{Duration, Instant};

use automerge::sync::{Message, State, SyncDoc as _};
use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{AutoCommit, AutomergeError, Change, ObjType, ROOT};
use samsynk_core::wire::walk;

fn main() -> Result<(), AutomergeError> {
    let mut plan = plan()?;
    let mut message = first_answer(&mut plan);
    report("plan of 62 changes, as one document", &message.clone().encode());
    let changes: Vec<Vec<u8>> =
        plan.get_changes(&[]).iter().map(|change| change.raw_bytes().to_vec()).collect();
    message.changes = changes.into();
    report("the same as 62 changes", &message.encode());
    for characters in [20_000, 90_000] {
        let mut text = text(characters)?;
        report(&format!("a text of {characters} characters"), &first_answer(&mut text).encode());
    }
    one_large_change()
}

/// Three days of four sessions, then fifty changes of a room; what the load generator sends.
fn plan() -> Result<AutoCommit, AutomergeError> {
    let mut doc = AutoCommit::new();
    doc.put(ROOT, "title", "Pilot, three days in a district")?;
    let days = doc.put_object(ROOT, "days", ObjType::List)?;
    let mut sessions = Vec::new();
    for d in 0..3 {
        let day = doc.insert_object(&days, d, ObjType::Map)?;
        doc.put(&day, "date", format!("2021-12-1{}", 3 + d))?;
        let list = doc.put_object(&day, "sessions", ObjType::List)?;
        for s in 0..4 {
            let session = doc.insert_object(&list, s, ObjType::Map)?;
            doc.put(&session, "starts", format!("{:02}:30", 8 + 2 * s))?;
            doc.put(&session, "title", format!("Meeting {s} of day {d}"))?;
            doc.put(&session, "room", 100 + s as i64)?;
            doc.commit();
            sessions.push(session);
        }
    }
    for e in 0..50 {
        doc.put(&sessions[e % 12], "room", 200 + 7 * e as i64)?;
        doc.commit_with(CommitOptions::default().with_time(1_600_000_000 + e as i64));
    }
    Ok(doc)
}

fn text(characters: usize) -> Result<AutoCommit, AutomergeError> {
    let mut doc = AutoCommit::new();
    let text = doc.put_object(ROOT, "text", ObjType::Text)?;
    let words = "En plan som alla kan läsa. ".repeat(characters / 27 + 1);
    let words: Vec<char> = words.chars().take(characters).collect();
    for (n, part) in words.chunks(1_000).enumerate() {
        doc.splice_text(&text, n * 1_000, 0, &part.iter().collect::<String>())?;
        doc.commit();
    }
    Ok(doc)
}

/// What a device sends that has a document which the server lacks.
fn first_answer(doc: &mut AutoCommit) -> Message {
    let (mut here, mut there) = (State::new(), State::new());
    let ask = AutoCommit::new().sync().generate_sync_message(&mut there).expect("a first message");
    doc.sync().receive_sync_message(&mut here, ask).expect("an empty message");
    doc.sync().generate_sync_message(&mut here).expect("an answer")
}

#[expect(clippy::print_stdout, reason = "printing is what it is for")]
fn report(what: &str, bytes: &[u8]) {
    let walked = walk::sync_message(bytes).expect("an honest message");
    let walk = per_run(|| {
        let _ = black_box(walk::sync_message(black_box(bytes)));
    });
    let parse = per_run(|| {
        let message = Message::decode(black_box(bytes)).expect("a message");
        let mut doc = AutoCommit::new();
        doc.sync().receive_sync_message(&mut State::new(), message).expect("changes that fit");
        black_box(doc);
    });
    println!("{what}: {} bytes, {walked:?}: walk {walk:?}, Automerge {parse:?}", bytes.len());
}

/// The median time of some runs.
fn per_run(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..30)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// What one change of a few bytes may make Automerge do: as many equal operations as the walk lets through.
#[expect(clippy::print_stdout, reason = "printing is what it is for")]
fn one_large_change() -> Result<(), AutomergeError> {
    let max = samsynk_core::limits::CHANGE_OPS_COUNT_MAX;
    for (what, kind) in [("insertions", 0), ("assignments", 1), ("deletions", 2)] {
        let mut doc = AutoCommit::new();
        let text = doc.put_object(ROOT, "text", ObjType::Text)?;
        if kind == 2 {
            doc.splice_text(&text, 0, 0, &"a".repeat(max - 1))?;
        }
        doc.commit();
        let mut after = doc.clone();
        match kind {
            0 => after.splice_text(&text, 0, 0, &"a".repeat(max))?,
            1 => (0..max).try_for_each(|_| after.put(ROOT, "key", true))?,
            _ => after.splice_text(&text, 0, max as isize - 1, "")?,
        }
        after.commit();
        let mut change = after.get_changes(&doc.get_heads()).remove(0);
        let bytes = change.bytes().to_vec();
        let walk = per_run(|| {
            let _ = black_box(walk::saved(black_box(&bytes)));
        });
        let parse = per_run(|| drop(black_box(Change::try_from(&bytes[..]))));
        let apply = per_run(|| {
            let mut doc = doc.clone();
            doc.apply_changes([change.clone()]).expect("it fits");
            black_box(doc);
        });
        let heads = doc.get_heads();
        let tell = per_run(|| drop(black_box(after.get_changes(&heads))));
        println!(
            "one change of {} {what} in {} bytes: walk {walk:?}, parse {parse:?}, apply {apply:?}, \
             tell again {tell:?}",
            change.len(),
            bytes.len()
        );
    }
    Ok(())
}
