//! One device floods the hub; another sends a single edit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use automerge::sync::{ChunkList, Message, MessageVersion};
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ROOT};
use samsynk_core::ids::DeviceId;
use samsynk_core::wire::{CatalogueEntry, Frame, PeerMetadata};
use tokio::runtime::{Builder, Runtime};

use super::super::port::{
    HubHandle, HubInbox, Identity, Lane, Meter, SessionInbox, ToHub, ToSession, hub_queue,
    session_queue,
};
use super::super::thread::Around;
use super::*;
use crate::accounts::{Random as _, SystemRandom};
use crate::admin::{AdminReply, AdminRequest};
use crate::limits::ACCOUNT_BYTES_MAX;
use crate::store::{DataDir, Store};

/// The hub with its queue, run one batch at a time.
struct Thread {
    around: Around,
    handle: HubHandle,
    inbox: HubInbox,
    runtime: Runtime,
    _data: DataDir,
    _folder: tempfile::TempDir,
}

#[derive(Debug, Default)]
struct Counter(AtomicU64);

impl Meter for Counter {
    fn charge(&self, units: u64) {
        self.0.fetch_add(units, Ordering::Relaxed);
    }
}

/// A connected device, and what it has been charged.
struct Device {
    session: SessionId,
    lane: Arc<Lane>,
    inbox: SessionInbox,
    charged: Arc<Counter>,
    doc: AutoCommit,
    document: DocumentId,
}

impl Thread {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path()).unwrap();
        let store = Store::open(&data).unwrap();
        let around = Around::new(store, ACCOUNT_BYTES_MAX).unwrap();
        let (handle, inbox) = hub_queue();
        let runtime = Builder::new_current_thread().build().unwrap();
        Self { around, handle, inbox, runtime, _data: data, _folder: folder }
    }

    fn ask(&mut self, request: AdminRequest) -> AdminReply {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.runtime.block_on(self.handle.send(ToHub::Admin { request, reply })).unwrap();
        self.around.turn(&mut self.inbox);
        answer.blocking_recv().unwrap()
    }

    fn enrol(&mut self) -> Identity {
        let add = AdminRequest::AccountAdd { name: None, roles: Vec::new(), university: None };
        let AdminReply::Account { account } = self.ask(add) else { panic!() };
        let token = AdminRequest::Token { account, label: String::new() };
        let AdminReply::Token { device, .. } = self.ask(token) else { panic!() };
        Identity { account, device }
    }

    /// A device of a new account, which speaks samsynk-1.
    fn join(&mut self, n: u8) -> Device {
        let identity = self.enrol();
        self.join_as(identity, n)
    }

    /// One more session of a device.
    fn join_as(&mut self, identity: Identity, n: u8) -> Device {
        let (session, charged) = (SessionId(u64::from(n)), Arc::new(Counter::default()));
        let (outgoing, inbox) = session_queue(charged.clone(), &Arc::default());
        let opened = ToHub::Opened { session, identity, outgoing };
        self.runtime.block_on(self.handle.send(opened)).unwrap();
        let DeviceId(random) = identity.device;
        let mut doc = AutoCommit::new();
        doc.set_actor(samsynk_core::domain::actor_of(identity.account, random));
        let lane = Arc::new(Lane::default());
        let document = DocumentId([n; 16]);
        let mut device = Device { session, lane, inbox, charged, doc, document };
        let versions = vec!["samsynk-1".to_owned()];
        let metadata = PeerMetadata::default();
        let sender = town::peer(session);
        assert!(self.send(&device, Frame::Join { sender, versions, metadata }));
        self.around.turn(&mut self.inbox);
        assert!(matches!(device.hears()[..], [Frame::Peer { .. }]));
        device
    }

    /// Hands a frame to the hub; false when the device has too much waiting there.
    fn send(&self, from: &Device, frame: Frame) -> bool {
        let sent = self.handle.send_frame(&from.lane, from.session, frame);
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                sent = sent => { sent.unwrap(); true }
                () = tokio::task::yield_now() => false,
            }
        })
    }
}

impl Device {
    /// A new change, as a frame.
    fn edit(&mut self, key: &str, value: impl Into<automerge::ScalarValue>) -> Frame {
        let before = self.doc.get_heads();
        self.doc.put(ROOT, key, value).unwrap();
        self.doc.commit();
        let changes = ChunkList::from(self.doc.save_after(&before));
        let heads = self.doc.get_heads();
        let version = MessageVersion::V1;
        let message =
            Message { heads, need: Vec::new(), have: Vec::new(), changes, flags: None, version };
        let (document, data) = (self.document, message.encode());
        let (sender, target) = (town::peer(self.session), town::peer(self.session));
        Frame::Sync { document, sender, target, data, seal: None }
    }

