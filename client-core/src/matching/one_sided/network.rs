//! Teams → topics → supervisors → districts → sink: the flow that is an allocation, and its residual arcs.

use super::super::market::{Assignment, Market};
use super::cost::{Cost, Scale};

/// A node: a quota, the sink, or a team.
pub(super) type Node = usize;

/// A flow, and the potentials that prove it cheapest.
///
/// Each team that was added sends one unit, through a topic and its quotas or straight to the sink. Arcs out of a quota have two prices: below
/// the lower bound a unit earns [`Scale::lower`], above it nothing.
pub(super) struct Network<'a, const N: usize> {
    pub(super) market: &'a Market<'a>,
    /// What a choice of each rank costs.
    choices: Vec<Cost<N>>,
    lower: Cost<N>,
    held: Assignment,
    /// Teams that send a unit.
    is_added: Vec<bool>,
    /// Teams whose choice is not changed any more.
    pub(super) is_fixed: Vec<bool>,
    counts: Vec<u32>,
    /// The pairs that hold each topic.
    members: Vec<Vec<usize>>,
    /// The quotas just inside each quota, and inside the sink.
    children: Vec<Vec<Node>>,
    /// No residual arc is cheaper than the potential of its head minus that of its tail.
    pub(super) potentials: Vec<Cost<N>>,
}

impl<'a, const N: usize> Network<'a, N> {
    pub(super) fn new(market: &'a Market<'a>, scale: &Scale) -> Self {
        let sink = market.quotas.len();
        let mut children = vec![Vec::new(); sink + 1];
        for (quota, bounds) in market.quotas.iter().enumerate() {
            children[bounds.parent.unwrap_or(sink)].push(quota);
        }
        let lower = scale.lower();
        let mut potentials = vec![Cost::ZERO; sink + 1 + market.teams()];
        for (quota, potential) in potentials.iter_mut().enumerate().take(sink) {
            let earned =
                market.quotas_from(quota).filter(|&around| market.quotas[around].lower > 0);
            *potential = earned.fold(Cost::ZERO, |sum, _| sum - lower);
        }
        Self {
            market,
            choices: scale.choices(),
            lower,
            held: vec![None; market.teams()],
            is_added: vec![false; market.teams()],
            is_fixed: vec![false; market.teams()],
            counts: vec![0; sink],
            members: vec![Vec::new(); market.instance.topics.len()],
            children,
            potentials,
        }
    }

    pub(super) fn sink(&self) -> Node {
        self.counts.len()
    }

    pub(super) fn node(&self, team: usize) -> Node {
        self.sink() + 1 + team
    }

    pub(super) fn team(&self, node: Node) -> Option<usize> {
        node.checked_sub(self.sink() + 1)
    }

    pub(super) fn nodes(&self) -> usize {
        self.potentials.len()
    }

    pub(super) fn assignment(&self) -> &Assignment {
        &self.held
    }

    pub(super) fn into_assignment(self) -> Assignment {
        self.held
    }

    pub(super) fn pair_cost(&self, pair: usize) -> Cost<N> {
        self.choices[self.market.pairs[pair].rank as usize - 1]
    }

    /// Calls `each` with the head and the cost of every residual arc out of a node.
    pub(super) fn arcs(&self, from: Node, mut each: impl FnMut(Node, Cost<N>)) {
        match self.team(from) {
            Some(team) => self.arcs_of_team(team, &mut each),
            None => self.arcs_of_quota(from, &mut each),
        }
    }

    fn arcs_of_team(&self, team: usize, each: &mut impl FnMut(Node, Cost<N>)) {
        if self.is_fixed[team] {
            return;
        }
        for pair in self.market.open_pairs_of(team) {
            if self.held[team] != Some(pair) {
                each(self.market.pairs[pair].topic, self.pair_cost(pair));
            }
        }
        let has_none = self.is_added[team] && self.held[team].is_none();
        if self.market.pins[team].is_none() && !has_none {
            each(self.sink(), Cost::ZERO);
        }
    }

    fn arcs_of_quota(&self, quota: Node, each: &mut impl FnMut(Node, Cost<N>)) {
        for &child in &self.children[quota] {
            if self.counts[child] > 0 {
                let is_needed = self.counts[child] <= self.market.quotas[child].lower;
                each(child, if is_needed { -self.lower } else { Cost::ZERO });
            }
        }
        for &pair in self.members.get(quota).into_iter().flatten() {
            let team = self.market.pairs[pair].team;
            if !self.is_fixed[team] {
                each(self.node(team), -self.pair_cost(pair));
            }
        }
        if quota == self.sink() {
            self.arcs_of_sink(each);
            return;
        }
        let bounds = self.market.quotas[quota];
        if self.counts[quota] < bounds.capacity {
            let is_needed = self.counts[quota] < bounds.lower;
            let cost = if is_needed { self.lower } else { Cost::ZERO };
            each(bounds.parent.unwrap_or(self.sink()), cost);
        }
    }

    /// Teams without a topic could have one.
    fn arcs_of_sink(&self, each: &mut impl FnMut(Node, Cost<N>)) {
        for (team, held) in self.held.iter().enumerate() {
            if held.is_none() && self.is_added[team] && !self.is_fixed[team] {
                each(self.node(team), Cost::ZERO);
            }
        }
    }

    /// Sends a unit along a path of residual arcs.
    pub(super) fn send(&mut self, path: &[Node]) {
        for step in path.windows(2) {
            let (from, to) = (step[0], step[1]);
            match (self.team(from), self.team(to)) {
                (Some(team), _) => self.choose(team, to),
                (None, Some(team)) => self.leave(team, from),
                (None, None) if self.is_up(from, to) => self.counts[from] += 1,
                (None, None) => self.counts[to] -= 1,
            }
        }
    }

    fn is_up(&self, from: Node, to: Node) -> bool {
        from != self.sink() && self.market.quotas[from].parent.unwrap_or(self.sink()) == to
    }

    fn choose(&mut self, team: usize, to: Node) {
        self.is_added[team] = true;
        self.held[team] = self.market.pair(team, to);
        if let Some(pair) = self.held[team] {
            self.members[to].push(pair);
        }
    }

    fn leave(&mut self, team: usize, from: Node) {
        if let Some(members) = self.members.get_mut(from) {
            members.retain(|&pair| self.market.pairs[pair].team != team);
        }
    }
}
