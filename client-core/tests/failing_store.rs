//! What a device does when its store fails, and when its clock is set back.

#![cfg(feature = "device")]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

use samsynk_core::domain::{Edit, Moment, NoteEdit};
use samsynk_core::engine::{
    Effects, Engine, Event, Identity, Storage, StorageError, Stored, Turn, Write,
};
use samsynk_core::ids::{AccountId, DeviceId, DocumentId};
use samsynk_core::random::Random;
use samsynk_core::store::{Folder, Store};

const ANNA: AccountId = AccountId([1; 16]);
const NOTE: DocumentId = DocumentId([9; 16]);
const NOW: i64 = 1_637_712_000_000;
const DAY: i64 = 24 * 60 * 60 * 1_000;

struct Counting(u8);

impl Random for Counting {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0 += 1;
        bytes.fill(self.0);
    }
}

/// A store that can be told to fail.
struct Failing {
    store: Store,
    is_full: bool,
    is_unreadable: bool,
}

impl Storage for Failing {
    fn load(&mut self) -> Result<Stored, StorageError> {
        if self.is_unreadable {
            Err(StorageError::Broken("test".to_owned()))
        } else {
            self.store.load()
        }
    }

    fn document(&mut self, id: DocumentId) -> Result<Vec<Vec<u8>>, StorageError> {
        self.store.document(id)
    }

    fn commit(&mut self, writes: Vec<Write>) -> Result<(), StorageError> {
        if self.is_full { Err(StorageError::Full) } else { self.store.commit(writes) }
    }
}

struct Device {
    _folder: tempfile::TempDir,
    engine: Engine,
    storage: Failing,
    random: Counting,
    now: i64,
}

impl Device {
    fn enrolled() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Folder(folder.path().to_owned())).unwrap().store;
        let mut storage = Failing { store, is_full: false, is_unreadable: false };
        let engine = Engine::open(&mut storage).unwrap();
        let mut device = Self { _folder: folder, engine, storage, random: Counting(0), now: NOW };
        let identity = Identity { account: ANNA, device: DeviceId([2; 16]) };
        let effects = device.does(|engine, turn| engine.enrol(turn, identity)).unwrap();
        assert!(effects.connect);
        device
    }

    fn does<T>(&mut self, act: impl FnOnce(&mut Engine, &mut Turn<'_>) -> T) -> T {
        let Self { engine, storage, random, now, .. } = self;
        act(engine, &mut Turn { now: Moment::from_millis(*now), random, storage })
    }

    fn happens(&mut self, event: Event) -> Effects {
        self.does(|engine, turn| engine.handle(turn, event))
    }

    fn edits(&mut self, edit: NoteEdit) -> Result<(), String> {
        let edit = Edit::Note(edit);
        let made = self.does(|engine, turn| engine.edit(turn, NOTE, &edit));
        made.map(drop).map_err(|refusal| refusal.code)
    }

    fn problem(&self) -> Option<String> {
        self.engine.status().problem.map(|problem| problem.code)
    }
}

#[test]
fn what_could_not_be_kept_is_not_shown_even_where_nothing_can_be_read() {
    let mut device = Device::enrolled();
    device.edits(create()).unwrap();
    device.storage.is_full = true;
    device.storage.is_unreadable = true;
    assert_eq!(device.edits(title("Nej")), Err("storage-full".to_owned()));
    let row = &device.engine.stored().rows[&NOTE];
    assert_eq!(row.document().unwrap().title(), "Kvar");
    assert_eq!(device.engine.stored().outbox.len(), 1, "only what is on disk waits for the server");
}

fn create() -> NoteEdit {
    NoteEdit::Create { owner: ANNA, title: "Kvar".to_owned() }
}

fn title(title: &str) -> NoteEdit {
    NoteEdit::SetTitle { title: title.to_owned() }
}

#[test]
fn a_device_that_could_not_keep_something_comes_back_by_itself() {
    let mut device = Device::enrolled();
    device.storage.is_full = true;
    device.edits(create()).unwrap_err();
    // The connection is given up, and its end has something to write.
    let effects = device.happens(Event::Wake);
    let wake_at = effects.wake_at.expect("it tries again");
    device.now = wake_at.millis();
    assert!(device.happens(Event::Wake).connect);

    let identity = Identity { account: ANNA, device: DeviceId([3; 16]) };
    let refused = device.does(|engine, turn| engine.enrol(turn, identity)).unwrap_err();
    assert_eq!(refused.code, "storage-full");
    assert!(device.happens(Event::Disconnected).wake_at.is_some());
}

#[test]
fn nothing_is_built_on_what_could_not_be_read_back() {
    let mut device = Device::enrolled();
    device.edits(create()).unwrap();
    (device.storage.is_full, device.storage.is_unreadable) = (true, true);
    assert_eq!(device.edits(title("Borta")), Err("storage-full".to_owned()));
    device.storage.is_full = false;
    assert_eq!(device.edits(title("För tidigt")), Err("storage-broken".to_owned()));
    assert!(device.happens(Event::Wake).wake_at.is_some(), "it tries again");

    device.storage.is_unreadable = false;
    device.edits(title("Ny")).unwrap();
    let outbox = device.engine.stored().outbox.iter().map(|edit| edit.edit.clone());
    assert_eq!(outbox.collect::<Vec<_>>(), [Edit::Note(create()), Edit::Note(title("Ny"))]);
    assert_eq!(*device.engine.stored(), device.storage.load().unwrap());
    assert_eq!(device.problem(), None);
}

#[test]
fn that_a_device_is_signed_out_is_not_forgotten_when_its_store_fails() {
    let mut device = Device::enrolled();
    device.happens(Event::Unauthorised);
    device.storage.is_full = true;
    device.edits(create()).unwrap_err();
    assert_eq!(device.problem().as_deref(), Some("signed-out"));
    device.storage.is_full = false;
    device.edits(create()).unwrap();
    assert_eq!(device.problem().as_deref(), Some("signed-out"));
    assert!(!device.happens(Event::Online).connect);
}

#[test]
fn a_clock_that_is_set_back_keeps_nobody_waiting() {
    let mut device = Device::enrolled();
    device.happens(Event::Disconnected);
    device.now -= 400 * DAY;
    let wake_at = device.happens(Event::Wake).wake_at.expect("it tries again");
    assert!(wake_at.millis() - device.now <= 60_000);
    device.now = wake_at.millis();
    assert!(device.happens(Event::Wake).connect);

    device.now -= 400 * DAY;
    let given_up_at = device.happens(Event::Wake).wake_at.expect("it watches the attempt");
    assert!(given_up_at.millis() - device.now <= 20_000);
}
