//! What the engine keeps, and the interface to where it is kept.

use std::collections::BTreeMap;

use automerge::ChangeHash;
use serde::{Deserialize, Serialize};

use crate::domain::view::About;
use crate::domain::{Command, Document, Edit, Moment, Projection};
use crate::ids::{AccountId, CommandId, DeviceId, DocumentId, EditId};
use crate::refusal::Refusal;
use crate::wire::{Heads, Seal};

/// Whose device this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// This installation.
    pub device: DeviceId,
}

/// What is kept of a document beside its Automerge bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The server's epoch of it; a document made here has 0.
    pub epoch: u32,
    /// Its heads.
    pub heads: Heads,
    /// What screens show of it; `None` where an older program wrote it another way.
    pub projection: Option<Projection>,
    /// The second half of the actor that this device's edits in it have.
    pub actor: [u8; 16],
    /// When it was last the same as the server's.
    pub synced: Option<Moment>,
    /// The server's newest seal of what is here.
    pub seal: Option<Sealed>,
    /// How many pieces its bytes are in.
    pub chunks: u32,
    /// How many bytes it takes.
    pub bytes: u64,
}

impl Row {
    /// Its content, where this program can read it.
    #[must_use]
    pub fn document(&self) -> Option<&Document> {
        self.projection.as_ref().and_then(|projection| projection.content.as_ref().ok())
    }
}

/// Heads that the server has sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The heads; the document has them.
    pub heads: Heads,
    /// The server's word for them.
    pub seal: Seal,
}

/// An edit without the server's receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct UnsavedEdit {
    /// Its id.
    pub id: EditId,
    /// The document.
    pub document: DocumentId,
    /// What the person did.
    pub edit: Edit,
    /// What it was about when it was made.
    pub about: About,
    /// The change that it became.
    pub hash: ChangeHash,
}

/// A command without outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedCommand {
    /// Its id; the server executes it at most once.
    pub id: CommandId,
    /// The decision.
    pub command: Command,
    /// Whether it has been sent, on whatever connection: the server may have executed it.
    pub sent: bool,
}

/// What became of a command. It is kept with the transaction that takes the command off the queue, so that a
/// decision never vanishes between being given and being told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOutcome {
    /// The command's id.
    pub id: CommandId,
    /// The decision.
    pub command: Command,
    /// The receipt number, or why it was not executed. `edits-refused`: this device took it back, unsent.
    pub result: Result<u64, Refusal>,
    /// When this device learned of it.
    pub at: Moment,
    /// Whether a person has seen it, or has decided anew on the same document.
    pub acknowledged: bool,
}

/// An edit that could not be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct SetAsideEdit {
    /// The document.
    pub document: DocumentId,
    /// What the document was called.
    pub title: String,
    /// What the person did.
    pub edit: Edit,
    /// What it was about when it was made.
    pub about: About,
    /// Why it could not be kept.
    pub refusal: Refusal,
    /// When it was put aside.
    pub at: Moment,
}

/// Why a device has lost its access for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndReason {
    /// The device was revoked; its account lives on.
    Revoked,
    /// The account was erased.
    Erased,
}

impl EndReason {
    /// Returns the code that says so.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Revoked => "device-revoked",
            Self::Erased => "account-erased",
        }
    }
}

/// The end of a device's access. What came from the server is gone; edits that were never sent wait for a new
/// invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Why.
    pub reason: EndReason,
    /// What the documents of waiting edits were called.
    pub titles: BTreeMap<DocumentId, String>,
}

/// Everything but the documents' bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stored {
    /// Whose device this is, once enrolled.
    pub identity: Option<Identity>,
    /// Whether its access has ended.
    pub ended: Option<Ended>,
    /// The documents.
    pub rows: BTreeMap<DocumentId, Row>,
    /// Edits without receipt, oldest first.
    pub outbox: Vec<UnsavedEdit>,
    /// Commands without outcome, oldest first.
    pub commands: Vec<QueuedCommand>,
    /// What became of commands, oldest first: the newest [`OUTCOMES_COUNT_MAX`](crate::limits::OUTCOMES_COUNT_MAX).
    pub outcomes: Vec<CommandOutcome>,
    /// Edits that could not be kept, by a number that rises.
    pub set_aside: BTreeMap<i64, SetAsideEdit>,
    /// Documents that are no longer this account's, oldest first: the newest
    /// [`WITHDRAWN_COUNT_MAX`](crate::limits::WITHDRAWN_COUNT_MAX).
    pub withdrawn: Vec<DocumentId>,
    /// When this device last had all that the server had.
    pub as_of: Option<Moment>,
}

/// One row to write. The engine's writes of one call belong in one transaction, in their order.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Whose device this is.
    Identity(Identity),
    /// Its access has ended, or begins anew.
    Ended(Option<Ended>),
    /// What is kept of a document beside its bytes.
    Row(DocumentId, Row),
    /// One more piece of a document's bytes.
    Chunk(DocumentId, Vec<u8>),
    /// All of a document's bytes, in place of its pieces.
    Snapshot(DocumentId, Vec<u8>),
    /// The document goes, with its bytes.
    Purge(DocumentId),
    /// An edit enters the outbox, or has another hash after a replay.
    Unsaved(UnsavedEdit),
    /// An edit leaves the outbox.
    Saved(EditId),
    /// A command enters the queue.
    Queue(QueuedCommand),
    /// A command goes out to the server.
    Sent(CommandId),
    /// A command leaves the queue, with what became of it.
    Answered(CommandOutcome),
    /// A person has seen what became of a command.
    Acknowledged(CommandId),
    /// An edit is put aside.
    SetAside(i64, SetAsideEdit),
    /// Somebody has dealt with an edit that was put aside.
    Dismiss(i64),
    /// The documents that are no longer this account's.
    Withdrawn(Vec<DocumentId>),
    /// This device has all that the server has.
    AsOf(Moment),
}

/// Why a store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// No room, or no quota, for more. Reading goes on.
    #[error("the device's storage is full")]
    Full,
    /// It cannot be read or written.
    #[error("the device's store failed: {0}")]
    Broken(String),
}

impl StorageError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Full => "storage-full",
            Self::Broken(_) => "storage-broken",
        }
    }

    /// What people are told.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        Refusal::new(self.code())
    }
}

/// Where a device keeps things.
pub trait Storage {
    /// Everything but the documents' bytes.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    fn load(&mut self) -> Result<Stored, StorageError>;

    /// A document's bytes, in pieces, oldest first; none where there is no such document.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    fn document(&mut self, id: DocumentId) -> Result<Vec<Vec<u8>>, StorageError>;

    /// Writes all of it or nothing, and returns when it is on disk.
    ///
    /// # Errors
    ///
    /// The store cannot be written; nothing was.
    fn commit(&mut self, writes: Vec<Write>) -> Result<(), StorageError>;
}
