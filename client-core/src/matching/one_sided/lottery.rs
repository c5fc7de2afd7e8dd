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
    let mut moves = Moves {
        before: vec![None; network.nodes()],
        waiting: VecDeque::new(),
        reached: Vec::new(),
    };
    for team in teams {
        let better = network.market.open_pairs_of(team);
        let end = network.assignment()[team].unwrap_or(better.end);
        let mut pairs = better.start..end;
        moves.begin();
        if let Some(cycle) = pairs.find_map(|pair| moves.free(network, team, pair)) {
            network.send(&cycle);
        }
        network.is_fixed[team] = true;
    }
}

/// A search for moves that cost nothing. Its space is kept from one to the next.
struct Moves {
    /// Whence each node was reached.
    before: Vec<Option<Node>>,
    reached: Vec<Node>,
    waiting: VecDeque<Node>,
}

impl Moves {
    /// Forgets what was reached. What could not reach a team for one of its pairs cannot for the next, so that this is done once a team.
    fn begin(&mut self) {
        for node in self.reached.drain(..) {
            self.before[node] = None;
        }
        self.waiting.clear();
    }

    /// The cycle by which a team changes to a topic at no cost: from the team back to the team.
    fn free<const N: usize>(
        &mut self,
        network: &Network<'_, N>,
        team: usize,
        pair: usize,
    ) -> Option<Vec<Node>> {
        let start = network.node(team);
        let topic = network.market.pairs[pair].topic;
        if !is_free(network, start, topic, network.pair_cost(pair)) {
            return None;
        }
        self.reach(topic, start);
        while let Some(node) = self.waiting.pop_front() {
            if node == start {
                return Some(self.cycle(start));
            }
            network.arcs(node, |to, cost| {
                if is_free(network, node, to, cost) {
                    self.reach(to, node);
                }
            });
        }
        None
    }

    fn reach(&mut self, node: Node, from: Node) {
        if self.before[node].is_none() {
            self.before[node] = Some(from);
            self.reached.push(node);
            self.waiting.push_back(node);
        }
    }

    fn cycle(&self, start: Node) -> Vec<Node> {
        let mut nodes = vec![start];
        let mut node = self.before[start];
        while let Some(at) = node {
            nodes.push(at);
            node = self.before[at].filter(|_| at != start);
        }
        nodes.reverse();
        nodes
    }
}

/// Whether a residual arc costs nothing.
fn is_free<const N: usize>(network: &Network<'_, N>, from: Node, to: Node, cost: Cost<N>) -> bool {
    cost + network.potentials[from] - network.potentials[to] == Cost::ZERO
}
