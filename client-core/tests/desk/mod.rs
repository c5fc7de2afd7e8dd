//! A device on a real store, and a server that says what a test makes it say.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

use automerge::AutoCommit;
use automerge::sync::{Message, State, SyncDoc as _};
use samsynk_core::client::Client;
use samsynk_core::domain::view::{View, ViewData};
use samsynk_core::domain::{Document, Edit, Home, Moment, NoteEdit, actor_of};
use samsynk_core::engine::{Effects, Event, Identity};
use samsynk_core::ids::{AccountId, DeviceId, DocumentId};
use samsynk_core::random::Random;
use samsynk_core::store::Folder;
use samsynk_core::wire::{Frame, PeerId, PeerMetadata, Seal, Version};

pub(crate) const ANNA: AccountId = AccountId([1; 16]);
pub(crate) const NOTE: DocumentId = DocumentId([9; 16]);
/// 24 November 2021, in milliseconds.
pub(crate) const NOW: i64 = 1_637_712_000_000;

struct Counting(u64);

impl Random for Counting {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0 += 1;
        let [.., low] = self.0.to_be_bytes();
        bytes.fill(low);
        if let (Some(first), 256..) = (bytes.first_chunk_mut(), self.0) {
            *first = self.0.to_be_bytes();
        }
    }
}

/// A device, and a server that says what the test makes it say.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    pub(crate) client: Client,
    /// What the device sent last, but for pings.
    pub(crate) sent: Vec<Frame>,
}

impl Desk {
    pub(crate) fn enrolled() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Folder(folder.path().to_owned());
        let client = Client::open(&files, Box::new(Counting(0))).unwrap();
        let mut desk = Self { folder, client, sent: Vec::new() };
        let identity = Identity { account: ANNA, device: DeviceId([2; 16]) };
        let effects = desk.client.enrol(Moment::from_millis(NOW), identity).unwrap();
        assert!(effects.connect);
        desk
    }

    /// Switches the device off and on again.
    pub(crate) fn restarts(self) -> Self {
        let Self { folder, client, .. } = self;
        drop(client);
        let files = Folder(folder.path().to_owned());
        let client = Client::open(&files, Box::new(Counting(100))).unwrap();
        Self { folder, client, sent: Vec::new() }
    }

    pub(crate) fn happens(&mut self, event: Event) -> Effects {
        let effects = self.client.handle(Moment::from_millis(NOW), event);
        self.note_sent(&effects);
        effects
    }

    fn note_sent(&mut self, effects: &Effects) {
        let frames = effects.frames.iter().map(|frame| Frame::decode(frame).unwrap());
        self.sent = frames.filter(|frame| !matches!(frame, Frame::Ping { .. })).collect();
    }

    pub(crate) fn hears(&mut self, frame: &Frame) -> Effects {
        self.happens(Event::Received(vec![frame.encode()]))
    }

    pub(crate) fn joins(&mut self, version: Version, server_time: i64) -> Effects {
        self.happens(Event::Online);
        self.happens(Event::Connected);
        assert!(matches!(self.sent.as_slice(), [Frame::Join { .. }]));
        self.hears_peer_of(version, server_time)
    }

    pub(crate) fn hears_peer(&mut self) -> Effects {
        self.hears_peer_of(Version::Samsynk1, NOW)
    }

    fn hears_peer_of(&mut self, version: Version, server_time: i64) -> Effects {
        let time = u64::try_from(server_time).ok();
        let metadata = PeerMetadata { time, ..PeerMetadata::default() };
        let (sender, target) = (label("server"), label("device"));
        self.hears(&Frame::Peer { sender, target, version, metadata })
    }

    /// Sends the device a document as the server would, until it has it.
    pub(crate) fn receives(&mut self, id: DocumentId, doc: &mut AutoCommit) {
        self.hears(&Frame::CatalogueAnswer { entries: vec![(id, 0)] });
        self.exchanges(id, doc, None);
    }

    /// Answers the device's sync messages for a document until it sends no more; with this seal.
    pub(crate) fn exchanges(&mut self, id: DocumentId, doc: &mut AutoCommit, seal: Option<Seal>) {
        let mut state = State::new();
        loop {
            let messages = self.sync_messages(id);
            if messages.is_empty() {
                return;
            }
            for data in messages {
                let message = Message::decode(&data).unwrap();
                doc.sync().receive_sync_message(&mut state, message).unwrap();
            }
            let Some(reply) = doc.sync().generate_sync_message(&mut state) else { return };
            let (sender, target) = (label("server"), label("device"));
            let data = reply.encode();
            self.hears(&Frame::Sync { document: id, sender, target, data, seal });
        }
    }

    /// Hears the server's first sync message of a document that it has, before it has taken anything in.
    pub(crate) fn is_greeted(&mut self, id: DocumentId, doc: &mut AutoCommit, seal: Seal) {
        let data = doc.sync().generate_sync_message(&mut State::new()).unwrap().encode();
        let (sender, target) = (label("server"), label("device"));
        self.hears(&Frame::Sync { document: id, sender, target, data, seal: Some(seal) });
    }

    /// The sync messages for a document among what the device has just sent.
    pub(crate) fn sync_messages(&self, id: DocumentId) -> Vec<Vec<u8>> {
        let data = |frame: &Frame| match frame {
            Frame::Sync { document, data, .. } | Frame::Request { document, data, .. } => {
                (*document == id).then(|| data.clone())
            }
            _ => None,
        };
        self.sent.iter().filter_map(data).collect()
    }

    /// Connects with nothing but the account's home.
    pub(crate) fn is_at_home(&mut self) {
        self.joins(Version::Samsynk1, NOW);
        self.hears(&Frame::CatalogueAnswer { entries: Vec::new() });
        self.home_arrives();
    }

    /// Whether a text stands anywhere in the files of the store.
    pub(crate) fn holds(&self, text: &str) -> bool {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let mut bytes = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
        bytes.any(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
    }

    /// Hears of the account's home, and takes it in.
    pub(crate) fn home_arrives(&mut self) {
        let home = Document::Home(Home::new(ANNA));
        let mut home = home.create(actor_of(AccountId([0; 16]), [7; 16])).unwrap();
        home.commit();
        self.hears(&Frame::CatalogueAnswer { entries: vec![(Home::id_of(ANNA), 0)] });
        self.exchanges(Home::id_of(ANNA), &mut home, Some(Seal([1; 32])));
    }

    pub(crate) fn edits(&mut self, edit: NoteEdit) {
        let now = Moment::from_millis(NOW);
        let (_, effects) = self.client.edit(now, NOTE, Edit::Note(edit)).unwrap();
        self.note_sent(&effects);
    }

    /// The edits that were put aside, with the codes why.
    pub(crate) fn aside(&mut self) -> Vec<(Edit, String)> {
        match self.client.view(&View::SetAside) {
            ViewData::SetAside(aside) => {
                aside.items.into_iter().rev().map(|item| (item.edit, item.refusal.code)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn problem(&self) -> Option<String> {
        self.client.status().problem.map(|problem| problem.code)
    }
}

pub(crate) fn label(text: &str) -> PeerId {
    text.parse().unwrap()
}
