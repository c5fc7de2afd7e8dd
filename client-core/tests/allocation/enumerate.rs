//! All allocations of a small instance, one after the other, and the best of them by each rule. Obviously right, and slow.

use std::cmp::Reverse;

use crate::market::{Allocation, Market};
use crate::stability::{self, Blocks};

/// All allocations of acceptable pairs that keep pins and capacities. Lower quotas do not count.
pub(crate) fn allocations(market: &Market) -> Vec<Allocation> {
    let mut all = Vec::new();
    let mut seats: Vec<usize> = market.quotas.iter().map(|quota| quota.capacity).collect();
    extend(market, &mut Vec::new(), &mut seats, &mut all);
    all
}

fn extend(
    market: &Market,
    so_far: &mut Allocation,
    seats: &mut [usize],
    all: &mut Vec<Allocation>,
) {
    let team = so_far.len();
    let Some(member) = market.teams.get(team) else {
        all.push(so_far.clone());
        return;
    };
    if member.pin.is_none() {
        so_far.push(None);
        extend(market, so_far, seats, all);
        so_far.pop();
    }
    for topic in 0..market.topics.len() {
        let quotas = &market.topics[topic].quotas;
        if member.pin.is_some_and(|pin| pin != topic)
            || market.pair(team, topic).is_none()
            || quotas.iter().any(|&quota| seats[quota] == 0)
        {
            continue;
        }
        quotas.iter().for_each(|&quota| seats[quota] -= 1);
        so_far.push(Some(topic));
        extend(market, so_far, seats, all);
        so_far.pop();
        quotas.iter().for_each(|&quota| seats[quota] += 1);
    }
}

/// How many teams have a topic.
pub(crate) fn size(allocation: &Allocation) -> usize {
    allocation.iter().flatten().count()
}

/// How many teams have a topic under the quota.
pub(crate) fn load(market: &Market, allocation: &Allocation, quota: usize) -> usize {
    allocation.iter().flatten().filter(|&&topic| market.under(topic, quota)).count()
}

pub(crate) fn meets_lower_quotas(market: &Market, allocation: &Allocation) -> bool {
    (0..market.quotas.len())
        .all(|quota| load(market, allocation, quota) >= market.quotas[quota].lower)
}

/// Whether pairs are acceptable and pins, capacities and lower quotas kept.
pub(crate) fn is_allowed(market: &Market, allocation: &Allocation) -> bool {
    let keeps = |(team, has): (usize, &Option<usize>)| {
        has.is_none_or(|topic| market.pair(team, topic).is_some())
            && market.teams[team].pin.is_none_or(|pin| *has == Some(pin))
    };
    allocation.iter().enumerate().all(keeps)
        && (0..market.quotas.len())
            .all(|quota| load(market, allocation, quota) <= market.quotas[quota].capacity)
        && meets_lower_quotas(market, allocation)
}

/// How many have each rank, as many numbers as the longest list has ranks.
pub(crate) fn profile(market: &Market, allocation: &Allocation) -> Vec<i64> {
    let mut profile = vec![0; market.ranks()];
    for (team, topic) in allocation.iter().enumerate() {
        if let Some(topic) = topic {
            profile[market.pair(team, *topic).unwrap().rank - 1] += 1;
        }
    }
    profile
}

/// The sum of ranks.
pub(crate) fn cost(market: &Market, allocation: &Allocation) -> i64 {
    (1..).zip(profile(market, allocation)).map(|(rank, count): (i64, i64)| rank * count).sum()
}

/// The rules that look at the teams' lists alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OneSided {
    Greedy,
    Generous,
    LeastCost,
}

impl OneSided {
    /// What the rule compares, the greater the better.
    pub(crate) fn merit(self, market: &Market, allocation: &Allocation) -> (usize, Vec<i64>) {
        let profile = profile(market, allocation);
        let merit = match self {
            Self::Greedy => profile,
            Self::Generous => profile.iter().rev().map(|count| -count).collect(),
            Self::LeastCost => vec![-cost(market, allocation)],
        };
        (size(allocation), merit)
    }

    /// The best of these by the rule; of equal ones, the one that the lottery chooses.
    pub(crate) fn best<'a>(
        self,
        market: &Market,
        among: impl Iterator<Item = &'a Allocation>,
    ) -> Option<&'a Allocation> {
        let unpinned: Vec<usize> = market
            .teams_by_lottery()
            .into_iter()
            .filter(|&team| market.teams[team].pin.is_none())
            .collect();
        among.max_by_key(|allocation| {
            let turns: Vec<_> =
                unpinned.iter().map(|&team| market.broken_rank(team, allocation[team])).collect();
            (self.merit(market, allocation), Reverse(turns))
        })
    }
}

/// The allocations without a blocking pair of the kind, which the stable rules may answer.
pub(crate) fn stable(pin_market: &Market, all: &[Allocation], blocks: Blocks) -> Vec<Allocation> {
    all.iter()
        .filter(|allocation| stability::blocking(pin_market, allocation, blocks).is_empty())
        .cloned()
        .collect()
}

/// The one of these that every team likes at least as much as any other, ties broken by lottery.
pub(crate) fn liked_most(market: &Market, among: &[Allocation]) -> Option<Allocation> {
    among.iter().find(|one| among.iter().all(|other| all_like(market, one, other))).cloned()
}

/// The one of these that no team likes more than any other.
pub(crate) fn liked_least(market: &Market, among: &[Allocation]) -> Option<Allocation> {
    among.iter().find(|one| among.iter().all(|other| all_like(market, other, one))).cloned()
}

/// Whether every team likes one at least as much as the other, ties broken by lottery.
pub(crate) fn all_like(market: &Market, one: &Allocation, other: &Allocation) -> bool {
    (0..market.teams.len())
        .all(|team| market.broken_rank(team, one[team]) <= market.broken_rank(team, other[team]))
}
