//! Events that change nothing: connections, catalogues, questions, and what is refused before it is looked at.

use automerge::sync::{State, SyncDoc as _};
use samsynk_core::ids::DocumentId;
use samsynk_core::wire::{CatalogueEntry, Frame, PeerMetadata, Seal, Version, digest};
use samsynk_server::hub::Event;

use crate::bench::{Bench, Phone, count, filled, id, message, noise, peer, question};

pub(crate) fn measure(bench: &mut Bench) {
    let phone = bench.person("student");
    connections(bench, phone);
    catalogues(bench, phone);
    asked(bench, phone);
    refused(bench, phone);
    said(bench, phone);
}

fn connections(bench: &mut Bench, phone: Phone) {
    let mut events = Vec::new();
    for _ in 0..300 {
        let (session, joining) = bench.joining(phone.identity, "samsynk-1");
        events.extend(joining);
        events.push(Event::Closed { session });
    }
    bench.measure("a connection that joins and ends", 300, events);
    let (sender, target, metadata) = (peer("a"), peer("b"), PeerMetadata::default());
    let frame = Frame::Peer { sender, target, version: Version::One, metadata };
    let events = (0..1_000).map(|_| phone.says(frame.clone())).collect();
    bench.measure("an event that leads to nothing", 1_000, events);
}

fn catalogues(bench: &mut Bench, phone: Phone) {
    let mut entries = Vec::new();
    for n in 0..600 {
        let document = id(n);
        let mut doc = filled(phone, 1, 20);
        bench.tell(vec![phone.syncs(document, message(&mut doc, &[]))]);
        entries.push(CatalogueEntry { document, epoch: 0, digest: digest(&doc.get_heads()) });
    }
    let says = |entries| phone.says(Frame::CatalogueDigest { entries });
    let same = (0..20).map(|_| says(entries.clone())).collect();
    bench.measure("a catalogue of 600 that are the same", 20, same);
    let none = (0..20).map(|_| says(Vec::new())).collect();
    bench.measure("a catalogue of a device that lacks 600", 20, none);
    let few = bench.person("student");
    let digests = |n| {
        let entry = |m: u32| CatalogueEntry { document: id(n + m), epoch: 0, digest: [0; 8] };
        Frame::CatalogueDigest { entries: (0..20_000).map(entry).collect() }
    };
    let unknown = (1..6).map(|n| few.says(digests(n * 1_000_000))).collect();
    bench.measure("20,000 guesses at what is not there", 5, unknown);
    let others = |_| Frame::CatalogueDigest { entries: entries.clone() };
    let events = (0..20).map(|n| few.says(others(n))).collect();
    bench.measure("600 guesses at what is another's", 20, events);
}

fn asked(bench: &mut Bench, phone: Phone) {
    let mut small = filled(phone, 1, 20);
    let mut large = filled(phone, 1, 1_000_000);
    let [few, much] = [id(9_000), id(9_001)];
    bench.tell(vec![phone.syncs(few, message(&mut small, &[]))]);
    bench.tell(vec![phone.syncs(much, message(&mut large, &[]))]);
    let heads = small.get_heads();
    let again: Vec<Event> = (0..500).map(|_| phone.syncs(few, question(heads.clone()))).collect();
    bench.measure("a question of who has all of a document", 500, again);
    for (name, document, times) in [("a small document", few, 500), ("1 MB", much, 20)] {
        let events = (0..times).map(|_| phone.syncs(document, question(Vec::new()))).collect();
        bench.measure(&format!("a question of who has nothing of {name}"), times, events);
    }
    let stranger = bench.person("student");
    let events = (0..500).map(|_| stranger.syncs(few, question(Vec::new()))).collect();
    bench.measure("a question for what one may not read", 500, events);
    let classic = bench.join(stranger.identity, "1");
    let events = (0..500).map(|n| classic.syncs(id(50_000 + n), question(Vec::new()))).collect();
    bench.measure("a question for what is not there, in version 1", 500, events);
    bench.restart();
    let desk = bench.join(phone.identity, "1");
    let mut other = filled(phone, 1, 20);
    let data = other.sync().generate_sync_message(&mut State::new()).expect("it has heads");
    let events = (0..300).map(|n| desk.syncs(id(n), data.clone().encode())).collect();
    bench.measure("a load of a small document", 300, events);
    bench.measure("a load of 1 MB", 1, vec![desk.syncs(much, data.encode())]);
}

fn refused(bench: &mut Bench, phone: Phone) {
    let owner = bench.join(phone.identity, "samsynk-1");
    let stranger = bench.person("student");
    let mut doc = filled(stranger, 20, 5_000);
    let data = message(&mut doc, &[]);
    let events = (0..100).map(|_| stranger.syncs(id(9_000), data.clone())).collect();
    bench.measure("100 kB for a document that one may not read", 100, events);
    let mut broken = data.clone();
    let middle = broken.len() / 2;
    broken[middle] ^= 1;
    let events = (0..100).map(|n| owner.syncs(id(60_000 + n), broken.clone())).collect();
    bench.measure("100 kB with a wrong checksum", 100, events);
    // Somebody else's changes, as one's own.
    let events = (0..100).map(|n| owner.syncs(id(61_000 + n), data.clone())).collect();
    bench.measure("100 kB of changes of another's actor", 100, events);
    let given = |document: DocumentId, data: Vec<u8>| Frame::GiveBack {
        document,
        epoch: 0,
        seal: Seal([7; 32]),
        data,
    };
    let large = message(&mut filled(stranger, 1, 1_000_000), &[]);
    let events = (0..100).map(|_| stranger.says(given(id(9_000), large.clone()))).collect();
    bench.measure("1 MB given back with a wrong seal", 100, events);
    let command = |n: u32| Frame::Command {
        id: samsynk_core::ids::CommandId(id(n).0),
        command: format!("{{\"command\":\"no-such\",\"noise\":\"{}\"}}", "x".repeat(60_000)),
    };
    let events = (0..200).map(|n| stranger.says(command(n))).collect();
    let effects = bench.measure("a command of 60 kB that cannot be read", 200, events);
    assert_eq!(count(&effects, |frame| matches!(frame, Frame::Outcome { .. })), 200);
}

fn said(bench: &mut Bench, phone: Phone) {
    let document = id(9_100);
    let mut doc = filled(phone, 1, 20);
    let first = bench.join(phone.identity, "samsynk-1");
    bench.tell(vec![first.syncs(document, message(&mut doc, &[]))]);
    let word = |count| Frame::Ephemeral {
        document,
        sender: peer("phone"),
        target: peer("server"),
        session: "cursor".to_owned(),
        count,
        data: noise(200),
    };
    let events = (0..500).map(|n| first.says(word(n))).collect();
    bench.measure("an ephemeral word that nobody hears", 500, events);
    for _ in 0..50 {
        let listener = bench.join(phone.identity, "1");
        bench.tell(vec![listener.syncs(document, question(doc.get_heads()))]);
    }
    let events = (500..600).map(|n| first.says(word(n))).collect();
    let effects = bench.measure("an ephemeral word to 50", 100, events);
    assert_eq!(count(&effects, |frame| matches!(frame, Frame::Ephemeral { .. })), 5_000);
}
