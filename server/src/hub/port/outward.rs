//! The queue towards a session. A full one is the hub's sign that the client reads too slowly, and the hub,
//! which must never wait for one of them, drops the session.

use crate::limits::{OUTBOX_BYTES_MAX, SESSION_QUEUE_BYTES_MAX, SESSION_QUEUE_FRAMES_MAX};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{FRAME_BYTES_BASE, ToSession, frame_bytes};

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

/// What waits for all sessions of a server together.
#[derive(Debug, Default)]
pub struct Outbox {
    bytes: AtomicUsize,
    sessions: AtomicUsize,
}

/// What waits for one session. What is never taken is given back with it.
#[derive(Debug)]
struct Queued {
    bytes: AtomicUsize,
    overflow: CancellationToken,
    outbox: Arc<Outbox>,
}

impl Queued {
    fn of(outbox: &Arc<Outbox>) -> Arc<Self> {
        outbox.sessions.fetch_add(1, Ordering::Relaxed);
        let (bytes, overflow) = (AtomicUsize::new(0), CancellationToken::new());
        Arc::new(Self { bytes, overflow, outbox: Arc::clone(outbox) })
    }

    /// Counts a message in; false when there is no room for it.
    fn add(&self, bytes: usize) -> bool {
        let own = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let all = self.outbox.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let share = OUTBOX_BYTES_MAX / self.outbox.sessions.load(Ordering::Relaxed).max(1);
        own <= SESSION_QUEUE_BYTES_MAX && (all <= OUTBOX_BYTES_MAX || own <= share)
    }

    fn remove(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.outbox.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        let left = *self.bytes.get_mut();
        self.remove(left);
        self.outbox.sessions.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The hub's way to one session. Dropping it ends the session.
#[derive(Debug)]
pub struct Outgoing {
    meter: Arc<dyn Meter>,
    /// Boxed, because a queue has room for 32 entries in one piece from the first on.
    frames: mpsc::Sender<Box<ToSession>>,
    queued: Arc<Queued>,
}

/// The session's end of its queue.
#[derive(Debug)]
pub struct SessionInbox {
    frames: mpsc::Receiver<Box<ToSession>>,
    queued: Arc<Queued>,
}

/// The two ends of a session's queue; `meter` hears what the session costs.
#[must_use]
pub fn session_queue(meter: Arc<dyn Meter>, outbox: &Arc<Outbox>) -> (Outgoing, SessionInbox) {
    let (sender, receiver) = mpsc::channel(SESSION_QUEUE_FRAMES_MAX);
    let queued = Queued::of(outbox);
    let outgoing = Outgoing { meter, frames: sender, queued: Arc::clone(&queued) };
    (outgoing, SessionInbox { frames: receiver, queued })
}

impl Outgoing {
    /// Queues a message without waiting. A full queue ends the session at once: what waits in it is not sent,
    /// since a client that misses one message must not be given the next.
    ///
    /// # Errors
    /// [`NotSent`] when it was not queued.
    pub fn try_send(&self, message: ToSession) -> Result<(), NotSent> {
        let bytes = message_bytes(&message);
        let sent = if self.queued.add(bytes) {
            self.frames.try_send(Box::new(message)).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => NotSent::Full,
                mpsc::error::TrySendError::Closed(_) => NotSent::Gone,
            })
        } else {
            Err(NotSent::Full)
        };
        if sent.is_err() {
            self.queued.remove(bytes);
        }
        if sent == Err(NotSent::Full) {
            self.queued.overflow.cancel();
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
        self.queued.bytes.load(Ordering::Relaxed)
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
        self.queued.overflow.clone()
    }

    fn taken(&self, message: ToSession) -> ToSession {
        self.queued.remove(message_bytes(&message));
        message
    }
}

fn message_bytes(message: &ToSession) -> usize {
    match message {
        ToSession::Frame(frame) => frame_bytes(frame),
        ToSession::Close { .. } => FRAME_BYTES_BASE,
    }
}

#[cfg(test)]
mod tests {
    use samsynk_core::ids::DocumentId;
    use samsynk_core::wire::{Frame, PeerId};

    use super::*;

    #[derive(Debug)]
    struct Free;

    impl Meter for Free {
        fn charge(&self, _: u64) {}
    }

    fn large() -> ToSession {
        let (sender, target) = (PeerId::new("a").unwrap(), PeerId::new("b").unwrap());
        let data = vec![0; 4_000_000];
        ToSession::Frame(Frame::Sync {
            document: DocumentId([1; 16]),
            sender,
            target,
            data,
            seal: None,
        })
    }

    #[test]
    fn when_too_much_waits_for_all_only_those_who_let_it_gather_are_dropped() {
        let outbox = Arc::new(Outbox::default());
        let mut slow: Vec<_> = (0..20).map(|_| session_queue(Arc::new(Free), &outbox)).collect();
        let sent = slow.iter().map(|(way, _)| {
            std::iter::repeat_with(|| way.try_send(large())).take_while(Result::is_ok).count()
        });
        let sent: Vec<usize> = sent.collect();
        assert_eq!(sent[0], 16, "64 MiB for the first");
        assert_eq!(sent[19], 6, "512 MiB among 20 for the last");
        let (way, mut inbox) = session_queue(Arc::new(Free), &outbox);
        for _ in 0..10 {
            assert_eq!(way.try_send(large()), Ok(()), "who reads is written to");
            assert!(inbox.try_recv().is_some());
        }
        slow.clear();
        drop((way, inbox));
        let left = [&outbox.bytes, &outbox.sessions].map(|count| count.load(Ordering::Relaxed));
        assert_eq!(left, [0, 0]);
    }
}
