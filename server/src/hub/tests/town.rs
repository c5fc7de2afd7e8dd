//! A town to tell stories in: a hub on a store in a temporary folder, and phones of its people.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use automerge::sync::{Message, State, SyncDoc as _};
use automerge::{ActorId, AutoCommit};
use samsynk_core::domain::{Command, Document, Edit, Moment, actor_of};
use samsynk_core::ids::{AccountId, CommandId, DeviceId, DocumentId};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::{
    CatalogueEntry, Frame, Heads, PeerId, PeerMetadata, Seal, digest, untrusted,
};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::super::port::{Identity, SessionId, ToSession};
use super::super::{Event, Hub, Ticket};
use crate::accounts::Random;
use crate::admin::{AdminReply, AdminRequest};
use crate::store::{DataDir, Store, upkeep};

/// Random bytes that are the same every time.
pub(super) struct Seeded(u64);

impl Random for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(32) {
            self.0 += 1;
            part.copy_from_slice(&Sha256::digest(self.0.to_be_bytes())[..part.len()]);
        }
    }
}

pub(super) struct Town {
    pub hub: Hub,
    pub store: Store,
    _data: DataDir,
    folder: TempDir,
    pub random: Seeded,
    now: i64,
    sessions: u64,
    phones: BTreeMap<SessionId, Phone>,
    /// What the hub's work for all sessions has cost, in its units.
    pub cost: u64,
    /// The same for each session.
    pub charged: BTreeMap<SessionId, u64>,
}

/// What a phone has, without how far it has synced it.
pub(super) type Held = BTreeMap<DocumentId, AutoCommit>;

/// Documents of which nothing is there yet.
pub(super) fn nothing_of(ids: &[DocumentId]) -> Held {
    ids.iter().map(|id| (*id, AutoCommit::new())).collect()
}

/// One device, as its person holds it.
pub(super) struct Phone {
    pub identity: Identity,
    samsynk: bool,
    pub documents: BTreeMap<DocumentId, (AutoCommit, State)>,
    /// The newest seal of each document, with its heads.
    pub seals: BTreeMap<DocumentId, (Heads, Seal)>,
    /// The epochs of those that have begun anew.
    pub epochs: BTreeMap<DocumentId, u32>,
    /// Every frame but sync messages, in the order they came.
    pub heard: Vec<Frame>,
    pub closed: Option<&'static str>,
    /// Whether it takes only what devices take, within the bounds on what they load.
    pub is_bounded: bool,
}

impl Town {
    pub(super) fn new() -> Self {
        Self::open(tempfile::tempdir().unwrap(), 0)
    }

