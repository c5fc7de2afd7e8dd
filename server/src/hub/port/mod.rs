//! What crosses between the sessions and the hub.
//!
//! Both directions are queues with a bound on entries and one on bytes: `inward` to the hub, `outward` to a
//! session.

mod inward;
mod outward;

use std::fmt;

use samsynk_core::ids::{AccountId, DeviceId};
use samsynk_core::wire::Frame;
use tokio::sync::oneshot;

use crate::admin::{AdminReply, AdminRequest};
pub use inward::{HubGone, HubHandle, HubInbox, Lane, hub_queue};
pub(super) use inward::{Room, Waiting};
pub use outward::{Meter, NotSent, Outbox, Outgoing, SessionInbox, session_queue};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
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
