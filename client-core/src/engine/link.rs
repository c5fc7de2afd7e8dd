//! The connection: connecting, joining, noticing that it is dead, backing off.

use std::collections::{BTreeMap, BTreeSet};

use super::backoff::{longest_millis, wait_millis};
use super::liveness::{Liveness, PONG_MILLIS_MAX, later};
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

/// How long an attempt to connect is left alone, in milliseconds, when a person or the system asks for another: a
/// second hint that follows on the first must not begin anew.
const FRESH_MILLIS_MAX: i64 = 2_000;

/// How long after its last sign the screen counts as looked at, in milliseconds. Pages say so every 10 s.
const FOREGROUND_MILLIS_MAX: i64 = 25_000;

/// A clock that is further off than this, in milliseconds, is reported: a day, beyond any time zone.
const CLOCK_OFF_MILLIS_MAX: i64 = 24 * 60 * 60 * 1_000;

/// The state of one connection; but for `lasting` all of it is forgotten with the connection.
#[derive(Debug, Default)]
pub(super) struct LinkState {
    phase: Phase,
    lasting: Lasting,
    pub(super) liveness: Liveness,
    /// Since when something has waited for the server's answer.
    asked: Option<Moment>,
    peer: Option<PeerId>,
    /// The edits that were unsaved when the catalogue was sent, while its answer is awaited.
    pub(super) awaiting_catalogue: Option<BTreeSet<EditId>>,
    /// Whether documents were withdrawn since the catalogue was sent: its answer takes them to be here.
    pub(super) withdrawn_meanwhile: bool,
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
    /// Documents that the server does not have, of which edits wait for the account's home.
    pub(super) absent: BTreeSet<DocumentId>,
    /// Changes that were refused; the same refusal may arrive again for what was under way.
    pub(super) replaced: BTreeSet<automerge::ChangeHash>,
    /// Edits on their way, each with the ping behind it.
    pub(super) sent_edits: BTreeMap<EditId, u64>,
    pub(super) sent_commands: BTreeSet<CommandId>,
}

/// What outlives a connection.
#[derive(Debug, Default, Clone, Copy)]
struct Lasting {
    /// The attempts in a row that led to nothing.
    attempts: u32,
    /// The connections in a row that ended because the server was not heard.
    deaths: u32,
    /// Whether people have been told that there is no connection; they are until there is one again.
    told_offline: bool,
    /// Until when somebody is taken to look at the screen.
    foreground_until: Option<Moment>,
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
    pub(super) fn is_joined(&self) -> bool {
        self.phase == Phase::Joined
    }

