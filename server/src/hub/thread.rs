//! The loop around the hub, on a thread of its own: wait for one event, or for the time that the hub named;
//! drain what has gathered, handle it in one transaction, send.

use std::collections::HashMap;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use samsynk_core::domain::Moment;
use samsynk_core::ids::AccountId;
use tokio::runtime;
use tokio::sync::oneshot;

use super::Hub;
use super::cost;
use super::events::{Effects, Event, Ticket};
use super::port::{
    HubHandle, HubInbox, NotSent, Outgoing, Room, SessionId, ToHub, ToSession, Waiting, hub_queue,
};
use super::turns::{Source, Turns};
use crate::accounts::SystemRandom;
use crate::admin::{AdminReply, beside};
use crate::limits::{
    ACCOUNT_BYTES_MAX, ANSWER_WAIT_MILLIS, BATCH_COST_UNITS_MAX, HUB_BATCH_BYTES_MAX,
    HUB_BATCH_EVENTS_MAX,
};
use crate::store::{Store, StoreError};

/// The metric of how long one batch takes, its way to the disk included.
pub const TURN_SECONDS: &str = "samsynk_hub_turn_seconds";

/// A running hub.
#[derive(Debug)]
pub struct HubThread {
    /// The way to it. It stops when every clone is gone.
    pub handle: HubHandle,
    /// Ends when it has stopped, with all on disk; gives the store back.
    pub thread: JoinHandle<Store>,
}

/// Starts the hub of a store.
///
/// # Errors
///
/// What the store says.
pub fn start(store: Store) -> Result<HubThread, StoreError> {
    start_with(store, ACCOUNT_BYTES_MAX)
}

/// Starts the hub of a store, with another bound on the bytes that are kept of each account.
///
/// # Errors
///
/// What the store says.
pub fn start_with(store: Store, account_bytes_max: u64) -> Result<HubThread, StoreError> {
    let mut around = Around::new(store, account_bytes_max)?;
    let (handle, mut inbox) = hub_queue();
    let run = move || {
        while around.turn(&mut inbox) {}
        around.store
    };
    let thread = std::thread::Builder::new().name("hub".to_owned());
    let thread = thread.spawn(run).expect("a thread at the start");
    Ok(HubThread { handle, thread })
}

/// What the hub itself does not know: channels.
pub(super) struct Around {
    hub: Hub,
    store: Store,
    ways: HashMap<SessionId, Way>,
    asked: HashMap<Ticket, oneshot::Sender<AdminReply>>,
    tickets: u64,
    /// What waits, with its room in the queue where it came through that.
    turns: Turns<(Event, Option<Room>)>,
    /// What is so much work that it waits for a batch of its own, which is the next one.
    held_back: Option<(Source, (Event, Option<Room>))>,
    /// Whose event was handled last.
    last: Option<AccountId>,
    /// When the hub wants to be called, if nothing happens before.
    wake_at: Option<Moment>,
    /// For waiting with an end.
    timer: runtime::Runtime,
}

/// A session: whose it is, and the way to it.
#[derive(Debug)]
struct Way {
    account: AccountId,
    outgoing: Outgoing,
}

/// The events of one batch, and beside each its source and its room in the queue, given back once it is handled.
#[derive(Default)]
struct Batch {
    events: Vec<Event>,
    held: Vec<(Source, Option<Room>)>,
    bytes: usize,
    /// What its events cost at least.
    units: u64,
}

impl Batch {
    /// Whether the event goes into this batch. What is much work goes alone, so that nobody's answer waits for it who
    /// was here before it.
    fn has_room_for(&self, event: &Event) -> bool {
        self.events.is_empty() || self.units + cost::at_least(event) <= BATCH_COST_UNITS_MAX
    }

    fn add(&mut self, source: Source, event: Event, room: Option<Room>) {
        self.units += cost::at_least(&event);
        self.bytes += event.bytes();
        self.events.push(event);
        self.held.push((source, room));
    }
}

impl Around {
    pub(super) fn new(mut store: Store, account_bytes_max: u64) -> Result<Self, StoreError> {
        let hub = Hub::new(&mut store, &mut SystemRandom)?;
        let mut timer = runtime::Builder::new_current_thread();
        timer.enable_time();
        Ok(Self {
            hub: hub.with_account_bytes_max(account_bytes_max),
            store,
            ways: HashMap::new(),
            asked: HashMap::new(),
            tickets: 0,
            turns: Turns::default(),
            held_back: None,
            last: None,
            wake_at: None,
            timer: timer.build().expect("a timer needs nothing of the system"),
        })
    }

    /// Handles one batch, waiting for its first event or for the time that the hub named. False when nothing
    /// waits and nobody can send more.
    pub(super) fn turn(&mut self, inbox: &mut HubInbox) -> bool {
        if self.turns.is_empty() && self.held_back.is_none() {
            let Some(first) = self.wait(inbox) else { return false };
            first.into_iter().for_each(|first| self.wait_for_turn(first));
        }
        // All of it, to know who waits; the queue's bound holds here as well.
        while let Some(next) = inbox.try_take() {
            self.wait_for_turn(next);
        }
        let Batch { events, mut held, .. } = self.next_batch();
        let mut over: Vec<Option<SessionId>> = events.iter().map(Event::closed).collect();
        let begun = Instant::now();
        let mut effects = self.hub.handle(&mut self.store, now(), &mut SystemRandom, events);
        metrics::histogram!(TURN_SECONDS).record(begun.elapsed());
        let rest = std::mem::take(&mut effects.rest);
        let kept = held.split_off(held.len() - rest.len());
        over.truncate(held.len());
        self.last = held.last().and_then(|(source, _)| source.account);
        if !rest.is_empty()
            && let Some((source, item)) = self.held_back.take()
        {
            // It came after them.
            self.turns.push_first(source, item);
        }
        for (event, (source, room)) in rest.into_iter().zip(kept).rev() {
            self.turns.push_first(source, (event, room));
        }
        self.charge(&effects);
        drop(held);
        for session in over.into_iter().flatten() {
            self.ways.remove(&session);
        }
        self.send(effects);
        true
    }

