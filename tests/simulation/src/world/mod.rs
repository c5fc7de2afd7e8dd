//! Several devices, a server, and what lies between them.
//!
//! ```text
//!   device   the engine and what drives it      keeper  its storage
//!   server   the hub and what drives it         peer    a client of automerge-repo's own protocol
//!   link     one connection                     traffic what arrives, in any order
//!   people   what people do                     faults  what goes wrong
//!   hostile  what people do who mean harm
//!   heal     everything comes back, and must come to rest
//!   checks   what must then hold              words   messages as a trace tells them
//! ```

mod checks;
mod device;
mod faults;
mod heal;
mod hostile;
mod keeper;
mod link;
mod peer;
mod people;
mod server;
mod traffic;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use samsynk_core::wire::Frame;
use samsynk_server::hub::port::SessionId;

use crate::bug::Bug;
use crate::dice::Dice;
use crate::disk::Disk;
use crate::model::Model;
use crate::schedule::{Kind, Step, means_harm};
use crate::tally::Tally;
use crate::town::{BEGIN_MILLIS, DeviceImage, ENGINES_COUNT, PAIRS, SCRIPTS_COUNT, town};
use crate::trace::Trace;
use crate::violation::Checked;
use device::Device;
use link::Link;
use peer::Peer;
use server::Server;

/// The streams of chance of one seed: one for each purpose, so that leaving out a step changes no other.
const STREAM_CAST: u64 = 1;
const STREAM_SERVER: u64 = 2;
const STREAM_CHANCE: u64 = 3;
const STREAM_DEVICES: u64 = 100;
const STREAM_PEERS: u64 = 200;

/// How many devices in a hundred have nothing yet when a story begins.
const NEW_DEVICE_PERCENT: usize = 25;

/// The most devices in one story.
const DEVICES_COUNT_MAX: usize = 5;

/// The places of those devices in the town that take part. Two of one person are as likely as not.
fn on_stage(cast: &mut Dice) -> Vec<usize> {
    let mut on_stage: BTreeSet<usize> = match cast.below(4) {
        0 => PAIRS[0].into(),
        1 => PAIRS[1].into(),
        _ => BTreeSet::new(),
    };
    let count = 2 + cast.below(DEVICES_COUNT_MAX - 1);
    while on_stage.len() < count {
        on_stage.insert(cast.below(ENGINES_COUNT));
    }
    on_stage.into_iter().collect()
}

/// The state of a simulation.
#[derive(Debug)]
pub struct World {
    /// Milliseconds since 1970, by no machine's clock.
    now: i64,
    server: Server,
    devices: Vec<Device>,
    peers: Vec<Peer>,
    links: BTreeMap<SessionId, Link>,
    model: Model,
    trace: Trace,
    tally: Tally,
    bug: Option<Bug>,
    /// Whether things may go wrong by themselves.
    faulty: bool,
    /// What is nobody's choice and no step's.
    chance: Dice,
    /// What a leak sent to whom, to be looked at like everything else that is sent.
    leaks: Vec<(SessionId, Frame)>,
}

impl World {
    /// The beginning of a story: some devices, most of which have been in use before.
    #[must_use]
    pub fn new(seed: u64, bug: Option<Bug>, trace: Trace) -> Self {
        let mut cast = Dice::stream(seed, STREAM_CAST);
        let town = town();
        let mut world = Self::empty(seed, bug, trace, town.server.clone());
        for place in on_stage(&mut cast) {
            let image = &town.devices[place];
            let disk =
                if cast.percent(NEW_DEVICE_PERCENT) { &image.enrolled } else { &image.synced };
            let mut disk = disk.clone();
            disk.faults.lying = bug == Some(Bug::DeviceDiskLies);
            let random = Dice::stream(seed, STREAM_DEVICES + place as u64);
            world.devices.push(Device::new(image, disk, random));
        }
        let harm = means_harm(seed);
        for (place, image) in town.devices[ENGINES_COUNT..].iter().enumerate() {
            let hostile = place >= SCRIPTS_COUNT;
            // Who means harm does so for a whole story, and staff and student do it together.
            if if hostile { harm } else { cast.percent(30) } {
                let random = Dice::stream(seed, STREAM_PEERS + place as u64);
                world.peers.push(Peer { hostile, ..Peer::new(image, random) });
            }
        }
        world
    }

