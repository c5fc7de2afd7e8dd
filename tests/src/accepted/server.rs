//! The server's life with a document.

use std::cell::RefCell;

use samsynk_core::domain::{Command, Edit, Moment, VisitEdit, actor_of};
use samsynk_core::ids::{AccountId, CommandId, DocumentId};
use samsynk_core::wire::{CatalogueEntry, Frame, PeerId, PeerMetadata};
use samsynk_server::accounts::{Random, SystemRandom};
use samsynk_server::admin::{AdminReply, AdminRequest, beside};
use samsynk_server::hub::port::{Identity, SessionId};
use samsynk_server::hub::{Effects, Event, Hub, Ticket};
use samsynk_server::store::{DataDir, Store, StoreError, documents};
use tempfile::TempDir;

use super::WRITER;

/// How many documents one server gets, before another takes its place.
const DOCUMENTS_COUNT: usize = 200;

/// The session of the person who writes, and of another who reads.
const WRITES: SessionId = SessionId(1);
const READS: SessionId = SessionId(2);

/// Who reads what the writer wrote.
const READER: AccountId = AccountId([8; 16]);

/// Random bytes of which the first id is known: that of a new account.
struct First(Option<[u8; 16]>);

impl Random for First {
    fn fill(&mut self, bytes: &mut [u8]) {
        match self.0.take() {
            Some(known) => bytes.copy_from_slice(&known),
            None => SystemRandom.fill(bytes),
        }
    }
}

struct Server {
    hub: Hub,
    store: Store,
    _data: DataDir,
    _folder: TempDir,
    now: i64,
    left: usize,
}

thread_local! {
    /// Opening one takes longer than a document does.
    static SERVER: RefCell<Option<Server>> = const { RefCell::new(None) };
}

/// Returns whether it was accepted.
///
/// # Panics
///
/// The server fails over it, or no longer calls its data sound.
pub(super) fn lives_with(data: &[u8]) -> bool {
    SERVER.with_borrow_mut(|server| {
        if server.as_ref().is_none_or(|server| server.left == 0) {
            *server = Some(Server::new());
        }
        server.as_mut().expect("just made").lives_with(data)
    })
}

impl Server {
    fn new() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.expect("a folder");
        let data = DataDir::open(folder.path()).expect("a folder of our own");
        let mut store = Store::open(&data).expect("a new store");
        let hub = Hub::new(&mut store, &mut SystemRandom).expect("a new hub");
        let left = DOCUMENTS_COUNT;
        let mut server = Self { hub, store, _data: data, _folder: folder, now: 0, left };
        for (session, account) in [(WRITES, WRITER), (READS, READER)] {
            let identity = server.enrols(account);
            server.tell(vec![Event::Opened { session, identity }]);
            let (sender, metadata) = (label(session), PeerMetadata::default());
            let versions = vec!["samsynk-1".to_owned()];
            server.hears(session, Frame::Join { sender, versions, metadata });
            server.hears(session, Frame::CatalogueDigest { entries: Vec::new() });
        }
        server
    }

    fn enrols(&mut self, account: AccountId) -> Identity {
        let roles = ["lead", "staff@farsta", "coordinator@su"].map(str::to_owned).into();
        let name = Some("Person".to_owned());
        let add = AdminRequest::AccountAdd { name, roles, university: None };
        let event = Event::Admin { ticket: Ticket(1), request: add };
        let effects = self.tell_with(&mut First(Some(account.0)), vec![event]);
        assert_eq!(effects.replies[0].1, AdminReply::Account { account });
        let token = AdminRequest::Token { account, label: String::new() };
        let AdminReply::Token { device, .. } = self.asks(token) else { panic!("no device") };
        Identity { account, device }
    }

    fn lives_with(&mut self, data: &[u8]) -> bool {
        self.left -= 1;
        let document = DocumentId::from_random(SystemRandom.id());
        self.syncs(document, data.to_vec());
        let stored = self.store.read::<_, StoreError>(|tx| documents::get(tx, document));
        let Some(stored) = stored.expect("a store") else { return false };
        let link = "https://meet.example/x".to_owned();
        for command in [
            Command::PublishVisit { visit: document },
            Command::MoveToRemote { visit: document, link },
            Command::RestoreVersion { visit: document, version: 1 },
            Command::CancelVisit { visit: document, reason: "Storm".to_owned() },
        ] {
            let command = serde_json::to_string(&command).expect("texts");
            self.hears(WRITES, Frame::Command { id: CommandId(SystemRandom.id()), command });
        }
        let entry = |epoch| CatalogueEntry { document, epoch, digest: [1; 8] };
        self.hears(READS, Frame::CatalogueDigest { entries: vec![entry(0)] });
        self.renames(document);
        assert_eq!(self.asks(AdminRequest::ForgetHistory { document }), AdminReply::Done);
        assert_eq!(self.asks(AdminRequest::Mend { document }), AdminReply::Done);
        self.hears(READS, Frame::CatalogueDigest { entries: vec![entry(stored.epoch)] });
        if self.left.is_multiple_of(20) {
            let sound = AdminReply::Checked { problems: Vec::new() };
            assert_eq!(beside::check(self.store.file()), sound);
        }
        true
    }

    /// A colleague edits what they have of it, if it is a plan.
    fn renames(&mut self, document: DocumentId) {
        let load = |tx: &rusqlite::Transaction<'_>| documents::load(tx, document);
        let Some(bytes) = self.store.read::<_, StoreError>(load).expect("a store") else { return };
        let mut doc = automerge::AutoCommit::load(&bytes).expect("it was accepted");
        let before = doc.get_heads();
        doc.set_actor(actor_of(WRITER, SystemRandom.id()));
        let edit = Edit::Visit(VisitEdit::SetTitle { title: "Another".to_owned() });
        if edit.apply(document, &mut doc).is_ok() {
            doc.commit();
            let changes = doc.save_after(&before);
            self.syncs(document, crate::forge::message(crate::forge::VERSIONS[0], &[changes]));
        }
    }

    fn syncs(&mut self, document: DocumentId, data: Vec<u8>) {
        let (sender, target) = (label(WRITES), label(READS));
        self.hears(WRITES, Frame::Sync { document, sender, target, data, seal: None });
    }

    fn hears(&mut self, session: SessionId, frame: Frame) {
        self.tell(vec![Event::Frame { session, frame }]);
    }

    fn asks(&mut self, request: AdminRequest) -> AdminReply {
        let mut effects = self.tell(vec![Event::Admin { ticket: Ticket(1), request }]);
        effects.replies.pop().expect("an answer").1
    }

    fn tell(&mut self, events: Vec<Event>) -> Effects {
        self.tell_with(&mut SystemRandom, events)
    }

    fn tell_with(&mut self, random: &mut dyn Random, events: Vec<Event>) -> Effects {
        self.now += 1_000;
        let now = Moment::from_millis(self.now);
        let effects = self.hub.handle(&mut self.store, now, random, events);
        assert!(effects.failed.is_none(), "{:?}", effects.failed);
        effects
    }
}

fn label(session: SessionId) -> PeerId {
    PeerId::new(format!("device-{session}")).expect("short")
}
