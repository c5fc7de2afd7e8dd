//! A hub on a store in a temporary folder, and how much of its thread work takes.

use std::path::Path;
use std::time::Duration;

use automerge::sync::{ChunkList, Message, MessageVersion};
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ChangeHash, ROOT};
use samsynk_core::domain::{Edit, Moment, actor_of};
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::wire::{Frame, PeerId, PeerMetadata, Seal};
use samsynk_server::accounts::{Random as _, SystemRandom};
use samsynk_server::admin::{AdminReply, AdminRequest};
use samsynk_server::hub::port::{Identity, SessionId, ToSession};
use samsynk_server::hub::{Effects, Event, Hub, Ticket};
use samsynk_server::store::{DataDir, Store, documents};

/// By how much the charge may differ from what is measured, in either direction.
const FACTOR_MAX: f64 = 3.0;

/// The time that this thread has spent on a processor, so that waiting for the disk and for others does not count.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// One connected device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Phone {
    pub(crate) identity: Identity,
    pub(crate) session: SessionId,
}

/// The hub, with what has been measured of it.
pub(crate) struct Bench {
    hub: Hub,
    pub(crate) store: Store,
    sessions: u64,
    tick: i64,
    time: Duration,
    units: u64,
    sum: (Duration, u64),
    pub(crate) outside: Vec<String>,
    _data: DataDir,
}

pub(crate) fn peer(name: &str) -> PeerId {
    PeerId::new(name).expect("a short name")
}

impl Bench {
    pub(crate) fn open(folder: &Path) -> Self {
        let data = DataDir::open(folder).expect("a folder of one's own");
        let mut store = Store::open(&data).expect("a database");
        let hub = Hub::new(&mut store, &mut SystemRandom).expect("a hub");
        let (time, units, sum, outside) = (Duration::ZERO, 0, (Duration::ZERO, 0), Vec::new());
        Self { hub, store, sessions: 0, tick: 0, time, units, sum, outside, _data: data }
    }

    /// A hub that has nothing in memory.
    pub(crate) fn restart(&mut self) {
        self.hub = Hub::new(&mut self.store, &mut SystemRandom).expect("a hub");
    }

    pub(crate) fn ask(&mut self, request: AdminRequest) -> AdminReply {
        let effects = self.tell(vec![Event::Admin { ticket: Ticket(1), request }]);
        effects.replies.into_iter().next().expect("a reply").1
    }

    /// Hands events over until all are handled, and all are told.
    pub(crate) fn tell(&mut self, mut events: Vec<Event>) -> Effects {
        let mut all = Effects::default();
        loop {
            self.tick += 1;
            let now = Moment::from_millis(1_600_000_000_000 + self.tick);
            let start = cpu_time();
            let effects = self.hub.handle(&mut self.store, now, &mut SystemRandom, events);
            self.time += cpu_time() - start;
            self.units += effects.charges.values().sum::<u64>();
            assert!(effects.failed.is_none(), "{:?}", effects.failed);
            all.sends.extend(effects.sends);
            all.replies.extend(effects.replies);
            events = effects.rest;
            if events.is_empty() && effects.wake_at != Some(now) {
                return all;
            }
        }
    }

    pub(crate) fn account(&mut self, role: &str) -> AccountId {
        let university = (role == "student").then(|| "su".parse().expect("an id"));
        let (name, roles) = (Some("Someone".to_owned()), vec![role.to_owned()]);
        match self.ask(AdminRequest::AccountAdd { name, roles, university }) {
            AdminReply::Account { account } => account,
            other => panic!("{other:?}"),
        }
    }

