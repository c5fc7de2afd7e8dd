//! The residual graph of an allocation under a one-sided rule.
//!
//! Nodes are the quotas, the world outside, and *nobody*, where teams without a topic are. A unit of flow
//! is a team that sits at a topic or at nobody, and counts in all quotas around. An arc says how one unit
//! could be led otherwise: a team moves from where it is to another topic, or a quota takes one more or one less
//! than it has. Two allocations of the same teams differ by cycles of these arcs (Ahuja, Magnanti and Orlin,
//! *Network Flows*, 1993, chapter 3), so all that an allocation could be changed to is seen from here.

use std::cmp::Ordering;

use super::answer::{Allocation, Rule};
use super::instance::{Instance, Pair};

/// A way to change an allocation by one unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arc {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The team that moves; none when it is a quota that takes one more or less.
    pub(super) team: Option<usize>,
    /// The rank that the moving team loses and the rank that it wins; 0 is none.
    lost: usize,
    won: usize,
}

/// The arcs of an allocation, and what they cost.
pub(super) struct Residual {
    pub(super) nodes: usize,
    pub(super) nobody: usize,
    pub(super) arcs: Vec<Arc>,
    pub(super) costs: Costs,
}

impl Residual {
    /// The residual graph of an allocation that keeps pins, capacities and lower quotas.
    pub(super) fn new(instance: &Instance, allocation: &Allocation, rule: Rule) -> Self {
        let outside = instance.quotas.len();
        let nobody = outside + 1;
        let mut arcs = Vec::new();
        for (index, team) in instance.teams.iter().enumerate() {
            if team.pin.is_some() {
                continue;
            }
            let has = allocation.has[index];
            let (from, lost) = has.map_or((nobody, 0), |pair| (pair.topic, pair.rank));
            let mut to = |to, won| arcs.push(Arc { from, to, team: Some(index), lost, won });
            for pair in team.pairs().filter(|pair| Some(*pair) != has) {
                to(pair.topic, pair.rank);
            }
            if has.is_some() {
                to(nobody, 0);
            }
        }
        let counts = allocation.counts(instance);
        for (index, (quota, count)) in instance.quotas.iter().zip(counts).enumerate() {
            let around = quota.parent.unwrap_or(outside);
            let mut arc = |from, to| arcs.push(Arc { from, to, team: None, lost: 0, won: 0 });
            if count < quota.capacity {
                arc(index, around);
            }
            if count > quota.lower {
                arc(around, index);
            }
        }
        // Nobody has no bounds: whoever is there may get a seat outside, and the reverse.
        let free = [(nobody, outside), (outside, nobody)];
        arcs.extend(free.map(|(from, to)| Arc { from, to, team: None, lost: 0, won: 0 }));
        Self { nodes: nobody + 1, nobody, arcs, costs: Costs::new(rule, instance.ranks) }
    }

    /// The move of a team from what it has to another pair.
    pub(super) fn move_of(&self, has: Option<Pair>, pair: &Pair) -> Arc {
        let (from, lost) = has.map_or((self.nobody, 0), |pair| (pair.topic, pair.rank));
        Arc { from, to: pair.topic, team: None, lost, won: pair.rank }
    }

    /// For each node the arcs that leave it, or with `reverse` those that enter it.
    pub(super) fn adjacent(&self, reverse: bool) -> Vec<Vec<usize>> {
        let mut adjacent = vec![Vec::new(); self.nodes];
        for (index, arc) in self.arcs.iter().enumerate() {
            adjacent[if reverse { arc.to } else { arc.from }].push(index);
        }
        adjacent
    }
}

/// The order of a one-sided rule as costs, which are compared number by number: the smaller is better.
/// The first number is how many teams fewer have a topic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Costs {
    rule: Rule,
    ranks: usize,
}

impl Costs {
    fn new(rule: Rule, ranks: usize) -> Self {
        Self { rule, ranks }
    }

    /// How many numbers a cost has.
    pub(super) fn width(&self) -> usize {
        if self.rule == Rule::LeastCost { 2 } else { self.ranks + 1 }
    }

    /// What a team with this rank adds: at which index, and how much.
    fn of_rank(&self, rank: usize) -> (usize, i64) {
        match self.rule {
            Rule::LeastCost => (1, i64::try_from(rank).unwrap_or(i64::MAX)),
            Rule::Generous => (self.ranks + 1 - rank, 1),
            _ => (rank, -1),
        }
    }

    /// Adds the cost of an arc.
    pub(super) fn add(&self, arc: &Arc, cost: &mut [i64]) {
        for (rank, sign) in [(arc.lost, -1), (arc.won, 1)] {
            if rank > 0 {
                let (index, amount) = self.of_rank(rank);
                cost[0] -= sign;
                cost[index] += sign * amount;
            }
        }
    }

    /// Compares `base` and the cost of `arc` together with `other`.
    pub(super) fn compare(&self, base: &[i64], arc: &Arc, other: &[i64]) -> Ordering {
        if arc.lost == arc.won {
            return base.cmp(other);
        }
        let mut change = [(0, 0_i64); 3];
        let mut known = 0;
        for (rank, sign) in [(arc.lost, -1), (arc.won, 1)] {
            if rank > 0 {
                let (index, amount) = self.of_rank(rank);
                change[0].1 -= sign;
                known += 1;
                change[known] = (index, sign * amount);
            }
        }
        let at = |index: usize| {
            change[..=known].iter().filter(|(i, _)| *i == index).map(|(_, by)| by).sum::<i64>()
        };
        let numbers = base.iter().zip(other).enumerate();
        let compared = numbers.map(|(index, (base, other))| (base + at(index)).cmp(other));
        compared.into_iter().find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// What a change of this cost does to the size, and to the profile or the sum of ranks.
    pub(super) fn read(&self, cost: &[i64]) -> (i64, Change) {
        let rest = &cost[1..];
        let change = match self.rule {
            Rule::LeastCost => Change::Cost(rest[0]),
            Rule::Generous => Change::Profile(rest.iter().rev().copied().collect()),
            _ => Change::Profile(rest.iter().map(|number| -number).collect()),
        };
        (-cost[0], change)
    }
}

/// What changes beside the size, as numbers to add.
pub(super) enum Change {
    /// How many more have each rank.
    Profile(Vec<i64>),
    /// The sum of ranks.
    Cost(i64),
}
