//! An instance as the algorithms see it: acceptable pairs in each team's order, and nested quotas.

use std::ops::Range;

use super::instance::Instance;
use super::lottery;

/// An acceptable pair of a team and a topic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) team: usize,
    pub(super) topic: usize,
    /// The number of the topic's tie group in the team's list, from 1.
    pub(super) rank: u32,
    /// The number of the team's tie group in the supervisor's list, from 0.
    pub(super) place: u32,
}

/// Bounds on how many teams have a topic in some set of topics: one topic, all of a supervisor, all in a district.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    pub(super) lower: u32,
    pub(super) capacity: u32,
    /// The quota around it.
    pub(super) parent: Option<usize>,
}

/// The topic of each team, as the position of a pair.
pub(super) type Assignment = Vec<Option<usize>>;

/// Pairs and quotas of an instance.
///
/// Quotas are numbered: topics first, by their own positions, then supervisors, then districts. They form a forest whose leaves are
/// the topics: a laminar family, so the sets of pairs that fit are the independent sets of a matroid.
#[derive(Debug)]
pub(super) struct Market<'a> {
    pub(super) instance: &'a Instance,
    /// Grouped by team; within a team best first, ties in the order of the topics' lottery.
    pub(super) pairs: Vec<Pair>,
    /// Where each team's pairs start, and where the last one's end.
    starts: Vec<usize>,
    pub(super) quotas: Vec<Quota>,
    /// The pair that a team is pinned to.
    pub(super) pins: Assignment,
    /// Each team's position in the lottery.
    pub(super) lottery: Vec<u32>,
}

impl<'a> Market<'a> {
    pub(super) fn new(instance: &'a Instance) -> Self {
        let ids = instance.teams.iter().map(|team| team.id.as_str());
        let lottery = lottery::positions(&instance.seed, "team", ids);
        let mut market = Self {
            instance,
            pairs: Vec::new(),
            starts: vec![0],
            quotas: quotas(instance),
            pins: vec![None; instance.teams.len()],
            lottery,
        };
        let ids = instance.topics.iter().map(|topic| topic.id.as_str());
        let draw = lottery::positions(&instance.seed, "topic", ids);
        for team in 0..instance.teams.len() {
            market.add(team, &draw);
        }
        market
    }

    /// Adds the acceptable pairs of the next team.
    fn add(&mut self, team: usize, draw: &[u32]) {
        let instance = self.instance;
        let first = self.pairs.len();
        let applicant = &instance.teams[team];
        for choice in &applicant.preferences {
            let topic = &instance.topics[choice.topic];
            let place = instance.supervisors[topic.supervisor].place(team);
            let Some(place) = place.filter(|_| applicant.fits(topic)) else { continue };
            self.pairs.push(Pair { team, topic: choice.topic, rank: choice.rank, place });
        }
        self.pairs[first..].sort_by_key(|pair| (pair.rank, draw[pair.topic]));
        self.starts.push(self.pairs.len());
        self.pins[team] = instance.pins[team].and_then(|pin| self.pair(team, pin));
    }

    pub(super) fn teams(&self) -> usize {
        self.lottery.len()
    }

    /// The positions of a team's acceptable pairs, best first.
    pub(super) fn pairs_of(&self, team: usize) -> Range<usize> {
        self.starts[team]..self.starts[team + 1]
    }

    /// Those that a team competes for: its pinned pair alone, if it is pinned.
    pub(super) fn open_pairs_of(&self, team: usize) -> Range<usize> {
        match self.pins[team] {
            Some(pin) => pin..pin + 1,
            None => self.pairs_of(team),
        }
    }

    /// The position of an acceptable pair.
    pub(super) fn pair(&self, team: usize, topic: usize) -> Option<usize> {
        self.pairs_of(team).find(|&at| self.pairs[at].topic == topic)
    }

    /// A quota, which may be a topic, and those around it, the smallest first.
    pub(super) fn quotas_from(&self, quota: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(quota), |&quota| self.quotas[quota].parent)
    }

    /// Whether a quota is of a `topic`, a `supervisor` or a `district`, and its id.
    pub(super) fn name(&self, quota: usize) -> (&'static str, &'a str) {
        let Instance { topics, supervisors, districts, .. } = self.instance;
        if let Some(topic) = topics.get(quota) {
            return ("topic", &topic.id);
        }
        match supervisors.get(quota - topics.len()) {
            Some(supervisor) => ("supervisor", &supervisor.id),
            None => ("district", &districts[quota - topics.len() - supervisors.len()].id),
        }
    }

    /// Where a pair stands in the queue of its quotas. Pinned pairs stand at the head.
    pub(super) fn queue_key(&self, pair: usize) -> QueueKey {
        let Pair { team, place, .. } = self.pairs[pair];
        if self.pins[team] == Some(pair) {
            return QueueKey::HEAD;
        }
        QueueKey::new(place, self.lottery[team])
    }

    /// The teams that have a topic in each quota.
    pub(super) fn counts(&self, assignment: &Assignment) -> Vec<u32> {
        let mut counts = vec![0; self.quotas.len()];
        for &pair in assignment.iter().flatten() {
            for quota in self.quotas_from(self.pairs[pair].topic) {
                counts[quota] += 1;
            }
        }
        counts
    }
}

/// A position in a queue: the smaller, the better. Equal only for pairs of one team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct QueueKey(u64);

impl QueueKey {
    /// Before everyone else.
    pub(super) const HEAD: Self = Self(0);

    pub(super) fn new(place: u32, lottery: u32) -> Self {
        Self((u64::from(place) + 1) << 32 | u64::from(lottery))
    }

    /// The place that it was made of, if it is not the head.
    pub(super) fn place(self) -> Option<u32> {
        u32::try_from(self.0 >> 32).ok()?.checked_sub(1)
    }
}

fn quotas(instance: &Instance) -> Vec<Quota> {
    let supervisors = instance.topics.len();
    let districts = supervisors + instance.supervisors.len();
    let topics = instance.topics.iter().map(|topic| Quota {
        lower: topic.lower,
        capacity: topic.capacity,
        parent: Some(supervisors + topic.supervisor),
    });
    let supervisors = instance.supervisors.iter().map(|supervisor| Quota {
        lower: supervisor.lower,
        capacity: supervisor.capacity,
        parent: supervisor.district.map(|district| districts + district),
    });
    let around = instance.districts.iter().map(|district| Quota {
        lower: district.lower,
        capacity: district.capacity,
        parent: district.within.map(|district| districts + district),
    });
    topics.chain(supervisors).chain(around).collect()
}
