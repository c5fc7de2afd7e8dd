//! Prints what the hub's work takes on this machine, beside what `hub/cost.rs` charges for it.
//!
//! `cargo run --release -p samsynk-server --example hub_cost`

use std::error::Error;
use std::time::Duration;

use automerge::sync::{ChunkList, Message, MessageVersion, State, SyncDoc as _};
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ROOT};
use samsynk_core::domain::{Moment, actor_of};
use samsynk_core::ids::DocumentId;
use samsynk_core::wire::{CatalogueEntry, Frame, PeerId, PeerMetadata};
use samsynk_server::accounts::{Random as _, SystemRandom};
use samsynk_server::admin::{AdminReply, AdminRequest};
use samsynk_server::hub::port::{Identity, SessionId};
use samsynk_server::hub::{Effects, Event, Hub, Ticket};
use samsynk_server::store::{DataDir, Store};

/// The time that this thread has spent on a processor, so that waiting for the disk and for others does not
/// count (`Documentation/scheduler/sched-stats.rst` of Linux).
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.expect("Linux counts what threads use"))
}

/// A hub on a store in a temporary folder.
struct Bench {
    hub: Hub,
    store: Store,
    identity: Identity,
    sessions: u64,
    time: Duration,
    units: u64,
}

fn peer(name: &str) -> PeerId {
    PeerId::new(name).expect("a short name")
}

impl Bench {
    fn new(store: Store) -> Result<Self, Box<dyn Error>> {
        let mut store = store;
        let hub = Hub::new(&mut store, &mut SystemRandom)?;
        let identity = Identity {
            account: samsynk_core::ids::AccountId([1; 16]),
            device: samsynk_core::ids::DeviceId([1; 16]),
        };
        let (time, units) = (Duration::ZERO, 0);
        let mut bench = Self { hub, store, identity, sessions: 0, time, units };
        let add = AdminRequest::AccountAdd { name: None, roles: Vec::new(), university: None };
        let AdminReply::Account { account } = bench.ask(add)? else { return Err("refused".into()) };
        let request = AdminRequest::Token { account, label: String::new() };
        let AdminReply::Token { device, .. } = bench.ask(request)? else {
            return Err("refused".into());
        };
        bench.identity = Identity { account, device };
        Ok(bench)
    }

    fn ask(&mut self, request: AdminRequest) -> Result<AdminReply, Box<dyn Error>> {
        let effects = self.tell(vec![Event::Admin { ticket: Ticket(1), request }]);
        Ok(effects.replies.into_iter().next().ok_or("no reply")?.1)
    }

    /// Hands events over until all are handled.
    fn tell(&mut self, mut events: Vec<Event>) -> Effects {
        let mut all = Effects::default();
        while !events.is_empty() {
            let start = cpu_time();
            let now = Moment::from_millis(0);
            let effects = self.hub.handle(&mut self.store, now, &mut SystemRandom, events);
            self.time += cpu_time() - start;
            self.units += effects.charges.values().sum::<u64>();
            all.sends.extend(effects.sends);
            all.replies.extend(effects.replies);
            events = effects.rest;
        }
        all
    }

    fn join(&mut self, version: &str) -> SessionId {
        self.sessions += 1;
        let session = SessionId(self.sessions);
        let frame = Frame::Join {
            sender: peer(&format!("phone-{session}")),
            versions: vec![version.to_owned()],
            metadata: PeerMetadata::default(),
        };
        let identity = self.identity;
        self.tell(vec![Event::Opened { session, identity }, Event::Frame { session, frame }]);
        session
    }

    fn doc(&self) -> AutoCommit {
        let mut doc = AutoCommit::new();
        doc.set_actor(actor_of(self.identity.account, SystemRandom.id()));
        doc
    }

    fn sync(session: SessionId, document: DocumentId, data: Vec<u8>) -> Event {
        let frame = Frame::Sync {
            document,
            sender: peer("phone"),
            target: peer("server"),
            data,
            seal: None,
        };
        Event::Frame { session, frame }
    }

    /// Measures what some work takes, each of `count` times.
    #[expect(clippy::print_stdout, reason = "printing is what it is for")]
    fn measure(&mut self, name: &str, count: usize, work: impl FnOnce(&mut Self)) {
        (self.time, self.units) = (Duration::ZERO, 0);
        work(self);
        let micros = self.time.as_secs_f64() * 1e6 / count as f64;
        let units = self.units as f64 / count as f64;
        println!("{name:48} {micros:10.1} µs {units:10.1} units {:6.2}", units / micros);
    }
}

fn message(doc: &mut AutoCommit, before: &[automerge::ChangeHash]) -> Vec<u8> {
    let changes = ChunkList::from(doc.save_after(before));
    let heads = doc.get_heads();
    let version = MessageVersion::V1;
    let (need, have) = (Vec::new(), Vec::new());
    Message { heads, need, have, changes, flags: None, version }.encode()
}

fn id(n: u32) -> DocumentId {
    let mut id = [5; 16];
    id[..4].copy_from_slice(&n.to_be_bytes());
    DocumentId(id)
}

