//! The connection: connecting, joining, noticing that it is dead, backing off.

use std::collections::{BTreeMap, BTreeSet};

use super::backoff::wait_millis;
use super::{Engine, Event, Turn};
use crate::domain::Moment;
use crate::domain::view::Link;
use crate::ids::{CommandId, DocumentId, EditId};
use crate::refusal::Refusal;
use crate::wire::{Frame, Heads, PeerId, PeerMetadata, Version};

/// How long connecting and joining may take, in milliseconds, before it is tried anew.
const JOIN_MILLIS_MAX: i64 = 20_000;

/// How long the server may say nothing, in milliseconds, while something waits for its answer.
const ANSWER_MILLIS_MAX: i64 = 30_000;

/// How long nothing may be heard of a quiet connection, in milliseconds, before the server is asked: a
/// browser does not tell of a connection that died while the phone slept.
const QUIET_MILLIS_MAX: i64 = 5 * 60_000;

/// A clock that is further off than this, in milliseconds, is reported: a day, beyond any time zone.
const CLOCK_OFF_MILLIS_MAX: i64 = 24 * 60 * 60 * 1_000;

/// The state of one connection; all of it is forgotten with the connection.
#[derive(Debug, Default)]
pub(super) struct LinkState {
    phase: Phase,
    attempt: u32,
    heard: Option<Moment>,
    /// Since when something has waited for the server's answer.
    asked: Option<Moment>,
    peer: Option<PeerId>,
    /// The edits that were unsaved when the catalogue was sent, while its answer is awaited.
    pub(super) awaiting_catalogue: Option<BTreeSet<EditId>>,
    /// Documents whose exchange is not finished.
    pub(super) exchanging: BTreeSet<DocumentId>,
    /// What Automerge remembers of each document's exchange.
    pub(super) sync_states: BTreeMap<DocumentId, automerge::sync::State>,
    /// Sealed heads that the server is being given back, while its answer is awaited.
    pub(super) giving_back: BTreeMap<DocumentId, GivingBack>,
    /// Documents of which it has been given something back: once is enough.
    pub(super) gave_back: BTreeSet<DocumentId>,
    /// Documents of which this device has thrown its copy away, and why.
    pub(super) started_over: BTreeMap<DocumentId, Refusal>,
    /// Documents that have turned out to be of another epoch.
    pub(super) renewed: BTreeSet<DocumentId>,
    /// Changes that were refused; the same refusal may arrive again for what was under way.
    pub(super) replaced: BTreeSet<automerge::ChangeHash>,
    pub(super) sent_edits: BTreeSet<EditId>,
    pub(super) sent_commands: BTreeSet<CommandId>,
}

/// Sealed heads on their way to the server.
#[derive(Debug)]
pub(super) struct GivingBack {
    pub(super) heads: Heads,
    /// The document's epoch on the server, for when it does not take them.
    pub(super) epoch: u32,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Not connected; tried again at the moment, if one is named.
    #[default]
    Idle,
    Waiting(Moment),
    Connecting(Moment),
    Joining(Moment),
    Joined,
}

impl LinkState {
    pub(super) fn heard(&mut self, now: Moment) {
        self.heard = Some(now);
    }

    pub(super) fn is_joined(&self) -> bool {
        self.phase == Phase::Joined
    }

    /// Joined, and the server has said which documents differ.
    pub(super) fn is_exchanging(&self) -> bool {
        self.is_joined() && self.awaiting_catalogue.is_none()
    }

    pub(super) fn is_synced(&self) -> bool {
        self.is_exchanging() && self.exchanging.is_empty()
    }

    pub(super) fn has_sent(&self, edit: EditId) -> bool {
        self.sent_edits.contains(&edit)
    }

    pub(super) fn stop_exchange(&mut self, document: DocumentId) {
        self.exchanging.remove(&document);
        self.sync_states.remove(&document);
        self.giving_back.remove(&document);
    }

    pub(super) fn state(&self) -> Link {
        match self.phase {
            Phase::Idle | Phase::Waiting(_) => Link::Offline,
            Phase::Connecting(_) | Phase::Joining(_) => Link::Connecting,
            Phase::Joined if self.is_synced() => Link::Synced,
            Phase::Joined => Link::Syncing,
        }
    }

    fn awaits_answer(&self) -> bool {
        !self.is_synced() || !self.sent_edits.is_empty() || !self.sent_commands.is_empty()
    }

    /// Notes since when the server owes an answer.
    pub(super) fn note_asked(&mut self, now: Moment) {
        match (self.is_joined() && self.awaits_answer(), self.asked) {
            (true, None) => self.asked = Some(now),
            (false, Some(_)) => self.asked = None,
            _ => {}
        }
    }

    pub(super) fn wake_at(&self) -> Option<Moment> {
        match self.phase {
            Phase::Idle => None,
            Phase::Waiting(until) => Some(until),
            Phase::Connecting(since) | Phase::Joining(since) => Some(later(since, JOIN_MILLIS_MAX)),
            Phase::Joined if self.asked.is_some() => {
                self.heard.max(self.asked).map(|since| later(since, ANSWER_MILLIS_MAX))
            }
            Phase::Joined => self.heard.map(|heard| later(heard, QUIET_MILLIS_MAX)),
        }
    }

    /// The server's label.
    fn peer(&self) -> PeerId {
        self.peer.clone().unwrap_or_else(|| label("server"))
    }
}