    /// A town whose disk is memory, where there is such: for stories of many transactions.
    pub(super) fn in_memory() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Self::open(folder.unwrap(), 0)
    }

    fn open(folder: TempDir, seed: u64) -> Self {
        let data = DataDir::open(folder.path()).unwrap();
        let mut store = Store::open(&data).unwrap();
        let mut random = Seeded(seed);
        let hub = Hub::new(&mut store, &mut random).unwrap();
        let (sessions, phones) = (seed, BTreeMap::new());
        let charged = BTreeMap::new();
        Self { hub, store, _data: data, folder, random, now: 0, sessions, phones, cost: 0, charged }
    }

    /// Stops the server and starts it again on the same data.
    pub(super) fn restart(self) -> Self {
        let Self { hub, store, _data, folder, random, .. } = self;
        drop((hub, store, _data));
        Self::open(folder, random.0)
    }

    /// Where the server's data is.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a backup.
    pub(super) fn backup(&mut self, name: &str) -> PathBuf {
        let file = self.folder.path().join(name);
        upkeep::backup(self.store.file(), &file).unwrap();
        file
    }

    /// Stops the server, puts a backup in the place of its data and starts it again.
    pub(super) fn restore(self, backup: &Path) -> Self {
        let Self { hub, store, _data, folder, random, .. } = self;
        drop((hub, store, _data));
        crate::admin::restore(folder.path(), backup).unwrap();
        Self::open(folder, random.0)
    }

    pub(super) fn admin(&mut self, request: AdminRequest) -> AdminReply {
        let event = Event::Admin { ticket: Ticket(7), request };
        let mut replies = self.tell(vec![event]);
        let (ticket, reply) = replies.pop().unwrap();
        assert_eq!((ticket, replies.len()), (Ticket(7), 0));
        self.run();
        reply
    }

    pub(super) fn account(&mut self, name: &str, role: &str) -> AccountId {
        let roles = vec![role.to_owned()];
        let name = Some(name.to_owned());
        let university = (role == "student").then(|| "su".parse().unwrap());
        match self.admin(AdminRequest::AccountAdd { name, roles, university }) {
            AdminReply::Account { account } => account,
            other => panic!("{other:?}"),
        }
    }

    /// Enrols a device of an account: an invitation, redeemed.
    pub(super) fn enrol(&mut self, account: AccountId) -> Identity {
        let AdminReply::Invited { invitation, .. } =
            self.admin(AdminRequest::Invite { account, days: None })
        else {
            panic!("no invitation")
        };
        let label = "phone".to_owned();
        match self.admin(AdminRequest::Redeem { invitation, nonce: None, label }) {
            AdminReply::Redeemed { account, device, .. } => Identity { account, device },
            other => panic!("{other:?}"),
        }
    }

    /// A new person with a phone that is connected.
    pub(super) fn person(&mut self, name: &str, role: &str) -> SessionId {
        let account = self.account(name, role);
        let identity = self.enrol(account);
        self.connect(identity, "samsynk-1", BTreeMap::new())
    }

    pub(super) fn connect(
        &mut self,
        identity: Identity,
        version: &str,
        documents: BTreeMap<DocumentId, AutoCommit>,
    ) -> SessionId {
        self.sessions += 1;
        let session = SessionId(self.sessions);
        let documents = documents.into_iter().map(|(id, doc)| (id, (doc, State::new()))).collect();
        let samsynk = version == "samsynk-1";
        let (seals, epochs, heard) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let (closed, is_bounded) = (None, false);
        let phone =
            Phone { identity, samsynk, documents, seals, epochs, heard, closed, is_bounded };
        self.phones.insert(session, phone);
        self.tell(vec![Event::Opened { session, identity }]);
        let sender = peer(session);
        let metadata = PeerMetadata::default();
        self.send(session, &Frame::Join { sender, versions: vec![version.to_owned()], metadata });
        let heard = std::mem::take(&mut self.phone(session).heard);
        assert!(matches!(heard[..], [Frame::Peer { .. }]), "{heard:?}");
        session
    }

    /// Breaks the connection; what the phone has.
    pub(super) fn disconnect(
        &mut self,
        session: SessionId,
    ) -> (Identity, BTreeMap<DocumentId, AutoCommit>) {
        self.tell(vec![Event::Closed { session }]);
        let phone = self.phones.remove(&session).unwrap();
        (phone.identity, phone.documents.into_iter().map(|(id, (doc, _))| (id, doc)).collect())
    }

    pub(super) fn phone(&mut self, session: SessionId) -> &mut Phone {
        self.phones.get_mut(&session).unwrap()
    }

    pub(super) fn phones(&mut self) -> impl Iterator<Item = (&SessionId, &mut Phone)> {
        self.phones.iter_mut()
    }

    /// Throws a phone away.
    pub(super) fn forget(&mut self, session: SessionId) {
        self.phones.remove(&session);
    }

    pub(super) fn account_of(&mut self, session: SessionId) -> AccountId {
        self.phone(session).identity.account
    }

    /// What a phone has heard since it was last asked.
    pub(super) fn heard(&mut self, session: SessionId) -> Vec<Frame> {
        std::mem::take(&mut self.phone(session).heard)
    }

    /// Makes an edit on a phone, without sending it.
    pub(super) fn edit(&mut self, session: SessionId, id: DocumentId, edit: &Edit) {
        let random = self.random.id();
        let phone = self.phone(session);
        let account = phone.identity.account;
        let (doc, _) =
            phone.documents.entry(id).or_insert_with(|| (AutoCommit::new(), State::new()));
        if doc.get_actor().to_bytes().len() != 32 {
            doc.set_actor(actor_of(account, random));
        }
        edit.apply(id, doc).unwrap();
        doc.commit();
    }

    /// Has a phone sync a document, and everything that follows from it.
    pub(super) fn sync(&mut self, session: SessionId, id: DocumentId) {
        self.push(session, id);
        self.run();
    }

    /// An edit that is sent at once.
    pub(super) fn edit_and_sync(&mut self, session: SessionId, id: DocumentId, edit: &Edit) {
        self.edit(session, id, edit);
        self.sync(session, id);
    }

    /// Sends the phone's next sync message, and lets nothing follow from it.
    pub(super) fn send_next(&mut self, session: SessionId, id: DocumentId) {
        self.push(session, id);
    }

    /// Sends the phone's next sync message, if it has one.
    fn push(&mut self, session: SessionId, id: DocumentId) {
        let Some(data) = self.phone(session).next(id) else { return };
        self.send_data(session, id, data);
    }

    pub(super) fn send_data(&mut self, session: SessionId, document: DocumentId, data: Vec<u8>) {
        let (sender, target) = (peer(session), PeerId::new("hub").unwrap());
        self.send(session, &Frame::Sync { document, sender, target, data, seal: None });
    }

    pub(super) fn send(&mut self, session: SessionId, frame: &Frame) {
        // What is sent really goes over the wire.
        let frame = Frame::decode(&frame.encode()).unwrap();
        self.tell(vec![Event::Frame { session, frame }]);
    }

    pub(super) fn command(
        &mut self,
        session: SessionId,
        id: u8,
        command: &Command,
    ) -> Result<u64, Refusal> {
        let command = serde_json::to_string(command).unwrap();
        self.send(session, &Frame::Command { id: CommandId([id; 16]), command });
        self.run();
        let heard = &mut self.phone(session).heard;
        let place = heard.iter().position(|frame| matches!(frame, Frame::Outcome { .. })).unwrap();
        match heard.remove(place) {
            Frame::Outcome { result, .. } => result,
            _ => unreachable!(),
        }
    }

    pub(super) fn catalogue(&mut self, session: SessionId) {
        let Phone { documents, epochs, .. } = self.phone(session);
        let entry = |(id, (doc, _)): (&DocumentId, &mut (AutoCommit, State))| CatalogueEntry {
            document: *id,
            epoch: epochs.get(id).copied().unwrap_or(0),
            digest: digest(&doc.get_heads()),
        };
        let entries = documents.iter_mut().map(entry).collect();
        self.send(session, &Frame::CatalogueDigest { entries });
        self.run();
    }

    /// Hands events to the hub, those that it leaves to a later turn as well, and what it sends to the phones.
    pub(super) fn tell(&mut self, mut events: Vec<Event>) -> Vec<(Ticket, AdminReply)> {
        let mut replies = Vec::new();
        loop {
            self.now += 1000;
            let now = Moment::from_millis(self.now);
            let count = events.len();
            let effects = self.hub.handle(&mut self.store, now, &mut self.random, events);
            assert!(effects.failed.is_none(), "{:?}", effects.failed);
            assert!(effects.rest.len() < count.max(1), "each turn does something");
            self.cost += effects.charges.values().sum::<u64>();
            for (session, units) in effects.charges {
                *self.charged.entry(session).or_default() += units;
            }
            for (session, message) in effects.sends {
                let phone = self.phones.get_mut(&session).unwrap();
                assert_eq!(phone.closed, None, "nothing follows a close");
                match message {
                    ToSession::Close { reason, .. } => phone.closed = Some(reason),
                    ToSession::Frame(frame) => phone.hear(Frame::decode(&frame.encode()).unwrap()),
                }
            }
            replies.extend(effects.replies);
            if effects.rest.is_empty() {
                return replies;
            }
            events = effects.rest;
        }
    }

    /// Lets some time pass in which nothing happens.
    pub(super) fn later(&mut self) {
        self.tell(Vec::new());
    }

    /// Lets the phones answer until nobody has anything to say.
    pub(super) fn run(&mut self) {
        for _ in 0..100 {
            let mut messages = Vec::new();
            for (session, phone) in &mut self.phones {
                if phone.closed.is_some() {
                    continue;
                }
                let ids: Vec<_> = phone.documents.keys().copied().collect();
                for id in ids {
                    messages.extend(phone.answer(id).map(|data| (*session, id, data)));
                }
            }
            if messages.is_empty() {
                return;
            }
            for (session, id, data) in messages {
                self.send_data(session, id, data);
            }
        }
        panic!("they never stop talking");
    }
}

