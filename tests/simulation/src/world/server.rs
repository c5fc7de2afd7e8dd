//! The server: the real hub on the real store, driven as `hub::thread` and `net::session` drive them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use samsynk_core::domain::Moment;
use samsynk_core::ids::DocumentId;
use samsynk_core::wire::Frame;
use samsynk_server::accounts::Authenticator;
use samsynk_server::admin::AdminRequest;
use samsynk_server::hub::port::{Identity, SessionId, ToSession};
use samsynk_server::hub::{Effects, Event, Hub, Ticket};
use samsynk_server::net::credentials::Authenticate as _;
use samsynk_server::store::Store;

use super::World;
use super::link::{Down, Holder, Link};
use super::words::describe;
use crate::bug::Bug;
use crate::dice::Dice;
use crate::disk::Disk;
use crate::vfs::Machine;
use crate::violation::{Checked, Violation, ensure};

/// The longest that the hub is left alone when it wants to be called, in milliseconds, as by its thread.
const HUB_WAIT_MILLIS_MAX: i64 = 500;

/// The server's machine.
#[derive(Debug)]
pub(super) struct Server {
    pub machine: Machine,
    /// What runs on it, while it runs.
    pub program: Option<Service>,
    /// What waits for the hub.
    pub inbox: VecDeque<Event>,
    /// Its random bytes.
    pub random: Dice,
    /// How far its clock is ahead, in milliseconds.
    pub clock: i64,
    /// When the hub wants to be called, by the world's time.
    pub wake: Option<i64>,
    /// How many messages it still sends before its power goes.
    pub dies_after_sends: Option<usize>,
    /// Whose each session is or was.
    pub accounts: BTreeMap<SessionId, samsynk_core::ids::AccountId>,
    /// What each session has named in its catalogue, with the epochs.
    pub named: BTreeMap<SessionId, BTreeSet<(DocumentId, u32)>>,
    sessions: u64,
    tickets: u64,
}

/// What runs on the server.
pub(super) struct Service {
    pub hub: Hub,
    pub store: Store,
    authenticator: Authenticator,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

impl Server {
    pub(super) fn new(disk: Disk, random: Dice) -> Self {
        Self {
            machine: Machine::new(disk),
            program: None,
            inbox: VecDeque::new(),
            random,
            clock: 0,
            wake: None,
            dies_after_sends: None,
            accounts: BTreeMap::new(),
            named: BTreeMap::new(),
            sessions: 0,
            tickets: 0,
        }
    }

    /// Asks the hub for something; the answer comes with a batch.
    pub(super) fn request(&mut self, request: AdminRequest) {
        self.tickets += 1;
        self.inbox.push_back(Event::Admin { ticket: Ticket(self.tickets), request });
    }

    fn open(&mut self) -> Result<Service, String> {
        let mut store = self.machine.open_store().map_err(|error| error.to_string())?;
        let hub = Hub::new(&mut store, &mut self.random).map_err(|error| error.to_string())?;
        let authenticator =
            Authenticator::open(&self.machine.database()).map_err(|error| error.to_string())?;
        Ok(Service { hub, store, authenticator })
    }
}

impl World {
    /// Starts the server if it is off.
    pub(super) fn start_server(&mut self, dice: &mut Dice) -> Checked {
        if self.server.program.is_some() {
            return Ok(());
        }
        if self.server.machine.is_off() {
            self.server.machine.reboot(dice);
        }
        if self.faulty && dice.percent(15) {
            let changes = dice.below(12) as u64;
            self.server.machine.disk(|disk| disk.faults.crash_in = Some(changes));
        }
        match self.server.open() {
            _ if self.server.machine.is_off() => {
                self.note(format_args!("  the server is off before it has started"));
                return Ok(());
            }
            Err(error) => {
                self.note(format_args!("  the server does not start"));
                let damaged = error.contains("damaged");
                ensure!(!damaged || self.bug == Some(Bug::ServerDiskLies), "{error}");
                return Ok(());
            }
            Ok(service) => self.server.program = Some(service),
        }
        self.note(format_args!("  the server is on"));
        self.refresh()
    }