    /// How many events wait for their turn.
    #[cfg(test)]
    pub(super) fn waits(&self) -> usize {
        self.turns.len() + usize::from(self.held_back.is_some())
    }

    /// What is handled next.
    fn next_batch(&mut self) -> Batch {
        let mut batch = Batch::default();
        if let Some((source, (event, room))) = self.held_back.take() {
            batch.add(source, event, room);
        } else {
            self.turns.after_others(self.last);
        }
        while batch.events.len() < HUB_BATCH_EVENTS_MAX
            && batch.bytes < HUB_BATCH_BYTES_MAX
            && batch.units < BATCH_COST_UNITS_MAX
            && let Some((source, (event, room))) = self.turns.next()
        {
            if !batch.has_room_for(&event) {
                self.held_back = Some((source, (event, room)));
                break;
            }
            batch.add(source, event, room);
        }
        batch
    }

    /// Notes what the sessions have cost, before they may send more.
    fn charge(&self, effects: &Effects) {
        for (session, units) in &effects.charges {
            metrics::counter!("samsynk_hub_cost_units_total").increment(*units);
            if let Some(way) = self.ways.get(session) {
                way.outgoing.charge(*units);
            }
        }
    }

    /// Keeps the channels of what came in, and its event among those that wait.
    fn wait_for_turn(&mut self, Waiting { event, room }: Waiting) {
        if let Some(event) = self.event(event) {
            self.turns.push(self.source(&event), (event, Some(room)));
        }
    }

    /// Among whose events an event takes its turn: those of a session come one after the other.
    fn source(&self, event: &Event) -> Source {
        let session = event.session().or(event.closed());
        let account = session.and_then(|session| Some(self.ways.get(&session)?.account));
        Source { account, session }
    }

    /// Waits for an event, or until the hub is to be called without one. `None`: nobody can send any more.
    fn wait(&self, inbox: &mut HubInbox) -> Option<Option<Waiting>> {
        let Some(wake_at) = self.wake_at else { return inbox.blocking_take().map(Some) };
        // No longer than the hub ever asks for: the clock may have been set back.
        let millis = (wake_at.millis() - now().millis()).clamp(0, ANSWER_WAIT_MILLIS);
        let wait = Duration::from_millis(millis.unsigned_abs());
        match self.timer.block_on(async { tokio::time::timeout(wait, inbox.take()).await }) {
            Ok(event) => event.map(Some),
            Err(_) => Some(None),
        }
    }

    /// The event for the hub, with its channels kept here.
    fn event(&mut self, event: ToHub) -> Option<Event> {
        match event {
            ToHub::Opened { session, identity, outgoing } => {
                self.ways.insert(session, Way { account: identity.account, outgoing });
                Some(Event::Opened { session, identity })
            }
            ToHub::Frame { session, frame } => Some(Event::Frame { session, frame }),
            ToHub::Closed { session } => Some(Event::Closed { session }),
            ToHub::Admin { request, reply } => {
                if let Some(work) = beside::work(&request) {
                    self.beside(reply, work);
                    return None;
                }
                self.tickets += 1;
                let ticket = Ticket(self.tickets);
                self.asked.insert(ticket, reply);
                Some(Event::Admin { ticket, request })
            }
        }
    }

    /// Answers what only reads, and may take long, without stopping the loop.
    fn beside(&self, reply: oneshot::Sender<AdminReply>, work: beside::Work) {
        let database = self.store.file().to_owned();
        // Where no thread can be had the asker hears that its answer was dropped.
        let spawned = std::thread::Builder::new().name("upkeep".to_owned()).spawn(move || {
            let answer = work(&database);
            if let AdminReply::Refused(refusal) = &answer {
                tracing::error!(%refusal, "upkeep failed");
            }
            // Who asked may have gone.
            let _ = reply.send(answer);
        });
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread for upkeep");
        }
    }

    fn send(&mut self, effects: Effects) {
        self.wake_at = effects.wake_at;
        for (session, message) in effects.sends {
            let closes = matches!(message, ToSession::Close { .. });
            let Some(way) = self.ways.get(&session) else { continue };
            let sent = way.outgoing.try_send(message);
            if sent == Err(NotSent::Full) {
                tracing::info!(%session, "a session reads too slowly and is dropped");
                metrics::counter!("samsynk_sessions_dropped_total").increment(1);
            }
            if sent.is_err() {
                // The hub is told before anything else of this session.
                let source = Source { account: Some(way.account), session: Some(session) };
                self.turns.push_first(source, (Event::Closed { session }, None));
            }
            if closes || sent.is_err() {
                self.ways.remove(&session);
            }
        }
        for (ticket, reply) in effects.replies {
            if let Some(asker) = self.asked.remove(&ticket) {
                // Who asked may have gone.
                let _ = asker.send(reply);
            }
        }
    }
}

/// The time of this machine.
#[must_use]
pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
