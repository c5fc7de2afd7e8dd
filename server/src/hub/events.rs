//! What the hub is told, and what it answers.

use std::collections::BTreeMap;

use samsynk_core::domain::Moment;
use samsynk_core::wire::Frame;

use super::port::{Identity, SessionId, ToSession};
use crate::admin::{AdminReply, AdminRequest};
use crate::store::StoreError;

/// Tells the answer to one request from another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A session begins.
    Opened {
        /// The session.
        session: SessionId,
        /// Whose it is.
        identity: Identity,
    },
    /// A session received a frame.
    Frame {
        /// The session.
        session: SessionId,
        /// The frame.
        frame: Frame,
    },
    /// A session is over.
    Closed {
        /// The session.
        session: SessionId,
    },
    /// An operator, a command of the program or a route asks for something.
    Admin {
        /// Names it in the answer.
        ticket: Ticket,
        /// What is asked for.
        request: AdminRequest,
    },
}

impl Event {
    pub(super) fn session(&self) -> Option<SessionId> {
        match self {
            Self::Opened { session, .. } | Self::Frame { session, .. } => Some(*session),
            Self::Closed { .. } | Self::Admin { .. } => None,
        }
    }

    /// The session that is over, if it says so.
    pub(super) fn closed(&self) -> Option<SessionId> {
        match self {
            Self::Closed { session } => Some(*session),
            _ => None,
        }
    }

    /// About how many bytes it holds, beside the fixed part.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Frame { frame, .. } => data_bytes(frame),
            _ => 0,
        }
    }

    pub(super) fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Admin { ticket, .. } => Some(*ticket),
            _ => None,
        }
    }
}

/// How many bytes of data a frame holds, where these can be many.
pub(super) fn data_bytes(frame: &Frame) -> usize {
    match frame {
        Frame::Request { data, .. }
        | Frame::Sync { data, .. }
        | Frame::Ephemeral { data, .. }
        | Frame::GiveBack { data, .. } => data.len(),
        Frame::CatalogueDigest { entries } => entries.len() * 28,
        Frame::Command { command, .. } => command.len(),
        _ => 0,
    }
}

/// What to do once a batch is on disk, in this order.
#[derive(Debug, Default)]
pub struct Effects {
    /// What to send, and to whom. Nothing follows a `Close`.
    pub sends: Vec<(SessionId, ToSession)>,
    /// Answers to requests.
    pub replies: Vec<(Ticket, AdminReply)>,
    /// Events for the next batch, the last of those given, since the others already lead to so much to do
    /// or to send.
    pub rest: Vec<Event>,
    /// What the batch's work for each session has cost, saved or not, in units of about a microsecond.
    pub charges: BTreeMap<SessionId, u64>,
    /// When to call again at the latest, with whatever there is by then.
    pub wake_at: Option<Moment>,
    /// Why the batch was not saved, if so; the sends then end those whom it concerned.
    pub failed: Option<StoreError>,
}
