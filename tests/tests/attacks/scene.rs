//! An attacker and a witness at one server.

use std::time::Duration;

use automerge::sync::{Message, State, SyncDoc as _};
use automerge::transaction::Transactable as _;
use automerge::{ActorId, AutoCommit, ROOT};
use samsynk_core::ids::DocumentId;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::{Frame, Version};
use samsynk_tests::forge::{VERSIONS, summary};
use samsynk_tests::{Answer, Meter, Raw, Town, Used};

/// What one frame may cost the server.
///
/// The bound is for the program as it is released. Without optimisation our own code takes about three times as long.
const CPU_MAX: Duration = Duration::from_millis(if cfg!(debug_assertions) { 150 } else { 50 });
const GROWTH_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How often a message with as much as it may have is sent until the server has all of it.
const TURNS_MAX: usize = 20;

const ATTACKER: &str = "staff-farsta";
const WITNESS: &str = "student-farsta";

/// A town with one who means harm and one who works.
pub(crate) struct Scene {
    pub(crate) town: Town,
    attacker: Raw,
    witness: Writer,
    documents: u64,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        let town = Town::start().await;
        let attacker = Raw::join(&town, town.account(ATTACKER), Version::Samsynk1).await;
        let witness = Writer::start(&town, WITNESS).await;
        let mut scene = Self { town, attacker, witness, documents: 0 };
        // What is done for the first time takes longer: threads, caches, pages of memory.
        scene.undisturbed().await;
        scene
    }

    /// Sends a sync message for a new document. The server refuses it, says why, and goes on.
    pub(crate) async fn refused(&mut self, what: &str, data: Vec<u8>) -> Refusal {
        let document = self.new_document();
        let meter = Meter::start(self.town.process());
        self.attacker.sync(document, data).await;
        let refusal = self.refusal(what, document).await;
        within_bounds(what, meter.used());
        self.undisturbed().await;
        refusal
    }

    /// The same, whose reason is known.
    pub(crate) async fn refused_for(&mut self, what: &str, data: Vec<u8>, why: &str) {
        let refusal = self.refused(what, data).await;
        assert_eq!(refusal.params.get("why").map(String::as_str), Some(why), "{what}: {refusal:?}");
    }

    /// Sends a sync message for a document, whose changes the server takes, and sends it again as long as the server asks
    /// for the rest of them.
    pub(crate) async fn accepted(&mut self, what: &str, document: DocumentId, data: Vec<u8>) {
        for _turn in 0..TURNS_MAX {
            self.attacker.sync(document, data.clone()).await;
            let answer = match self.attacker.next().await {
                Answer::Frame(Frame::Sync { document: answered, data, .. })
                    if answered == document =>
                {
                    Message::decode(&data).unwrap()
                }
                other => panic!("{what}: {other:?}"),
            };
            self.undisturbed().await;
            if answer.need.is_empty() {
                return;
            }
        }
        panic!("{what}: asked for more than {TURNS_MAX} times");
    }

    /// A change of a document that the server has is refused, with one of these reasons.
    pub(crate) async fn refused_in(
        &mut self,
        what: &str,
        document: DocumentId,
        data: Vec<u8>,
        reasons: &[&str],
    ) {
        let meter = Meter::start(self.town.process());
        self.attacker.sync(document, data).await;
        let refusal = self.refusal(what, document).await;
        within_bounds(what, meter.used());
        let why = refusal.params.get("why").map(String::as_str);
        assert!(why.is_some_and(|why| reasons.contains(&why)), "{what}: {refusal:?}");
        self.undisturbed().await;
    }

    /// Loads a document as one who has nothing of it.
    pub(crate) async fn read(&self, id: DocumentId) -> AutoCommit {
        let mut raw = Raw::join(&self.town, self.town.account(ATTACKER), Version::Samsynk1).await;
        raw.sync(id, summary(VERSIONS[0], &[])).await;
        let data = raw.until(|frame| match frame {
            Frame::Sync { document, data, .. } if *document == id => Some(data.clone()),
            _ => None,
        });
        let message = Message::decode(&data.await).unwrap();
        let mut doc = AutoCommit::new();
        doc.sync().receive_sync_message(&mut State::new(), message).unwrap();
        doc
    }

    /// A document is not to be had, by whoever has nothing of it or something.
    pub(crate) async fn unavailable(&mut self, what: &str, id: DocumentId) {
        for heads in [&[0][..], &[&[1][..], &[7; 32]].concat()] {
            let meter = Meter::start(self.town.process());
            let data = [&VERSIONS[..1], heads, &[0, 0, 0]].concat();
            self.attacker.sync(id, data).await;
            match self.attacker.next().await {
                Answer::Frame(Frame::DocUnavailable { document, .. }) if document == id => {}
                other => panic!("{what}: {other:?}"),
            }
            within_bounds(what, meter.used());
            self.undisturbed().await;
        }
    }

    /// Ends the server.
    pub(crate) async fn stop(&mut self) {
        self.town.kill().await;
    }

    /// Starts it again on what is there; both come back.
    pub(crate) async fn start_again(&mut self) {
        self.town.serve().await;
        self.attacker = Raw::join(&self.town, self.town.account(ATTACKER), Version::Samsynk1).await;
        self.witness.raw =
            Raw::join(&self.town, self.town.account(WITNESS), Version::Samsynk1).await;
        self.witness.state = State::new();
        self.undisturbed().await;
    }

    pub(crate) fn new_document(&mut self) -> DocumentId {
        self.documents += 1;
        DocumentId(u128::from(self.documents).to_be_bytes())
    }

    async fn refusal(&mut self, what: &str, document: DocumentId) -> Refusal {
        loop {
            match self.attacker.next().await {
                // What it builds on is saved.
                Answer::Frame(Frame::Receipt { document: answered, .. })
                    if answered == document => {}
                Answer::Frame(Frame::Rejected { document: answered, refusal, .. }) => {
                    assert_eq!(answered, document, "{what}");
                    return refusal;
                }
                other => panic!("{what}: {other:?}"),
            }
        }
    }

    /// Another session's edit is saved, whatever happened.
    pub(crate) async fn undisturbed(&mut self) {
        self.witness.edit().await;
    }
}

