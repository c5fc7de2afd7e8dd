//! The largest stable allocation with ties, to two thirds.

use super::super::market::{Assignment, Market};
use super::teams_propose::{Claim, deferred_acceptance};

/// How much a claim promises its team, and how much its quotas: the more for one, the less for the other.
///
/// A `Cautious` claim comes before the team's other claims to topics it likes as much, but stands behind every other kind in
/// the queue: it holds a seat only as long as nobody else wants it. A `Late` one is made when all else has failed, and
/// stands before the other kinds among equals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Late,
    Plain,
    Cautious,
}

/// Where a claim stands in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    is_cautious: bool,
    /// From 1; pinned pairs have 0.
    place: u32,
    kind: Kind,
    lottery: u32,
}

/// A stable allocation with at least two thirds as many teams as any other stable one.
///
/// Three claims a pair, cautious, plain and late, in an order that is the same for both sides turned around, and then deferred
/// acceptance: Yokoi, "An approximation algorithm for maximum stable matching with ties and constraints", ISAAC 2021, which gives the bound
/// of Cooper and Manlove (SEA 2018) also for nested quotas.
pub(super) fn large_stable(market: &Market<'_>) -> Assignment {
    deferred_acceptance(market, |team| claims(market, team))
}

fn claims(market: &Market<'_>, team: usize) -> Vec<Claim<Key>> {
    let pairs = market.open_pairs_of(team);
    let mut claims = Vec::with_capacity(3 * pairs.len());
    let claim = |pair, kind| Claim { pair, key: key(market, pair, kind) };
    let first = pairs.start;
    let ties = market.pairs[pairs.clone()].chunk_by(|a, b| a.rank == b.rank);
    let ties = ties.scan(first, |start, tie| {
        let range = *start..*start + tie.len();
        *start = range.end;
        Some(range)
    });
    for tie in ties {
        claims.extend(tie.clone().map(|pair| claim(pair, Kind::Cautious)));
        claims.extend(tie.map(|pair| claim(pair, Kind::Plain)));
    }
    claims.extend(pairs.map(|pair| claim(pair, Kind::Late)));
    claims
}

fn key(market: &Market<'_>, pair: usize, kind: Kind) -> Key {
    let place = market.queue_key(pair).place().map_or(0, |place| place + 1);
    let is_pinned = place == 0;
    let lottery = market.lottery[market.pairs[pair].team];
    Key { is_cautious: kind == Kind::Cautious && !is_pinned, place, kind, lottery }
}
