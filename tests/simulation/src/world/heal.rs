//! Everything works again, and must come to rest within bounds.

use samsynk_core::domain::view::{Link, SyncStatus};

use super::World;
use crate::dice::Dice;
use crate::violation::{Checked, Violation, ensure};

/// How long it may take, in milliseconds of the world's time, until nothing is pending: a connection that died
/// without a word is found out after five minutes and a half, and backing off takes a minute.
const REST_MILLIS_MAX: i64 = 20 * 60_000;

/// How many things may happen until then. A first sync of everything is about 300 for each device.
const HAPPENINGS_COUNT_MAX: usize = 6_000;

impl World {
    /// Heals everything, waits until nothing happens any more, and checks what must then hold.
    pub(super) fn heal(&mut self, dice: &mut Dice) -> Checked {
        self.faulty = false;
        self.server.dies_after_sends = None;
        self.devices.iter_mut().for_each(|device| device.offline = false);
        self.server.machine.disk(|disk| disk.faults.crash_in = None);
        for machine in self.devices.iter().map(|d| &d.machine).chain([&self.server.machine]) {
            // Who is off stays so until it is started.
            machine.disk(|disk| {
                let off = disk.faults.is_off();
                disk.faults.mend();
                if off {
                    disk.faults.switch_off();
                }
            });
        }
        let until = self.now + REST_MILLIS_MAX;
        let mut happenings = 0;
        loop {
            self.start_server(dice)?;
            for index in 0..self.devices.len() {
                self.start_device(index, dice)?;
            }
            while self.happen(dice)? {
                happenings += 1;
                ensure!(happenings < HAPPENINGS_COUNT_MAX, "it never comes to rest");
            }
            if self.is_at_rest() {
                break;
            }
            let wakes = self.devices.iter().map(|device| device.wake).chain([self.server.wake]);
            let wake = wakes.flatten().min();
            let next = wake.filter(|at| *at <= until);
            self.now = next.ok_or_else(|| self.restless())?;
            self.wake_devices()?;
        }
        self.note(format_args!("at rest"));
        self.tally.count("heals");
        self.check_rest()?;
        self.faulty = true;
        Ok(())
    }

    /// Whether a device is not to come back: it was revoked, or its person erased.
    pub(super) fn is_signed_out(status: &SyncStatus) -> bool {
        status.problem.as_ref().is_some_and(|problem| problem.code == "signed-out")
    }

    fn is_at_rest(&self) -> bool {
        let at_rest = |status: SyncStatus| {
            let pending = status.on_device + status.sent + status.waiting;
            Self::is_signed_out(&status) || (status.link == Link::Synced && pending == 0)
        };
        let mut programs = self.devices.iter().map(|device| device.program.as_ref());
        let all = programs.all(|p| p.is_some_and(|p| at_rest(p.engine.status())));
        all && self.server.wake.is_none() && self.links.values().all(|link| !link.cut)
    }

    fn restless(&self) -> Violation {
        let mut text = "it does not come to rest:".to_owned();
        for device in &self.devices {
            let status = device.program.as_ref().map(|program| program.engine.status());
            let wake = device.wake.map(|at| at - self.now);
            text += &format!("\n  {}: wakes in {wake:?} ms, {status:?}", device.name);
        }
        Violation(text)
    }
}
