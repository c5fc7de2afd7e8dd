//! The words of `docs/allocation-format.md`, worked out for one instance: acceptable pairs, ranks, places, quotas, lottery.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::instance::{Instance, Preferences};

/// A topic for each team, in the order of the teams' ids; a number of `Market::topics`.
pub(crate) type Allocation = Vec<Option<usize>>;

#[derive(Debug, Clone)]
pub(crate) struct Market {
    /// Sorted by id, as are the topics.
    pub(crate) teams: Vec<Team>,
    pub(crate) topics: Vec<Topic>,
    pub(crate) quotas: Vec<Quota>,
    /// The acceptable pairs, by team and topic.
    pairs: Vec<Vec<Option<Pair>>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Team {
    pub(crate) id: String,
    pub(crate) size: u32,
    /// Tie groups of topics as written, acceptable or not.
    pub(crate) list: Vec<Vec<usize>>,
    pub(crate) pin: Option<usize>,
    pub(crate) lottery: [u8; 32],
}

#[derive(Debug, Clone)]
pub(crate) struct Topic {
    pub(crate) id: String,
    pub(crate) supervisor: String,
    pub(crate) team_size: Option<(u32, u32)>,
    /// Its own quota, its supervisor's, its district's and so on: numbers of `Market::quotas`.
    pub(crate) quotas: Vec<usize>,
    pub(crate) lottery: [u8; 32],
}

#[derive(Debug, Clone)]
pub(crate) struct Quota {
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    pub(crate) lower: usize,
    pub(crate) capacity: usize,
    /// Whether no other quota lies around it.
    pub(crate) outermost: bool,
}

/// An acceptable pair of a team and a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The first being 1.
    pub(crate) rank: usize,
    /// The first being 0; below that is a pinned pair in the market of the stable rules.
    pub(crate) place: isize,
}

/// The SHA-256 of `SEED:kind:ID`.
pub(crate) fn lottery(seed: &str, kind: &str, id: &str) -> [u8; 32] {
    Sha256::digest(format!("{}:{kind}:{id}", seed.to_lowercase())).into()
}

fn group_of(list: &Preferences, id: &str) -> Option<usize> {
    list.iter().position(|group| group.iter().any(|other| other == id))
}

impl Market {
    pub(crate) fn of(instance: &Instance) -> Self {
        let (quotas, number) = quotas(instance);
        let topics: Vec<Topic> = instance
            .topics
            .iter()
            .map(|(id, topic)| Topic {
                id: id.clone(),
                supervisor: topic.supervisor.clone(),
                team_size: topic.team_size,
                quotas: around(instance, id).iter().map(|key| number[key]).collect(),
                lottery: lottery(&instance.seed, "topic", id),
            })
            .collect();
        let of = |id: &String| topics.iter().position(|topic| topic.id == *id).unwrap();
        let teams: Vec<Team> = instance
            .teams
            .iter()
            .map(|(id, team)| Team {
                id: id.clone(),
                size: team.size.unwrap_or(1),
                list: team.preferences.iter().map(|group| group.iter().map(of).collect()).collect(),
                pin: instance.pins.get(id).map(|pin| of(&pin.topic)),
                lottery: lottery(&instance.seed, "team", id),
            })
            .collect();
        let pairs = teams
            .iter()
            .map(|team| topics.iter().map(|topic| acceptable(instance, team, topic)).collect())
            .collect();
        Self { teams, topics, quotas, pairs }
    }

    /// The market of the stable rules: a pinned team has its pinned pair alone, and that at the head of every queue.
    pub(crate) fn with_pins_alone(&self) -> Self {
        let mut market = self.clone();
        for (team, pairs) in self.teams.iter().zip(&mut market.pairs) {
            let Some(pin) = team.pin else { continue };
            let rank = pairs[pin].expect("a pin is an acceptable pair").rank;
            *pairs = vec![None; self.topics.len()];
            pairs[pin] = Some(Pair { rank, place: -1 });
        }
        market
    }

