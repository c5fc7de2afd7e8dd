//! Deferred acceptance with the quotas proposing: the best stable allocation for supervisors.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::market::{Assignment, Market, QueueKey};

/// The stable allocation that supervisors like best, and every team least.
///
/// Quotas with free seats offer them to the first in their queue who would gain; a team keeps the best offer. After a team has left a
/// seat, the next in the queue whom the quotas allow gets the offer: in a matroid one element replaces another (Fleiner 2003; for one level of
/// quotas this is the lecturer-oriented algorithm of Abraham, Irving and Manlove 2007). Time: O(*P* *D* log *P*).
pub(crate) fn supervisor_optimal(market: &Market<'_>) -> Assignment {
    let mut offering = Offering::new(market);
    let mut roots: Vec<usize> =
        (0..market.quotas.len()).filter(|&quota| market.quotas[quota].parent.is_none()).collect();
    while let Some(&root) = roots.last() {
        match offering.next(root) {
            None => {
                roots.pop();
            }
            // Where a team came from there is a free seat now.
            Some(pair) => roots.extend(offering.accept(pair)),
        }
    }
    offering.held
}

/// The pair at the head of a queue. Of two of one team the one that the team prefers comes first: it has the smaller position.
type Head = (QueueKey, usize);

/// A head that none can be better than.
const UNKNOWN_HEAD: Head = (QueueKey::HEAD, 0);

struct Offering<'a> {
    market: &'a Market<'a>,
    held: Assignment,
    counts: Vec<u32>,
    /// Each topic's queue, and how far it has been served.
    queues: Vec<Vec<usize>>,
    served: Vec<usize>,
    /// The head of each quota's queue, as far as it is known: it may be better than it is by now, never worse. `None` when there are no free
    /// seats, or nobody to offer them to.
    heads: Vec<Option<Head>>,
    /// For each quota but topics: those just inside it, by their heads. Also by heads that they no longer have.
    inside: Vec<BinaryHeap<Reverse<(Head, usize)>>>,
}

impl<'a> Offering<'a> {
    fn new(market: &'a Market<'a>) -> Self {
        let quotas = market.quotas.len();
        let mut queues = vec![Vec::new(); market.instance.topics.len()];
        for team in 0..market.teams() {
            for pair in market.open_pairs_of(team) {
                queues[market.pairs[pair].topic].push(pair);
            }
        }
        for queue in &mut queues {
            queue.sort_unstable_by_key(|&pair| market.queue_key(pair));
        }
        let mut offering = Self {
            market,
            held: vec![None; market.teams()],
            counts: vec![0; quotas],
            served: vec![0; queues.len()],
            queues,
            heads: vec![None; quotas],
            inside: (0..quotas).map(|_| BinaryHeap::new()).collect(),
        };
        for quota in 0..quotas {
            offering.reopen(quota);
        }
        offering
    }

    /// Lets the quota around see that one has free seats, and maybe a better head than was known.
    fn reopen(&mut self, quota: usize) {
        if self.heads[quota] != Some(UNKNOWN_HEAD) {
            self.set_head(quota, UNKNOWN_HEAD);
        }
    }

    fn set_head(&mut self, quota: usize, head: Head) {
        self.heads[quota] = Some(head);
        if let Some(parent) = self.market.quotas[quota].parent {
            self.inside[parent].push(Reverse((head, quota)));
        }
    }

    fn has_free_seats(&self, quota: usize) -> bool {
        self.counts[quota] < self.market.quotas[quota].capacity
    }

    /// The pair that comes first in a quota's queue, of those that its free seats allow and by which a team gains.
    fn next(&mut self, quota: usize) -> Option<usize> {
        if !self.has_free_seats(quota) {
            return None;
        }
        if quota < self.queues.len() {
            return self.next_of_topic(quota);
        }
        loop {
            let Reverse((head, child)) = self.inside[quota].pop()?;
            if self.heads[child] != Some(head) {
                continue;
            }
            let Some(pair) = self.next(child) else {
                self.heads[child] = None;
                continue;
            };
            let actual = (self.market.queue_key(pair), pair);
            self.set_head(child, actual);
            if actual == head {
                return Some(pair);
            }
        }
    }

    fn next_of_topic(&mut self, topic: usize) -> Option<usize> {
        loop {
            let pair = *self.queues[topic].get(self.served[topic])?;
            // A smaller position is better for the team.
            let current = self.held[self.market.pairs[pair].team];
            if current.is_none_or(|current| pair < current) {
                return Some(pair);
            }
            self.served[topic] += 1;
        }
    }

    /// The team takes an offer. The root of the quotas that it left, if it left any.
    fn accept(&mut self, pair: usize) -> Option<usize> {
        let team = self.market.pairs[pair].team;
        for quota in self.market.quotas_from(self.market.pairs[pair].topic) {
            self.counts[quota] += 1;
        }
        let left = self.held[team].replace(pair)?;
        let mut root = None;
        for quota in self.market.quotas_from(self.market.pairs[left].topic) {
            self.counts[quota] -= 1;
            self.reopen(quota);
            root = Some(quota);
        }
        root
    }
}