    fn hears(&mut self) -> Vec<Frame> {
        let messages = std::iter::from_fn(|| self.inbox.try_recv());
        messages
            .map(|message| match message {
                ToSession::Frame(frame) => frame,
                ToSession::Close { reason, .. } => panic!("{reason}"),
            })
            .collect()
    }

    /// A new document of 120 kB that do not compress.
    fn large_document(&mut self, n: u8) -> Frame {
        let actor = self.doc.get_actor().clone();
        self.doc = AutoCommit::new();
        self.doc.set_actor(actor);
        let DocumentId(own) = self.document;
        self.document = DocumentId([own[0], 100 + n, 1, 1, 1, 1, 0x40, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
        let mut noise = vec![0; 120_000];
        SystemRandom.fill(&mut noise);
        self.edit("noise", noise)
    }
}

#[test]
fn an_edit_waits_for_one_batch_of_a_flood_and_not_for_all_of_it() {
    let mut thread = Thread::start();
    let mut flood = thread.join(1);
    let mut quiet = thread.join(2);
    let mut sent = 0;
    loop {
        let frame = flood.large_document(sent);
        if !thread.send(&flood, frame) {
            break;
        }
        sent += 1;
    }
    assert_eq!(sent, 69, "8 MiB of one session wait in the hub");
    thread.around.turn(&mut thread.inbox);
    let rest = thread.around.waits();
    assert!((60..69).contains(&rest), "a batch ends when it has cost enough: {rest} are left");
    let edit = quiet.edit("lunch", "noon");
    assert!(thread.send(&quiet, edit), "the hub has room for others");
    thread.around.turn(&mut thread.inbox);
    let heard = quiet.hears();
    assert!(matches!(heard[..], [Frame::Receipt { .. }, ..]), "in the next batch: {heard:?}");
    assert!(thread.around.waits() > 0, "while the flood waits");

    let [flood, quiet] = [&flood, &quiet].map(|device| device.charged.0.load(Ordering::Relaxed));
    assert!(flood > 100 * quiet, "who floods pays for it: {flood} and {quiet}");
}

#[test]
fn twenty_sessions_of_an_account_have_no_more_turns_than_one() {
    let mut thread = Thread::start();
    let identity = thread.enrol();
    let mut flood: Vec<Device> = (1..=20).map(|n| thread.join_as(identity, n)).collect();
    let mut quiet = thread.join(30);
    for device in &mut flood {
        for n in 0..8 {
            let frame = device.large_document(n);
            assert!(thread.send(device, frame));
        }
    }
    thread.around.turn(&mut thread.inbox);
    let mut last = thread.around.waits();
    for n in 0..5 {
        let edit = quiet.edit("lunch", n);
        assert!(thread.send(&quiet, edit));
        thread.around.turn(&mut thread.inbox);
        let heard = quiet.hears();
        let answers = |frame: &Frame| matches!(frame, Frame::Receipt { .. });
        assert!(heard.iter().any(answers), "in the next batch, each time: {heard:?}");
        let waits = thread.around.waits();
        assert!((1..10).contains(&(last - waits)), "which is short: {last} and {waits}");
        last = waits;
    }
}

#[test]
fn nobody_waits_for_work_that_came_later_and_is_much() {
    let mut thread = Thread::start();
    let (mut flood, mut quiet) = (thread.join(1), thread.join(2));
    let guess = |n: u32| CatalogueEntry {
        document: DocumentId(std::array::from_fn(|i| n.to_be_bytes()[i % 4])),
        epoch: 0,
        digest: [0; 8],
    };
    let guesses = || Frame::CatalogueDigest { entries: (0..20_000).map(guess).collect() };
    for _ in 0..4 {
        assert!(thread.send(&flood, guesses()));
    }
    for left in [3, 2] {
        thread.around.turn(&mut thread.inbox);
        assert_eq!(thread.around.waits(), left, "each has a batch of its own");
        let edit = quiet.edit("lunch", left as i64);
        assert!(thread.send(&quiet, edit));
        thread.around.turn(&mut thread.inbox);
        assert!(matches!(quiet.hears()[..], [Frame::Receipt { .. }, ..]));
        assert_eq!(thread.around.waits(), left, "the edit did not wait for one more of them");
    }
    flood.hears();
}
