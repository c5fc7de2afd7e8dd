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

use cost::{LANES_MAX, Scale};
use network::Network;
use shortest::Search;

use super::market::{Assignment, Market};
use super::rule::Rule;
use super::unmet::{Unmet, unmet};

/// What pairs that were asked for would cost the whole.
type Changes = Vec<(usize, Option<Change>)>;

/// A best allocation by a one-sided rule, and for each of `asked` what it would cost the whole if that pair were in it:
/// `None` if no allocation with it keeps pins and lower quotas.
///
/// # Errors
///
/// A quota whose lower bound no allocation meets together with those of the others.
pub(super) fn best(
    market: &Market<'_>,
    rule: Rule,
    asked: impl Fn(&Assignment) -> Vec<usize>,
) -> Result<(Assignment, Changes), Unmet> {
    let scale = Scale::new(market, rule);
    match scale.lanes() {
        0..=1 => solve::<1>(market, &scale, asked),
        2..=4 => solve::<4>(market, &scale, asked),
        5..=32 => solve::<32>(market, &scale, asked),
        _ => solve::<LANES_MAX>(market, &scale, asked),
    }
}

fn solve<const N: usize>(
    market: &Market<'_>,
    scale: &Scale,
    asked: impl Fn(&Assignment) -> Vec<usize>,
) -> Result<(Assignment, Changes), Unmet> {
    let mut network = Network::<N>::new(market, scale);
    let mut search = Search::new(&network);
    for team in 0..market.teams() {
        shortest::add(&mut network, &mut search, team);
    }
    if let Some(unmet) = unmet(market, network.assignment()) {
        return Err(unmet);
    }
    lottery::settle(&mut network);
    network.is_settled.fill(false);
    let pairs = asked(network.assignment()).into_iter();
    let changes = pairs.map(|pair| (pair, whole::change(&network, &mut search, scale, pair)));
    let changes = changes.collect();
    Ok((network.into_assignment(), changes))
}
