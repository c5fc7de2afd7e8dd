//! An instance of the allocation problem: what is read from a file, and checked.
//!
//! ```text
//!   file     the JSON's shape            check    a file → an instance, or every fault with its place
//!   fault    what is wrong, and where
//! ```
//!
//! `docs/allocation-format.md` says what each field means.

mod check;
mod fault;
mod file;
#[cfg(test)]
mod tests;

use sha2::{Digest as _, Sha256};

pub use fault::Fault;

use crate::refusal::Refusal;

/// The most bytes of a file unless a caller says otherwise: some 400 times a real round.
pub const INSTANCE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The most entries of one kind: teams, topics, supervisors or districts. Positions fit in `u32`, also those of all quotas together.
pub(super) const ENTRIES_MAX: usize = 1 << 20;
/// The most topics that one team ranks. Profiles and costs have a number for each rank.
pub(super) const PREFERENCES_MAX: usize = 1_000;
/// The most teams of one topic, supervisor or district.
pub(super) const CAPACITY_MAX: u32 = 1_000_000;
/// The most persons in a team.
pub(super) const TEAM_SIZE_MAX: u32 = 20;
/// How deep districts lie in each other.
pub(super) const DISTRICT_DEPTH_MAX: usize = 8;
/// The most bytes of an id.
pub(super) const ID_BYTES_MAX: usize = 128;
/// The most bytes of the reason for a pin.
pub(super) const REASON_BYTES_MAX: usize = 1_000;
/// The most digits of a seed.
pub(super) const SEED_DIGITS_MAX: usize = 128;

/// Teams, topics, supervisors and districts, each sorted by id and known by its position.
#[derive(Debug, Clone)]
pub struct Instance {
    pub(super) teams: Vec<Team>,
    pub(super) topics: Vec<Topic>,
    pub(super) supervisors: Vec<Supervisor>,
    pub(super) districts: Vec<District>,
    /// The topic that a team is pinned to.
    pub(super) pins: Vec<Option<usize>>,
    /// In lower-case hexadecimal digits.
    pub(super) seed: String,
    pub(super) digest: String,
}

#[derive(Debug, Clone)]
pub(super) struct Team {
    pub(super) id: String,
    pub(super) size: u32,
    /// Topics with their ranks, best first, the first rank being 1; as written within a tie.
    pub(super) preferences: Vec<Choice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) topic: usize,
    pub(super) rank: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Topic {
    pub(super) id: String,
    pub(super) supervisor: usize,
    pub(super) lower: u32,
    pub(super) capacity: u32,
    /// The sizes of teams that may take it.
    pub(super) team_size: Option<(u32, u32)>,
}

#[derive(Debug, Clone)]
pub(super) struct Supervisor {
    pub(super) id: String,
    pub(super) district: Option<usize>,
    pub(super) lower: u32,
    pub(super) capacity: u32,
    /// The place of each team that is ranked, sorted by team; `None` when indifferent.
    pub(super) places: Option<Vec<(usize, u32)>>,
}

#[derive(Debug, Clone)]
pub(super) struct District {
    pub(super) id: String,
    pub(super) lower: u32,
    pub(super) capacity: u32,
    /// The district around it.
    pub(super) within: Option<usize>,
}

impl Instance {
    /// Reads an instance of at most `bytes_max` bytes of JSON.
    ///
    /// # Errors
    ///
    /// Every fault with its place, up to 50; the codes are those of the table in `docs/allocation.md`. Reading allocates
    /// in proportion to the file.
    pub fn read(bytes: &[u8], bytes_max: usize) -> Result<Self, Vec<Fault>> {
        if bytes.len() > bytes_max {
            let refusal = Refusal::new("file-too-large").with("max", bytes_max);
            return Err(vec![Fault { at: String::new(), refusal }]);
        }
        let file = file::read(bytes).map_err(|fault| vec![fault])?;
        check::instance(file, digest(bytes))
    }

    /// How many teams there are.
    #[must_use]
    pub fn teams(&self) -> usize {
        self.teams.len()
    }

    /// The team with an id.
    pub(super) fn team(&self, id: &str) -> Option<usize> {
        self.teams.binary_search_by(|team| team.id.as_str().cmp(id)).ok()
    }
}

impl Team {
    /// The rank of a topic, if the team ranks it.
    pub(super) fn rank(&self, topic: usize) -> Option<u32> {
        self.preferences.iter().find(|choice| choice.topic == topic).map(|choice| choice.rank)
    }

    pub(super) fn fits(&self, topic: &Topic) -> bool {
        topic.team_size.is_none_or(|(least, most)| (least..=most).contains(&self.size))
    }
}

impl Supervisor {
    /// The place of a team, 0 being the best; `None` if the supervisor does not rank it.
    pub(super) fn place(&self, team: usize) -> Option<u32> {
        let Some(places) = &self.places else { return Some(0) };
        let found = places.binary_search_by_key(&team, |&(team, _)| team).ok()?;
        Some(places[found].1)
    }
}

/// `sha256:` and the digest of a file's bytes, as `sha256sum` prints it.
fn digest(bytes: &[u8]) -> String {
    let hex = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("sha256:{hex}")
}
