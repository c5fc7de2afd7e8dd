//! Derives the answer of the two strict rules again, to be compared.
//!
//! Both are deferred acceptance as the fixpoint of two choice functions: Fleiner, *A fixed-point
//! approach to stable matchings and some applications* (2003). A team chooses its best pair; the
//! quotas choose greedily in queue order while each quota of the topic has room, which is the greedy
//! choice of a laminar matroid. One side proposes what it chooses of the pairs that are left, the other refuses
//! what it does not choose of these, and what is refused is struck out, until nothing is. The order of refusals
//! does not matter, so whole rounds are refused at once.

use std::collections::BTreeSet;

use super::instance::{Instance, Pair, Team};
use super::limits::DERIVE_STEPS_MAX;
use super::order::Standing;

/// A topic, or none, for each team.
pub(super) type Topics = Vec<Option<usize>>;

/// A pair of the market, seen from the quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    standing: Standing,
    /// The index in the team's own strict list.
    order: usize,
    team: usize,
    topic: usize,
}

/// Each team's pairs in the market of the pins, best first: ties by the topics' lottery.
fn strict_lists(instance: &Instance) -> Vec<Vec<Pair>> {
    let list = |team: &Team| {
        let mut pairs: Vec<Pair> = team.market_pairs().collect();
        pairs.sort_by_key(|pair| (pair.rank, instance.topics[pair.topic].lottery));
        pairs
    };
    instance.teams.iter().map(list).collect()
}

fn candidate(instance: &Instance, team: usize, order: usize, pair: &Pair) -> Candidate {
    let standing = instance.teams[team].market_standing(pair);
    Candidate { standing, order, team, topic: pair.topic }
}

/// The answer of `student-optimal`: the teams propose. None when it takes too long.
pub(super) fn student_optimal(instance: &Instance) -> Option<Topics> {
    Proposals::new(instance).run(DERIVE_STEPS_MAX)
}

struct Proposals<'a> {
    instance: &'a Instance,
    lists: Vec<Vec<Pair>>,
    topics_of: Vec<Vec<usize>>,
    heights: Vec<usize>,
    /// Where each team is in its list.
    next: Vec<usize>,
    /// The proposals that are not refused yet, by topic.
    held: Vec<Vec<Candidate>>,
    /// How many are held, by quota.
    counts: Vec<usize>,
    steps: u64,
}

impl<'a> Proposals<'a> {
    fn new(instance: &'a Instance) -> Self {
        Self {
            instance,
            lists: strict_lists(instance),
            topics_of: instance.topics_of_quotas(),
            next: vec![0; instance.teams.len()],
            held: vec![Vec::new(); instance.topics.len()],
            counts: vec![0; instance.quotas.len()],
            heights: heights(instance),
            steps: 0,
        }
    }

    fn run(mut self, steps_max: u64) -> Option<Topics> {
        let mut proposing: Vec<usize> = (0..self.instance.teams.len()).collect();
        while !proposing.is_empty() {
            let asked = self.propose(&proposing);
            let refused = self.refuse(&asked);
            refused.iter().for_each(|&team| self.next[team] += 1);
            proposing = refused;
            if self.steps > steps_max {
                return None;
            }
        }
        let has = self.lists.iter().zip(&self.next);
        Some(has.map(|(list, &next)| list.get(next).map(|pair| pair.topic)).collect())
    }

    /// Each of the teams proposes the best pair that is left to it. Says which topics are asked.
    fn propose(&mut self, teams: &[usize]) -> Vec<usize> {
        let mut asked = Vec::new();
        for &team in teams {
            let order = self.next[team];
            if let Some(pair) = self.lists[team].get(order) {
                self.held[pair.topic].push(candidate(self.instance, team, order, pair));
                let around = &self.instance.topics[pair.topic].quotas;
                around.iter().for_each(|&quota| self.counts[quota] += 1);
                asked.push(pair.topic);
            }
        }
        asked
    }

    /// Refuses what is beyond a capacity, in each quota around the topics, those inside first: of nested
    /// quotas this is the greedy choice. Says which teams are refused.
    fn refuse(&mut self, asked: &[usize]) -> Vec<usize> {
        let mut refused = Vec::new();
        let mut waiting: BTreeSet<(usize, usize)> = asked.iter().map(|&topic| (0, topic)).collect();
        while let Some((_, quota)) = waiting.pop_first() {
            self.steps += 1;
            if self.counts[quota] > self.instance.quotas[quota].capacity {
                refused.extend(self.cut(quota));
            }
            let around = self.instance.quotas[quota].parent;
            waiting.extend(around.map(|around| (self.heights[around], around)));
        }
        refused
    }

