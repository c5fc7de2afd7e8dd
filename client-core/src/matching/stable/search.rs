//! The largest stable allocation with ties, exactly, where a bounded search finds it.

use std::cell::Cell;

use serde::Serialize;

use super::super::market::{Assignment, Market};
use super::bound;
use super::ties::large_stable;

/// The most comparisons of two pairs in a search: some milliseconds. Counted rather than timed, so that every machine gives the same answer.
const COMPARISONS_MAX: u32 = 1_000_000;
/// The most teams of a search, which goes as deep as there are teams; with this many it comes to an end only by luck.
const SEARCH_TEAMS_MAX: usize = 500;

/// What is known of the size of a stable allocation with ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SizeClaim {
    /// How it was found.
    pub method: Method,
    /// No stable allocation has more teams.
    pub upper_bound: usize,
    /// Whether that is how many it has.
    pub largest: bool,
}

/// How a large stable allocation was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// By the algorithm that never misses more than a third.
    Approximation,
    /// By a search through all allocations.
    Search,
}

/// A large stable allocation, and what is known of its size: that of the approximation if that is proved the largest, otherwise what a search finds, if
/// it comes to an end.
pub(crate) fn largest(market: &Market<'_>) -> (Assignment, SizeClaim) {
    let found = large_stable(market);
    let size = found.iter().flatten().count();
    let upper_bound = bound::largest_size(market, &found).min(size + size / 2);
    let claim = |method, upper_bound, largest| SizeClaim { method, upper_bound, largest };
    if size == upper_bound || market.teams() > SEARCH_TEAMS_MAX {
        let largest = size == upper_bound;
        return (found, claim(Method::Approximation, upper_bound, largest));
    }
    let mut search = Search::new(market, found, upper_bound);
    search.extend(0, 0);
    let size = search.best_size;
    if search.is_complete() || size == upper_bound {
        return (search.best, claim(Method::Search, size, true));
    }
    let method = if search.has_improved { Method::Search } else { Method::Approximation };
    (search.best, claim(method, upper_bound, false))
}

/// Depth first through the teams, each with its topics best first, and none at the end.
struct Search<'a> {
    market: &'a Market<'a>,
    upper_bound: usize,
    current: Assignment,
    best: Assignment,
    best_size: usize,
    has_improved: bool,
    counts: Vec<u32>,
    comparisons_left: Cell<u32>,
}

impl<'a> Search<'a> {
    fn new(market: &'a Market<'a>, best: Assignment, upper_bound: usize) -> Self {
        Self {
            market,
            upper_bound,
            current: vec![None; market.teams()],
            best_size: best.iter().flatten().count(),
            best,
            has_improved: false,
            counts: vec![0; market.quotas.len()],
            comparisons_left: Cell::new(COMPARISONS_MAX),
        }
    }

    /// Whether nothing had to be left out.
    fn is_complete(&self) -> bool {
        self.comparisons_left.get() > 0
    }

    /// Tries all that the teams from `team` on can have, `size` of those before having a topic.
    fn extend(&mut self, team: usize, size: usize) {
        let teams = self.market.teams();
        if size + (teams - team) <= self.best_size || self.best_size == self.upper_bound {
            return;
        }
        if team == teams {
            self.best = self.current.clone();
            self.best_size = size;
            self.has_improved = true;
            return;
        }
        for pair in self.market.open_pairs_of(team) {
            if !self.is_complete() {
                return;
            }
            if self.take(pair) {
                if self.may_be_stable(team) {
                    self.extend(team + 1, size + 1);
                }
                self.give_back(pair);
            }
        }
        if self.is_complete() && self.market.pins[team].is_none() && self.may_be_stable(team) {
            self.extend(team + 1, size);
        }
    }

    fn take(&mut self, pair: usize) -> bool {
        let topic = self.market.pairs[pair].topic;
        let mut quotas = self.market.quotas_from(topic);
        if !quotas.all(|quota| self.counts[quota] < self.market.quotas[quota].capacity) {
            return false;
        }
        for quota in self.market.quotas_from(topic) {
            self.counts[quota] += 1;
        }
        self.current[self.market.pairs[pair].team] = Some(pair);
        true
    }

    fn give_back(&mut self, pair: usize) {
        for quota in self.market.quotas_from(self.market.pairs[pair].topic) {
            self.counts[quota] -= 1;
        }
        self.current[self.market.pairs[pair].team] = None;
    }

    /// Whether no pair of the teams up to `last` is sure to block.
    fn may_be_stable(&self, last: usize) -> bool {
        (0..=last).all(|team| {
            let has = self.current[team].map(|pair| self.market.pairs[pair].rank);
            let open = self.market.open_pairs_of(team);
            let better =
                open.take_while(|&pair| has.is_none_or(|has| self.market.pairs[pair].rank < has));
            { better }.all(|pair| self.may_be_refused(pair, last))
        })
    }

    /// Whether some quota can yet be full of teams with the same or a smaller place.
    fn may_be_refused(&self, pair: usize, last: usize) -> bool {
        let own = self.market.pairs[pair];
        self.market.quotas_from(own.topic).any(|quota| {
            let seats = self.current[..=last].iter().flatten().filter(|&&seat| {
                let held = self.market.pairs[seat];
                let is_other = held.team != own.team || held.place < own.place;
                is_other && self.is_preceding(seat, pair, quota)
            });
            let hopes = (last + 1..self.market.teams()).filter(|&team| {
                self.market.open_pairs_of(team).any(|hope| self.is_preceding(hope, pair, quota))
            });
            let capacity = self.market.quotas[quota].capacity as usize;
            seats.count() + hopes.take(capacity).count() >= capacity
        })
    }

    /// Whether a team's pair would take a seat of a quota before, or as an equal of, another's.
    fn is_preceding(&self, seat: usize, pair: usize, quota: usize) -> bool {
        self.comparisons_left.set(self.comparisons_left.get().saturating_sub(1));
        let place = |pair| self.market.queue_key(pair).place();
        let mut quotas = self.market.quotas_from(self.market.pairs[seat].topic);
        place(seat) <= place(pair) && quotas.any(|around| around == quota)
    }
}