    /// Takes in what the server has committed.
    pub(super) fn refresh(&mut self) -> Checked {
        let Some(service) = &mut self.server.program else { return Ok(()) };
        let (machine, model) = (&self.server.machine, &mut self.model);
        machine.calmly(|| model.refresh(&mut service.store))
    }

    /// The server ends without a word: the power went, or the system ended it.
    pub(super) fn server_stops(&mut self, dice: &mut Dice) {
        self.tally.count("server stopped");
        if !self.server.machine.is_off() {
            self.server.machine.kill();
        }
        self.server.program = None;
        self.server.inbox.clear();
        self.server.wake = None;
        self.server.dies_after_sends = None;
        for link in self.links.values_mut() {
            link.served = false;
            link.up.clear();
            link.cut(dice);
        }
        self.note(format_args!("  the server is off"));
    }

    /// Somebody's connection is made or refused.
    pub(super) fn dial(&mut self, holder: Holder, reachable: bool) -> Checked<Dialed> {
        let token = match holder {
            Holder::Device(index) => self.devices[index].token.clone(),
            Holder::Peer(index) => self.peers[index].token.clone(),
        };
        let Some(service) = self.server.program.as_ref().filter(|_| reachable) else {
            return Ok(Dialed::Unreachable);
        };
        let found = service.authenticator.authenticate(&token);
        let identity = match found {
            Ok(Ok(identity)) => identity,
            Ok(Err(_)) => return Ok(Dialed::Unauthorised),
            Err(_) => return Ok(Dialed::Unreachable),
        };
        let Identity { account, .. } = identity;
        self.server.sessions += 1;
        let session = SessionId(self.server.sessions);
        self.server.accounts.insert(session, account);
        self.server.inbox.push_back(Event::Opened { session, identity });
        self.links.insert(session, Link::new(session, holder));
        Ok(Dialed::Connected(session))
    }

    /// The next message of a client arrives at the server.
    pub(super) fn deliver_up(&mut self, session: SessionId) -> Checked {
        let Some(link) = self.links.get_mut(&session).filter(|link| link.served) else {
            return Ok(());
        };
        let Some(message) = link.up.pop_front() else { return Ok(()) };
        let frame = Frame::decode(&message)
            .map_err(|error| Violation(format!("{session} sent what is no frame: {error}")))?;
        if let Frame::Ping { count } = frame {
            // The session answers, not the hub.
            link.send_down(Down::Message(Frame::Pong { count }.encode()));
            return Ok(());
        }
        if self.bug == Some(Bug::ServerReceiptsTooSoon)
            && let Some(receipt) = receipt_for(&frame)
        {
            link.send_down(Down::Message(receipt.encode()));
        }
        if self.bug == Some(Bug::CommandTwice)
            && let Frame::Command { id, command } = &frame
        {
            let mut again = *id;
            again.0[0] ^= 1;
            let frame = Frame::Command { id: again, command: command.clone() };
            self.server.inbox.push_back(Event::Frame { session, frame });
        }
        self.server.inbox.push_back(Event::Frame { session, frame });
        Ok(())
    }

    /// The server finds out that a connection is over.
    pub(super) fn ended_for_server(&mut self, session: SessionId) {
        if let Some(link) = self.links.get_mut(&session)
            && link.served
        {
            link.served = false;
            link.up.clear();
            self.server.inbox.push_back(Event::Closed { session });
        }
    }

