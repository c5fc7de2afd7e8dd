//! Syncs a store with a server: `handle(turn, Event) -> Effects`.
//!
//! The engine owns no socket, clock, randomness or file. Whoever drives it tells it what happened
//! ([`Event`]) and does what it asks ([`Effects`]); storage is an argument ([`Storage`]). Within
//! one call everything that must be kept is committed in one transaction, and only then are the
//! frames handed out: what the server hears about is on this device's disk.
//!
//! * [`link`]: connecting, joining, backing off.
//! * [`liveness`]: whether the server still hears this device.
//! * [`catalogue`]: which documents differ from the server's.
//! * [`documents`]: Automerge documents, loaded when they are needed, and their exchange.
//! * [`edits`]: an edit on its way from the person to the outbox.
//! * [`sealed`]: what a restored server has lost is given back to it.
//! * [`refused`]: what the server refuses or withdraws, and what is replayed or set aside.
//! * [`remade`]: unsaved edits that wait to be made again on the server's copy.
//! * [`ended`]: what goes when the device is revoked, and what waits for a new invitation.
//! * [`commands`]: decisions that wait for the server.

use crate::domain::view::{SaveState, SyncStatus};
use crate::domain::{Document, Home, Moment, Subject};
use crate::ids::{AccountId, DeviceId, DocumentId};
use crate::random::Random;
use crate::refusal::Refusal;
use crate::wire::Frame;

mod backoff;
mod catalogue;
mod commands;
mod documents;
mod edits;
mod ended;
mod link;
mod liveness;
mod refused;
mod remade;
mod sealed;
mod storage;

use documents::OpenDocuments;
use link::LinkState;
pub use storage::{
    CommandOutcome, EndReason, Ended, Identity, QueuedCommand, Row, Sealed, SetAsideEdit, Storage,
    StorageError, Stored, UnsavedEdit, Write,
};

/// What happened outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The device woke up, or was enrolled: connect when that makes sense.
    Start,
    /// The transport is connected.
    Connected,
    /// WebSocket messages have arrived, in this order.
    Received(Vec<Vec<u8>>),
    /// The transport is gone, or could not be made.
    Disconnected,
    /// The server did not accept this device's token.
    Unauthorised,
    /// The server says that this device was revoked, or its account erased.
    Ended(EndReason),
    /// The moment asked for in [`Effects::wake_at`] has come.
    Wake,
    /// The network seems to be back, or a person asks for it: try at once.
    Online,
    /// The system says that there is no network.
    Offline,
    /// Somebody looks at the screen; to be repeated every 10 s.
    Foreground,
}

/// What to do outside, in this order: disconnect, connect, send, wake, show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Close the transport.
    pub disconnect: bool,
    /// Open the transport.
    pub connect: bool,
    /// Send these WebSocket messages.
    pub frames: Vec<Vec<u8>>,
    /// Call again with [`Event::Wake`] then; replaces what was asked before.
    pub wake_at: Option<Moment>,
    /// Views or the status may have changed.
    pub changed: bool,
}

/// What one call may use.
pub struct Turn<'a> {
    /// The time now, as this device believes.
    pub now: Moment,
    /// Randomness.
    pub random: &'a mut dyn Random,
    /// Where everything is kept.
    pub storage: &'a mut dyn Storage,
}

/// One device's half of the synchronisation.
#[derive(Debug)]
pub struct Engine {
    stored: Stored,
    /// Whether what is stored could not be read back after a failure: memory may hold what is not on disk.
    stale: bool,
    open: OpenDocuments,
    link: LinkState,
    writes: Vec<Write>,
    effects: Effects,
    /// What stands in the way of a connection.
    problem: Option<Refusal>,
    /// What was wrong with the store, until it has kept something again.
    storage_problem: Option<Refusal>,
}

