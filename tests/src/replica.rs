//! What a device has in its store, read from the file when the device is off.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use automerge::legacy::OpType;
use automerge::{AutoCommit, ScalarValue};
use samsynk_core::client::Client;
use samsynk_core::domain::view::{Link, View, ViewData};
use samsynk_core::engine::{Identity, Storage as _, Stored};
use samsynk_core::ids::{AccountId, DeviceId, DocumentId};
use samsynk_core::random::Random as _;
use samsynk_core::store::{Folder, Store};
use samsynk_core::transport::Device;
use samsynk_core::wire::Heads;
use tokio::sync::mpsc;

use crate::{PATIENCE, Server, SystemRandom};

/// A device's store.
#[derive(Debug)]
pub struct Replica {
    stored: Stored,
    documents: BTreeMap<DocumentId, AutoCommit>,
}

impl Replica {
    /// Reads a store.
    ///
    /// # Panics
    ///
    /// It is damaged, or says other heads of a document than it has.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        let opened = Store::open(&Folder(folder.to_owned())).expect("a store");
        assert_eq!(opened.damaged, None, "sound");
        let mut store = opened.store;
        let stored = store.load().expect("readable");
        let mut documents = BTreeMap::new();
        for (id, row) in &stored.rows {
            let pieces = store.document(*id).expect("readable").concat();
            let mut doc = AutoCommit::new();
            doc.load_incremental(&pieces).expect("whole");
            assert_eq!(Heads::new(doc.get_heads()), row.heads, "{id}");
            documents.insert(*id, doc);
        }
        Self { stored, documents }
    }

    /// What a new device of an account gets from the server.
    ///
    /// # Panics
    ///
    /// It does not get everything.
    pub async fn fetch(server: &Server, account: AccountId) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let files = Folder(folder.path().to_owned());
        let client = Client::open(&files, Box::new(SystemRandom)).expect("a new store");
        let device = Device::start(client, server.endpoint(account).await);
        let identity = Identity { account, device: DeviceId(SystemRandom.sixteen()) };
        device.enrol(identity).expect("a new device");
        settled(&device).await;
        device.close().await;
        Self::read(folder.path())
    }

    /// The heads of documents, none where it does not have one.
    #[must_use]
    pub fn heads(&self, documents: &[DocumentId]) -> Vec<Option<&Heads>> {
        documents.iter().map(|id| self.stored.rows.get(id).map(|row| &row.heads)).collect()
    }

    /// How many documents it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.documents.len()
    }

    /// How much waits for the server, or was refused by it.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.stored.outbox.len() + self.stored.commands.len() + self.stored.set_aside.len()
    }

    /// Every text that was ever put into a field of these documents.
    #[must_use]
    pub fn texts(&self, documents: &[DocumentId]) -> BTreeSet<String> {
        let documents = documents.iter().filter_map(|id| self.documents.get(id));
        let changes = documents.flat_map(|doc| doc.clone().get_changes(&[]));
        let operations = changes.flat_map(|change| change.decode().operations);
        let texts = operations.filter_map(|operation| match operation.action {
            OpType::Put(ScalarValue::Str(text)) => Some(text.to_string()),
            _ => None,
        });
        texts.collect()
    }
}

/// Waits until a device and the server have the same, and nothing waits.
///
/// # Panics
///
/// It does not come to that.
pub async fn settled(device: &Device) {
    let (seen, mut inbox) = mpsc::unbounded_channel();
    let _watch = device.watch(View::Status, move |data| {
        if let ViewData::Status(status) = data
            && status.link == Link::Synced
            && status.on_device + status.sent + status.waiting == 0
        {
            // The test has what it waited for: more is not an error.
            let _ = seen.send(());
        }
    });
    let settled = tokio::time::timeout(PATIENCE, inbox.recv()).await;
    assert!(settled.is_ok(), "it stayed {:?}", device.status());
}
