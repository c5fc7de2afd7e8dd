//! A schedule: a list of steps drawn from a seed. Each step has a seed of its own, so that leaving one out
//! changes no other.

use crate::dice::Dice;

/// What kind of thing happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Somebody edits something.
    Edit,
    /// Somebody gives a command.
    Command,
    /// A script writes a document of its own.
    PeerWrites,
    /// Somebody who means harm does something.
    Hostile,
    /// An operator gives or takes a role.
    Role,
    /// An operator revokes a device.
    Revoke,
    /// An operator erases a person.
    Erase,
    /// An operator has a document begin anew, without its history.
    Anew,
    /// Messages arrive.
    Traffic,
    /// Time passes.
    Wait,
    /// A device goes out of reach.
    Offline,
    /// A device is told that it is online.
    Online,
    /// A connection is cut.
    Cut,
    /// A device stops, now or soon.
    StopDevice,
    /// The server stops, now or soon.
    StopServer,
    /// Something that is off starts.
    Start,
    /// A disk fails once, or is full for a while.
    Disk,
    /// A clock jumps.
    Clock,
    /// Everything works again, comes to rest, and is looked at.
    Heal,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Edit,
        Self::Command,
        Self::PeerWrites,
        Self::Hostile,
        Self::Role,
        Self::Revoke,
        Self::Erase,
        Self::Anew,
        Self::Traffic,
        Self::Wait,
        Self::Offline,
        Self::Online,
        Self::Cut,
        Self::StopDevice,
        Self::StopServer,
        Self::Start,
        Self::Disk,
        Self::Clock,
        Self::Heal,
    ];
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What happens.
    pub kind: Kind,
    /// How.
    pub seed: u64,
}

/// What a schedule is about: few faults at a time show more than all of them together.
const ORDINARY: [(usize, Kind); 8] = [
    (24, Kind::Edit),
    (5, Kind::Command),
    (3, Kind::PeerWrites),
    (28, Kind::Traffic),
    (8, Kind::Wait),
    (5, Kind::Role),
    (4, Kind::Offline),
    (4, Kind::Online),
];
const HARM: [(usize, Kind); 1] = [(12, Kind::Hostile)];
const NETWORK: [(usize, Kind); 1] = [(10, Kind::Cut)];
const POWER: [(usize, Kind); 3] = [(8, Kind::StopDevice), (7, Kind::StopServer), (14, Kind::Start)];
const DISK: [(usize, Kind); 1] = [(12, Kind::Disk)];
const CLOCK: [(usize, Kind); 1] = [(5, Kind::Clock)];
const EPOCHS: [(usize, Kind); 1] = [(4, Kind::Anew)];
const ENDINGS: [(usize, Kind); 2] = [(1, Kind::Revoke), (2, Kind::Erase)];

/// In how many stories in a hundred a member of staff and a student mean harm, from beginning to end.
const HARM_PERCENT: usize = 30;

/// Its own stream of chance, so that all other stories are what they would be without it.
const STREAM_HARM: u64 = 4;

/// Whether somebody means harm in the story of a seed.
#[must_use]
pub(crate) fn means_harm(seed: u64) -> bool {
    Dice::stream(seed, STREAM_HARM).percent(HARM_PERCENT)
}

/// How long a schedule is, in steps.
const STEPS_COUNT_MIN: usize = 8;
const STEPS_COUNT_MAX: usize = 50;

/// A seed and the steps that are drawn from it, or some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The seed.
    pub seed: u64,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Schedule {
    /// The schedule of a seed. It ends with a heal, and may have one in between.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let mut kinds = ORDINARY.to_vec();
        for (percent, theme) in [
            (60, &NETWORK[..]),
            (55, &POWER),
            (40, &DISK),
            (25, &CLOCK),
            (20, &EPOCHS),
            (25, &ENDINGS),
        ] {
            if dice.percent(percent) {
                kinds.extend_from_slice(theme);
            }
        }
        if means_harm(seed) {
            kinds.extend_from_slice(&HARM);
        }
        let count = STEPS_COUNT_MIN + dice.below(STEPS_COUNT_MAX - STEPS_COUNT_MIN);
        let mut steps: Vec<Step> =
            (0..count).map(|_| Step { kind: dice.weighted(&kinds), seed: dice.number() }).collect();
        if dice.percent(40) {
            let place = dice.below(steps.len());
            steps.insert(place, Step { kind: Kind::Heal, seed: dice.number() });
        }
        steps.push(Step { kind: Kind::Heal, seed: dice.number() });
        Self { seed, steps }
    }
}