    /// Refuses the last in the queue of a quota with more than its capacity, and says whom.
    fn cut(&mut self, quota: usize) -> Vec<usize> {
        let topics = &self.topics_of[quota];
        let capacity = self.instance.quotas[quota].capacity;
        self.steps += (topics.len() + 2 * self.counts[quota]) as u64;
        let mut all: Vec<Candidate> =
            topics.iter().flat_map(|&topic| &self.held[topic]).copied().collect();
        let (_, first_refused, _) = all.select_nth_unstable(capacity);
        let first_refused = *first_refused;
        for &topic in topics {
            self.held[topic].retain(|candidate| *candidate < first_refused);
        }
        let refused = &all[capacity..];
        for candidate in refused {
            let around = &self.instance.topics[candidate.topic].quotas;
            around.iter().for_each(|&quota| self.counts[quota] -= 1);
        }
        refused.iter().map(|candidate| candidate.team).collect()
    }
}

/// How many quotas are nested inside each one, at most: 0 for topics.
fn heights(instance: &Instance) -> Vec<usize> {
    let mut heights = vec![0; instance.quotas.len()];
    for topic in &instance.topics {
        for (height, &quota) in topic.quotas.iter().enumerate() {
            heights[quota] = heights[quota].max(height);
        }
    }
    heights
}

/// The answer of `supervisor-optimal`: the quotas propose. None when it takes too long.
pub(super) fn supervisor_optimal(instance: &Instance) -> Option<Topics> {
    Offers::new(instance).run(DERIVE_STEPS_MAX)
}

struct Offers<'a> {
    instance: &'a Instance,
    lists: Vec<Vec<Pair>>,
    /// The outermost quotas: the others lie in these, so they choose independently.
    outermost: Vec<Outermost>,
    /// The best offer that each team had, as an index in its list.
    best: Vec<usize>,
    seats: Vec<usize>,
    steps: u64,
}

struct Outermost {
    quota: usize,
    /// The pairs that are left, in queue order.
    left: Vec<Candidate>,
    offered: Vec<Candidate>,
}

impl<'a> Offers<'a> {
    fn new(instance: &'a Instance) -> Self {
        let lists = strict_lists(instance);
        let mut left = vec![Vec::new(); instance.quotas.len()];
        for (team, list) in lists.iter().enumerate() {
            for (order, pair) in list.iter().enumerate() {
                let outermost = instance.topics[pair.topic].quotas.last().copied();
                left[outermost.unwrap_or(pair.topic)].push(candidate(instance, team, order, pair));
            }
        }
        let sorted = |(quota, mut left): (usize, Vec<Candidate>)| {
            left.sort_unstable();
            Outermost { quota, left, offered: Vec::new() }
        };
        let outermost = left.into_iter().enumerate().filter(|(_, left)| !left.is_empty());
        Self {
            instance,
            outermost: outermost.map(sorted).collect(),
            best: vec![usize::MAX; lists.len()],
            lists,
            seats: vec![0; instance.quotas.len()],
            steps: 0,
        }
    }

    fn run(mut self, steps_max: u64) -> Option<Topics> {
        let mut choosing: Vec<usize> = (0..self.outermost.len()).collect();
        while !choosing.is_empty() {
            for &index in &choosing {
                self.offer(index);
            }
            choosing = (0..self.outermost.len()).filter(|&index| self.refused(index)).collect();
            if self.steps > steps_max {
                return None;
            }
        }
        let has = self.lists.iter().zip(&self.best);
        Some(has.map(|(list, &best)| list.get(best).map(|pair| pair.topic)).collect())
    }

    /// Chooses greedily among the pairs that no team has refused, in queue order.
    fn offer(&mut self, index: usize) {
        let Outermost { quota, left, offered } = &mut self.outermost[index];
        left.retain(|pair| pair.order <= self.best[pair.team]);
        self.steps += left.len() as u64;
        let quotas = &self.instance.quotas;
        for pair in offered.drain(..) {
            self.instance.topics[pair.topic].quotas.iter().for_each(|&quota| self.seats[quota] = 0);
        }
        for pair in left {
            if self.seats[*quota] >= quotas[*quota].capacity {
                break;
            }
            let around = &self.instance.topics[pair.topic].quotas;
            // What a team has refused by now it refuses at once: it never takes it back.
            let refused = pair.order > self.best[pair.team];
            if refused || around.iter().any(|&quota| self.seats[quota] >= quotas[quota].capacity) {
                continue;
            }
            around.iter().for_each(|&quota| self.seats[quota] += 1);
            self.best[pair.team] = pair.order;
            offered.push(*pair);
        }
    }

    /// Whether a team has refused an offer of this quota for a better one.
    fn refused(&mut self, index: usize) -> bool {
        let offered = &self.outermost[index].offered;
        self.steps += offered.len() as u64;
        offered.iter().any(|pair| pair.order > self.best[pair.team])
    }
}
