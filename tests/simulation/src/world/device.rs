//! One device: the real engine on the real store, driven as `transport::Device` drives them.

use samsynk_core::domain::Moment;
use samsynk_core::engine::{Effects, Engine, Event, Identity, Turn};
use samsynk_core::refusal::Refusal;
use samsynk_core::store::Store;
use samsynk_core::wire::Frame;
use samsynk_server::hub::port::SessionId;

use super::World;
use super::keeper::Keeper;
use super::link::{Down, Holder};
use super::words::describe;
use crate::bug::Bug;
use crate::dice::Dice;
use crate::disk::Disk;
use crate::model::Seen;
use crate::town::DeviceImage;
use crate::vfs::Machine;
use crate::violation::{Checked, Violation, ensure};

/// The code with which the server ends the session of a device that may not come back.
const UNAUTHORISED: u16 = 4401;

/// A device.
#[derive(Debug)]
pub(super) struct Device {
    pub name: &'static str,
    pub identity: Identity,
    pub token: String,
    pub machine: Machine,
    /// What runs on it, while it runs.
    pub program: Option<Program>,
    /// Its random bytes.
    pub random: Dice,
    /// How far its clock is ahead, in milliseconds.
    pub clock: i64,
    /// When it is to be woken, by the world's time.
    pub wake: Option<i64>,
    /// Whether it is out of reach of any network.
    pub offline: bool,
    /// Whether it waits for a connection.
    pub dialing: bool,
    /// Its connection.
    pub link: Option<SessionId>,
    /// Whether an edit or command was under way when something failed: it may or may not have been kept.
    pub unsure: bool,
}

/// What runs on a device.
#[derive(Debug)]
pub(super) struct Program {
    pub engine: Engine,
    pub keeper: Keeper,
}

