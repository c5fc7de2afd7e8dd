//! The hub: drain, apply, commit, send.
//!
//! [`Hub::handle`] takes a batch of events, applies each in memory and in one store transaction, and gives
//! back what is to be sent once that is on disk: it reads no clock, opens no socket and makes no
//! randomness of its own. When the transaction fails, nothing is sent, and the sessions that it concerned are
//! ended: they come back and sync from what is on disk.
//!
//! ```text
//!   port        what crosses between sessions and hub (tokio channels)
//!   thread      the loop around the hub: waits, drains, sends; turns: whose event is next
//!   events      what the hub is told and what it answers
//!   batch       what belongs to one transaction
//!   cost        what the hub's work costs, so that nobody has too much of it
//!   session     what the hub knows of one connection; states: how far it has synced each document
//!   loaded      a document in memory         cache    the documents in memory, bounded in bytes
//!   join        who speaks, in which version
//!   standing    what an account may know of a document: who is told what
//!   catalogue   what differs from what a client has
//!   sync        sync messages; cold: the same without the document; asked: questions in vain
//!   accept      changes, through the gate; apply: into the document; precise: which of them is wrong
//!   give_back   what a restore has lost comes back from devices, under the server's seal
//!   quota       how much each account may have the server keep
//!   save        an accepted change goes to the store and changes who may read what
//!   access      what a document says about access
//!   commands    decisions, executed once; documents: what they read and write
//!   ephemeral   passed on and kept nowhere
//!   homes       the `home` documents of those whose access changed
//!   settle      the end of a batch: homes, then everyone who has changed documents open; news: what they are told
//!   admin       accounts, import; people: those whom an import finds here; devices: with the invitations to them
//!   erase       a person and what is theirs; traces: what they have left elsewhere
//!   epochs      a document begins anew; afresh: its content as a new one
//!   finality    what is final stays so in a restored database
//! ```

/// Gives the value or hands the refusal on.
macro_rules! granted {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(refusal) => return Ok(Err(refusal)),
        }
    };
}
mod accept;
pub(crate) mod access;
mod admin;
mod afresh;
mod apply;
mod asked;
mod batch;
mod cache;
mod catalogue;
mod cold;
mod commands;
mod cost;
mod devices;
mod documents;
mod ephemeral;
mod epochs;
mod erase;
mod events;
mod finality;
mod give_back;
mod homes;
mod join;
mod loaded;
mod news;
mod people;
pub mod port;
mod precise;
mod quota;
mod save;
mod session;
mod settle;
mod standing;
mod states;
mod sync;
#[cfg(test)]
mod tests;
mod thread;
mod traces;
mod turns;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use automerge::ActorId;
use samsynk_core::domain::{Moment, Subject, actor_of};
use samsynk_core::ids::{AccountId, DocumentId, hex};
use samsynk_core::wire::{Frame, PeerId};

use crate::accounts::Random;
use crate::admin::AdminReply;
use crate::gate::author::SERVER;
use crate::gate::seal::Sealer;
use crate::limits::{ACCOUNT_BYTES_MAX, CACHE_BYTES_MAX};
use crate::store::{self, Store, StoreError};
use asked::Questions;
use batch::{Batch, Owed};
use cache::{Cache, Loads};
pub use events::{Effects, Event, Ticket};
use port::{SessionId, ToSession};
use quota::Quotas;
pub use session::Census;
use session::{Session, Sessions};
pub(crate) use thread::now;
pub use thread::{HubThread, TURN_SECONDS, start, start_with};

/// Close code and reason for sessions whose events could not be saved.
const STORE_FAILED: (u16, &str) = (1011, "store-failed");

/// The server's half of everything. See the module.
pub struct Hub {
    /// What the server calls itself on the wire.
    peer: PeerId,
    /// The actor of its own changes, new with every start.
    actor: ActorId,
    /// Makes and checks the seals of what is on disk.
    sealer: Sealer,
    sessions: Sessions,
    cache: Cache,
    quotas: Quotas,
    /// Sessions that are to hear of documents, when a batch has had too much to send or to do.
    owed: BTreeMap<DocumentId, Owed>,
    /// What has been loaded and charged for.
    charged: Loads,
    /// Accounts with their keys, dropped when these change.
    subjects: HashMap<AccountId, Arc<Subject>>,
    questions: Questions,
}

