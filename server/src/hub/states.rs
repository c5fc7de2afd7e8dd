//! How far a session has synced a document, and what that takes in memory.

use automerge::ChangeHash;
use automerge::sync::{Have, State};

/// What a document that a session has open takes at least, in the session and in the index, in bytes.
pub(super) const OPEN_BYTES_BASE: usize = 512;

/// What a hash takes in a set, in bytes.
const SET_ENTRY_BYTES: usize = 48;

/// A sync under way.
#[derive(Debug, Default)]
pub(super) struct Syncing {
    pub state: State,
    /// Changes to ask for beside those that Automerge finds missing.
    pub missing: Vec<ChangeHash>,
    /// Whether changes have come that no message has acknowledged yet.
    pub owes_answer: bool,
    /// What it took in memory when it was last put away.
    pub(super) bytes: usize,
}

impl Syncing {
    /// Makes it small and notes what it takes.
    pub(super) fn put_away(&mut self) -> usize {
        self.simplify();
        self.bytes = self.measure();
        self.bytes
    }

    /// Where all heads of the client are known here, they say what it has, and better than the Bloom filter in its
    /// message, which is right about 99 of 100 changes and large for a long history.
    fn simplify(&mut self) {
        let state = &mut self.state;
        let known = state.their_heads.as_ref() == Some(&state.shared_heads);
        let says_more = |haves: &Vec<Have>| match &haves[..] {
            [have] => have.bloom != Have::default().bloom || have.last_sync != state.shared_heads,
            _ => true,
        };
        if known && state.their_have.as_ref().is_some_and(says_more) {
            let last_sync = state.shared_heads.clone();
            state.their_have = Some(vec![Have { last_sync, ..Have::default() }]);
        }
    }

    fn measure(&self) -> usize {
        let state = &self.state;
        let optional = |hashes: &Option<Vec<ChangeHash>>| hashes.as_ref().map_or(0, Vec::len);
        let lists = state.shared_heads.len()
            + state.last_sent_heads.len()
            + optional(&state.their_heads)
            + optional(&state.their_need)
            + self.missing.len();
        let of_have = |have: &Have| {
            size_of::<Have>() + have.last_sync.len() * 32 + have.bloom.to_bytes().len()
        };
        let haves: usize = state.their_have.iter().flatten().map(of_have).sum();
        size_of::<Self>() + lists * 32 + haves + state.sent_hashes.len() * SET_ENTRY_BYTES
    }
}

/// How far a session is with one document.
#[derive(Debug)]
pub(super) enum Open {
    /// It syncs.
    Syncing(Box<Syncing>),
    /// It offers what is not here, or is not its account's: until that changes, it hears nothing of the document.
    Offered(Box<Syncing>),
    /// It asked for what it cannot have, and is not yet told so.
    Asking,
    /// It asked in vain; it hears when the document is there and it may read it.
    Waiting,
    /// It was refused and speaks version 1, which has no other way to stop it from trying again.
    Stopped,
}

impl Open {
    /// Makes it small and says what it takes in memory, in bytes.
    pub(super) fn put_away(&mut self) -> usize {
        let more = self.syncing().map_or(0, |syncing| syncing.put_away());
        OPEN_BYTES_BASE + more
    }

    /// What it took when it was put away.
    pub(super) fn bytes(&self) -> usize {
        let more = match self {
            Self::Syncing(syncing) | Self::Offered(syncing) => syncing.bytes,
            Self::Asking | Self::Waiting | Self::Stopped => 0,
        };
        OPEN_BYTES_BASE + more
    }

    /// How far the exchange is, if there is one.
    pub(super) fn syncing(&mut self) -> Option<&mut Box<Syncing>> {
        match self {
            Self::Syncing(syncing) | Self::Offered(syncing) => Some(syncing),
            Self::Asking | Self::Waiting | Self::Stopped => None,
        }
    }
}

/// Why a session cannot have another document open, or as much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TooMuch {
    /// It has too many.
    Documents,
    /// What is kept of its documents takes too much memory.
    Bytes,
}

impl TooMuch {
    /// Close code and reason. Who comes back after the second starts with nothing kept.
    pub(super) fn close(self) -> (u16, &'static str) {
        match self {
            Self::Documents => (1008, "too-many-documents"),
            Self::Bytes => (1013, "too-much-open"),
        }
    }
}
