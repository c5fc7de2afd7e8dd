//! What goes wrong: networks, power, disks, clocks.

use samsynk_core::engine::Event;
use samsynk_server::hub::port::SessionId;

use super::World;
use crate::dice::Dice;
use crate::disk::Operation;
use crate::vfs::Machine;
use crate::violation::Checked;

/// How power or a process is lost.
#[derive(Debug, Clone, Copy)]
enum Loss {
    /// The power goes now.
    Power,
    /// The power goes after some more changes of the disk.
    PowerSoon,
    /// The system ends the process; the disk is as it was written.
    Process,
    /// The power goes between two messages that are sent.
    WhileSending,
}

/// After how many changes of the disk the power goes at the most; a commit is about five.
const CHANGES_UNTIL_CRASH_MAX: usize = 25;

impl World {
    pub(super) fn cut_something(&mut self, dice: &mut Dice) {
        let links: Vec<SessionId> = self.links.keys().copied().collect();
        if let Some(session) = dice.pick(&links) {
            self.tally.count("connections cut");
            self.note(format_args!("connection {session} is cut"));
            if let Some(link) = self.links.get_mut(session) {
                link.cut(dice);
            }
        }
    }

    pub(super) fn device_fails(&mut self, dice: &mut Dice) -> Checked {
        let running = self.running();
        let Some(&index) = dice.pick(&running) else { return Ok(()) };
        let loss = dice.weighted(&[(2, Loss::Power), (5, Loss::PowerSoon), (2, Loss::Process)]);
        let name = self.devices[index].name;
        self.note(format_args!("{name}: {loss:?}"));
        let machine = &self.devices[index].machine;
        match loss {
            Loss::PowerSoon => {
                let changes = dice.below(CHANGES_UNTIL_CRASH_MAX) as u64;
                machine.disk(|disk| disk.faults.crash_in = Some(changes));
                return Ok(());
            }
            Loss::Power => machine.disk(|disk| disk.faults.switch_off()),
            Loss::Process | Loss::WhileSending => {}
        }
        self.device_stops(index);
        Ok(())
    }

    pub(super) fn server_fails(&mut self, dice: &mut Dice) -> Checked {
        if self.server.program.is_none() {
            return Ok(());
        }
        let losses =
            [(2, Loss::Power), (5, Loss::PowerSoon), (2, Loss::Process), (2, Loss::WhileSending)];
        let loss = dice.weighted(&losses);
        self.note(format_args!("server: {loss:?}"));
        let machine = &self.server.machine;
        match loss {
            Loss::PowerSoon => {
                let changes = dice.below(CHANGES_UNTIL_CRASH_MAX) as u64;
                machine.disk(|disk| disk.faults.crash_in = Some(changes));
                return Ok(());
            }
            Loss::WhileSending => {
                self.server.dies_after_sends = Some(dice.below(6));
                return Ok(());
            }
            Loss::Power => machine.disk(|disk| disk.faults.switch_off()),
            Loss::Process => {}
        }
        self.server_stops(dice);
        Ok(())
    }

    /// Something that is off comes back.
    pub(super) fn something_starts(&mut self, dice: &mut Dice) -> Checked {
        let off = |i: &usize| self.devices[*i].program.is_none();
        let off: Vec<usize> = (0..self.devices.len()).filter(off).collect();
        if self.server.program.is_none() && (off.is_empty() || dice.percent(60)) {
            return self.start_server(dice);
        }
        match dice.pick(&off) {
            Some(&index) => self.start_device(index, dice),
            None => Ok(()),
        }
    }

    /// An operation fails soon, or there is no room for a while.
    pub(super) fn disk_fails(&mut self, dice: &mut Dice) {
        let which = dice.below(self.devices.len() + 1);
        let name = self.devices.get(which).map_or("the server", |device| device.name);
        let operations =
            [Operation::Read, Operation::Write, Operation::Write, Operation::Sync, Operation::Sync];
        let operation = dice.pick(&operations).copied().expect("there are five");
        let (left, fails) = (dice.below(8) as u64, dice.percent(65));
        self.note(format_args!("disk of {name}: {operation:?} in {left}, or full: {}", !fails));
        self.machine(which).disk(|disk| {
            if fails {
                disk.faults.fail_in = Some((operation, left));
            } else {
                disk.faults.full = !disk.faults.full;
            }
        });
    }

    fn machine(&self, which: usize) -> &Machine {
        self.devices.get(which).map_or(&self.server.machine, |device| &device.machine)
    }

    /// Somebody's clock is set, forward or back, to what it should be or not.
    pub(super) fn clock_jumps(&mut self, dice: &mut Dice) {
        const HOUR_MILLIS: i64 = 3_600_000;
        let which = dice.below(self.devices.len() + 1);
        let hours = [0, 1, -1, 47, -47, 9_000, -9_000];
        let ahead = dice.pick(&hours).copied().unwrap_or(0) * HOUR_MILLIS;
        let name = self.devices.get(which).map_or("the server", |device| device.name);
        self.note(format_args!("the clock of {name} is {ahead} ms ahead"));
        match self.devices.get_mut(which) {
            Some(device) => device.clock = ahead,
            None => self.server.clock = ahead,
        }
    }

    /// Somebody goes where there is no network.
    pub(super) fn somebody_goes_offline(&mut self, dice: &mut Dice) {
        let all: Vec<usize> = (0..self.devices.len()).collect();
        let Some(&index) = dice.pick(&all) else { return };
        let device = &mut self.devices[index];
        device.offline = true;
        let (name, link) = (device.name, device.link);
        self.note(format_args!("{name} is out of reach"));
        self.tally.count("devices out of reach");
        if let Some(link) = link.and_then(|link| self.links.get_mut(&link)) {
            link.cut(dice);
        }
    }

    /// A device's system thinks that the network is back, and it may be right.
    pub(super) fn somebody_is_back_online(&mut self, dice: &mut Dice) -> Checked {
        let running = self.running();
        let offline: Vec<usize> =
            running.iter().copied().filter(|i| self.devices[*i].offline).collect();
        let Some(&index) = dice.pick(if offline.is_empty() { &running } else { &offline }) else {
            return Ok(());
        };
        self.devices[index].offline = dice.percent(20);
        let name = self.devices[index].name;
        self.note(format_args!("{name} is told that it is online"));
        self.tell(index, Event::Online)
    }
}
