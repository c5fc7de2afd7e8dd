//! What the hub knows of its connections.

use crate::limits::{SESSION_DOCUMENTS_MAX, SESSION_STATES_BYTES_MAX, STATES_BYTES_MAX};
use std::collections::{BTreeMap, BTreeSet, HashMap};

use samsynk_core::domain::Key;
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::wire::{PeerId, Version};

use super::port::{Identity, SessionId};
pub(super) use super::states::{Open, Syncing, TooMuch};

/// How much is remembered of connections, in entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Census {
    /// Connections.
    pub sessions: usize,
    /// Accounts with connections, as the index of connections says.
    pub accounts: usize,
    /// Accounts whose keys are in memory.
    pub subjects: usize,
    /// Documents that connections have open, each counted once for each connection.
    pub open: usize,
    /// The same, as the index of documents says.
    pub indexed: usize,
    /// Keys under which connections listen, as the index of keys says.
    pub listening: usize,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Session {
    pub identity: Identity,
    pub joined: Option<Joined>,
    pub documents: HashMap<DocumentId, Open>,
    /// The last count of each ephemeral session that it has said.
    pub said: BTreeMap<String, u64>,
    /// The keys under which it hears of changed documents; empty until it has sent its catalogue.
    listens: Box<[Key]>,
    /// What is kept of its documents, in bytes.
    states_bytes: usize,
}

/// What a client said when it joined.
#[derive(Debug, Clone)]
pub(super) struct Joined {
    pub peer: PeerId,
    pub version: Version,
}

/// All sessions, also by account, by what they have open, and by the keys under which they listen.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    all: HashMap<SessionId, Session>,
    by_account: HashMap<AccountId, BTreeSet<SessionId>>,
    by_document: HashMap<DocumentId, BTreeSet<SessionId>>,
    by_key: HashMap<Key, BTreeSet<SessionId>>,
    /// By what each calls itself; names are told apart within an account.
    by_peer: HashMap<(AccountId, PeerId), SessionId>,
    /// What is kept of the documents of all, in bytes.
    states_bytes: usize,
}

impl Sessions {
    pub(super) fn insert(&mut self, id: SessionId, identity: Identity) {
        let session = Session {
            identity,
            joined: None,
            documents: HashMap::new(),
            said: BTreeMap::new(),
            listens: Box::default(),
            states_bytes: 0,
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
        self.states_bytes -= session.states_bytes;
        if let Some(joined) = &session.joined {
            let name = (session.identity.account, joined.peer.clone());
            if self.by_peer.get(&name) == Some(&id) {
                self.by_peer.remove(&name);
            }
        }
        forget(&mut self.by_account, &session.identity.account, id);
        for document in session.documents.keys() {
            forget(&mut self.by_document, document, id);
        }
        for key in &session.listens {
            forget(&mut self.by_key, key, id);
        }
        Some(session)
    }

    pub(super) fn census(&self) -> Census {
        Census {
            sessions: self.all.len(),
            accounts: self.by_account.len(),
            subjects: 0,
            open: self.all.values().map(|session| session.documents.len()).sum(),
            indexed: self.by_document.values().map(BTreeSet::len).sum(),
            listening: self.by_key.values().map(BTreeSet::len).sum(),
        }
    }

    /// Notes who speaks, in which version. Gives the session of the same account that had this name.
    pub(super) fn join(&mut self, id: SessionId, joined: Joined) -> Option<SessionId> {
        let session = self.all.get_mut(&id)?;
        let account = session.identity.account;
        let name = (account, joined.peer.clone());
        if let Some(before) = session.joined.replace(joined) {
            let before = (account, before.peer);
            if self.by_peer.get(&before) == Some(&id) {
                self.by_peer.remove(&before);
            }
        }
        self.by_peer.insert(name, id).filter(|older| *older != id)
    }

    /// From now on a session hears of changed documents that these keys open.
    pub(super) fn listen(&mut self, id: SessionId, keys: &BTreeSet<Key>) {
        let Some(session) = self.all.get_mut(&id) else { return };
        let now = keys.iter().cloned().collect();
        for key in std::mem::replace(&mut session.listens, now) {
            if !keys.contains(&key) {
                forget(&mut self.by_key, &key, id);
            }
        }
        for key in keys {
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
        let mut listening = self.listeners(keys);
        if let Some(open) = self.by_document.get(&document) {
            listening.retain(|id| !open.contains(id));
        }
        listening
    }

    /// The sessions that listen under one of these keys.
    pub(super) fn listeners(&self, keys: &BTreeSet<Key>) -> BTreeSet<SessionId> {
        keys.iter().filter_map(|key| self.by_key.get(key)).flatten().copied().collect()
    }

    /// The sessions of an account.
    pub(super) fn of_account(&self, account: AccountId) -> impl Iterator<Item = SessionId> + '_ {
        self.by_account.get(&account).into_iter().flatten().copied()
    }

    /// The sessions that have a document open in any way.
    pub(super) fn of_document(&self, document: DocumentId) -> Vec<SessionId> {
        self.by_document.get(&document).into_iter().flatten().copied().collect()
    }

    /// Notes how far a session is with a document.
    pub(super) fn open(
        &mut self,
        id: SessionId,
        document: DocumentId,
        mut open: Open,
    ) -> Result<(), TooMuch> {
        let Some(session) = self.all.get_mut(&id) else { return Ok(()) };
        let known = session.documents.contains_key(&document);
        if !known && session.documents.len() >= SESSION_DOCUMENTS_MAX {
            return Err(TooMuch::Documents);
        }
        let bytes = open.put_away();
        let before = session.documents.insert(document, open).map_or(0, |open| open.bytes());
        session.states_bytes = session.states_bytes + bytes - before;
        self.states_bytes = self.states_bytes + bytes - before;
        if !known {
            self.by_document.entry(document).or_default().insert(id);
        }
        if session.states_bytes > SESSION_STATES_BYTES_MAX {
            return Err(TooMuch::Bytes);
        }
        Ok(())
    }

    /// The session that takes most, where all together take too much.
    pub(super) fn to_end(&self) -> Option<SessionId> {
        if self.states_bytes <= STATES_BYTES_MAX {
            return None;
        }
        let largest = self.all.iter().max_by_key(|(_, session)| session.states_bytes);
        largest.map(|(id, _)| *id)
    }

    /// What is kept of the documents of all sessions, in bytes.
    pub(super) fn states_bytes(&self) -> usize {
        self.states_bytes
    }

    /// Takes the sync state of a document out, to put it back with [`Sessions::open`]; a new one where the
    /// session does not sync it yet.
    pub(super) fn syncing(&mut self, id: SessionId, document: DocumentId) -> Box<Syncing> {
        let Some(session) = self.all.get_mut(&id) else { return Box::default() };
        let open = session.documents.get_mut(&document);
        let Some(syncing) = open.and_then(Open::syncing) else { return Box::default() };
        session.states_bytes -= syncing.bytes;
        self.states_bytes -= syncing.bytes;
        std::mem::take(syncing)
    }

    /// Forgets how far a session is with a document.
    pub(super) fn close(&mut self, id: SessionId, document: DocumentId) {
        if let Some(session) = self.all.get_mut(&id) {
            let bytes = session.documents.remove(&document).map_or(0, |open| open.bytes());
            session.states_bytes -= bytes;
            self.states_bytes -= bytes;
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