impl World {
    /// Calls a device's engine, keeps the books, and notices when the power went meanwhile. `None` where it does
    /// not run, or no longer.
    pub(super) fn call<R>(
        &mut self,
        index: usize,
        seen: Seen,
        call: impl FnOnce(&mut Engine, &mut Turn<'_>) -> R,
    ) -> Checked<Option<R>> {
        let device = &mut self.devices[index];
        let now = Moment::from_millis(self.now + device.clock);
        let Some(Program { engine, keeper }) = &mut device.program else { return Ok(None) };
        let mut turn = Turn { now, random: &mut device.random, storage: keeper };
        let done = call(engine, &mut turn);
        device.unsure |= seen.made && device.machine.is_off();
        if device.machine.is_off() {
            self.tally.count("devices stopped within a call");
            self.device_stops(index);
            return Ok(None);
        }
        if engine.status().problem.is_some_and(|problem| problem.code.starts_with("storage-")) {
            self.tally.count("calls with a failing store");
        }
        if keeper.unread {
            // The books wait until the device knows again what it has.
            device.unsure = true;
            return Ok(Some(done));
        }
        let seen = Seen { made: seen.made || device.unsure, ..seen };
        self.model.books.observe(index, engine.stored(), &seen, &self.model.now)?;
        Ok(Some(done))
    }

    /// Tells a device what happened, and does what it asks.
    pub(super) fn tell(&mut self, index: usize, event: Event) -> Checked {
        let mut seen = Seen::default();
        if let Event::Received(messages) = &event {
            for frame in messages.iter().filter_map(|message| Frame::decode(message).ok()) {
                if let Frame::Outcome { id, result } = frame {
                    seen.outcomes.push((id, result));
                }
            }
        }
        match self.call(index, seen, |engine, turn| engine.handle(turn, event))? {
            Some(effects) => self.obey(index, effects),
            None => Ok(()),
        }
    }

    /// Has a device do what a person asks of it.
    pub(super) fn ask<T>(
        &mut self,
        index: usize,
        ask: impl FnOnce(&mut Engine, &mut Turn<'_>) -> Result<(T, Effects), Refusal>,
    ) -> Checked<Option<T>> {
        let seen = Seen { made: true, ..Seen::default() };
        match self.call(index, seen, ask)? {
            None => Ok(None),
            Some(Ok((value, effects))) => {
                self.obey(index, effects)?;
                Ok(Some(value))
            }
            Some(Err(refusal)) => {
                self.note(format_args!("  refused {}", refusal.code));
                self.devices[index].unsure |= refusal.code.starts_with("storage-");
                // What is to be done about a failing store is among the effects of the next call.
                self.tell(index, Event::Wake)?;
                Ok(None)
            }
        }
    }

    fn obey(&mut self, index: usize, effects: Effects) -> Checked {
        let name = self.devices[index].name;
        if effects.disconnect {
            self.note(format_args!("  {name} disconnects"));
            self.let_go(index);
        }
        let device = &mut self.devices[index];
        device.dialing |= effects.connect;
        let now = self.now;
        device.wake = effects.wake_at.map(|at| now.max(at.millis() - device.clock));
        let link = device.link;
        for message in effects.frames {
            self.note(format_args!("  {name} sends {}", describe(&message)));
            if let Some(link) = link.and_then(|link| self.links.get_mut(&link)) {
                link.send_up(message);
            }
        }
        Ok(())
    }

    /// A device's connection is no longer its business.
    pub(super) fn let_go(&mut self, index: usize) {
        let device = &mut self.devices[index];
        device.dialing = false;
        if let Some(link) = device.link.take().and_then(|link| self.links.get_mut(&link)) {
            link.held = false;
            link.down.clear();
        }
    }

    /// The program on a device ends without a word: the power went, or the system ended it.
    pub(super) fn device_stops(&mut self, index: usize) {
        let device = &mut self.devices[index];
        self.tally.count("devices stopped");
        if device.machine.is_off() {
            if let Some(link) = device.link.and_then(|link| self.links.get_mut(&link)) {
                // What it was sending does not all leave it.
                link.up.truncate(self.chance.below(link.up.len() + 1));
            }
        } else {
            device.machine.kill();
        }
        device.program = None;
        device.wake = None;
        self.let_go(index);
        let name = self.devices[index].name;
        self.note(format_args!("  {name} is off"));
    }

    /// Starts a device that is off.
    pub(super) fn start_device(&mut self, index: usize, dice: &mut Dice) -> Checked {
        let lies = self.bug == Some(Bug::DeviceDiskLies);
        let bug = self.bug;
        let device = &mut self.devices[index];
        if device.program.is_some() {
            return Ok(());
        }
        let name = device.name;
        if device.machine.is_off() {
            device.machine.reboot(dice);
        }
        if self.faulty && dice.percent(15) {
            let changes = dice.below(12) as u64;
            device.machine.disk(|disk| disk.faults.crash_in = Some(changes));
        }
        let opened = Store::open(&device.machine).and_then(|opened| {
            let mut keeper = Keeper::new(opened.store, bug);
            Engine::open(&mut keeper).map(|engine| (Program { engine, keeper }, opened.damaged))
        });
        match opened {
            _ if device.machine.is_off() => {
                self.note(format_args!("  {name} is off before it has started"));
            }
            Err(error) => self.note(format_args!("  {name} does not start: {}", error.code())),
            Ok((program, damaged)) => {
                ensure!(damaged.is_none() || lies, "{name}'s store was damaged");
                self.tally.count("devices started");
                device.program = Some(program);
                self.note(format_args!("  {name} is on"));
                self.call(index, Seen::default(), |_, _| ())?;
                self.devices[index].unsure = false;
                self.tell(index, Event::Start)?;
            }
        }
        Ok(())
    }

    /// The next message from the server arrives at a client's end.
    pub(super) fn deliver_down(&mut self, session: SessionId) -> Checked {
        let Some(link) = self.links.get_mut(&session) else { return Ok(()) };
        let holder = link.holder;
        match (link.down.pop_front(), holder) {
            (None, _) => Ok(()),
            (Some(Down::Close(UNAUTHORISED)), Holder::Device(index)) => {
                self.let_go(index);
                self.tell(index, Event::Unauthorised)
            }
            (Some(Down::Close(UNAUTHORISED)), Holder::Peer(index)) => {
                self.peers[index].refused = true;
                self.ended_for_client(session)
            }
            (Some(Down::Close(_)), _) => self.ended_for_client(session),
            (Some(Down::Message(message)), Holder::Device(index)) => {
                let name = self.devices[index].name;
                self.note(format_args!("{name} receives {}", describe(&message)));
                self.tell(index, Event::Received(vec![message]))
            }
            (Some(Down::Message(message)), Holder::Peer(index)) => self.peer_hears(index, &message),
        }
    }

    /// A client finds out that its connection is over.
    pub(super) fn ended_for_client(&mut self, session: SessionId) -> Checked {
        let Some(link) = self.links.get_mut(&session) else { return Ok(()) };
        link.held = false;
        link.down.clear();
        match link.holder {
            Holder::Device(index) => {
                self.devices[index].link = None;
                let name = self.devices[index].name;
                self.note(format_args!("{name} finds its connection over"));
                self.tell(index, Event::Disconnected)
            }
            Holder::Peer(index) => {
                self.peers[index].lost();
                Ok(())
            }
        }
    }

    /// The devices that run.
    pub(super) fn running(&self) -> Vec<usize> {
        (0..self.devices.len()).filter(|i| self.devices[*i].program.is_some()).collect()
    }

    /// Wakes whoever is to be woken by now.
    pub(super) fn wake_devices(&mut self) -> Checked {
        for index in 0..self.devices.len() {
            if self.devices[index].wake.is_some_and(|at| at <= self.now) {
                self.devices[index].wake = None;
                let name = self.devices[index].name;
                self.note(format_args!("{name} wakes"));
                self.tell(index, Event::Wake)?;
            }
        }
        Ok(())
    }
}

impl Device {
    /// A device that is off, with this on its disk.
    pub(super) fn new(image: &DeviceImage, disk: Disk, random: Dice) -> Self {
        Self {
            name: image.name,
            identity: image.identity,
            token: image.token.clone(),
            machine: Machine::new(disk),
            program: None,
            random,
            clock: 0,
            wake: None,
            offline: false,
            dialing: false,
            link: None,
            unsure: false,
        }
    }

    pub(super) fn engine(&self) -> Checked<&Engine> {
        let program = self.program.as_ref();
        program.map(|p| &p.engine).ok_or_else(|| Violation(format!("{} is off", self.name)))
    }
}