fn later(moment: Moment, millis: i64) -> Moment {
    Moment::from_millis(moment.millis().saturating_add(millis))
}

impl Engine {
    pub(super) fn link_event(&mut self, turn: &mut Turn<'_>, event: &Event) {
        match event {
            Event::Start | Event::Online if self.link.is_synced() => self.send_catalogue(),
            Event::Start | Event::Online => self.connect(turn.now),
            Event::Connected => self.join(turn.now),
            Event::Disconnected => self.lost(turn),
            Event::Unauthorised => self.unauthorised(),
            Event::Wake => self.wake(turn),
            Event::Received(_) => {}
        }
    }

    fn connect(&mut self, now: Moment) {
        let may = matches!(self.link.phase, Phase::Idle | Phase::Waiting(_));
        if may && self.stored.identity.is_some() && !self.is_signed_out() {
            self.link.phase = Phase::Connecting(now);
            self.effects.connect = true;
            self.effects.changed = true;
        }
    }

    fn is_signed_out(&self) -> bool {
        self.problem.as_ref().is_some_and(|problem| problem.code == "signed-out")
    }

    fn join(&mut self, now: Moment) {
        if !matches!(self.link.phase, Phase::Connecting(_)) {
            return;
        }
        self.link.phase = Phase::Joining(now);
        let versions = [Version::Samsynk1, Version::One].map(|version| version.as_str().to_owned());
        self.send(&Frame::Join {
            sender: self.labels().0,
            versions: versions.to_vec(),
            metadata: PeerMetadata { is_ephemeral: Some(false), ..PeerMetadata::default() },
        });
    }

    pub(super) fn joined(
        &mut self,
        turn: &mut Turn<'_>,
        peer: PeerId,
        version: Version,
        server_time: Option<u64>,
    ) {
        if !matches!(self.link.phase, Phase::Joining(_)) {
            return;
        }
        if version != Version::Samsynk1 {
            self.problem = Some(Refusal::new("update-needed"));
            self.disconnect(turn);
            return;
        }
        self.problem = server_time.and_then(|time| clock_problem(turn.now, time));
        self.link.phase = Phase::Joined;
        self.link.peer = Some(peer);
        self.effects.changed = true;
        self.send_catalogue();
    }

    fn unauthorised(&mut self) {
        self.reset_link(Phase::Idle);
        self.problem = Some(Refusal::new("signed-out"));
        self.effects.changed = true;
    }

    fn wake(&mut self, turn: &mut Turn<'_>) {
        if self.link.wake_at().is_none_or(|at| at > turn.now) {
            return;
        }
        match self.link.phase {
            Phase::Waiting(_) => self.connect(turn.now),
            // A quiet connection is asked whether it is alive; one that owes an answer is not.
            Phase::Joined if self.link.asked.is_none() => self.send_catalogue(),
            _ => self.disconnect(turn),
        }
    }

    /// Closes the connection and tries again later.
    pub(super) fn disconnect(&mut self, turn: &mut Turn<'_>) {
        self.effects.disconnect = true;
        self.effects.connect = false;
        self.effects.frames.clear();
        self.lost(turn);
    }

    fn lost(&mut self, turn: &mut Turn<'_>) {
        if matches!(self.link.phase, Phase::Idle | Phase::Waiting(_)) {
            return;
        }
        if self.link.is_synced() {
            self.note_as_of(turn.now);
        }
        self.back_off(turn);
    }

    /// Waits before the next attempt, longer after each that led to nothing.
    fn back_off(&mut self, turn: &mut Turn<'_>) {
        let attempt = self.link.attempt;
        let wait = wait_millis(attempt, turn.random);
        let until = later(turn.now, i64::try_from(wait).unwrap_or(i64::MAX));
        self.reset_link(Phase::Waiting(until));
        self.link.attempt = attempt.saturating_add(1);
        self.effects.changed = true;
    }

    /// Closes the connection because this device cannot keep what it brings.
    pub(super) fn disconnect_broken(&mut self, turn: &mut Turn<'_>) {
        self.effects.disconnect = true;
        self.effects.connect = false;
        self.effects.frames.clear();
        if !matches!(self.link.phase, Phase::Idle | Phase::Waiting(_)) {
            self.back_off(turn);
        }
    }

    /// An attempt has led to something: the next one need not wait long.
    pub(super) fn attempt_succeeded(&mut self) {
        self.link.attempt = 0;
    }

    fn reset_link(&mut self, phase: Phase) {
        self.link = LinkState { phase, ..LinkState::default() };
    }

    /// The labels under which this device and the server speak. A second connection of one label
    /// ends the first, so each device has its own; who it is follows from its token.
    pub(super) fn labels(&self) -> (PeerId, PeerId) {
        let own = self.device().map_or_else(|| "device".to_owned(), |device| device.to_string());
        (label(&own), self.link.peer())
    }

    pub(super) fn send(&mut self, frame: &Frame) {
        self.effects.frames.push(frame.encode());
    }
}

fn label(text: &str) -> PeerId {
    PeerId::new(text).expect("32 hexadecimal digits are within the limit")
}

fn clock_problem(now: Moment, server_time: u64) -> Option<Refusal> {
    let server = i64::try_from(server_time).ok()?;
    let off = now.millis().saturating_sub(server).saturating_abs();
    let days = off / CLOCK_OFF_MILLIS_MAX;
    (days > 0).then(|| Refusal::new("clock-off").with("days", days))
}
