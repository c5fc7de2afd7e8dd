//! The cheapest way to change a flow: Dijkstra's algorithm over reduced costs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::cost::Cost;
use super::network::{Network, Node};

/// Adds a team as cheaply as possible; others may move, or lose their topic. What results is cheapest for the teams added so far.
pub(super) fn add<const N: usize>(
    network: &mut Network<'_, N>,
    search: &mut Search<N>,
    team: usize,
) {
    let source = network.node(team);
    // Nothing leads to a team that was not added: any potential will do that makes its arcs cost nothing or more.
    let mut least: Option<Cost<N>> = None;
    network.arcs(source, |to, cost| {
        let needed = network.potentials[to] - cost;
        least = Some(least.map_or(needed, |least| least.max(needed)));
    });
    network.potentials[source] = least.unwrap_or(Cost::ZERO);

    search.run(network, source, Some(network.sink()));
    let distance = search
        .distance(network.sink())
        .expect("a team can go without a topic, and pinned teams fit into all capacities");
    for &node in &search.settled {
        let travelled = search.distance(node).expect("a settled node was reached");
        network.potentials[node] = network.potentials[node] + travelled - distance;
    }
    network.send(&search.path(network.sink()));
}

/// What was reached from a node, in reduced costs. Kept from one search to the next, so that each costs what it reaches and not what there
/// is.
pub(super) struct Search<const N: usize> {
    reached: Vec<Option<Reached<N>>>,
    touched: Vec<Node>,
    settled: Vec<Node>,
    waiting: BinaryHeap<Reverse<(Cost<N>, Node)>>,
}

#[derive(Clone, Copy)]
struct Reached<const N: usize> {
    distance: Cost<N>,
    before: Option<Node>,
    is_settled: bool,
}

impl<const N: usize> Search<N> {
    pub(super) fn new(network: &Network<'_, N>) -> Self {
        Self {
            reached: vec![None; network.nodes()],
            touched: Vec::new(),
            settled: Vec::new(),
            waiting: BinaryHeap::new(),
        }
    }

    /// Searches until `target` is reached; without one, until all is that can be.
    pub(super) fn run(&mut self, network: &Network<'_, N>, source: Node, target: Option<Node>) {
        for node in self.touched.drain(..) {
            self.reached[node] = None;
        }
        self.settled.clear();
        self.waiting.clear();
        self.reach(source, Cost::ZERO, None);
        while let Some(Reverse((distance, node))) = self.waiting.pop() {
            if self.is_settled(node) {
                continue;
            }
            self.settle(node);
            if Some(node) == target {
                break;
            }
            network.arcs(node, |to, cost| {
                let reduced = cost + network.potentials[node] - network.potentials[to];
                debug_assert!(reduced >= Cost::ZERO, "a flow that is cheapest has no cheaper arc");
                self.reach(to, distance + reduced, Some(node));
            });
        }
    }

    fn reach(&mut self, node: Node, distance: Cost<N>, before: Option<Node>) {
        match self.reached[node] {
            Some(known) if known.distance <= distance => return,
            Some(_) => {}
            None => self.touched.push(node),
        }
        self.reached[node] = Some(Reached { distance, before, is_settled: false });
        self.waiting.push(Reverse((distance, node)));
    }

    fn is_settled(&self, node: Node) -> bool {
        self.reached[node].is_some_and(|reached| reached.is_settled)
    }

    fn settle(&mut self, node: Node) {
        self.settled.push(node);
        if let Some(reached) = &mut self.reached[node] {
            reached.is_settled = true;
        }
    }

    pub(super) fn distance(&self, node: Node) -> Option<Cost<N>> {
        self.reached[node].map(|reached| reached.distance)
    }

    /// The nodes from the source to one that was reached.
    fn path(&self, to: Node) -> Vec<Node> {
        let before = |&node: &Node| self.reached[node].and_then(|reached| reached.before);
        let mut path: Vec<_> = std::iter::successors(Some(to), before).collect();
        path.reverse();
        path
    }
}