/// A document with so many changes of so many bytes that do not compress.
fn filled(bench: &Bench, changes: usize, bytes: usize) -> Result<AutoCommit, Box<dyn Error>> {
    let mut doc = bench.doc();
    for n in 0..changes {
        let mut noise = vec![0; bytes];
        SystemRandom.fill(&mut noise);
        doc.put(ROOT, format!("key {}", n % 20), noise)?;
        doc.commit();
    }
    Ok(doc)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let data = DataDir::open(folder.path())?;
    let mut bench = Bench::new(Store::open(&data)?)?;
    let phone = bench.join("samsynk-1");

    bench.measure("an event that leads to nothing", 1_000, |bench| {
        let frame = || Frame::Peer {
            sender: peer("a"),
            target: peer("b"),
            version: samsynk_core::wire::Version::One,
            metadata: PeerMetadata::default(),
        };
        let event = || Event::Frame { session: phone, frame: frame() };
        bench.tell(std::iter::repeat_with(event).take(1_000).collect());
    });
    for (changes, bytes, count) in [(1, 20, 500), (50, 20, 100), (1, 1_000_000, 5), (500, 100, 20)]
    {
        let mut events = Vec::new();
        let first = 1_000_000 + changes as u32 * 1_000 + bytes as u32;
        for n in 0..count {
            let mut doc = filled(&bench, changes, bytes)?;
            events.push(Bench::sync(phone, id(first + n), message(&mut doc, &[])));
        }
        let name = format!("a new document, {changes} changes of {bytes} bytes");
        bench.measure(&name, count as usize, |bench| {
            bench.tell(events);
        });
    }
    for (changes, bytes) in [(1, 20), (1_000, 20), (20, 50_000)] {
        let document = id(changes as u32 + bytes as u32);
        let mut doc = filled(&bench, changes, bytes)?;
        bench.tell(vec![Bench::sync(phone, document, message(&mut doc, &[]))]);
        let mut events = Vec::new();
        for n in 0..200_i64 {
            let before = doc.get_heads();
            doc.put(ROOT, "count", n)?;
            doc.commit();
            events.push(Bench::sync(phone, document, message(&mut doc, &before)));
        }
        let name = format!("an edit to {changes} changes of {bytes} bytes");
        bench.measure(&name, 200, |bench| {
            bench.tell(events);
        });
    }

    // Two hundred readers of one note.
    let note = id(7);
    let mut doc = filled(&bench, 1, 20)?;
    bench.tell(vec![Bench::sync(phone, note, message(&mut doc, &[]))]);
    for _ in 0..200 {
        let reader = bench.join("1");
        let mut doc = doc.clone();
        let data = doc.sync().generate_sync_message(&mut State::new()).ok_or("it has heads")?;
        bench.tell(vec![Bench::sync(reader, note, data.encode())]);
    }
    let mut edits = Vec::new();
    for n in 0..20_i64 {
        let before = doc.get_heads();
        doc.put(ROOT, "count", n)?;
        doc.commit();
        edits.push(Bench::sync(phone, note, message(&mut doc, &before)));
    }
    bench.measure("an edit passed on to 200 readers, each of 200", 20 * 200, |bench| {
        for edit in edits {
            bench.tell(vec![edit]);
        }
    });

    bench.measure("a catalogue, each of 600 entries", 600, |bench| {
        let entry = |n| CatalogueEntry { document: id(n), epoch: 0, digest: [0; 8] };
        let frame = Frame::CatalogueDigest { entries: (0..600).map(entry).collect() };
        bench.tell(vec![Event::Frame { session: phone, frame }]);
    });

    let AdminReply::Account { .. } = bench.ask(AdminRequest::AccountAdd {
        name: None,
        roles: vec!["lead".to_owned()],
        university: None,
    })?
    else {
        return Err("refused".into());
    };
    for count in [1, 500] {
        // So many more of everything: accounts, their documents, which the lead may read, and sessions.
        for _ in 0..count {
            let roles = vec!["student".to_owned()];
            bench.ask(AdminRequest::AccountAdd { name: None, roles, university: None })?;
            bench.join("samsynk-1");
        }
        let document = id(900_000 + count);
        let mut doc = filled(&bench, 1, 20)?;
        bench.tell(vec![Bench::sync(phone, document, message(&mut doc, &[]))]);
        let mut edits = Vec::new();
        for n in 0..100_i64 {
            let before = doc.get_heads();
            doc.put(ROOT, "count", n)?;
            doc.commit();
            edits.push(Bench::sync(phone, document, message(&mut doc, &before)));
        }
        bench.measure(&format!("an edit beside {count} more of all else"), 100, |bench| {
            bench.tell(edits);
        });
        let roles = vec!["student".to_owned()];
        let add = AdminRequest::AccountAdd { name: None, roles, university: None };
        let events = vec![Event::Admin { ticket: Ticket(2), request: add }];
        bench.measure(&format!("an account beside {count} more"), 1, |bench| {
            bench.tell(events);
        });
    }

    // A hub that has nothing in memory: a client that has other changes makes it load.
    let Bench { store, identity, .. } = bench;
    let mut store = store;
    let hub = Hub::new(&mut store, &mut SystemRandom)?;
    let (time, units) = (Duration::ZERO, 0);
    let mut bench = Bench { hub, store, identity, sessions: 0, time, units };
    let desk = bench.join("1");
    for (changes, bytes, count) in [(1, 20, 500), (50, 20, 100), (1, 1_000_000, 5), (500, 100, 20)]
    {
        let first = 1_000_000 + changes as u32 * 1_000 + bytes as u32;
        let mut other = filled(&bench, 1, 20)?;
        let data = other.sync().generate_sync_message(&mut State::new()).ok_or("it has heads")?;
        let data = data.encode();
        let events = (0..count).map(|n| Bench::sync(desk, id(first + n), data.clone())).collect();
        let name = format!("a load of {changes} changes of {bytes} bytes");
        bench.measure(&name, count as usize, |bench| {
            bench.tell(events);
        });
    }
    Ok(())
}