    /// The hub handles some of what waits, in one transaction, or what it wanted to be called for.
    pub(super) fn batch(&mut self, count: usize, dice: &mut Dice) -> Checked {
        let Some(service) = &mut self.server.program else { return Ok(()) };
        let count = count.min(self.server.inbox.len());
        let events: Vec<Event> = self.server.inbox.drain(..count).collect();
        for event in &events {
            if let Event::Frame { session, frame: Frame::CatalogueDigest { entries } } = event {
                let named = entries.iter().map(|entry| (entry.document, entry.epoch));
                self.server.named.entry(*session).or_default().extend(named);
            }
        }
        let due = self.server.wake.is_some_and(|at| at <= self.now);
        if events.is_empty() && !due {
            return Ok(());
        }
        let may_lose = self.bug == Some(Bug::ServerSendsBeforeCommit) && dice.percent(10);
        let before = may_lose.then(|| self.server.machine.disk(|disk| disk.clone()));
        let now = Moment::from_millis(self.now + self.server.clock);
        let effects = service.hub.handle(&mut service.store, now, &mut self.server.random, events);
        let failed = effects.failed.is_some();
        self.note(format_args!("the hub handles {count}, failed: {failed}"));
        self.tally.count(if failed { "batches failed" } else { "batches" });
        if self.server.machine.is_off() {
            self.tally.count("server stopped within a batch");
            self.server_stops(dice);
            return Ok(());
        }
        self.refresh()?;
        self.check_sends(&effects)?;
        self.send(effects, dice)?;
        if let Some(disk) = before {
            self.server_stops(dice);
            self.server.machine = Machine::new(disk);
        }
        Ok(())
    }

    fn send(&mut self, effects: Effects, dice: &mut Dice) -> Checked {
        let (now, clock) = (self.now, self.server.clock);
        let wake = effects.wake_at.map(|at| at.millis() - clock);
        self.server.wake = wake.map(|at| at.clamp(now, now + HUB_WAIT_MILLIS_MAX));
        for event in effects.rest.into_iter().rev() {
            self.server.inbox.push_front(event);
        }
        for (session, message) in effects.sends {
            if let Some(left) = &mut self.server.dies_after_sends {
                if *left == 0 {
                    self.server.machine.disk(|disk| disk.faults.switch_off());
                    self.server_stops(dice);
                    return Ok(());
                }
                *left -= 1;
            }
            self.send_one(session, &message, dice);
        }
        Ok(())
    }

    fn send_one(&mut self, session: SessionId, message: &ToSession, dice: &mut Dice) {
        let bug = self.bug;
        let sent = match message {
            ToSession::Frame(frame) => {
                let message = frame.encode();
                self.tally.count(counted(frame));
                self.note(format_args!("  to {session}: {}", describe(&message)));
                let lost = match bug {
                    Some(Bug::WithdrawalLost) => matches!(frame, Frame::Withdrawn { .. }),
                    Some(Bug::MessageLost) => dice.percent(2),
                    _ => false,
                };
                if lost {
                    return;
                }
                if bug == Some(Bug::ServerLeaks) && matches!(frame, Frame::Sync { .. }) {
                    self.leak(frame, dice);
                }
                Down::Message(message)
            }
            ToSession::Close { code, reason } => {
                self.note(format_args!("  to {session}: close {reason}"));
                Down::Close(*code)
            }
        };
        let closes = matches!(sent, Down::Close(_));
        if let Some(link) = self.links.get_mut(&session).filter(|link| link.served) {
            link.send_down(sent);
        }
        if closes {
            self.ended_for_server(session);
        }
    }

    fn leak(&mut self, frame: &Frame, dice: &mut Dice) {
        let sessions: Vec<SessionId> = self.links.keys().copied().collect();
        if let Some(link) = dice.pick(&sessions).and_then(|other| self.links.get_mut(other)) {
            self.leaks.push((link.session, frame.clone()));
            link.send_down(Down::Message(frame.encode()));
        }
    }
}

/// What came of an attempt to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialed {
    Connected(SessionId),
    Unreachable,
    Unauthorised,
}

/// What a frame counts as.
fn counted(frame: &Frame) -> &'static str {
    match frame {
        Frame::Sync { .. } => "sync messages to clients",
        Frame::Receipt { .. } => "receipts",
        Frame::Rejected { .. } => "refusals",
        Frame::Withdrawn { .. } => "withdrawals",
        Frame::Outcome { .. } => "outcomes",
        Frame::DocUnavailable { .. } => "documents unavailable",
        _ => "other messages to clients",
    }
}

/// The receipt that a server would send which does not wait for its disk.
fn receipt_for(frame: &Frame) -> Option<Frame> {
    let Frame::Sync { document, data, .. } = frame else { return None };
    let heads = automerge::sync::Message::decode(data).ok()?.heads;
    Some(Frame::Receipt { document: *document, heads: heads.into() })
}
