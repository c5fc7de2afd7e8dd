//! Of all the best allocations, the one that the lottery picks.

use std::collections::VecDeque;

use super::cost::Cost;
use super::network::{Network, Node};

/// Gives each team, in the order of the lottery, the best that it has in any best allocation in which the teams before it keep theirs.
///
/// Two best allocations differ by cycles of residual arcs whose reduced cost is nothing: complementary slackness.
pub(super) fn settle<const N: usize>(network: &mut Network<'_, N>) {
    let mut teams: Vec<usize> = (0..network.market.teams()).collect();
    teams.sort_unstable_by_key(|&team| network.market.lottery[team]);
    for team in teams {
        let better = network.market.open_pairs_of(team);
        let end = network.assignment()[team].unwrap_or(better.end);
        for pair in better.start..end {
            if let Some(cycle) = free_move(network, team, pair) {
                network.send(&cycle);
                break;
            }
        }
        network.is_settled[team] = true;
    }
}

/// The cycle by which a team changes to a topic at no cost: from the team back to the team.
fn free_move<const N: usize>(
    network: &Network<'_, N>,
    team: usize,
    pair: usize,
) -> Option<Vec<Node>> {
    let start = network.node(team);
    let topic = network.market.pairs[pair].topic;
    let is_free = |from: Node, to: Node, cost: Cost<N>| {
        cost + network.potentials[from] - network.potentials[to] == Cost::ZERO
    };
    if !is_free(start, topic, network.pair_cost(pair)) {
        return None;
    }
    let mut before = vec![None; network.nodes()];
    before[topic] = Some(start);
    let mut waiting = VecDeque::from([topic]);
    while let Some(node) = waiting.pop_front() {
        if node == start {
            return Some(cycle(&before, start));
        }
        network.arcs(node, |to, cost| {
            if before[to].is_none() && is_free(node, to, cost) {
                before[to] = Some(node);
                waiting.push_back(to);
            }
        });
    }
    None
}

fn cycle(before: &[Option<Node>], start: Node) -> Vec<Node> {
    let mut nodes = vec![start];
    let mut node = before[start];
    while let Some(at) = node {
        nodes.push(at);
        node = before[at].filter(|_| at != start);
    }
    nodes.reverse();
    nodes
}
