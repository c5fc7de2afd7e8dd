//! A device's life with a document that a server sent.

use std::cell::RefCell;

use samsynk_core::client::Client;
use samsynk_core::domain::view::View;
use samsynk_core::domain::{Directory, Edit, Home, Moment, VisitEdit};
use samsynk_core::engine::{Event, Identity};
use samsynk_core::ids::{DeviceId, DocumentId};
use samsynk_core::store::Folder;
use samsynk_core::wire::{Frame, Heads, PeerId, PeerMetadata, Seal, Version};
use tempfile::TempDir;

use super::{WRITER as ACCOUNT, heads_after};
use crate::SystemRandom;

const DOCUMENT: DocumentId = DocumentId([2; 16]);

struct Device {
    client: Client,
    _folder: TempDir,
}

thread_local! {
    /// Opening one takes longer than a document does.
    static DEVICE: RefCell<Option<Device>> = const { RefCell::new(None) };
}

/// # Panics
///
/// The device fails over it.
pub(super) fn lives_with(data: &[u8]) {
    DEVICE.with_borrow_mut(|device| {
        let device = device.get_or_insert_with(Device::new);
        device.joins();
        // As itself, and as what decides over others.
        for document in [DOCUMENT, Directory::id(), Home::id_of(ACCOUNT)] {
            device.lives_with(document, data);
        }
        device.happens(Event::Disconnected);
        assert!(!device.client.status().problem.is_some_and(|p| p.code.starts_with("storage")));
    });
}

impl Device {
    fn new() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.expect("a folder");
        let files = Folder(folder.path().to_owned());
        let mut client = Client::open(&files, Box::new(SystemRandom)).expect("a new store");
        let identity = Identity { account: ACCOUNT, device: DeviceId([3; 16]) };
        client.enrol(now(), identity).expect("a new device");
        Self { client, _folder: folder }
    }

    fn joins(&mut self) {
        self.happens(Event::Online);
        self.happens(Event::Connected);
        let (sender, target, version) = (label(), label(), Version::Samsynk1);
        let metadata = PeerMetadata::default();
        self.hears(&Frame::Peer { sender, target, version, metadata });
        self.hears(&Frame::CatalogueAnswer { entries: Vec::new() });
    }

    fn lives_with(&mut self, document: DocumentId, data: &[u8]) {
        let (sender, target, data) = (label(), label(), data.to_vec());
        self.hears(&Frame::CatalogueAnswer { entries: vec![(document, 0)] });
        let heads = heads_after(&data);
        let seal = Some(Seal([4; 32]));
        self.hears(&Frame::Sync { document, sender, target, data, seal });
        self.looks(document);
        let edit = Edit::Visit(VisitEdit::SetTitle { title: "Another".to_owned() });
        drop(self.client.edit(now(), document, edit));
        if let Some(heads) = heads {
            self.hears(&Frame::Receipt { document, heads: Heads::new(heads) });
        }
        self.looks(document);
        let refusal = samsynk_core::refusal::Refusal::new("not-writer");
        self.hears(&Frame::Rejected { document, hashes: Vec::new(), refusal });
        self.hears(&Frame::CatalogueAnswer { entries: vec![(document, 1)] });
        let reason = "no-longer-yours".to_owned();
        self.hears(&Frame::Withdrawn { document, epoch: 1, reason });
        self.looks(document);
        if let samsynk_core::domain::view::ViewData::SetAside(aside) =
            self.client.view(&View::SetAside)
        {
            for item in aside.items {
                self.client.dismiss(now(), item.number).expect("a store");
            }
        }
    }

    /// Looks at every screen.
    fn looks(&mut self, id: DocumentId) {
        for view in [
            View::Home,
            View::Itinerary { itinerary: id },
            View::Plan { visit: id },
            View::Versions { visit: id },
            View::Pilot { pilot: id },
            View::SetAside,
            View::Unsent,
            View::Device,
            View::Status,
        ] {
            let shown = self.client.view(&view);
            serde_json::to_string(&shown).expect("a screen is JSON");
        }
    }

    fn hears(&mut self, frame: &Frame) {
        self.happens(Event::Received(vec![frame.encode()]));
    }

    fn happens(&mut self, event: Event) {
        let _ = self.client.handle(now(), event);
    }
}

fn now() -> Moment {
    Moment::from_millis(1_637_712_000_000)
}

fn label() -> PeerId {
    PeerId::new("server".to_owned()).expect("short")
}
