//! What crosses between the sessions and the hub.
//!
//! Both directions are queues with a bound on entries and one on bytes. Towards the hub a full queue makes
//! the sender wait, so that a busy hub slows its clients down; towards a session a full queue is the
//! hub's sign that the client reads too slowly, and the hub, which must never wait for one of them,
//! drops the session.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use samsynk_core::ids::{AccountId, DeviceId};
use samsynk_core::wire::Frame;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::admin::{AdminReply, AdminRequest};

/// The most events that wait for the hub. A batch of one disk commit is some hundreds.
const HUB_QUEUE_EVENTS_MAX: usize = 4_096;

/// The most bytes of frames that wait for the hub, counted in KiB, since a semaphore counts in `u32`.
const HUB_QUEUE_KIB_MAX: u32 = 64 * 1024;

/// The most frames that wait for one session. The first sync of an account that knows every document
/// there may be is one frame for each.
const SESSION_QUEUE_FRAMES_MAX: usize = 2 * samsynk_core::limits::CATALOGUE_ENTRIES_MAX;

/// The most bytes that wait for one session: some large documents, and minutes of a phone's link.
const SESSION_QUEUE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What a frame without data weighs in a queue, in bytes.
const FRAME_BYTES_BASE: usize = 256;

/// One authenticated connection. Never used twice while the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whose session it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Whose access is used.
    pub account: AccountId,
    /// From which installation.
    pub device: DeviceId,
}

/// An event for the hub. Events of one session arrive in the order they were sent.
#[derive(Debug)]
pub enum ToHub {
    /// A session begins; the first event of each.
    Opened {
        /// The session.
        session: SessionId,
        /// Whose it is.
        identity: Identity,
        /// The way back to it.
        outgoing: Outgoing,
    },
    /// A session received a frame.
    Frame {
        /// The session.
        session: SessionId,
        /// The frame, decoded.
        frame: Frame,
    },
    /// A session is over; its last event.
    Closed {
        /// The session.
        session: SessionId,
    },
    /// An operator, a command of the program or a route asks for something.
    Admin {
        /// What is asked for.
        request: AdminRequest,
        /// Where the answer goes.
        reply: oneshot::Sender<AdminReply>,
    },
}

/// What the hub tells a session.
#[derive(Debug)]
pub enum ToSession {
    /// Send this frame.
    Frame(Frame),
    /// Close the connection with this code, after what waits before it.
    Close {
        /// The WebSocket close code.
        code: u16,
        /// A stable word for logs and clients.
        reason: &'static str,
    },
}

/// The hub has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hub has stopped")]
pub struct HubGone;

/// The way to the hub.
#[derive(Debug, Clone)]
pub struct HubHandle {
    events: mpsc::Sender<Waiting>,
    room_kib: Arc<Semaphore>,
}

/// The hub's end of the queue.
#[derive(Debug)]
pub struct HubInbox {
    events: mpsc::Receiver<Waiting>,
}

/// An event and its share of the queue's bytes, given back when the hub takes it.
#[derive(Debug)]
struct Waiting {
    event: ToHub,
    _room: OwnedSemaphorePermit,
}

/// The two ends of the hub's queue.
#[must_use]
pub fn hub_queue() -> (HubHandle, HubInbox) {
    let (sender, receiver) = mpsc::channel(HUB_QUEUE_EVENTS_MAX);
    let room_kib = Arc::new(Semaphore::new(HUB_QUEUE_KIB_MAX as usize));
    (HubHandle { events: sender, room_kib }, HubInbox { events: receiver })
}

impl HubHandle {
    /// Hands an event to the hub, waiting while its queue is full.
    ///
    /// # Errors
    /// [`HubGone`] when the hub has stopped.
    pub async fn send(&self, event: ToHub) -> Result<(), HubGone> {
        let room_kib = event_kib(&event);
        let room = Arc::clone(&self.room_kib).acquire_many_owned(room_kib).await;
        let room = room.map_err(|_| HubGone)?;
        self.events.send(Waiting { event, _room: room }).await.map_err(|_| HubGone)
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

    /// The next event, for a hub that lives on a thread of its own.
    pub fn blocking_recv(&mut self) -> Option<ToHub> {
        self.events.blocking_recv().map(|waiting| waiting.event)
    }
}

/// Why the hub could not hand something to a session. In either case the session is over for the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The client reads more slowly than it is written to.
    #[error("the session's queue is full")]
    Full,
    /// The session has ended.
    #[error("the session has ended")]
    Gone,
}