    /// The allocation that an answer has.
    pub(crate) fn read(&self, answer: &Value) -> Allocation {
        let topic = |id: &str| self.topics.iter().position(|topic| topic.id == id).unwrap();
        let has = |id: &str| answer["allocation"][id].as_str().map(topic);
        self.teams.iter().map(|team| has(&team.id)).collect()
    }

    /// The pair, where it is acceptable.
    pub(crate) fn pair(&self, team: usize, topic: usize) -> Option<Pair> {
        self.pairs[team][topic]
    }

    /// The topics of a team's acceptable pairs.
    pub(crate) fn pairs_of(&self, team: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.topics.len()).filter(move |&topic| self.pair(team, topic).is_some())
    }

    /// Where a pair stands in the queues of its topic's quotas.
    pub(crate) fn standing(&self, team: usize, topic: usize) -> (isize, &[u8; 32]) {
        (self.pairs[team][topic].expect("acceptable").place, &self.teams[team].lottery)
    }

    /// The rank of what a team has, with ties broken by the topics' numbers; greater than any other when it has nothing.
    pub(crate) fn broken_rank(&self, team: usize, has: Option<usize>) -> (usize, [u8; 32]) {
        has.map_or((usize::MAX, [0; 32]), |topic| {
            (self.pairs[team][topic].expect("acceptable").rank, self.topics[topic].lottery)
        })
    }

    /// Whether a topic is under a quota.
    pub(crate) fn under(&self, topic: usize, quota: usize) -> bool {
        self.topics[topic].quotas.contains(&quota)
    }

    /// The teams, that of the smallest number first.
    pub(crate) fn teams_by_lottery(&self) -> Vec<usize> {
        let mut teams: Vec<usize> = (0..self.teams.len()).collect();
        teams.sort_by_key(|&team| self.teams[team].lottery);
        teams
    }

    /// How many ranks the longest list has.
    pub(crate) fn ranks(&self) -> usize {
        self.teams.iter().map(|team| team.list.len()).max().unwrap_or(0)
    }
}

/// What names a quota: its kind and id.
type Key = (&'static str, String);

fn quotas(instance: &Instance) -> (Vec<Quota>, BTreeMap<Key, usize>) {
    let topics = instance.topics.iter().map(|(id, it)| ("topic", id, it.lower, it.capacity, false));
    let supervisors = instance
        .supervisors
        .iter()
        .map(|(id, it)| ("supervisor", id, it.lower, it.capacity, it.district.is_none()));
    let districts = instance
        .districts
        .iter()
        .map(|(id, it)| ("district", id, it.lower, it.capacity, it.district.is_none()));
    let quotas: Vec<Quota> = topics
        .chain(supervisors)
        .chain(districts)
        .map(|(kind, id, lower, capacity, outermost)| Quota {
            kind,
            id: id.clone(),
            lower: lower.unwrap_or(0),
            capacity,
            outermost,
        })
        .collect();
    let number = quotas.iter().enumerate().map(|(at, it)| ((it.kind, it.id.clone()), at)).collect();
    (quotas, number)
}

/// The quotas of a topic, the smallest first.
fn around(instance: &Instance, topic: &str) -> Vec<Key> {
    let supervisor = &instance.topics[topic].supervisor;
    let mut keys = vec![("topic", topic.to_owned()), ("supervisor", supervisor.clone())];
    let mut next = instance.supervisors[supervisor].district.clone();
    while let Some(district) = next {
        let outer = instance.districts[&district].district.clone();
        keys.push(("district", district));
        next = outer;
    }
    keys
}

fn acceptable(instance: &Instance, team: &Team, topic: &Topic) -> Option<Pair> {
    let rank = 1 + group_of(&instance.teams[&team.id].preferences, &topic.id)?;
    if topic.team_size.is_some_and(|(least, most)| team.size < least || team.size > most) {
        return None;
    }
    let ranking = instance.supervisors[&topic.supervisor].preferences.as_ref();
    let place = match ranking.filter(|list| !list.is_empty()) {
        None => 0,
        Some(list) => group_of(list, &team.id)?,
    };
    Some(Pair { rank, place: isize::try_from(place).unwrap() })
}