impl Phone {
    fn hear(&mut self, frame: Frame) {
        match frame {
            Frame::Sync { document, data, seal, .. } => {
                let entry = self.documents.entry(document).or_default();
                if self.is_bounded {
                    untrusted::message(&data).unwrap();
                }
                let message = Message::decode(&data).unwrap();
                assert_eq!(seal.is_some(), self.samsynk && !message.heads.is_empty());
                if let Some(seal) = seal {
                    let heads = Heads::new(message.heads.clone());
                    self.seals.insert(document, (heads, seal));
                }
                entry.0.sync().receive_sync_message(&mut entry.1, message).unwrap();
            }
            Frame::CatalogueAnswer { entries } => {
                for (id, epoch) in &entries {
                    if self.epochs.insert(*id, *epoch).unwrap_or(0) != *epoch {
                        self.documents.remove(id);
                    }
                    self.documents.entry(*id).or_default();
                }
                self.heard.push(Frame::CatalogueAnswer { entries });
            }
            Frame::Withdrawn { document, epoch, reason } => {
                self.documents.remove(&document);
                self.heard.push(Frame::Withdrawn { document, epoch, reason });
            }
            Frame::Rejected { document, .. } => {
                if let Some((_, state)) = self.documents.get_mut(&document) {
                    *state = State::new();
                }
                self.heard.push(frame);
            }
            other => self.heard.push(other),
        }
    }