    /// A device of an account, which has not connected.
    pub(crate) fn enrol(&mut self, account: AccountId) -> Identity {
        match self.ask(AdminRequest::Token { account, label: String::new() }) {
            AdminReply::Token { device, .. } => Identity { account, device },
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn join(&mut self, identity: Identity, version: &str) -> Phone {
        let (session, events) = self.joining(identity, version);
        self.tell(events);
        Phone { identity, session }
    }

    /// What a device says first.
    pub(crate) fn joining(&mut self, identity: Identity, version: &str) -> (SessionId, Vec<Event>) {
        self.sessions += 1;
        let session = SessionId(self.sessions);
        let sender = peer(&format!("phone-{session}"));
        let (versions, metadata) = (vec![version.to_owned()], PeerMetadata::default());
        let frame = Frame::Join { sender, versions, metadata };
        (session, vec![Event::Opened { session, identity }, Event::Frame { session, frame }])
    }

    /// A new person with a phone that has sent its catalogue.
    pub(crate) fn person(&mut self, role: &str) -> Phone {
        let account = self.account(role);
        let identity = self.enrol(account);
        let phone = self.join(identity, "samsynk-1");
        self.tell(vec![phone.says(Frame::CatalogueDigest { entries: Vec::new() })]);
        phone
    }

    /// Measures events that come at once, and compares what they took with what was charged: each of `count`.
    pub(crate) fn measure(&mut self, name: &str, count: usize, events: Vec<Event>) -> Effects {
        (self.time, self.units) = (Duration::ZERO, 0);
        let effects = self.tell(events);
        self.compare(name, count);
        effects
    }

    /// Measures one event of several that are compared when all have been measured, by [`Bench::end`].
    pub(crate) fn more(&mut self, event: Event) -> Effects {
        (self.time, self.units) = (Duration::ZERO, 0);
        let effects = self.tell(vec![event]);
        self.sum = (self.sum.0 + self.time, self.sum.1 + self.units);
        effects
    }

    /// Compares what was measured with [`Bench::more`].
    pub(crate) fn end(&mut self, name: &str, count: usize) {
        (self.time, self.units) = std::mem::take(&mut self.sum);
        self.compare(name, count);
    }

    /// A document as the server has it.
    pub(crate) fn stored(&mut self, id: DocumentId) -> AutoCommit {
        let bytes = self.store.read(|tx| documents::load(tx, id)).expect("a database");
        AutoCommit::load(&bytes.expect("it is there")).expect("it loads")
    }

    /// The server's seal of a document that it has as it is here.
    pub(crate) fn seal_of(&mut self, phone: Phone, id: DocumentId, doc: &mut AutoCommit) -> Seal {
        let phone = self.join(phone.identity, "samsynk-1");
        let effects = self.tell(vec![phone.syncs(id, question(doc.get_heads()))]);
        let seal = |(_, message)| match message {
            ToSession::Frame(Frame::Sync { seal, .. }) => seal,
            _ => None,
        };
        effects.sends.into_iter().find_map(seal).expect("a seal")
    }

    /// Measures events of which each has a batch of its own.
    pub(crate) fn apart(&mut self, name: &str, events: Vec<Event>) -> Vec<Effects> {
        (self.time, self.units) = (Duration::ZERO, 0);
        let count = events.len();
        let effects = events.into_iter().map(|event| self.tell(vec![event])).collect();
        self.compare(name, count);
        effects
    }

    #[expect(clippy::print_stdout, reason = "printing is what it is for")]
    fn compare(&mut self, name: &str, count: usize) {
        let micros = self.time.as_secs_f64() * 1e6 / count as f64;
        let (units, ratio) =
            (self.units as f64 / count as f64, self.units as f64 / (micros * count as f64));
        let is_fair = (1.0 / FACTOR_MAX..=FACTOR_MAX).contains(&ratio);
        let verdict = if is_fair { "" } else { "  OUTSIDE" };
        println!("{name:58} {micros:10.1} µs {units:10.1} units {ratio:6.2}{verdict}");
        if !is_fair {
            self.outside.push(name.to_owned());
        }
    }
}

impl Phone {
    pub(crate) fn says(self, frame: Frame) -> Event {
        Event::Frame { session: self.session, frame }
    }

    pub(crate) fn syncs(self, document: DocumentId, data: Vec<u8>) -> Event {
        let (sender, target) = (peer("phone"), peer("server"));
        self.says(Frame::Sync { document, sender, target, data, seal: None })
    }

    /// A document of this person's, of which nothing is there yet.
    pub(crate) fn document(self) -> AutoCommit {
        let mut doc = AutoCommit::new();
        doc.set_actor(actor_of(self.identity.account, SystemRandom.id()));
        doc
    }

    /// An edit, with the message that brings it.
    pub(crate) fn edits(self, id: DocumentId, doc: &mut AutoCommit, edit: &Edit) -> Event {
        let before = doc.get_heads();
        edit.apply(id, doc).expect("an edit that may be made");
        doc.commit();
        self.syncs(id, message(doc, &before))
    }

    /// Another value, with the message that brings it.
    pub(crate) fn puts(self, id: DocumentId, doc: &mut AutoCommit, value: i64) -> Event {
        let before = doc.get_heads();
        doc.put(ROOT, "count", value).expect("a root takes it");
        doc.commit();
        self.syncs(id, message(doc, &before))
    }
}

/// How many of the frames that were sent are of a sort.
pub(crate) fn count(effects: &Effects, sort: impl Fn(&Frame) -> bool) -> usize {
    let is =
        |sent: &&(SessionId, ToSession)| matches!(&sent.1, ToSession::Frame(frame) if sort(frame));
    effects.sends.iter().filter(is).count()
}

/// A message with all changes since.
pub(crate) fn message(doc: &mut AutoCommit, before: &[ChangeHash]) -> Vec<u8> {
    let changes = doc.save_after(before);
    encoded(doc.get_heads(), ChunkList::from(changes), MessageVersion::V1)
}

/// A message with the whole document in one piece.
pub(crate) fn whole(doc: &mut AutoCommit) -> Vec<u8> {
    let changes = doc.save();
    encoded(doc.get_heads(), ChunkList::from(changes), MessageVersion::V2)
}

/// A message of who has these heads and brings nothing.
pub(crate) fn question(heads: Vec<ChangeHash>) -> Vec<u8> {
    encoded(heads, ChunkList::empty(), MessageVersion::V1)
}

fn encoded(heads: Vec<ChangeHash>, changes: ChunkList, version: MessageVersion) -> Vec<u8> {
    let flags = Some(automerge::sync::MessageFlags::new());
    Message { heads, need: Vec::new(), have: Vec::new(), changes, flags, version }.encode()
}

/// Bytes that do not compress.
pub(crate) fn noise(bytes: usize) -> Vec<u8> {
    let mut noise = vec![0; bytes];
    SystemRandom.fill(&mut noise);
    noise
}

/// A document with so many changes of so many bytes that do not compress.
pub(crate) fn filled(phone: Phone, changes: usize, bytes: usize) -> AutoCommit {
    let mut doc = phone.document();
    for n in 0..changes {
        doc.put(ROOT, format!("key {}", n % 20), noise(bytes)).expect("a root takes it");
        doc.commit();
    }
    doc
}

pub(crate) fn id(n: u32) -> DocumentId {
    let mut id = [5; 16];
    id[..4].copy_from_slice(&n.to_be_bytes());
    // Random ids are of the fourth version.
    id[6] = 0x40;
    DocumentId(id)
}
