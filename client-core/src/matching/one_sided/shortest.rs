//! The cheapest way to change a flow: Dijkstra's algorithm over reduced costs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::cost::Cost;
use super::network::{Network, Node};

/// Adds a team as cheaply as possible; others may move, or lose their topic. What results is cheapest for the teams added so far.
pub(super) fn add<const N: usize>(network: &mut Network<'_, N>, team: usize) {
    let source = network.node(team);
    // Nothing leads to a team that was not added: any potential will do that makes its arcs cost nothing or more.
    let mut least: Option<Cost<N>> = None;
    network.arcs(source, |to, cost| {
        let needed = network.potentials[to] - cost;
        least = Some(least.map_or(needed, |least| least.max(needed)));
    });
    network.potentials[source] = least.unwrap_or(Cost::ZERO);

    let search = Search::run(network, source, network.sink());
    let distance = search.distances[network.sink()]
        .expect("a team can go without a topic, and pinned teams fit into all capacities");
    for &node in &search.settled {
        let travelled = search.distances[node].expect("a settled node was reached");
        network.potentials[node] = network.potentials[node] + travelled - distance;
    }
    network.send(&search.path(network.sink()));
}

/// What was reached from a node, in reduced costs.
pub(super) struct Search<const N: usize> {
    pub(super) distances: Vec<Option<Cost<N>>>,
    before: Vec<Option<Node>>,
    settled: Vec<Node>,
}

impl<const N: usize> Search<N> {
    /// Searches until `target` is reached, or all that can be.
    pub(super) fn run(network: &Network<'_, N>, source: Node, target: Node) -> Self {
        let nodes = network.nodes();
        let mut search =
            Self { distances: vec![None; nodes], before: vec![None; nodes], settled: Vec::new() };
        let mut is_settled = vec![false; nodes];
        let mut waiting = BinaryHeap::from([Reverse((Cost::ZERO, source))]);
        search.distances[source] = Some(Cost::ZERO);
        while let Some(Reverse((distance, node))) = waiting.pop() {
            if std::mem::replace(&mut is_settled[node], true) {
                continue;
            }
            search.settled.push(node);
            if node == target {
                break;
            }
            network.arcs(node, |to, cost| {
                let reduced = cost + network.potentials[node] - network.potentials[to];
                debug_assert!(reduced >= Cost::ZERO, "a flow that is cheapest has no cheaper arc");
                let there = distance + reduced;
                if search.distances[to].is_none_or(|known| there < known) {
                    search.distances[to] = Some(there);
                    search.before[to] = Some(node);
                    waiting.push(Reverse((there, to)));
                }
            });
        }
        search
    }

    /// The nodes from the source to one that was reached.
    pub(super) fn path(&self, to: Node) -> Vec<Node> {
        let mut path: Vec<_> = std::iter::successors(Some(to), |&node| self.before[node]).collect();
        path.reverse();
        path
    }
}
