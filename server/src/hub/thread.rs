//! The loop around the hub, on a thread of its own: wait for one event, or for the time that the hub named;
//! drain what has gathered, handle it in one transaction, send.

use std::collections::HashMap;
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use samsynk_core::domain::Moment;
use tokio::runtime;
use tokio::sync::oneshot;

use super::Hub;
use super::asked::ANSWER_WAIT_MILLIS;
use super::events::{Effects, Event, Ticket};
use super::port::{HubHandle, HubInbox, Outgoing, SessionId, ToHub, ToSession, hub_queue};
use crate::accounts::SystemRandom;
use crate::admin::{AdminReply, AdminRequest, beside};
use crate::store::{Store, StoreError};

/// The most events in one transaction. A commit takes milliseconds; more would make the first wait.
const HUB_BATCH_EVENTS_MAX: usize = 512;

/// The most bytes of frames in one transaction. They are in memory until it is committed.
const HUB_BATCH_BYTES_MAX: usize = 32 * 1024 * 1024;

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
pub fn start(mut store: Store) -> Result<HubThread, StoreError> {
    let hub = Hub::new(&mut store, &mut SystemRandom)?;
    let (handle, inbox) = hub_queue();
    let mut timer = runtime::Builder::new_current_thread();
    timer.enable_time();
    let around = Around {
        hub,
        store,
        ways: HashMap::new(),
        asked: HashMap::new(),
        tickets: 0,
        gone: Vec::new(),
        rest: Vec::new(),
        wake_at: None,
        timer: timer.build().expect("a timer needs nothing of the system"),
    };
    let thread = std::thread::Builder::new().name("hub".to_owned());
    let thread = thread.spawn(move || around.run(inbox)).expect("a thread at the start");
    Ok(HubThread { handle, thread })
}

/// What the hub itself does not know: channels.
struct Around {
    hub: Hub,
    store: Store,
    ways: HashMap<SessionId, Outgoing>,
    asked: HashMap<Ticket, oneshot::Sender<AdminReply>>,
    tickets: u64,
    /// Sessions that could not be written to; the hub is told with the next batch.
    gone: Vec<SessionId>,
    /// What the last batch left over.
    rest: Vec<Event>,
    /// When the hub wants to be called, if nothing happens before.
    wake_at: Option<Moment>,
    /// For waiting with an end.
    timer: runtime::Runtime,
}

impl Around {
    fn run(mut self, mut inbox: HubInbox) -> Store {
        loop {
            let mut events = std::mem::take(&mut self.rest);
            events.extend(self.gone.drain(..).map(|session| Event::Closed { session }));
            if events.is_empty() {
                let Some(first) = self.wait(&mut inbox) else { break };
                events.extend(first.and_then(|first| self.event(first)));
            }
            let mut bytes: usize = events.iter().map(Event::bytes).sum();
            while events.len() < HUB_BATCH_EVENTS_MAX
                && bytes < HUB_BATCH_BYTES_MAX
                && let Some(next) = inbox.try_recv()
            {
                let next = self.event(next);
                bytes += next.as_ref().map_or(0, Event::bytes);
                events.extend(next);
            }
            let effects = self.hub.handle(&mut self.store, now(), &mut SystemRandom, events);
            self.send(effects);
        }
        self.store
    }

    /// Waits for an event, or until the hub is to be called without one. `None`: nobody can send any more.
    fn wait(&self, inbox: &mut HubInbox) -> Option<Option<ToHub>> {
        let Some(wake_at) = self.wake_at else { return inbox.blocking_recv().map(Some) };
        // No longer than the hub ever asks for: the clock may have been set back.
        let millis = (wake_at.millis() - now().millis()).clamp(0, ANSWER_WAIT_MILLIS);
        let wait = Duration::from_millis(millis.unsigned_abs());
        match self.timer.block_on(async { tokio::time::timeout(wait, inbox.recv()).await }) {
            Ok(event) => event.map(Some),
            Err(_) => Some(None),
        }
    }

    /// The event for the hub, with its channels kept here.
    fn event(&mut self, event: ToHub) -> Option<Event> {
        match event {
            ToHub::Opened { session, identity, outgoing } => {
                self.ways.insert(session, outgoing);
                Some(Event::Opened { session, identity })
            }
            ToHub::Frame { session, frame } => Some(Event::Frame { session, frame }),
            ToHub::Closed { session } => {
                self.ways.remove(&session);
                Some(Event::Closed { session })
            }
            ToHub::Admin { request: AdminRequest::Check, reply } => {
                self.beside(reply, |database| beside::check(&database));
                None
            }
            ToHub::Admin { request: AdminRequest::Backup { path }, reply } => {
                self.beside(reply, move |database| beside::backup(&database, &path));
                None
            }
            ToHub::Admin { request, reply } => {
                self.tickets += 1;
                let ticket = Ticket(self.tickets);
                self.asked.insert(ticket, reply);
                Some(Event::Admin { ticket, request })
            }
        }
    }

    /// Answers what only reads, and may take long, without stopping the loop.
    fn beside(
        &self,
        reply: oneshot::Sender<AdminReply>,
        work: impl FnOnce(PathBuf) -> AdminReply + Send + 'static,
    ) {
        let database = self.store.file().to_owned();
        // Where no thread can be had the asker hears that its answer was dropped.
        let spawned = std::thread::Builder::new().name("upkeep".to_owned()).spawn(move || {
            // Who asked may have gone.
            let _ = reply.send(work(database));
        });
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread for upkeep");
        }
    }

    fn send(&mut self, effects: Effects) {
        self.rest = effects.rest;
        self.wake_at = effects.wake_at;
        for (session, message) in effects.sends {
            let closes = matches!(message, ToSession::Close { .. });
            let Some(way) = self.ways.get(&session) else { continue };
            let sent = way.try_send(message);
            if let Err(error) = sent {
                tracing::info!(%session, %error, "a session is dropped");
                metrics::counter!("samsynk_sessions_dropped_total").increment(1);
                self.gone.push(session);
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
