//! The size of the largest allocation without regard to stability and lower quotas.
//!
//! Augmenting paths (Ahuja, Magnanti and Orlin, *Network Flows*, 1993, section 6.4) through the nested quotas,
//! from the teams without a topic. Pinned teams do not move.

use std::collections::VecDeque;

use super::answer::Allocation;
use super::instance::Instance;
use super::limits::LARGEST_STEPS_MAX;

/// How a quota was reached with one team too many.
#[derive(Debug, Clone, Copy)]
enum Via {
    /// This team comes to the topic.
    Team(usize),
    /// A quota inside has one more.
    Inside(usize),
    /// The quota around has one more, and takes it back here.
    Around(usize),
}

/// The size of the largest allocation, found from one that keeps pins and capacities. None when it
/// takes too long.
pub(super) fn largest_size(instance: &Instance, allocation: &Allocation) -> Option<usize> {
    let mut flow = Flow::new(instance, allocation);
    let mut size = allocation.size();
    while let Some((outermost, via)) = flow.path() {
        flow.augment(outermost, &via);
        size += 1;
    }
    (flow.steps <= LARGEST_STEPS_MAX).then_some(size)
}

struct Flow<'a> {
    instance: &'a Instance,
    inside: Vec<Vec<usize>>,
    has: Vec<Option<usize>>,
    /// The teams of each topic that may move.
    members: Vec<Vec<usize>>,
    counts: Vec<usize>,
    steps: u64,
}

impl<'a> Flow<'a> {
    fn new(instance: &'a Instance, allocation: &Allocation) -> Self {
        let mut inside = vec![Vec::new(); instance.quotas.len()];
        for (index, quota) in instance.quotas.iter().enumerate() {
            if let Some(around) = quota.parent {
                inside[around].push(index);
            }
        }
        let mut members = vec![Vec::new(); instance.topics.len()];
        for (index, team) in instance.teams.iter().enumerate() {
            if let (Some(topic), None) = (allocation.topic(index), team.pin) {
                members[topic].push(index);
            }
        }
        let has = (0..instance.teams.len()).map(|team| allocation.topic(team)).collect();
        Self { instance, inside, has, members, counts: allocation.counts(instance), steps: 0 }
    }

    /// A path to a free seat: the outermost quota it ends at, and how each quota was reached.
    fn path(&mut self) -> Option<(usize, Vec<Option<Via>>)> {
        let mut via: Vec<Option<Via>> = vec![None; self.instance.quotas.len()];
        let mut queue = VecDeque::new();
        for team in (0..self.has.len()).filter(|&team| self.has[team].is_none()) {
            self.steps += self.reach(team, &mut via, &mut queue);
        }
        while let Some(node) = queue.pop_front() {
            let mut steps = 1;
            if self.counts[node] < self.instance.quotas[node].capacity {
                match self.instance.quotas[node].parent {
                    None => return Some((node, via)),
                    Some(around) => visit(around, Via::Inside(node), &mut via, &mut queue),
                }
            }
            for &inside in &self.inside[node] {
                steps += 1;
                if self.counts[inside] > 0 {
                    visit(inside, Via::Around(node), &mut via, &mut queue);
                }
            }
            for &team in self.members.get(node).into_iter().flatten() {
                steps += self.reach(team, &mut via, &mut queue);
            }
            self.steps += steps;
            if self.steps > LARGEST_STEPS_MAX {
                return None;
            }
        }
        None
    }

    /// Reaches all topics that a team could come to. Says how many there are.
    fn reach(&self, team: usize, via: &mut [Option<Via>], queue: &mut VecDeque<usize>) -> u64 {
        let mut steps = 0;
        for pair in self.instance.teams[team].market_pairs() {
            visit(pair.topic, Via::Team(team), via, queue);
            steps += 1;
        }
        steps
    }

    /// Takes the free seat, and moves each team on the way to it.
    fn augment(&mut self, outermost: usize, via: &[Option<Via>]) {
        let mut node = outermost;
        self.counts[node] += 1;
        while let Some(step) = via[node] {
            match step {
                Via::Inside(inside) => {
                    self.counts[inside] += 1;
                    node = inside;
                }
                Via::Around(around) => {
                    self.counts[node] -= 1;
                    node = around;
                }
                Via::Team(team) => {
                    self.members[node].push(team);
                    let Some(left) = self.has[team].replace(node) else { return };
                    self.members[left].retain(|&member| member != team);
                    node = left;
                }
            }
        }
    }
}

fn visit(node: usize, by: Via, via: &mut [Option<Via>], queue: &mut VecDeque<usize>) {
    if via[node].is_none() {
        via[node] = Some(by);
        queue.push_back(node);
    }
}