impl Engine {
    /// An engine over what a store holds.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn open(storage: &mut dyn Storage) -> Result<Self, StorageError> {
        let mut engine = Self {
            stored: Stored::default(),
            stale: false,
            open: OpenDocuments::default(),
            link: LinkState::default(),
            writes: Vec::new(),
            effects: Effects::default(),
            problem: None,
            storage_problem: None,
        };
        engine.load(storage)?;
        Ok(engine)
    }

    fn load(&mut self, storage: &mut dyn Storage) -> Result<(), StorageError> {
        self.stored = storage.load()?;
        if let Some(ended) = &self.stored.ended {
            self.problem = Some(Refusal::new(ended.reason.code()));
        }
        self.stale = false;
        self.project_what_is_stale(storage)
    }

    /// Reads what is stored, if that failed before: nothing may be built on what is not on disk.
    fn reload(&mut self, turn: &mut Turn<'_>) -> Result<(), Refusal> {
        if !self.stale {
            return Ok(());
        }
        self.effects.changed = true;
        self.load(turn.storage).map_err(|error| {
            self.stale = true;
            self.storage_problem = Some(error.refusal());
            self.wait_longer(turn);
            self.effects.wake_at = self.link.wake_at(turn.now);
            error.refusal()
        })
    }

    /// Enrols this device: from now on it syncs for the account.
    ///
    /// # Errors
    ///
    /// `other-account` where the device is enrolled to another; forget that first. The store's.
    pub fn enrol(&mut self, turn: &mut Turn<'_>, identity: Identity) -> Result<Effects, Refusal> {
        self.reload(turn)?;
        if self.stored.identity.is_some_and(|known| known.account != identity.account) {
            return Err(Refusal::new("other-account"));
        }
        self.stored.identity = Some(identity);
        self.problem = None;
        if self.stored.ended.take().is_some() {
            self.writes.push(Write::Ended(None));
        }
        self.writes.push(Write::Identity(identity));
        self.link_event(turn, &Event::Start);
        self.finish(turn)
    }

    /// Takes in what happened.
    pub fn handle(&mut self, turn: &mut Turn<'_>, event: Event) -> Effects {
        if self.reload(turn).is_err() {
            return std::mem::take(&mut self.effects);
        }
        match event {
            Event::Received(messages) => self.receive(turn, messages),
            other => self.link_event(turn, &other),
        }
        self.finish(turn).unwrap_or_else(|_| std::mem::take(&mut self.effects))
    }

    fn receive(&mut self, turn: &mut Turn<'_>, messages: Vec<Vec<u8>>) {
        for message in messages {
            if !self.link.is_connected() {
                // What came before this has ended the connection.
                return;
            }
            self.link.liveness.hear(turn.now);
            match Frame::decode(&message) {
                Ok(frame) => self.frame(turn, frame),
                Err(error) => {
                    tracing::warn!(code = error.code(), "the server sent what is no frame");
                    self.disconnect(turn);
                    return;
                }
            }
        }
    }

    fn frame(&mut self, turn: &mut Turn<'_>, frame: Frame) {
        let done = match frame {
            Frame::Peer { sender, version, metadata, .. } => {
                self.joined(turn, sender, version, metadata.time);
                Ok(())
            }
            _ if !self.link.is_joined() => Ok(()),
            Frame::CatalogueAnswer { entries } => self.catalogue_answer(turn, &entries),
            Frame::Sync { document, data, seal, .. } => {
                self.sync_message(turn, document, &data, seal)
            }
            Frame::Request { document, data, .. } => self.sync_message(turn, document, &data, None),
            Frame::Receipt { document, heads } => self.receipt(turn, document, &heads),
            Frame::Rejected { document, hashes, refusal } => {
                self.rejected(turn, document, &hashes, &refusal)
            }
            Frame::Withdrawn { document, reason, .. } => self.withdrawn(turn, document, &reason),
            Frame::Outcome { id, result } => {
                self.outcome(turn.now, id, result);
                Ok(())
            }
            Frame::Pong { count } => {
                self.pong(count);
                Ok(())
            }
            Frame::DocUnavailable { document, .. } => {
                self.link.stop_exchange(document);
                self.give_up_remaking(turn, document)
            }
            Frame::Error { .. } => {
                tracing::warn!("the server reported an error");
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(error) = done {
            self.storage_failed(turn, &error);
        }
    }

    /// Commits what was gathered, and hands out the effects.
    ///
    /// # Errors
    ///
    /// The commit failed: memory has gone back to what is on disk, and nothing is sent. What is to be
    /// done about it is among the effects of the next call.
    fn finish(&mut self, turn: &mut Turn<'_>) -> Result<Effects, Refusal> {
        self.send_commands();
        self.note_if_synced(turn.now);
        self.link.note_asked(turn.now);
        self.send_ping(turn.now);
        let writes = std::mem::take(&mut self.writes);
        if !writes.is_empty() {
            self.effects.changed = true;
            if let Err(error) = turn.storage.commit(writes) {
                self.storage_failed(turn, &error);
                self.effects.wake_at = self.link.wake_at(turn.now);
                return Err(error.refusal());
            }
            self.storage_problem = None;
        }
        self.open.close_idle(&self.link);
        self.link.mind_clock(turn.now);
        self.effects.wake_at = self.link.wake_at(turn.now);
        Ok(std::mem::take(&mut self.effects))
    }

    /// Goes back to what is on disk, says what is wrong, and tries again later.
    fn storage_failed(&mut self, turn: &mut Turn<'_>, error: &StorageError) {
        tracing::error!(code = error.code(), "the store failed");
        self.writes.clear();
        self.effects.frames.clear();
        self.open = OpenDocuments::default();
        // Where not even reading works, what is in memory stays on the screen.
        self.stale = self.load(turn.storage).is_err();
        self.storage_problem = Some(error.refusal());
        self.disconnect_broken(turn);
        self.effects.changed = true;
    }

    /// The account of this device, once enrolled.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.stored.identity.map(|identity| identity.account)
    }

    /// This device's id, once enrolled.
    #[must_use]
    pub fn device(&self) -> Option<DeviceId> {
        self.stored.identity.map(|identity| identity.device)
    }

    /// The account with the keys that its home lists.
    #[must_use]
    pub fn subject(&self) -> Option<Subject> {
        let account = self.account()?;
        let home = self.stored.rows.get(&Home::id_of(account)).and_then(Row::document);
        let keys = match home {
            Some(Document::Home(home)) => home.keys.keys().cloned().collect(),
            _ => Vec::new(),
        };
        Some(Subject::holding(account, keys))
    }

    /// What the store holds, as of the last commit.
    #[must_use]
    pub fn stored(&self) -> &Stored {
        &self.stored
    }

    /// How far a document's edits have come.
    #[must_use]
    pub fn save_state(&self, document: DocumentId) -> SaveState {
        let unsaved = self.stored.outbox.iter().filter(|edit| edit.document == document);
        let state = |edit: &UnsavedEdit| match self.link.has_sent(edit.id) {
            true => SaveState::Sent,
            false => SaveState::Device,
        };
        unsaved.map(state).min().unwrap_or(SaveState::Saved)
    }

    /// What people should know first.
    fn problem(&self) -> Option<&Refusal> {
        let first = if self.is_signed_out() { &self.problem } else { &self.storage_problem };
        first.as_ref().or(self.problem.as_ref())
    }

    /// How this device stands with its server.
    #[must_use]
    pub fn status(&self) -> SyncStatus {
        let sent = self.stored.outbox.iter().filter(|edit| self.link.has_sent(edit.id)).count();
        SyncStatus {
            link: self.link.state(),
            on_device: self.stored.outbox.len() - sent,
            sent,
            waiting: self.stored.commands.len(),
            set_aside: self.stored.set_aside.len(),
            as_of: self.stored.as_of,
            problem: self.problem().cloned(),
            refused: self.refused_commands(),
        }
    }
}
