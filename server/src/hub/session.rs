//! What the hub knows of its connections.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use automerge::ChangeHash;
use automerge::sync::State;
use samsynk_core::domain::Key;
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::limits::CATALOGUE_ENTRIES_MAX;
use samsynk_core::wire::{PeerId, Version};

use super::port::{Identity, SessionId};

/// The most documents that one session may have open: all that a catalogue can name, twice.
const SESSION_DOCUMENTS_MAX: usize = 2 * CATALOGUE_ENTRIES_MAX;

/// One connection.
#[derive(Debug)]
pub(super) struct Session {
    pub identity: Identity,
    pub joined: Option<Joined>,
    pub documents: HashMap<DocumentId, Open>,
    /// The last count of each ephemeral session that it has said.
    pub said: BTreeMap<String, u64>,
    /// The keys under which it hears of changed documents; empty until it has sent its catalogue.
    listens: BTreeSet<Key>,
}

/// What a client said when it joined.
#[derive(Debug, Clone)]
pub(super) struct Joined {
    pub peer: PeerId,
    pub version: Version,
}

/// How far a session is with one document.
#[derive(Debug)]
pub(super) enum Open {
    /// It syncs.
    Syncing(Box<Syncing>),
    /// It asked for what it cannot have, and is not yet told so.
    Asking,
    /// It asked in vain; it hears when the document is there and it may read it.
    Waiting,
    /// It was refused and speaks version 1, which has no other way to stop it from trying again.
    Stopped,
}

/// A sync under way.
#[derive(Debug, Default)]
pub(super) struct Syncing {
    pub state: State,
    /// Changes to ask for beside those that Automerge finds missing.
    pub missing: Vec<ChangeHash>,
    /// Whether changes have come that no message has acknowledged yet.
    pub owes_answer: bool,
}

/// All sessions, also by account, by what they have open, and by the keys under which they listen.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    all: HashMap<SessionId, Session>,
    by_account: HashMap<AccountId, BTreeSet<SessionId>>,
    by_document: HashMap<DocumentId, BTreeSet<SessionId>>,
    by_key: HashMap<Key, BTreeSet<SessionId>>,
}

impl Sessions {
    pub(super) fn insert(&mut self, id: SessionId, identity: Identity) {
        let session = Session {
            identity,
            joined: None,
            documents: HashMap::new(),
            said: BTreeMap::new(),
            listens: BTreeSet::new(),
        };
        self.all.insert(id, session);
        self.by_account.entry(identity.account).or_default().insert(id);
    }

    pub(super) fn get(&self, id: SessionId) -> Option<&Session> {
        self.all.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.all.get_mut(&id)
    }

    pub(super) fn remove(&mut self, id: SessionId) -> Option<Session> {
        let session = self.all.remove(&id)?;
        forget(&mut self.by_account, &session.identity.account, id);
        for document in session.documents.keys() {
            forget(&mut self.by_document, document, id);
        }
        for key in &session.listens {
            forget(&mut self.by_key, key, id);
        }
        Some(session)
    }

    /// From now on a session hears of changed documents that these keys open.
    pub(super) fn listen(&mut self, id: SessionId, keys: &BTreeSet<Key>) {
        let Some(session) = self.all.get_mut(&id) else { return };
        let before = std::mem::replace(&mut session.listens, keys.clone());
        for key in before.difference(keys) {
            forget(&mut self.by_key, key, id);
        }
        for key in keys.difference(&before) {
            self.by_key.entry(key.clone()).or_default().insert(id);
        }
    }

    /// Whether a session listens, under whatever keys.
    pub(super) fn is_listening(&self, id: SessionId) -> bool {
        self.all.get(&id).is_some_and(|session| !session.listens.is_empty())
    }

    /// The sessions that listen under one of these keys and do not have the document open.
    pub(super) fn unopened(
        &self,
        document: DocumentId,
        keys: &BTreeSet<Key>,
    ) -> BTreeSet<SessionId> {
        let listening = keys.iter().filter_map(|key| self.by_key.get(key)).flatten().copied();
        let open = self.by_document.get(&document);
        listening.filter(|id| !open.is_some_and(|open| open.contains(id))).collect()
    }

    /// The sessions of an account.
    pub(super) fn of_account(&self, account: AccountId) -> impl Iterator<Item = SessionId> + '_ {
        self.by_account.get(&account).into_iter().flatten().copied()
    }

    /// The sessions that have a document open in any way.
    pub(super) fn of_document(&self, document: DocumentId) -> Vec<SessionId> {
        self.by_document.get(&document).into_iter().flatten().copied().collect()
    }

    /// Notes how far a session is with a document. False where it has too many open.
    pub(super) fn open(&mut self, id: SessionId, document: DocumentId, open: Open) -> bool {
        let Some(session) = self.all.get_mut(&id) else { return true };
        let known = session.documents.contains_key(&document);
        if !known && session.documents.len() >= SESSION_DOCUMENTS_MAX {
            return false;
        }
        session.documents.insert(document, open);
        if !known {
            self.by_document.entry(document).or_default().insert(id);
        }
        true
    }

    /// Takes the sync state of a document out, to put it back with [`Sessions::open`]; a new one where the
    /// session does not sync it yet.
    pub(super) fn syncing(&mut self, id: SessionId, document: DocumentId) -> Box<Syncing> {
        match self.all.get_mut(&id).and_then(|session| session.documents.get_mut(&document)) {
            Some(Open::Syncing(syncing)) => std::mem::take(syncing),
            _ => Box::default(),
        }
    }

    /// Forgets how far a session is with a document.
    pub(super) fn close(&mut self, id: SessionId, document: DocumentId) {
        if let Some(session) = self.all.get_mut(&id) {
            session.documents.remove(&document);
            forget(&mut self.by_document, &document, id);
        }
    }
}

fn forget<K: std::hash::Hash + Eq>(
    index: &mut HashMap<K, BTreeSet<SessionId>>,
    key: &K,
    session: SessionId,
) {
    if let Some(sessions) = index.get_mut(key) {
        sessions.remove(&session);
        if sessions.is_empty() {
            index.remove(key);
        }
    }
}

impl Session {
    /// Whether it speaks samsynk-1.
    pub(super) fn is_samsynk(&self) -> bool {
        self.joined.as_ref().is_some_and(|joined| joined.version == Version::Samsynk1)
    }
}
