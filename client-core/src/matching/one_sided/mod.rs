//! One-sided rules: of the largest allocations the one with the best profile or the least cost, by flow.
//!
//! ```text
//!   cost       what an allocation costs, as numbers that compare one after the other
//!   network    teams → topics → supervisors → districts, and what can still be changed
//!   shortest   the cheapest way to change: a team is added, or moved
//!   lottery    of all the best allocations, the one that the lottery picks
//!   whole      why a team did not get a topic: what that would cost the whole
//! ```

mod cost;
mod lottery;
mod network;
mod shortest;
mod whole;

pub use whole::Change;

use std::collections::HashMap;

use cost::{Cost, Scale, WORDS_MAX};
use network::Network;
use shortest::Search;

use super::lower_quotas::check_lower_quotas;
use super::market::{Assignment, Market};
use super::rule::Rule;
use crate::refusal::Refusal;

/// The most bytes for the costs of nodes, in a network and again in a search of it: enough for 100,000 teams that rank ten.
const COSTS_BYTES_MAX: usize = 64 << 20;

/// The most numbers in the reasons of one answer.
const REASON_NUMBERS_MAX: usize = 10_000_000;

/// What pairs that were asked for would cost the whole: `None` if no allocation with the pair keeps pins and lower quotas.
pub(super) type Changes = HashMap<usize, Option<Change>>;

/// A best allocation by a one-sided rule, and what the pairs that are `asked` for would cost the whole.
///
/// # Errors
///
/// - `lower-quota-infeasible`: no allocation meets the lower quota together with the others.
/// - `ranks-too-many`: costs would take more memory than [`COSTS_BYTES_MAX`].
/// - `reasons-too-many`: there would be more than [`REASON_NUMBERS_MAX`] numbers to say.
pub(super) fn best(
    market: &Market<'_>,
    rule: Rule,
    asked: impl Fn(&Assignment) -> Vec<usize>,
) -> Result<(Assignment, Changes), Refusal> {
    let scale = Scale::new(market, rule);
    match scale.words() {
        0..=1 => solve::<1>(market, &scale, asked),
        2..=4 => solve::<4>(market, &scale, asked),
        5..=32 => solve::<32>(market, &scale, asked),
        _ => solve::<WORDS_MAX>(market, &scale, asked),
    }
}

fn solve<const N: usize>(
    market: &Market<'_>,
    scale: &Scale,
    asked: impl Fn(&Assignment) -> Vec<usize>,
) -> Result<(Assignment, Changes), Refusal> {
    let nodes = market.teams() + market.quotas.len() + 1;
    if nodes * size_of::<Cost<N>>() > COSTS_BYTES_MAX {
        return Err(Refusal::new("ranks-too-many").with("ranks", scale.ranks()));
    }
    let mut network = Network::<N>::new(market, scale);
    let mut search = Search::new(&network);
    for team in 0..market.teams() {
        shortest::add(&mut network, &mut search, team);
    }
    check_lower_quotas(market, network.assignment(), "lower-quota-infeasible")?;
    lottery::settle(&mut network);
    let asked = asked(network.assignment());
    if asked.len() * scale.ranks() > REASON_NUMBERS_MAX {
        return Err(Refusal::new("reasons-too-many").with("max", REASON_NUMBERS_MAX));
    }
    let changes = changes(&mut network, &mut search, scale, asked);
    Ok((network.into_assignment(), changes))
}

/// What each pair would cost the whole. Pairs of one topic share what is reached from it.
fn changes<const N: usize>(
    network: &mut Network<'_, N>,
    search: &mut Search<N>,
    scale: &Scale,
    mut pairs: Vec<usize>,
) -> Changes {
    network.is_fixed.fill(false);
    let topic = |pair: usize| network.market.pairs[pair].topic;
    pairs.sort_unstable_by_key(|&pair| topic(pair));
    let mut changes = Changes::new();
    for pairs in pairs.chunk_by(|&a, &b| topic(a) == topic(b)) {
        search.run(network, topic(pairs[0]), None);
        changes
            .extend(pairs.iter().map(|&pair| (pair, whole::change(network, search, scale, pair))));
    }
    changes
}
