//! Why a team did not get a topic: what that would cost the whole.

use serde::Serialize;

use super::cost::Scale;
use super::network::Network;
use super::shortest::Search;

/// How the best allocation with a certain pair differs from the best of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// More teams with a topic; fewer, if negative.
    pub size: i64,
    /// More teams with their first, second, … choice, by `greedy` and `generous`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Vec<i64>>,
    /// A larger sum of ranks, by `least-cost`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<i64>,
}

/// The cheapest cycle of residual arcs by which a pair comes into the allocation, from what was reached from its topic; `None` if there is none
/// that keeps lower quotas. All teams may be moved for it but pinned ones.
pub(super) fn change<const N: usize>(
    network: &Network<'_, N>,
    search: &Search<N>,
    scale: &Scale,
    pair: usize,
) -> Option<Change> {
    let (team, topic) = (network.market.pairs[pair].team, network.market.pairs[pair].topic);
    let start = network.node(team);
    let reduced = search.distance(start)?;
    let cost =
        network.pair_cost(pair) + reduced - network.potentials[topic] + network.potentials[start];
    let meaning = scale.meaning(&cost);
    (meaning.lower == 0).then_some(Change {
        size: meaning.size,
        profile: meaning.profile,
        cost: meaning.cost,
    })
}
