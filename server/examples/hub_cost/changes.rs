//! Changes to documents without a kind: how much of them, how many readers, how much beside.

use automerge::sync::{State, SyncDoc as _};
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ObjType, ROOT};
use samsynk_server::hub::Event;

use crate::bench::{Bench, Phone, filled, id, message, question, whole};

pub(crate) fn measure(bench: &mut Bench) {
    let phone = bench.person("student");
    made(bench, phone);
    edited(bench, phone);
    long(bench, phone);
    loaded(bench, phone);
    read(bench, phone);
}

fn made(bench: &mut Bench, phone: Phone) {
    for (changes, bytes, times) in [(1, 20, 500), (50, 20, 100), (500, 100, 20), (1, 1_000_000, 5)]
    {
        let first = 1_000_000 + changes as u32 * 1_000 + bytes as u32;
        let make = |n: u32, pack: fn(&mut AutoCommit) -> Vec<u8>| {
            phone.syncs(id(first + n), pack(&mut filled(phone, changes, bytes)))
        };
        let events = (0..times).map(|n| make(n, |doc| message(doc, &[]))).collect();
        let name = format!("a new document, {changes} changes of {bytes} bytes");
        bench.measure(&name, times as usize, events);
        let events = (0..times).map(|n| make(500_000 + n, whole)).collect();
        bench.measure(&format!("{name}, in one piece"), times as usize, events);
    }
}

fn edited(bench: &mut Bench, phone: Phone) {
    for (changes, bytes) in [(1, 20), (1_000, 20), (20, 50_000)] {
        let document = id(2_000_000 + changes as u32);
        let mut doc = filled(phone, changes, bytes);
        bench.tell(vec![phone.syncs(document, message(&mut doc, &[]))]);
        let events = (0..200).map(|n| phone.puts(document, &mut doc, n)).collect();
        bench.measure(&format!("an edit to {changes} changes of {bytes} bytes"), 200, events);
    }
    // The last of fifty is another's.
    let stranger = bench.person("student");
    let mut events = Vec::new();
    for n in 0..20 {
        let mut doc = filled(phone, 49, 20);
        doc.set_actor(stranger.document().get_actor().clone());
        doc.put(ROOT, "count", 1).expect("a root takes it");
        doc.commit();
        events.push(phone.syncs(id(2_100_000 + n), message(&mut doc, &[])));
    }
    bench.measure("50 new changes of which the last is refused", 20, events);
}

/// As many operations in one change as there may be.
const OPS: usize = 10_000;

fn long(bench: &mut Bench, phone: Phone) {
    let (mut written, mut deleted) = (Vec::new(), Vec::new());
    for n in 0..5 {
        let document = id(3_000_000 + n);
        let mut doc = phone.document();
        let text = doc.put_object(ROOT, "text", ObjType::Text).expect("a root takes it");
        doc.splice_text(&text, 0, 0, &"a quick brown fox ".repeat(OPS)[..OPS - 1]).expect("text");
        doc.commit();
        written.push(phone.syncs(document, message(&mut doc, &[])));
        let before = doc.get_heads();
        doc.splice_text(&text, 0, OPS as isize - 1, "").expect("text");
        doc.commit();
        deleted.push(phone.syncs(document, message(&mut doc, &before)));
    }
    bench.measure("a change of 10,000 insertions", 5, written);
    bench.measure("a change of 10,000 deletions", 5, deleted);
}

fn loaded(bench: &mut Bench, phone: Phone) {
    bench.restart();
    let desk = bench.join(phone.identity, "1");
    let mut other = filled(phone, 1, 20);
    let data =
        other.sync().generate_sync_message(&mut State::new()).expect("it has heads").encode();
    for (changes, bytes, times) in [(50, 20, 100), (500, 100, 20)] {
        let first = 1_000_000 + changes * 1_000 + bytes;
        let events = (0..times).map(|n| desk.syncs(id(first + n), data.clone())).collect();
        let name = format!("a load of {changes} changes of {bytes} bytes");
        bench.measure(&name, times as usize, events);
    }
    let events: Vec<Event> = (0..5).map(|n| desk.syncs(id(3_000_000 + n), data.clone())).collect();
    bench.measure("a load of 10,000 insertions and deletions", 5, events);
}

fn read(bench: &mut Bench, phone: Phone) {
    let phone = bench.join(phone.identity, "samsynk-1");
    let note = id(4_000_000);
    let mut doc = filled(phone, 1, 20);
    bench.tell(vec![phone.syncs(note, message(&mut doc, &[]))]);
    for _ in 0..200 {
        let reader = bench.join(phone.identity, "1");
        let data = doc.clone().sync().generate_sync_message(&mut State::new());
        bench.tell(vec![reader.syncs(note, data.expect("it has heads").encode())]);
        bench.tell(vec![reader.syncs(note, question(doc.get_heads()))]);
    }
    let edits: Vec<Event> = (0..20).map(|n| phone.puts(note, &mut doc, n)).collect();
    bench.measure("20 edits at once, with 200 readers, each edit", 20, edits);
    let edits: Vec<Event> = (20..40).map(|n| phone.puts(note, &mut doc, n)).collect();
    bench.apart("an edit passed on to 200 readers", edits);
}
