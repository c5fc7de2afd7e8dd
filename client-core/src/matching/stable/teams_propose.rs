//! Deferred acceptance with teams proposing, over nested quotas.

use std::collections::BinaryHeap;

use super::super::market::{Assignment, Market, QueueKey};

/// A team's try to get a topic: a pair, and where it stands in the queue of the pair's quotas.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<K = QueueKey> {
    pub(super) pair: usize,
    pub(super) key: K,
}

/// Each team makes its claims in order until one is held at the end; a full quota holds the best in its queue.
///
/// The answer is the stable allocation that every team likes best, whatever the order in which teams propose (Gale and
/// Shapley 1962; for nested quotas Fleiner 2003). Keys of different teams' claims must differ, but for those of pinned pairs. Time: O(*C*
/// (*D* + log *C*)) for *C* claims and quotas *D* deep.
pub(super) fn deferred_acceptance<K: Ord + Copy>(
    market: &Market<'_>,
    claims_of: impl Fn(usize) -> Vec<Claim<K>>,
) -> Assignment {
    let mut holding = Holding::new(market, claims_of);
    for team in 0..market.teams() {
        let mut free = Some(team);
        while let Some(team) = free {
            free = holding.propose(team);
        }
    }
    holding.assignment()
}

struct Holding<'a, K> {
    market: &'a Market<'a>,
    claims: Vec<Vec<Claim<K>>>,
    /// How many of its claims each team has made; the last is held unless the team is free.
    made: Vec<usize>,
    is_held: Vec<bool>,
    counts: Vec<u32>,
    /// What each quota holds, the worst first. Also what it no longer does: `(key, team, claim)`.
    heaps: Vec<BinaryHeap<(K, usize, usize)>>,
}

impl<'a, K: Ord + Copy> Holding<'a, K> {
    fn new(market: &'a Market<'a>, claims_of: impl Fn(usize) -> Vec<Claim<K>>) -> Self {
        let quotas = market.quotas.len();
        Self {
            market,
            claims: (0..market.teams()).map(claims_of).collect(),
            made: vec![0; market.teams()],
            is_held: vec![false; market.teams()],
            counts: vec![0; quotas],
            heaps: (0..quotas).map(|_| BinaryHeap::new()).collect(),
        }
    }

    /// A free team makes its next claim. Who is free now: the team itself, one that lost its place, or none.
    fn propose(&mut self, team: usize) -> Option<usize> {
        let number = self.made[team];
        let claim = *self.claims[team].get(number)?;
        self.made[team] += 1;
        let topic = self.market.pairs[claim.pair].topic;
        let mut loser = None;
        // In the smallest full quota the last in the queue goes. A larger one then holds as many as before.
        for quota in self.market.quotas_from(topic) {
            if self.counts[quota] < self.market.quotas[quota].capacity {
                continue;
            }
            let (key, last) = self.last(quota);
            if key <= claim.key {
                return Some(team);
            }
            self.release(last);
            loser = Some(last);
            break;
        }
        self.hold(team, number, claim);
        loser
    }

    /// The last in the queue among those that a full quota holds.
    fn last(&mut self, quota: usize) -> (K, usize) {
        loop {
            let &(key, team, claim) = self.heaps[quota]
                .peek()
                .expect("a full quota holds as many as its capacity, at least 1");
            if self.is_held[team] && self.made[team] == claim + 1 {
                return (key, team);
            }
            self.heaps[quota].pop();
        }
    }

    fn hold(&mut self, team: usize, number: usize, claim: Claim<K>) {
        self.is_held[team] = true;
        for quota in self.market.quotas_from(self.market.pairs[claim.pair].topic) {
            self.counts[quota] += 1;
            self.heaps[quota].push((claim.key, team, number));
        }
    }

    fn release(&mut self, team: usize) {
        self.is_held[team] = false;
        let claim = self.claims[team][self.made[team] - 1];
        for quota in self.market.quotas_from(self.market.pairs[claim.pair].topic) {
            self.counts[quota] -= 1;
        }
    }

    fn assignment(self) -> Assignment {
        let held = self.claims.iter().zip(self.made).zip(self.is_held);
        held.map(|((claims, made), is_held)| is_held.then(|| claims[made - 1].pair)).collect()
    }
}
