//! The frames, one variant for each `type`.

use std::collections::BTreeMap;

use automerge::ChangeHash;

use super::{Heads, PeerId, PeerMetadata, Seal, Version};
use crate::ids::{CommandId, DocumentId};
use crate::refusal::Refusal;

/// One message on the WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// `join`: the client's first frame.
    Join {
        /// Who joins.
        sender: PeerId,
        /// The versions it speaks; `["1"]` when it names none.
        versions: Vec<String>,
        /// What it tells about its storage.
        metadata: PeerMetadata,
    },
    /// `peer`: the server's answer to `join`.
    Peer {
        /// The server.
        sender: PeerId,
        /// The client.
        target: PeerId,
        /// The version that both speak from here on.
        version: Version,
        /// What the server tells about its storage.
        metadata: PeerMetadata,
    },
    /// `leave`: the client goes.
    Leave {
        /// Who leaves.
        sender: PeerId,
    },
    /// `request`: a sync message that asks for a document, answered by `sync` or `doc-unavailable`.
    Request {
        /// The document.
        document: DocumentId,
        /// Who asks.
        sender: PeerId,
        /// Who is asked.
        target: PeerId,
        /// An Automerge sync message, unchecked.
        data: Vec<u8>,
    },
    /// `sync`: a sync message for a document.
    Sync {
        /// The document.
        document: DocumentId,
        /// Whose message it is.
        sender: PeerId,
        /// Whom it is for.
        target: PeerId,
        /// An Automerge sync message, unchecked.
        data: Vec<u8>,
        /// The seal of the heads in the message, in what a samsynk-1 server sends; unmodified clients neither
        /// get nor send one.
        seal: Option<Seal>,
    },
    /// `doc-unavailable`: the sender does not have the document, or the receiver may not have it.
    DocUnavailable {
        /// The document.
        document: DocumentId,
        /// Who lacks it.
        sender: PeerId,
        /// Who asked.
        target: PeerId,
    },
    /// `ephemeral`: passed on to those who have the document open, and kept nowhere.
    Ephemeral {
        /// The document that it is about.
        document: DocumentId,
        /// Who said it first.
        sender: PeerId,
        /// Whom this copy is for.
        target: PeerId,
        /// The sender's session; with the count it tells copies from new messages.
        session: String,
        /// Rises within a session.
        count: u64,
        /// Whatever the application says.
        data: Vec<u8>,
    },
    /// `error`: something went wrong, and the sender is about to close the connection.
    Error {
        /// What went wrong, for a developer.
        message: String,
        /// Who says so.
        sender: Option<PeerId>,
        /// Who is told.
        target: Option<PeerId>,
    },
    /// `remote-subscription-change`: whose heads the sender wants to hear about.
    RemoteSubscriptionChange {
        /// Who wants to hear.
        sender: PeerId,
        /// Who is asked.
        target: PeerId,
        /// Storage ids to hear about from now on.
        add: Vec<String>,
        /// Storage ids to hear about no longer.
        remove: Vec<String>,
    },
    /// `remote-heads-changed`: how far others have come with a document.
    RemoteHeadsChanged {
        /// The document.
        document: DocumentId,
        /// Who tells.
        sender: PeerId,
        /// Who is told.
        target: PeerId,
        /// Heads by storage id.
        heads: BTreeMap<String, RemoteHeads>,
    },
    /// `catalogue-digest` (samsynk-1): what the client has.
    CatalogueDigest {
        /// One entry for each document.
        entries: Vec<CatalogueEntry>,
    },
    /// `catalogue-answer` (samsynk-1): documents, with epochs, that the client should sync now. Also sent
    /// unasked, when a document becomes readable.
    CatalogueAnswer {
        /// Documents and their epochs.
        entries: Vec<(DocumentId, u32)>,
    },
    /// `receipt` (samsynk-1): these heads are on the server's disk.
    Receipt {
        /// The document.
        document: DocumentId,
        /// What is saved.
        heads: Heads,
    },
    /// `rejected` (samsynk-1): these changes were refused, each for itself. What builds on them was not accepted either.
    Rejected {
        /// The document.
        document: DocumentId,
        /// The changes.
        hashes: Vec<ChangeHash>,
        /// Why.
        refusal: Refusal,
    },
    /// `give-back` (samsynk-1): history that the server once sealed and no longer has, as after a restore.
    /// Answered by `receipt` with the heads, or by `rejected` without hashes.
    GiveBack {
        /// The document.
        document: DocumentId,
        /// The epoch that the seal is for.
        epoch: u32,
        /// The seal of the heads in the message.
        seal: Seal,
        /// An Automerge sync message with the sealed heads and all that they build on as one whole document,
        /// unchecked.
        data: Vec<u8>,
    },
    /// `withdrawn` (samsynk-1): purge this document.
    Withdrawn {
        /// The document.
        document: DocumentId,
        /// The last epoch that is gone.
        epoch: u32,
        /// A stable code for why.
        reason: String,
    },
    /// `command` (samsynk-1): a decision for the server to execute once.
    Command {
        /// Random; sent again, the command is not executed again.
        id: CommandId,
        /// The command in JSON, unchecked.
        command: String,
    },
    /// `outcome` (samsynk-1): the answer to a command.
    Outcome {
        /// The command.
        id: CommandId,
        /// The receipt number, or why not.
        result: Result<u64, Refusal>,
    },
    /// `ping` (samsynk-1): asks for a `pong`, behind everything that was sent before.
    Ping {
        /// Rises with each ping of a connection.
        count: u64,
    },
    /// `pong` (samsynk-1): everything up to this ping has reached the server, which need not be done with it.
    Pong {
        /// The ping's.
        count: u64,
    },
    /// A type that this version does not know.
    Unknown {
        /// The type.
        kind: String,
    },
}

/// One document that a client has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CatalogueEntry {
    /// The document.
    pub document: DocumentId,
    /// The epoch that the client has.
    pub epoch: u32,
    /// What stands for its heads: [`super::digest`].
    pub digest: [u8; 8],
}

/// How far one storage has come with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteHeads {
    /// Its heads.
    pub heads: Heads,
    /// When, in milliseconds since 1970 by the clock of who tells.
    pub timestamp: u64,
}

impl Frame {
    /// The `type` of the frame, for logs and metrics.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Join { .. } => "join",
            Self::Peer { .. } => "peer",
            Self::Leave { .. } => "leave",
            Self::Request { .. } => "request",
            Self::Sync { .. } => "sync",
            Self::DocUnavailable { .. } => "doc-unavailable",
            Self::Ephemeral { .. } => "ephemeral",
            Self::Error { .. } => "error",
            Self::RemoteSubscriptionChange { .. } => "remote-subscription-change",
            Self::RemoteHeadsChanged { .. } => "remote-heads-changed",
            Self::CatalogueDigest { .. } => "catalogue-digest",
            Self::CatalogueAnswer { .. } => "catalogue-answer",
            Self::Receipt { .. } => "receipt",
            Self::Rejected { .. } => "rejected",
            Self::GiveBack { .. } => "give-back",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Command { .. } => "command",
            Self::Outcome { .. } => "outcome",
            Self::Ping { .. } => "ping",
            Self::Pong { .. } => "pong",
            Self::Unknown { kind } => kind,
        }
    }
}