fn within_bounds(what: &str, used: Used) {
    assert!(used.cpu <= CPU_MAX, "{what}: {used:?}");
    assert!(used.growth_bytes <= GROWTH_BYTES_MAX, "{what}: {used:?}");
}

/// Someone who writes a note of their own.
struct Writer {
    raw: Raw,
    note: DocumentId,
    doc: AutoCommit,
    state: State,
    edits: i64,
}

impl Writer {
    async fn start(town: &Town, person: &str) -> Self {
        let raw = Raw::join(town, town.account(person), Version::Samsynk1).await;
        let doc = AutoCommit::new().with_actor(ActorId::from([0xee; 16]));
        let note = DocumentId([0xee; 16]);
        Self { raw, note, doc, state: State::new(), edits: 0 }
    }

    /// Makes an edit, and waits for the receipt.
    async fn edit(&mut self) {
        self.edits += 1;
        self.doc.put(ROOT, "edits", self.edits).unwrap();
        let heads = self.doc.get_heads();
        self.say().await;
        loop {
            let note = self.note;
            let heard = self.raw.until(|frame| match frame {
                Frame::Receipt { document, heads } if *document == note => Some(Err(heads.clone())),
                Frame::Sync { document, data, .. } if *document == note => Some(Ok(data.clone())),
                _ => None,
            });
            match heard.await {
                Err(saved) if saved.as_slice() == heads => return,
                Err(_) => {}
                Ok(data) => {
                    let message = Message::decode(&data).unwrap();
                    self.doc.sync().receive_sync_message(&mut self.state, message).unwrap();
                    self.say().await;
                }
            }
        }
    }

    async fn say(&mut self) {
        if let Some(message) = self.doc.sync().generate_sync_message(&mut self.state) {
            self.raw.sync(self.note, message.encode()).await;
        }
    }
}
