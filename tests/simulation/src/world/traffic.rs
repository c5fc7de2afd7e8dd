//! What arrives where, in any order: within a connection in order, between connections as chance has it.

use samsynk_core::engine::Event;
use samsynk_server::hub::port::SessionId;

use super::World;
use super::link::{Holder, Link};
use super::server::Dialed;
use crate::dice::Dice;
use crate::violation::Checked;

/// Something that can happen next by itself.
#[derive(Debug, Clone, Copy)]
enum Next {
    Up(SessionId),
    Down(SessionId),
    Batch,
    DeviceDials(usize),
    PeerDials(usize),
    ClientNotices(SessionId),
    ServerNotices(SessionId),
}

impl World {
    /// Some of what can happen by itself.
    pub(super) fn traffic(&mut self, dice: &mut Dice) -> Checked {
        for _ in 0..5 + dice.below(40) {
            if !self.happen(dice)? {
                break;
            }
        }
        Ok(())
    }

    /// One thing that can happen by itself happens. False where there is none.
    pub(super) fn happen(&mut self, dice: &mut Dice) -> Checked<bool> {
        let next = self.next();
        let Some(&next) = dice.pick(&next) else { return Ok(false) };
        match next {
            Next::Up(session) => {
                for _ in 0..=dice.below(3) {
                    self.deliver_up(session)?;
                }
            }
            Next::Down(session) => self.deliver_down(session)?,
            Next::Batch => {
                let all = self.server.inbox.len();
                let count = if dice.percent(50) { all } else { all.min(1 + dice.below(all)) };
                self.batch(count, dice)?;
            }
            Next::DeviceDials(index) => self.device_dials(index, dice)?,
            Next::PeerDials(index) => {
                let reachable = !self.faulty || dice.percent(85);
                self.peer_dials(index, reachable)?;
            }
            Next::ClientNotices(session) => self.ended_for_client(session)?,
            Next::ServerNotices(session) => self.ended_for_server(session),
        }
        self.links.retain(|_, link| !link.is_over());
        Ok(true)
    }

    /// What can happen next, in an order that depends on nothing but the state.
    fn next(&self) -> Vec<Next> {
        let mut next = Vec::new();
        for (session, link) in &self.links {
            let can = |of: fn(&Link) -> bool, what: Next| of(link).then_some(what);
            next.extend(can(Link::brings_up, Next::Up(*session)));
            next.extend(can(Link::brings_down, Next::Down(*session)));
            next.extend(can(Link::ends_for_client, Next::ClientNotices(*session)));
            next.extend(can(Link::ends_for_server, Next::ServerNotices(*session)));
        }
        let called_for = self.server.wake.is_some_and(|at| at <= self.now);
        if self.server.program.is_some() && (called_for || !self.server.inbox.is_empty()) {
            next.push(Next::Batch);
        }
        let dialing = (0..self.devices.len()).filter(|i| self.devices[*i].dialing);
        next.extend(dialing.map(Next::DeviceDials));
        let idle = |i: &usize| self.peers[*i].link.is_none() && !self.peers[*i].refused;
        if self.server.program.is_some() {
            next.extend((0..self.peers.len()).filter(idle).map(Next::PeerDials));
        }
        next
    }

    fn device_dials(&mut self, index: usize, dice: &mut Dice) -> Checked {
        let reachable = !self.faulty || dice.percent(85);
        let reachable = reachable && !self.devices[index].offline;
        let dialed = self.dial(Holder::Device(index), reachable)?;
        let device = &mut self.devices[index];
        device.dialing = false;
        let name = device.name;
        self.note(format_args!("{name} dials: {dialed:?}"));
        match dialed {
            Dialed::Connected(session) => {
                self.devices[index].link = Some(session);
                self.tell(index, Event::Connected)
            }
            Dialed::Unreachable => self.tell(index, Event::Disconnected),
            Dialed::Unauthorised => self.tell(index, Event::Unauthorised),
        }
    }

    /// Time passes, and some are woken.
    pub(super) fn wait(&mut self, dice: &mut Dice) -> Checked {
        let millis = [50, 500, 3_000, 20_000, 70_000, 400_000];
        self.now += dice.pick(&millis).copied().unwrap_or(0);
        self.wake_devices()
    }
}
