//! What a one-sided rule's allocation would lose if a team had a topic that it misses.
//!
//! Of all allocations with the pair the best differs from this one by the team's move and the shortest path back in
//! the residual graph, as no cycle there has a negative cost.

use super::answer::Allocation;
use super::instance::Pair;
use super::json::Json;
use super::limits::EXPLAIN_STEPS_MAX;
use super::paths::{Distances, Ends, Paths, Steps};
use super::residual::{Change, Residual};

/// Shortest paths of a residual graph, those to one node at a time.
pub(super) struct Whole<'a> {
    residual: &'a Residual,
    steps: Steps,
    last: Option<(usize, Distances)>,
}

impl<'a> Whole<'a> {
    /// Nothing is computed yet.
    pub(super) fn new(residual: &'a Residual) -> Self {
        Self { residual, steps: Steps(EXPLAIN_STEPS_MAX), last: None }
    }

    /// `whole` or `impossible` with what stands beside it. None when it takes too much work.
    pub(super) fn why(
        &mut self,
        allocation: &Allocation,
        team: usize,
        pair: &Pair,
    ) -> Option<Vec<(&'static str, Json)>> {
        let from = allocation.topic(team).unwrap_or(self.residual.nobody);
        let residual = self.residual;
        let Some(way_back) = self.distances(from)?.of(pair.topic) else {
            return Some(vec![("why", Json::text("impossible"))]);
        };
        let mut cost = way_back.to_vec();
        residual.costs.add(&residual.move_of(allocation.has[team], pair), &mut cost);
        let (size, change) = residual.costs.read(&cost);
        let change = match change {
            Change::Cost(cost) => ("cost", int(cost)),
            Change::Profile(profile) => {
                ("profile", Json::List(profile.into_iter().map(int).collect()))
            }
        };
        Some(vec![("why", Json::text("whole")), ("size", int(size)), change])
    }

    /// The distances of all nodes to this one.
    fn distances(&mut self, to: usize) -> Option<&Distances> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != to) {
            let found = Paths::find(self.residual, Ends::To(to), &mut self.steps).ok()?;
            self.last = Some((to, found));
        }
        self.last.as_ref().map(|(_, distances)| distances)
    }
}

fn int(number: i64) -> Json {
    Json::Int(number.into())
}