/// The hub's way to one session. Dropping it ends the session.
#[derive(Debug)]
pub struct Outgoing {
    frames: mpsc::Sender<ToSession>,
    queued_bytes: Arc<AtomicUsize>,
    overflow: CancellationToken,
}

/// The session's end of its queue.
#[derive(Debug)]
pub struct SessionInbox {
    frames: mpsc::Receiver<ToSession>,
    queued_bytes: Arc<AtomicUsize>,
    overflow: CancellationToken,
}

/// The two ends of a session's queue.
#[must_use]
pub fn session_queue() -> (Outgoing, SessionInbox) {
    let (sender, receiver) = mpsc::channel(SESSION_QUEUE_FRAMES_MAX);
    let queued_bytes = Arc::new(AtomicUsize::new(0));
    let overflow = CancellationToken::new();
    let outgoing = Outgoing {
        frames: sender,
        queued_bytes: Arc::clone(&queued_bytes),
        overflow: overflow.clone(),
    };
    (outgoing, SessionInbox { frames: receiver, queued_bytes, overflow })
}

impl Outgoing {
    /// Queues a message without waiting. A full queue ends the session at once: what waits in it is not sent,
    /// since a client that misses one message must not be given the next.
    ///
    /// # Errors
    /// [`NotSent`] when it was not queued.
    pub fn try_send(&self, message: ToSession) -> Result<(), NotSent> {
        let bytes = message_bytes(&message);
        let queued = self.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
        let sent = if queued + bytes > SESSION_QUEUE_BYTES_MAX {
            Err(NotSent::Full)
        } else {
            self.frames.try_send(message).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => NotSent::Full,
                mpsc::error::TrySendError::Closed(_) => NotSent::Gone,
            })
        };
        if sent.is_err() {
            self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        if sent == Err(NotSent::Full) {
            self.overflow.cancel();
        }
        sent
    }

    /// About how many bytes wait, for a hub that paces what it sends.
    #[must_use]
    pub fn queued_bytes(&self) -> usize {
        self.queued_bytes.load(Ordering::Relaxed)
    }
}

impl SessionInbox {
    /// The next message, or `None` when the hub has dropped the session and nothing waits.
    pub async fn recv(&mut self) -> Option<ToSession> {
        let message = self.frames.recv().await?;
        Some(self.taken(message))
    }

    /// The next message, if one waits already.
    pub fn try_recv(&mut self) -> Option<ToSession> {
        let message = self.frames.try_recv().ok()?;
        Some(self.taken(message))
    }

    /// Cancelled when the hub has found the queue full.
    #[must_use]
    pub fn overflow(&self) -> CancellationToken {
        self.overflow.clone()
    }

    fn taken(&self, message: ToSession) -> ToSession {
        self.queued_bytes.fetch_sub(message_bytes(&message), Ordering::Relaxed);
        message
    }
}

fn event_kib(event: &ToHub) -> u32 {
    let bytes = match event {
        ToHub::Frame { frame, .. } => frame_bytes(frame),
        ToHub::Opened { .. } | ToHub::Closed { .. } | ToHub::Admin { .. } => FRAME_BYTES_BASE,
    };
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).min(HUB_QUEUE_KIB_MAX)
}

fn message_bytes(message: &ToSession) -> usize {
    match message {
        ToSession::Frame(frame) => frame_bytes(frame),
        ToSession::Close { .. } => FRAME_BYTES_BASE,
    }
}

/// About what a frame takes in memory; exact where it can be large.
fn frame_bytes(frame: &Frame) -> usize {
    let data = match frame {
        Frame::Request { data, .. }
        | Frame::Sync { data, .. }
        | Frame::Ephemeral { data, .. }
        | Frame::GiveBack { data, .. } => data.len(),
        Frame::CatalogueDigest { entries } => entries.len() * 28,
        Frame::CatalogueAnswer { entries } => entries.len() * 20,
        Frame::Command { command, .. } => command.len(),
        _ => 0,
    };
    FRAME_BYTES_BASE + data
}
