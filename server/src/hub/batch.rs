//! What belongs to one transaction.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use samsynk_core::domain::Moment;
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::wire::Frame;

use super::cost;
use super::events::{Effects, data_bytes};
use super::port::{SessionId, ToSession};
use crate::accounts::Random;
use crate::limits::{BATCH_COST_UNITS_MAX, BATCH_SENDS_BYTES_MAX};
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
    /// Accounts whose identity is protected from now on, or under another alias.
    pub protected: BTreeSet<AccountId>,
    /// Documents that sessions were told are not theirs.
    pub withdrawn: BTreeSet<(SessionId, DocumentId)>,
    /// Documents that became readable to the accounts of sessions, with their epochs.
    pub gained: BTreeMap<SessionId, BTreeMap<DocumentId, u32>>,
    /// Documents that have begun anew.
    pub renewed: BTreeSet<DocumentId>,
    /// Documents that have changed.
    pub changed: BTreeSet<DocumentId>,
    /// Sessions that sent a sync message and wait for one.
    pub waiting: BTreeMap<DocumentId, BTreeSet<SessionId>>,
    /// Accounts whose keys or documents may have changed.
    pub affected: BTreeSet<AccountId>,
    /// How many homes list what was new or has another title, counted for each document.
    pub listings_count: usize,
    /// Those of them whose keys are still remembered as they were.
    pub stale: Vec<AccountId>,
    /// What all of it has cost so far, in units.
    pub cost: u64,
    /// What it may have cost when the last of those who are to hear of documents are told in it.
    news_cost_max: u64,
    /// The session whose event is handled, or that caused what is being done.
    pub payer: Option<SessionId>,
    /// Who caused what is left for the end of the batch.
    causes: Causes,
}

/// Which session caused what; the last one, where there are several.
#[derive(Debug, Default)]
struct Causes {
    changes: BTreeMap<DocumentId, SessionId>,
    homes: Option<SessionId>,
}

/// Sessions that are to hear of a document.
#[derive(Debug, Default)]
pub(super) struct Owed {
    pub sessions: BTreeSet<SessionId>,
    /// Who caused it, where that was in an earlier batch.
    pub payer: Option<SessionId>,
}

/// What a batch had come to at a moment.
pub(super) struct Mark {
    sends: usize,
    sent_bytes: usize,
    erased: bool,
    finals: usize,
    protected: BTreeSet<AccountId>,
    withdrawn: BTreeSet<(SessionId, DocumentId)>,
    gained: BTreeMap<SessionId, BTreeMap<DocumentId, u32>>,
    renewed: BTreeSet<DocumentId>,
    changed: BTreeSet<DocumentId>,
    affected: BTreeSet<AccountId>,
    stale: Vec<AccountId>,
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
            protected: BTreeSet::new(),
            withdrawn: BTreeSet::new(),
            gained: BTreeMap::new(),
            renewed: BTreeSet::new(),
            changed: BTreeSet::new(),
            waiting: BTreeMap::new(),
            affected: BTreeSet::new(),
            listings_count: 0,
            stale: Vec::new(),
            cost: 0,
            news_cost_max: u64::MAX,
            payer: None,
            causes: Causes::default(),
        }
    }

    /// Notes what it has come to, before work that may be refused.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            sends: self.effects.sends.len(),
            sent_bytes: self.sent_bytes,
            erased: self.erased,
            finals: self.finals.len(),
            protected: self.protected.clone(),
            withdrawn: self.withdrawn.clone(),
            gained: self.gained.clone(),
            renewed: self.renewed.clone(),
            changed: self.changed.clone(),
            affected: self.affected.clone(),
            stale: self.stale.clone(),
        }
    }

    /// Forgets what came after a mark, of work that is undone in the store: but not what it has cost, nor who waits for
    /// an answer. The sessions that were to be sent something of it.
    pub(super) fn go_back(&mut self, mark: Mark) -> BTreeSet<SessionId> {
        let unsent = self.effects.sends.split_off(mark.sends);
        self.finals.truncate(mark.finals);
        self.sent_bytes = mark.sent_bytes;
        self.erased = mark.erased;
        self.protected = mark.protected;
        self.withdrawn = mark.withdrawn;
        self.gained = mark.gained;
        self.renewed = mark.renewed;
        self.changed = mark.changed;
        self.affected = mark.affected;
        self.stale = mark.stale;
        unsent.into_iter().map(|(session, _)| session).collect()
    }

    /// Notes that a document has changed.
    pub(super) fn change(&mut self, id: DocumentId) {
        self.changed.insert(id);
        if let Some(payer) = self.payer {
            self.causes.changes.insert(id, payer);
        }
    }

    /// Notes the accounts whose homes are to be looked at.
    pub(super) fn affect(&mut self, accounts: impl IntoIterator<Item = AccountId>) {
        let new = accounts.into_iter().filter(|account| self.affected.insert(*account));
        self.stale.extend(new);
        self.causes.homes = self.payer.or(self.causes.homes);
    }

    /// Whether no more events are to be handled in it.
    pub(super) fn is_full(&self) -> bool {
        self.sent_bytes > BATCH_SENDS_BYTES_MAX || self.cost > BATCH_COST_UNITS_MAX
    }

    /// From now on those who are to hear of documents are told, while [`Batch::has_room_for_news`].
    pub(super) fn begin_news(&mut self) {
        self.news_cost_max = self.cost + BATCH_COST_UNITS_MAX;
    }

    /// Whether more of those who are to hear of documents are told in it.
    pub(super) fn has_room_for_news(&self) -> bool {
        self.sent_bytes <= BATCH_SENDS_BYTES_MAX && self.cost <= self.news_cost_max
    }

    /// What is done from now on is done because homes change.
    pub(super) fn pay_for_homes(&mut self) {
        self.payer = self.causes.homes;
    }

    /// What is done from now on is done because a document changed, in this batch or before, or for who waits for it.
    pub(super) fn pay_for(&mut self, id: DocumentId, owed: &Owed) {
        let changed = self.causes.changes.get(&id).copied();
        self.payer = changed.or(owed.payer).or(owed.sessions.first().copied());
    }

    /// Notes work, in units.
    pub(super) fn charge(&mut self, units: u64) {
        self.cost += units;
        if let Some(payer) = self.payer {
            *self.effects.charges.entry(payer).or_default() += units;
        }
    }

    /// Something is final from now on.
    pub(super) fn finally(&mut self, what: Final) {
        self.finals.push((what, self.now));
    }

    /// Sends a frame, once this is on disk.
    pub(super) fn send(&mut self, session: SessionId, frame: Frame) {
        if let Frame::Withdrawn { document, .. } = &frame {
            self.withdrawn.insert((session, *document));
        }
        let bytes = data_bytes(&frame);
        self.sent_bytes += bytes;
        self.charge(cost::of_send(bytes));
        self.effects.sends.push((session, ToSession::Frame(frame)));
    }
}
