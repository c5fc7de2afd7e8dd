//! The queue towards the hub. A full one makes the sender wait, so that a busy hub slows its clients down;
//! and each session has a bound of its own, so that none of them fills it.

use std::sync::Arc;

use samsynk_core::wire::Frame;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::{FRAME_BYTES_BASE, SessionId, ToHub, frame_bytes};
use crate::admin::{AdminReply, AdminRequest};
use crate::limits::{
    HUB_QUEUE_EVENTS_MAX, HUB_QUEUE_KIB_MAX, SESSION_FRAMES_WAITING_MAX, SESSION_KIB_WAITING_MAX,
};

/// The room that an event takes at least, so that one count bounds events and bytes.
const EVENT_KIB_MIN: u32 = HUB_QUEUE_KIB_MAX / HUB_QUEUE_EVENTS_MAX;

/// The share that a frame takes at least of its session's, so that one count bounds frames and bytes.
const FRAME_KIB_MIN: u32 = SESSION_KIB_WAITING_MAX / SESSION_FRAMES_WAITING_MAX;

/// The hub has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hub has stopped")]
pub struct HubGone;

/// The way to the hub.
#[derive(Debug, Clone)]
pub struct HubHandle {
    events: mpsc::UnboundedSender<Waiting>,
    room_kib: Arc<Semaphore>,
}

/// The hub's end of the queue.
#[derive(Debug)]
pub struct HubInbox {
    events: mpsc::UnboundedReceiver<Waiting>,
}

/// An event with its share of the queue's room.
#[derive(Debug)]
pub(in crate::hub) struct Waiting {
    pub event: ToHub,
    pub room: Room,
}

/// A share of the hub's queue, and of what one session may have in it; given back when it is dropped, which is
/// when the hub has handled the event.
#[derive(Debug)]
pub(in crate::hub) struct Room {
    _all: OwnedSemaphorePermit,
    _own: Option<OwnedSemaphorePermit>,
}

/// What one session may have in the hub's queue.
#[derive(Debug)]
pub struct Lane {
    room_kib: Arc<Semaphore>,
}

impl Default for Lane {
    fn default() -> Self {
        Self { room_kib: Arc::new(Semaphore::new(SESSION_KIB_WAITING_MAX as usize)) }
    }
}

/// The two ends of the hub's queue. What bounds it is the room that every event takes.
#[must_use]
pub fn hub_queue() -> (HubHandle, HubInbox) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let room_kib = Arc::new(Semaphore::new(HUB_QUEUE_KIB_MAX as usize));
    (HubHandle { events: sender, room_kib }, HubInbox { events: receiver })
}

impl HubHandle {
    /// Hands an event to the hub, waiting while its queue is full.
    ///
    /// # Errors
    /// [`HubGone`] when the hub has stopped.
    pub async fn send(&self, event: ToHub) -> Result<(), HubGone> {
        self.put(event, None).await
    }

    /// Hands a session's frame to the hub, waiting while the session has too much there already or the queue
    /// is full.
    ///
    /// # Errors
    /// [`HubGone`] when the hub has stopped.
    pub async fn send_frame(
        &self,
        lane: &Lane,
        session: SessionId,
        frame: Frame,
    ) -> Result<(), HubGone> {
        let share = kib(frame_bytes(&frame)).clamp(FRAME_KIB_MIN, SESSION_KIB_WAITING_MAX);
        let own = Arc::clone(&lane.room_kib).acquire_many_owned(share).await;
        self.put(ToHub::Frame { session, frame }, own.ok()).await
    }

    async fn put(&self, event: ToHub, own: Option<OwnedSemaphorePermit>) -> Result<(), HubGone> {
        let share = kib(event_bytes(&event)).clamp(EVENT_KIB_MIN, HUB_QUEUE_KIB_MAX);
        let all = Arc::clone(&self.room_kib).acquire_many_owned(share).await;
        let room = Room { _all: all.map_err(|_| HubGone)?, _own: own };
        self.events.send(Waiting { event, room }).map_err(|_| HubGone)
    }

    /// Asks the hub for something and waits for the answer.
    ///
    /// # Errors
    /// [`HubGone`] when the hub has stopped, also when it stops before it answers.
    pub async fn admin(&self, request: AdminRequest) -> Result<AdminReply, HubGone> {
        let (reply, answer) = oneshot::channel();
        self.send(ToHub::Admin { request, reply }).await?;
        answer.await.map_err(|_| HubGone)
    }
}

impl HubInbox {
    /// The next event, or `None` when every handle is gone and nothing waits.
    pub async fn recv(&mut self) -> Option<ToHub> {
        self.events.recv().await.map(|waiting| waiting.event)
    }

    /// The next event, if one waits already.
    pub fn try_recv(&mut self) -> Option<ToHub> {
        self.events.try_recv().ok().map(|waiting| waiting.event)
    }

    /// The next event with its room, if one waits already.
    pub(in crate::hub) fn try_take(&mut self) -> Option<Waiting> {
        self.events.try_recv().ok()
    }

    /// The next event with its room.
    pub(in crate::hub) async fn take(&mut self) -> Option<Waiting> {
        self.events.recv().await
    }

    /// The next event with its room, for a hub that lives on a thread of its own.
    pub(in crate::hub) fn blocking_take(&mut self) -> Option<Waiting> {
        self.events.blocking_recv()
    }
}

fn event_bytes(event: &ToHub) -> usize {
    match event {
        ToHub::Frame { frame, .. } => frame_bytes(frame),
        ToHub::Opened { .. } | ToHub::Closed { .. } | ToHub::Admin { .. } => FRAME_BYTES_BASE,
    }
}

fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
}
