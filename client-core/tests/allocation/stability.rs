//! Which pairs block an allocation.

use crate::market::{Allocation, Market};

/// What counts as a blocking pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blocks {
    /// By preference: equals do not precede each other.
    Preference,
    /// By lottery among the supervisors' equals.
    Lottery,
    /// By lottery among the teams' equal topics too: what the two strict rules keep to.
    BothLotteries,
}

/// The blocking pairs of the kind, sorted by team and topic.
pub(crate) fn blocking(
    market: &Market,
    allocation: &Allocation,
    blocks: Blocks,
) -> Vec<(usize, usize)> {
    let pairs = (0..market.teams.len())
        .flat_map(|team| (0..market.topics.len()).map(move |topic| (team, topic)));
    pairs
        .filter(|&(team, topic)| {
            gains(market, allocation, team, topic, blocks)
                && market.topics[topic].quotas.iter().all(|&quota| {
                    in_front(market, allocation, (team, topic), quota, blocks)
                        < market.quotas[quota].capacity
                })
        })
        .collect()
}

/// Whether the pair is acceptable and the team has no topic, or a worse one.
fn gains(
    market: &Market,
    allocation: &Allocation,
    team: usize,
    topic: usize,
    blocks: Blocks,
) -> bool {
    let Some(pair) = market.pair(team, topic) else { return false };
    let Some(has) = allocation[team] else { return true };
    match blocks {
        Blocks::Preference | Blocks::Lottery => pair.rank < market.pair(team, has).unwrap().rank,
        Blocks::BothLotteries => {
            market.broken_rank(team, Some(topic)) < market.broken_rank(team, Some(has))
        }
    }
}

/// How many of those who have a topic under the quota keep the team from a seat there; the team itself does by a seat that it
/// holds more firmly.
pub(crate) fn in_front(
    market: &Market,
    allocation: &Allocation,
    (team, topic): (usize, usize),
    quota: usize,
    blocks: Blocks,
) -> usize {
    let mine = market.standing(team, topic);
    holders(market, allocation, quota)
        .filter(|&(other, has)| {
            let theirs = market.standing(other, has);
            match blocks {
                _ if other == team => theirs.0 < mine.0,
                Blocks::Preference => theirs.0 <= mine.0,
                Blocks::Lottery | Blocks::BothLotteries => theirs < mine,
            }
        })
        .count()
}

/// The teams that have a topic under the quota, and which.
pub(crate) fn holders<'a>(
    market: &'a Market,
    allocation: &'a Allocation,
    quota: usize,
) -> impl Iterator<Item = (usize, usize)> + 'a {
    allocation
        .iter()
        .enumerate()
        .filter_map(|(team, has)| has.map(|topic| (team, topic)))
        .filter(move |&(_, topic)| market.under(topic, quota))
}