impl Hub {
    /// A hub on a store, which is first held to what is final.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub fn new(store: &mut Store, random: &mut dyn Random) -> Result<Self, StoreError> {
        let fresh = random.id();
        let storage: [u8; 16] = store.write(|tx| store::storage_id(tx, fresh))?;
        let mut key = [0; 32];
        random.fill(&mut key);
        let key = store.write(|tx| store::seal_key(tx, key))?;
        let peer = PeerId::new(format!("samsynk-{}", hex(&storage))).expect("40 bytes fit");
        let mut hub = Self {
            peer,
            actor: actor_of(SERVER, random.id()),
            sealer: Sealer::new(&key),
            sessions: Sessions::default(),
            cache: Cache::new(CACHE_BYTES_MAX),
            quotas: Quotas::new(ACCOUNT_BYTES_MAX),
            owed: BTreeMap::new(),
            charged: Loads::default(),
            subjects: HashMap::new(),
            questions: Questions::default(),
        };
        hub.hold_to_ledger(store, random)?;
        hub.apply_rules(store, random)?;
        Ok(hub)
    }

    /// The same with another bound on the bytes that are kept of each account.
    #[must_use]
    pub fn with_account_bytes_max(self, bytes_max: u64) -> Self {
        Self { quotas: Quotas::new(bytes_max), ..self }
    }

    /// Takes a batch of events; gives what to send now that all they lead to is on disk.
    pub fn handle(
        &mut self,
        store: &mut Store,
        now: Moment,
        random: &mut dyn Random,
        events: Vec<Event>,
    ) -> Effects {
        metrics::counter!("samsynk_hub_batches_total").increment(1);
        metrics::counter!("samsynk_hub_events_total").increment(events.len() as u64);
        let owed = self.owed.values().flat_map(|owed| &owed.sessions).copied();
        let sessions: BTreeSet<SessionId> =
            events.iter().filter_map(Event::session).chain(owed).collect();
        let tickets: Vec<Ticket> = events.iter().filter_map(Event::ticket).collect();
        let closed: Vec<SessionId> = events.iter().filter_map(Event::closed).collect();
        let mut effects = Effects::default();
        let done = store.write(|tx| {
            let mut batch = Batch::new(tx, now, random, &mut effects);
            let mut events = events.into_iter();
            while !batch.is_full()
                && let Some(event) = events.next()
            {
                batch.payer = event.session();
                batch.charge(cost::EVENT_UNITS + cost::of_received(event.bytes()));
                self.event(&mut batch, event)?;
                self.charge_loads(&mut batch);
            }
            batch.effects.rest = events.collect();
            self.settle(&mut batch)?;
            self.answer_in_vain(&mut batch);
            Ok::<_, StoreError>((batch.erased, batch.finals))
        });
        self.cache.report();
        metrics::gauge!("samsynk_sync_states_bytes").set(self.sessions.states_bytes() as f64);
        // Nothing final is acknowledged before it is in the ledger too.
        let noted = done.and_then(|(erased, finals)| store.note(&finals).map(|()| erased));
        match noted {
            Ok(erased) => {
                if erased {
                    store.clear_log();
                }
                effects.wake_at =
                    if self.owed.is_empty() { self.questions.due() } else { Some(now) };
                effects
            }
            Err(error) => {
                // Nobody says it again.
                for session in closed {
                    self.forget(session);
                }
                self.give_up(sessions, tickets, effects, error)
            }
        }
    }

    /// What is remembered of connections and their accounts: nothing of those that are gone.
    #[must_use]
    pub fn census(&self) -> Census {
        Census { subjects: self.subjects.len(), ..self.sessions.census() }
    }

    /// Charges for the documents that were loaded since it was last called.
    fn charge_loads(&mut self, batch: &mut Batch<'_>) {
        let loads = self.cache.loads();
        let (before, now) = (std::mem::replace(&mut self.charged, loads), loads);
        let (count, bytes) = (now.count - before.count, now.bytes - before.bytes);
        batch.charge(cost::of_loads(count, bytes, now.operations - before.operations));
    }

    fn event(&mut self, batch: &mut Batch<'_>, event: Event) -> Result<(), StoreError> {
        match event {
            Event::Opened { session, identity } => self.opened(batch, session, identity),
            Event::Frame { session, frame } => self.frame(batch, session, frame),
            Event::Closed { session } => {
                self.forget(session);
                Ok(())
            }
            Event::Admin { ticket, request } => {
                let reply = self.admin(batch, request)?;
                batch.effects.replies.push((ticket, reply));
                Ok(())
            }
        }
    }

    fn frame(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        frame: Frame,
    ) -> Result<(), StoreError> {
        let Some(joined) = self.sessions.get(session).map(|s| s.joined.is_some()) else {
            // It was ended here, and its last frames were on their way.
            return Ok(());
        };
        match frame {
            Frame::Join { sender, versions, .. } => {
                self.join(batch, session, sender, &versions);
                Ok(())
            }
            _ if !joined => {
                self.end(batch, session, Some("join first"), (1002, "not-joined"));
                Ok(())
            }
            Frame::Request { document, data, .. } | Frame::Sync { document, data, .. } => {
                self.sync(batch, session, document, &data)
            }
            Frame::Ephemeral { document, sender, session: name, count, data, .. } => {
                let said = ephemeral::Said { document, sender, name, count, data };
                self.ephemeral(batch, session, &said)
            }
            Frame::CatalogueDigest { entries } => self.catalogue(batch, session, &entries),
            Frame::GiveBack { document, epoch, seal, data } => {
                let given = give_back::Given { document, epoch, seal, data };
                self.give_back(batch, session, &given)
            }
            Frame::Command { id, command } => self.command(batch, session, id, &command),
            Frame::Leave { .. } => {
                self.end(batch, session, None, (1000, "left"));
                Ok(())
            }
            // What only servers say, and what this server has no use for.
            _ => Ok(()),
        }
    }

    /// Ends a session, perhaps with a word to its developer.
    fn end(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        error: Option<&str>,
        (code, reason): (u16, &'static str),
    ) {
        let target = self.forget(session).and_then(|s| s.joined).map(|joined| joined.peer);
        if let Some(message) = error {
            let message = message.to_owned();
            batch.send(session, Frame::Error { message, sender: Some(self.peer.clone()), target });
        }
        batch.effects.sends.push((session, ToSession::Close { code, reason }));
    }

    /// Forgets a session, and its account's keys with the last of its sessions.
    fn forget(&mut self, session: SessionId) -> Option<Session> {
        let gone = self.sessions.remove(session)?;
        let account = gone.identity.account;
        if self.sessions.of_account(account).next().is_none() {
            self.subjects.remove(&account);
        }
        Some(gone)
    }

    /// An account with its keys as they are now.
    fn subject(
        &mut self,
        batch: &Batch<'_>,
        account: AccountId,
    ) -> Result<Arc<Subject>, StoreError> {
        if let Some(subject) = self.subjects.get(&account) {
            return Ok(Arc::clone(subject));
        }
        let subject = Arc::new(store::access::subject(batch.tx, account)?);
        // Only for those who are here: the map is as bounded as the sessions.
        if self.sessions.of_account(account).next().is_some() {
            self.subjects.insert(account, Arc::clone(&subject));
        }
        Ok(subject)
    }

    /// Nothing was saved: forgets what is only in memory, and ends whom it concerned.
    fn give_up(
        &mut self,
        mut sessions: BTreeSet<SessionId>,
        tickets: Vec<Ticket>,
        unsent: Effects,
        error: StoreError,
    ) -> Effects {
        tracing::error!(%error, "a batch could not be saved");
        metrics::counter!("samsynk_hub_batches_failed_total").increment(1);
        self.cache.clear();
        self.subjects.clear();
        self.quotas.clear();
        self.owed.clear();
        sessions.extend(unsent.sends.iter().map(|(session, _)| *session));
        let (code, reason) = STORE_FAILED;
        let close = |session| (session, ToSession::Close { code, reason });
        let sends = sessions
            .into_iter()
            .inspect(|session| {
                self.sessions.remove(*session);
            })
            .map(close);
        let refused = AdminReply::Refused(error.refusal());
        Effects {
            sends: sends.collect(),
            replies: tickets.into_iter().map(|ticket| (ticket, refused.clone())).collect(),
            rest: Vec::new(),
            charges: unsent.charges,
            wake_at: self.questions.due(),
            failed: Some(error),
        }
    }
}
