//! What belongs to one transaction.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use samsynk_core::domain::Moment;
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::wire::Frame;

use super::events::{Effects, data_bytes};
use super::port::{SessionId, ToSession};
use crate::accounts::Random;
use crate::store::ledger::Final;

/// One transaction under way.
pub(super) struct Batch<'a> {
    /// The store's transaction.
    pub tx: &'a Connection,
    /// What counts as now.
    pub now: Moment,
    /// Random bytes.
    pub random: &'a mut dyn Random,
    /// What is to be sent if it is committed.
    pub effects: &'a mut Effects,
    /// How many bytes of data these are so far.
    pub sent_bytes: usize,
    /// Whether something was erased, and must leave the store's log as well.
    pub erased: bool,
    /// What became final, for the ledger.
    pub finals: Vec<(Final, Moment)>,
    /// Documents that have changed.
    pub changed: BTreeSet<DocumentId>,
    /// Sessions that sent a sync message and wait for one.
    pub waiting: BTreeMap<DocumentId, BTreeSet<SessionId>>,
    /// Accounts whose keys or documents may have changed.
    pub affected: BTreeSet<AccountId>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        tx: &'a Connection,
        now: Moment,
        random: &'a mut dyn Random,
        effects: &'a mut Effects,
    ) -> Self {
        Self {
            tx,
            now,
            random,
            effects,
            sent_bytes: 0,
            erased: false,
            finals: Vec::new(),
            changed: BTreeSet::new(),
            waiting: BTreeMap::new(),
            affected: BTreeSet::new(),
        }
    }

    /// Something is final from now on.
    pub(super) fn finally(&mut self, what: Final) {
        self.finals.push((what, self.now));
    }

    /// Sends a frame, once this is on disk.
    pub(super) fn send(&mut self, session: SessionId, frame: Frame) {
        self.sent_bytes += data_bytes(&frame);
        self.effects.sends.push((session, ToSession::Frame(frame)));
    }
}