    /// A world with a server and nobody else.
    fn empty(seed: u64, bug: Option<Bug>, trace: Trace, mut server: Disk) -> Self {
        server.faults.lying = bug == Some(Bug::ServerDiskLies);
        Self {
            now: BEGIN_MILLIS,
            server: Server::new(server, Dice::stream(seed, STREAM_SERVER)),
            devices: Vec::new(),
            peers: Vec::new(),
            links: BTreeMap::new(),
            model: Model::default(),
            trace,
            tally: Tally::default(),
            bug,
            faulty: false,
            chance: Dice::stream(seed, STREAM_CHANCE),
            leaks: Vec::new(),
        }
    }

    /// Has all devices of a town sync once, so that a story need not begin with that: the server's disk and the
    /// devices' after it.
    ///
    /// # Errors
    ///
    /// What must not happen, did.
    pub(crate) fn rehearse(server: Disk, images: &[DeviceImage]) -> Checked<(Disk, Vec<Disk>)> {
        let mut world = Self::empty(0, None, Trace::new(false), server);
        for (place, image) in images.iter().enumerate() {
            let random = Dice::stream(0, STREAM_DEVICES + place as u64);
            world.devices.push(Device::new(image, image.enrolled.clone(), random));
        }
        world.begin()?;
        world.heal(&mut Dice::new(0))?;
        world.server.program = None;
        let server = world.server.machine.disk(|disk| disk.clone());
        let disks = world.devices.iter_mut().map(|device| {
            device.program = None;
            device.machine.disk(|disk| disk.clone())
        });
        Ok((server, disks.collect()))
    }

    /// Everyone comes to the stage.
    ///
    /// # Errors
    ///
    /// What must not happen, did; so with all that follows.
    pub fn begin(&mut self) -> Checked {
        let mut dice = Dice::new(0);
        self.start_server(&mut dice)?;
        for index in 0..self.devices.len() {
            self.start_device(index, &mut dice)?;
        }
        self.faulty = true;
        Ok(())
    }

    /// One step of a schedule.
    ///
    /// # Errors
    ///
    /// What must not happen, did.
    pub fn step(&mut self, step: &Step) -> Checked {
        let dice = &mut Dice::new(step.seed);
        self.note(format_args!("# {:?}", step.kind));
        match step.kind {
            Kind::Edit => self.somebody_edits(dice),
            Kind::Command => self.somebody_commands(dice),
            Kind::PeerWrites => {
                self.somebody_scripts(dice);
                Ok(())
            }
            Kind::Hostile => {
                self.somebody_misbehaves(dice);
                Ok(())
            }
            Kind::Role => {
                self.operator_changes_a_role(dice);
                Ok(())
            }
            Kind::Revoke => {
                self.operator_revokes(dice);
                Ok(())
            }
            Kind::Erase => {
                self.operator_erases(dice);
                Ok(())
            }
            Kind::Anew => {
                self.operator_forgets_a_history(dice);
                Ok(())
            }
            Kind::Traffic => self.traffic(dice),
            Kind::Wait => self.wait(dice),
            Kind::Offline => {
                self.somebody_goes_offline(dice);
                Ok(())
            }
            Kind::Online => self.somebody_is_back_online(dice),
            Kind::Cut => {
                self.cut_something(dice);
                Ok(())
            }
            Kind::StopDevice => self.device_fails(dice),
            Kind::StopServer => self.server_fails(dice),
            Kind::Start => self.something_starts(dice),
            Kind::Disk => {
                self.disk_fails(dice);
                Ok(())
            }
            Kind::Clock => {
                self.clock_jumps(dice);
                Ok(())
            }
            Kind::Heal => self.heal(dice),
        }
    }

    /// What happened, and how often.
    #[must_use]
    pub fn end(mut self) -> (Trace, Tally) {
        self.model.books.count(&mut self.tally);
        (self.trace, self.tally)
    }

    fn note(&mut self, line: std::fmt::Arguments<'_>) {
        self.trace.note(line);
    }
}
