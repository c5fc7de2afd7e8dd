//! The queue towards a session. A full one is the hub's sign that the client reads too slowly, and the hub,
//! which must never wait for one of them, drops the session.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{FRAME_BYTES_BASE, ToSession, frame_bytes};

/// The most frames that wait for one session. The first sync of an account that knows every document
/// there may be is one frame for each.
const SESSION_QUEUE_FRAMES_MAX: usize = 2 * samsynk_core::limits::CATALOGUE_ENTRIES_MAX;

/// The most bytes that wait for one session: some large documents, and minutes of a phone's link.
const SESSION_QUEUE_BYTES_MAX: usize = 64 * 1024 * 1024;

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

/// Hears what the hub's work for a session has cost.
pub trait Meter: fmt::Debug + Send + Sync {
    /// Notes so many units of about a microsecond.
    fn charge(&self, units: u64);
}

/// The hub's way to one session. Dropping it ends the session.
#[derive(Debug)]
pub struct Outgoing {
    meter: Arc<dyn Meter>,
    /// Boxed, because a queue has room for 32 entries in one piece from the first on.
    frames: mpsc::Sender<Box<ToSession>>,
    queued_bytes: Arc<AtomicUsize>,
    overflow: CancellationToken,
}

/// The session's end of its queue.
#[derive(Debug)]
pub struct SessionInbox {
    frames: mpsc::Receiver<Box<ToSession>>,
    queued_bytes: Arc<AtomicUsize>,
    overflow: CancellationToken,
}

/// The two ends of a session's queue; `meter` hears what the session costs.
#[must_use]
pub fn session_queue(meter: Arc<dyn Meter>) -> (Outgoing, SessionInbox) {
    let (sender, receiver) = mpsc::channel(SESSION_QUEUE_FRAMES_MAX);
    let queued_bytes = Arc::new(AtomicUsize::new(0));
    let overflow = CancellationToken::new();
    let outgoing = Outgoing {
        meter,
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
            self.frames.try_send(Box::new(message)).map_err(|error| match error {
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

    /// Notes what the hub's work for the session has cost, in its units.
    pub fn charge(&self, units: u64) {
        self.meter.charge(units);
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
        Some(self.taken(*message))
    }

    /// The next message, if one waits already.
    pub fn try_recv(&mut self) -> Option<ToSession> {
        let message = self.frames.try_recv().ok()?;
        Some(self.taken(*message))
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

fn message_bytes(message: &ToSession) -> usize {
    match message {
        ToSession::Frame(frame) => frame_bytes(frame),
        ToSession::Close { .. } => FRAME_BYTES_BASE,
    }
}