    /// Joined, or about to be.
    pub(super) fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Joining(_) | Phase::Joined)
    }

    /// Joined, and the server has said which documents differ.
    pub(super) fn is_exchanging(&self) -> bool {
        self.is_joined() && self.awaiting_catalogue.is_none()
    }

    pub(super) fn is_synced(&self) -> bool {
        self.is_exchanging() && self.exchanging.is_empty()
    }

    /// Returns whether an edit has reached the server, which may not have kept it yet.
    pub(super) fn has_sent(&self, edit: EditId) -> bool {
        self.sent_edits.get(&edit).is_some_and(|ping| self.liveness.has_arrived(*ping))
    }

    /// Notes that an edit leaves with this turn.
    pub(super) fn note_sent(&mut self, edit: EditId) {
        let ping = self.liveness.want_ping();
        self.sent_edits.entry(edit).or_insert(ping);
    }

    pub(super) fn stop_exchange(&mut self, document: DocumentId) {
        self.exchanging.remove(&document);
        self.sync_states.remove(&document);
        self.giving_back.remove(&document);
    }

    pub(super) fn state(&self) -> Link {
        match self.phase {
            Phase::Idle | Phase::Waiting(_) => Link::Offline,
            Phase::Connecting(_) | Phase::Joining(_) if self.lasting.told_offline => Link::Offline,
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

    /// Where the clock has been set back, what began "later" began now, and no wait is longer than it may be: a
    /// device must not stay offline until its clock is again where it was.
    pub(super) fn mind_clock(&mut self, now: Moment) {
        let longest = later(now, longest_millis(self.lasting.attempts, self.is_foreground(now)));
        let foreground = self.lasting.foreground_until;
        self.lasting.foreground_until =
            foreground.map(|until| until.min(later(now, FOREGROUND_MILLIS_MAX)));
        match &mut self.phase {
            Phase::Waiting(until) => *until = (*until).min(longest),
            Phase::Connecting(since) | Phase::Joining(since) => *since = (*since).min(now),
            Phase::Idle | Phase::Joined => {}
        }
        self.liveness.mind_clock(now);
        self.asked = self.asked.map(|asked| asked.min(now));
    }

    fn is_foreground(&self, now: Moment) -> bool {
        self.lasting.foreground_until.is_some_and(|until| until > now)
    }

    pub(super) fn wake_at(&self, now: Moment) -> Option<Moment> {
        match self.phase {
            Phase::Idle => None,
            Phase::Waiting(until) => Some(until),
            Phase::Connecting(since) | Phase::Joining(since) => {
                let told = self.lasting.told_offline;
                Some(later(since, if told { JOIN_MILLIS_MAX } else { PONG_MILLIS_MAX }))
            }
            Phase::Joined => {
                let quiet = self.asked.is_none().then(|| self.quiet_until(now)).flatten();
                [self.pong_due(), self.answer_due(), quiet].into_iter().flatten().min()
            }
        }
    }

    fn pong_due(&self) -> Option<Moment> {
        self.liveness.pong_due(self.lasting.deaths)
    }

    /// When the connection counts as dead because the server owes more than a pong.
    fn answer_due(&self) -> Option<Moment> {
        let asked = self.asked?;
        let since = self.liveness.heard().map_or(asked, |heard| heard.max(asked));
        Some(later(since, ANSWER_MILLIS_MAX))
    }

    fn quiet_until(&self, now: Moment) -> Option<Moment> {
        self.liveness.quiet_until(self.is_foreground(now))
    }

    /// The server's label.
    fn peer(&self) -> PeerId {
        self.peer.clone().unwrap_or_else(|| label("server"))
    }
}

impl Engine {
    pub(super) fn link_event(&mut self, turn: &mut Turn<'_>, event: &Event) {
        match event {
            Event::Start if self.link.is_synced() => self.send_catalogue(),
            Event::Start => self.connect(turn.now),
            Event::Online => self.try_now(turn.now),
            Event::Offline => self.disconnect(turn),
            Event::Foreground => self.foreground(turn.now),
            Event::Connected => self.join(turn.now),
            Event::Disconnected => self.lost(turn),
            Event::Unauthorised => self.unauthorised(),
            Event::Ended(reason) => {
                self.reset_link(Phase::Idle);
                self.end_access(turn, *reason);
            }
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

    /// Tries at once, from the beginning: there may be another network, or somebody waits.
    fn try_now(&mut self, now: Moment) {
        match self.link.phase {
            Phase::Idle | Phase::Waiting(_) => {
                self.begin_anew();
                self.connect(now);
            }
            Phase::Connecting(since) | Phase::Joining(since) => {
                if later(since, FRESH_MILLIS_MAX) <= now {
                    self.begin_anew();
                    self.effects.disconnect = true;
                    self.reset_link(Phase::Idle);
                    self.connect(now);
                }
            }
            Phase::Joined if self.link.is_synced() => self.send_catalogue(),
            Phase::Joined => drop(self.link.liveness.want_ping()),
        }
    }

    fn begin_anew(&mut self) {
        self.link.lasting.attempts = 0;
        self.link.lasting.told_offline = false;
        self.effects.changed = true;
    }

    /// Somebody looks at the screen: a dead connection is found sooner, and none is waited for as long.
    fn foreground(&mut self, now: Moment) {
        self.link.lasting.foreground_until = Some(later(now, FOREGROUND_MILLIS_MAX));
    }

    pub(super) fn is_signed_out(&self) -> bool {
        self.problem.as_ref().is_some_and(|problem| {
            matches!(problem.code.as_str(), "signed-out" | "device-revoked" | "account-erased")
        })
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
        self.link.lasting.told_offline = false;
        self.link.peer = Some(peer);
        self.effects.changed = true;
        self.send_catalogue();
    }

    fn unauthorised(&mut self) {
        self.reset_link(Phase::Idle);
        self.link.lasting = Lasting::default();
        self.problem = Some(Refusal::new("signed-out"));
        self.effects.changed = true;
    }

    fn wake(&mut self, turn: &mut Turn<'_>) {
        if self.link.wake_at(turn.now).is_none_or(|at| at > turn.now) {
            return;
        }
        match self.link.phase {
            Phase::Idle => {}
            Phase::Waiting(_) => self.connect(turn.now),
            Phase::Connecting(since) | Phase::Joining(since)
                if later(since, JOIN_MILLIS_MAX) > turn.now =>
            {
                self.link.lasting.told_offline = true;
                self.effects.changed = true;
            }
            Phase::Connecting(_) | Phase::Joining(_) => self.disconnect(turn),
            Phase::Joined => self.wake_joined(turn),
        }
    }

    /// Gives up a connection on which the server owes an answer, and asks a quiet one for a sign of life.
    fn wake_joined(&mut self, turn: &mut Turn<'_>) {
        let is_due = |moment: Option<Moment>| moment.is_some_and(|at| at <= turn.now);
        if is_due(self.link.pong_due()) {
            self.link.lasting.deaths = self.link.lasting.deaths.saturating_add(1);
            self.disconnect(turn);
        } else if is_due(self.link.answer_due()) {
            self.disconnect(turn);
        } else if self.link.liveness.answers() {
            self.link.liveness.want_ping();
        } else {
            self.send_catalogue();
        }
    }

    /// Sends the ping that what this turn sends asks for.
    pub(super) fn send_ping(&mut self, now: Moment) {
        if !self.link.is_joined() {
            return;
        }
        let bytes = self.effects.frames.iter().map(Vec::len).sum();
        if let Some(count) = self.link.liveness.take_ping(now, bytes) {
            self.send(&Frame::Ping { count });
        }
    }

    pub(super) fn pong(&mut self, count: u64) {
        if self.link.liveness.take_pong(count) && !self.link.sent_edits.is_empty() {
            self.effects.changed = true;
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
        let attempts = self.link.lasting.attempts;
        let wait = wait_millis(attempts, self.link.is_foreground(turn.now), turn.random);
        self.reset_link(Phase::Waiting(later(turn.now, wait)));
        self.link.lasting.attempts = attempts.saturating_add(1);
        self.link.lasting.told_offline = true;
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

    /// Tries again later still.
    pub(super) fn wait_longer(&mut self, turn: &mut Turn<'_>) {
        if matches!(self.link.phase, Phase::Waiting(_)) {
            self.back_off(turn);
        }
    }

    /// An attempt has led to something: the next one need not wait long.
    pub(super) fn attempt_succeeded(&mut self) {
        self.link.lasting.attempts = 0;
        self.link.lasting.deaths = 0;
    }

    fn reset_link(&mut self, phase: Phase) {
        let lasting = self.link.lasting;
        self.link = LinkState { phase, lasting, ..LinkState::default() };
    }

    /// The labels under which this device and the server speak. A second connection of one label
    /// ends the first, so each device has its own; who it is follows from its token.
    pub(super) fn labels(&self) -> (PeerId, PeerId) {
        let own = self.device().map_or_else(|| "device".to_owned(), |device| device.to_string());
        (label(&own), self.link.peer())
    }

    /// Sends a frame, unless the connection has ended in this turn: the next one begins with a `join`.
    pub(super) fn send(&mut self, frame: &Frame) {
        if self.link.is_connected() {
            self.effects.frames.push(frame.encode());
        }
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