    pub(super) fn next(&mut self, id: DocumentId) -> Option<Vec<u8>> {
        let (doc, state) = self.documents.entry(id).or_default();
        Some(doc.sync().generate_sync_message(state)?.encode())
    }

    /// The next message for a document, unless the last one was a refusal or nothing has begun.
    fn answer(&mut self, id: DocumentId) -> Option<Vec<u8>> {
        let refused = self.heard.iter().any(|frame| match frame {
            Frame::Rejected { document, .. } => *document == id,
            Frame::DocUnavailable { document, .. } => *document == id,
            _ => false,
        });
        let begun = self.documents.get(&id).is_some_and(|(_, state)| state.their_heads.is_some());
        // A phone of ours asks for all that its home or the catalogue names.
        if refused || !(begun || self.samsynk && self.is_called_for(id)) {
            return None;
        }
        self.next(id)
    }

    fn is_called_for(&self, id: DocumentId) -> bool {
        self.heard.iter().any(|frame| match frame {
            Frame::CatalogueAnswer { entries } => entries.iter().any(|(entry, _)| *entry == id),
            _ => false,
        })
    }

    pub(super) fn read(&self, id: DocumentId) -> Option<Document> {
        Document::of(&self.documents.get(&id)?.0).ok()
    }

    pub(super) fn heads(&mut self, id: DocumentId) -> Heads {
        Heads::new(self.documents.get_mut(&id).unwrap().0.get_heads())
    }

    pub(super) fn set_actor(&mut self, id: DocumentId, actor: ActorId) {
        self.documents.get_mut(&id).unwrap().0.set_actor(actor);
    }
}

pub(super) fn peer(session: SessionId) -> PeerId {
    PeerId::new(format!("phone-{session}")).unwrap()
}

pub(super) fn stranger() -> Identity {
    Identity { account: AccountId([1; 16]), device: DeviceId([1; 16]) }
}
