//! Two answers that need no document: to a client that has all of it, and to one that has nothing.
//!
//! Both do to the sync state what Automerge 0.12 would (`sync.rs`, `receive_sync_message_inner` and
//! `generate_sync_message`), for messages without changes whose heads are ours, or none.

use automerge::sync::{Capability, ChunkList, Have, Message, MessageFlags, MessageVersion, State};
use samsynk_core::wire::{Frame, Heads, walk};

use super::Hub;
use super::batch::Batch;
use super::port::SessionId;
use super::save::unloadable;
use super::session::{Open, Session, Syncing};
use crate::store::documents::Stored;
use crate::store::{StoreError, documents};

impl Hub {
    /// Answers a message without the document, if it can. Whether it has.
    pub(super) fn sync_cold(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        stored: &Stored,
        message: &Message,
    ) -> Result<bool, StoreError> {
        let plain = message.changes.is_empty()
            && message.need.is_empty()
            && message.flags.is_some_and(|flags| !flags.contains(MessageFlags::READ_ONLY));
        let has_all = Heads::new(message.heads.clone()) == stored.heads;
        let has_nothing = message.heads.is_empty();
        if !plain || !(has_all || has_nothing) {
            return Ok(false);
        }
        let mut syncing = self.sessions.syncing(session, stored.id);
        let state = &mut syncing.state;
        let samsynk = self.sessions.get(session).is_some_and(Session::is_samsynk);
        let is_news = message.heads.iter().any(|head| !state.last_sent_heads.contains(head));
        if samsynk && is_news {
            let heads = stored.heads.clone();
            batch.send(session, Frame::Receipt { document: stored.id, heads });
        }
        note(state, message);
        let answer = if has_all {
            greet(&mut syncing, &stored.heads)
        } else {
            let content = documents::load(batch.tx, stored.id)?.unwrap_or_default();
            // A client that does not look for itself would not survive it either.
            if let Err(why) = walk::saved(&content) {
                unloadable(&StoreError::Document { document: stored.id, why: why.to_string() });
                self.unavailable(batch, session, stored.id, Open::Waiting);
                return Ok(true);
            }
            Some(give_all(state, &stored.heads, content))
        };
        if let Some(answer) = answer {
            let seal = self.seal(session, stored.id, (stored.epoch, &stored.heads));
            self.send_sync(batch, session, stored.id, answer.encode(), seal);
        }
        self.keep_open(batch, session, stored.id, syncing);
        Ok(true)
    }
}

/// What a message says about its sender.
fn note(state: &mut State, message: &Message) {
    let mut capabilities = vec![Capability::MessageV2];
    if message.flags.is_some_and(|flags| flags.contains(MessageFlags::SUPPORTS_SYNC_RESET)) {
        capabilities.push(Capability::SyncReset);
    }
    state.their_capabilities = Some(capabilities);
    state.peer_read_only = false;
    state.in_flight = false;
    // All that was sent has arrived, or the client has lost everything.
    state.sent_hashes.clear();
    state.shared_heads.clone_from(&message.heads);
    state.their_heads = Some(message.heads.clone());
    state.their_need = Some(Vec::new());
    state.their_have = Some(message.have.clone());
}

/// The answer to a client that has all: our heads, once, and once more after what it brought.
fn greet(syncing: &mut Syncing, heads: &Heads) -> Option<Message> {
    let (state, owes) = (&mut syncing.state, std::mem::take(&mut syncing.owes_answer));
    state.last_sent_heads = heads.as_slice().to_vec();
    if state.have_responded && !owes {
        return None;
    }
    Some(sent(state, heads, ChunkList::empty(), MessageVersion::V1))
}

/// The answer to a client that has nothing: the document as it is stored.
fn give_all(state: &mut State, heads: &Heads, content: Vec<u8>) -> Message {
    state.last_sent_heads = heads.as_slice().to_vec();
    sent(state, heads, ChunkList::from(content), MessageVersion::V2)
}

fn sent(state: &mut State, heads: &Heads, changes: ChunkList, version: MessageVersion) -> Message {
    state.have_responded = true;
    state.in_flight = true;
    let mut flags = MessageFlags::new();
    flags.set(MessageFlags::SUPPORTS_SYNC_RESET);
    let heads = heads.as_slice().to_vec();
    // By the time the client looks at this, it has these heads, and we have nothing beyond them.
    let have = vec![Have { last_sync: heads.clone(), ..Have::default() }];
    Message { heads, need: Vec::new(), have, changes, flags: Some(flags), version }
}
