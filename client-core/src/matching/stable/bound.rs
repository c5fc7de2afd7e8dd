//! How many teams any allocation could place, stable or not.

use std::collections::VecDeque;

use super::super::market::{Assignment, Market};

/// The size of the largest allocation that keeps pins and capacities, by augmenting paths from a given one (Ford and Fulkerson 1956).
pub(super) fn largest_size(market: &Market<'_>, start: &Assignment) -> usize {
    let mut flow = Flow::new(market, start);
    for team in 0..market.teams() {
        if flow.held[team].is_none() {
            flow.augment(team);
        }
    }
    flow.held.iter().flatten().count()
}

struct Flow<'a> {
    market: &'a Market<'a>,
    held: Assignment,
    counts: Vec<u32>,
    members: Vec<Vec<usize>>,
    children: Vec<Vec<usize>>,
    /// Quotas from which a search has failed: no later one comes through, as a path that is used never touches them.
    is_dead: Vec<bool>,
    /// How each quota was reached in this search, which they were, and which are to be looked at.
    steps: Vec<Option<Step>>,
    reached: Vec<usize>,
    waiting: VecDeque<usize>,
}

/// How a quota was reached.
#[derive(Clone, Copy)]
enum Step {
    /// By a team that would take the topic, with this pair.
    Choice(usize),
    /// From the quota just inside: one more team is in it.
    Up(usize),
    /// From the quota around: one team fewer is in this one.
    Down(usize),
}

impl<'a> Flow<'a> {
    fn new(market: &'a Market<'a>, start: &Assignment) -> Self {
        let mut members = vec![Vec::new(); market.instance.topics.len()];
        for &pair in start.iter().flatten() {
            members[market.pairs[pair].topic].push(pair);
        }
        let mut children = vec![Vec::new(); market.quotas.len()];
        for (quota, bounds) in market.quotas.iter().enumerate() {
            if let Some(parent) = bounds.parent {
                children[parent].push(quota);
            }
        }
        let counts = market.counts(start);
        Self {
            market,
            held: start.clone(),
            counts,
            members,
            children,
            is_dead: vec![false; market.quotas.len()],
            steps: vec![None; market.quotas.len()],
            reached: Vec::new(),
            waiting: VecDeque::new(),
        }
    }

    /// Finds a topic for a team that has none, moving others, if that is possible.
    fn augment(&mut self, team: usize) {
        for quota in self.reached.drain(..) {
            self.steps[quota] = None;
        }
        self.waiting.clear();
        self.choices(team);
        while let Some(quota) = self.waiting.pop_front() {
            let bounds = self.market.quotas[quota];
            if self.counts[quota] < bounds.capacity {
                match bounds.parent {
                    None => return self.use_path(quota),
                    Some(parent) => self.reach(parent, Step::Up(quota)),
                }
            }
            for child in self.children[quota].clone() {
                if self.counts[child] > 0 {
                    self.reach(child, Step::Down(quota));
                }
            }
            for pair in self.members.get(quota).cloned().unwrap_or_default() {
                self.choices(self.market.pairs[pair].team);
            }
        }
        for &quota in &self.reached {
            self.is_dead[quota] = true;
        }
    }

    fn choices(&mut self, team: usize) {
        for pair in self.market.open_pairs_of(team) {
            self.reach(self.market.pairs[pair].topic, Step::Choice(pair));
        }
    }

    fn reach(&mut self, quota: usize, step: Step) {
        if self.steps[quota].is_none() && !self.is_dead[quota] {
            self.steps[quota] = Some(step);
            self.reached.push(quota);
            self.waiting.push_back(quota);
        }
    }

    /// Follows the steps back from a root with a free seat, and changes what they say.
    fn use_path(&mut self, root: usize) {
        self.counts[root] += 1;
        let mut at = root;
        while let Some(step) = self.steps[at] {
            match step {
                Step::Up(inside) => {
                    self.counts[inside] += 1;
                    at = inside;
                }
                Step::Down(around) => {
                    self.counts[at] -= 1;
                    at = around;
                }
                Step::Choice(pair) => {
                    self.members[at].push(pair);
                    let left = self.held[self.market.pairs[pair].team].replace(pair);
                    let Some(left) = left else { return };
                    at = self.market.pairs[left].topic;
                    self.members[at].retain(|&member| member != left);
                }
            }
        }
    }
}
