//! Ephemeral messages: passed on to those who have the document open, and kept nowhere. Our own devices have no use for them,
//! and are sent none: nobody can fill a phone's line with them.
//!
//! A client passes on what it hears, since it may stand between us and others: automerge-repo sends each
//! message back to where it came from. So what is said in another's name is dropped where it has come from
//! that other itself, or by another connection, before.

use samsynk_core::ids::DocumentId;
use samsynk_core::wire::{Frame, PeerId, Version};

use super::Hub;
use super::batch::Batch;
use super::port::SessionId;
use super::session::{Open, Session};
use crate::limits::{
    BATCH_SENDS_BYTES_MAX, EPHEMERAL_BYTES_MAX, EPHEMERAL_NAME_BYTES_MAX, EPHEMERAL_NAMES_COUNT_MAX,
};
use crate::store::{StoreError, access};

/// One message.
pub(super) struct Said {
    pub document: DocumentId,
    pub sender: PeerId,
    pub name: String,
    pub count: u64,
    pub data: Vec<u8>,
}

impl Hub {
    pub(super) fn ephemeral(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        said: &Said,
    ) -> Result<(), StoreError> {
        let fits =
            said.data.len() <= EPHEMERAL_BYTES_MAX && said.name.len() <= EPHEMERAL_NAME_BYTES_MAX;
        if !fits || !self.is_new(session, said) {
            return Ok(());
        }
        if self.listener(batch, session, said.document)?.is_none() {
            return Ok(());
        }
        let others = self.sessions.of_document(said.document);
        if !self.is_own(session, said) && others.iter().any(|id| self.knows(*id, session, said)) {
            return Ok(());
        }
        for other in others {
            // What is kept nowhere may be lost, and is, where a batch already has too much to send.
            if batch.sent_bytes > BATCH_SENDS_BYTES_MAX {
                break;
            }
            if other != session
                && self.has_use(other)
                && let Some(target) = self.listener(batch, other, said.document)?
            {
                batch.send(other, said.to(target));
            }
        }
        Ok(())
    }

    /// Whether a session is of a client that says and hears in passing.
    fn has_use(&self, session: SessionId) -> bool {
        let joined = self.sessions.get(session).and_then(|session| session.joined.as_ref());
        joined.is_some_and(|joined| joined.version == Version::One)
    }

    /// The peer of a session that syncs a document and may read it.
    fn listener(
        &mut self,
        batch: &Batch<'_>,
        session: SessionId,
        document: DocumentId,
    ) -> Result<Option<PeerId>, StoreError> {
        let Some(open) = self.sessions.get(session) else { return Ok(None) };
        if !matches!(open.documents.get(&document), Some(Open::Syncing(_))) {
            return Ok(None);
        }
        let (account, joined) = (open.identity.account, open.joined.clone());
        let subject = self.subject(batch, account)?;
        let may = access::may_read(batch.tx, &subject, document)?;
        Ok(joined.filter(|_| may).map(|joined| joined.peer))
    }

    /// Whether the session says this in its own name.
    fn is_own(&self, session: SessionId, said: &Said) -> bool {
        let joined = self.sessions.get(session).and_then(|s| s.joined.as_ref());
        joined.is_some_and(|joined| joined.peer == said.sender)
    }

    /// Whether another session said this first, or is the one that could.
    fn knows(&self, other: SessionId, session: SessionId, said: &Said) -> bool {
        let before = |other: &Session| other.said.get(&said.name).is_some_and(|n| *n >= said.count);
        other != session
            && (self.is_own(other, said) || self.sessions.get(other).is_some_and(before))
    }

    /// Whether a message has not come by this connection before.
    fn is_new(&mut self, session: SessionId, said: &Said) -> bool {
        let Some(from) = self.sessions.get_mut(session) else { return false };
        if from.said.get(&said.name).is_some_and(|last| *last >= said.count) {
            return false;
        }
        if from.said.len() >= EPHEMERAL_NAMES_COUNT_MAX && !from.said.contains_key(&said.name) {
            from.said.pop_first();
        }
        from.said.insert(said.name.clone(), said.count);
        true
    }
}

impl Said {
    fn to(&self, target: PeerId) -> Frame {
        Frame::Ephemeral {
            document: self.document,
            sender: self.sender.clone(),
            target,
            session: self.name.clone(),
            count: self.count,
            data: self.data.clone(),
        }
    }
}
