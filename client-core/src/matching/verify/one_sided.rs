//! Certificates for the one-sided rules: that no allocation is better, and that of the best the
//! lottery selects this one.
//!
//! An allocation is best if and only if its residual graph has no cycle of negative cost (Ahuja, Magnanti
//! and Orlin, *Network Flows*, 1993, theorem 9.1). The distances that show this also show which arcs lie on
//! cycles of no cost at all: by these and no others one best allocation becomes another.

use super::answer::Allocation;
use super::fault::{Fault, path};
use super::instance::Instance;
use super::joined::{Dated, joined_at};
use super::limits::{CERTIFICATE_STEPS_MAX, CYCLE_MOVES_MAX};
use super::paths::{Distances, Ends, NoDistances, Paths, Steps};
use super::residual::{Arc, Residual};

/// What a certificate shows.
pub(super) enum Optimality {
    /// There is a better allocation.
    Worse(Fault),
    /// No allocation is better.
    Best(Distances),
    /// It would take too much work to know.
    Unproved,
}

/// Whether a feasible allocation is the best by its rule.
pub(super) fn optimality(instance: &Instance, residual: &Residual) -> Optimality {
    match Paths::find(residual, Ends::FromAnywhere, &mut Steps(CERTIFICATE_STEPS_MAX)) {
        Ok(distances) => Optimality::Best(distances),
        Err(NoDistances::TooMuch) => Optimality::Unproved,
        Err(NoDistances::NegativeCycle(arcs)) => {
            Optimality::Worse(better(instance, residual, &arcs))
        }
    }
}

/// The moves that make an allocation better.
fn better(instance: &Instance, residual: &Residual, arcs: &[usize]) -> Fault {
    let mut at = String::from("allocation");
    let mut moves = Vec::new();
    for arc in arcs.iter().map(|&arc| &residual.arcs[arc]) {
        let Some(team) = arc.team else { continue };
        let team = &instance.teams[team].id;
        if moves.is_empty() {
            at = path("allocation", team);
        }
        let topic = instance.topics.get(arc.to).map(|topic| topic.id.as_str());
        moves.push(serde_json::json!({ "team": team, "topic": topic }));
    }
    let mut cost = vec![0; residual.costs.width()];
    arcs.iter().for_each(|&arc| residual.costs.add(&residual.arcs[arc], &mut cost));
    let (size, _) = residual.costs.read(&cost);
    moves.truncate(CYCLE_MOVES_MAX);
    Fault {
        code: "not-optimal",
        at,
        params: [("better", moves.into()), ("size", size.into())].into(),
    }
}

/// The first team in the lottery that could have something better in another best allocation, with
/// all teams before it keeping what they have.
///
/// Teams are added from the last of the lottery to the first. An arc of a team lies on a cycle with arcs of
/// later teams alone when its ends are strongly connected as soon as it is added.
pub(super) fn tie_break(
    instance: &Instance,
    allocation: &Allocation,
    residual: &Residual,
    distances: &Distances,
) -> Option<Fault> {
    let teams = instance.teams.len();
    let date = |arc: &Arc| arc.team.map_or(0, |team| teams - instance.teams[team].lottery);
    let tight: Vec<&Arc> =
        residual.arcs.iter().filter(|arc| is_tight(residual, distances, arc)).collect();
    let dated: Vec<Dated> =
        tight.iter().map(|arc| Dated { from: arc.from, to: arc.to, date: date(arc) }).collect();
    let joined = joined_at(&dated, teams);
    let wrong = tight.iter().zip(&dated).zip(joined).filter(|((arc, dated), joined)| {
        joined.is_some_and(|joined| joined <= dated.date) && is_better(instance, allocation, arc)
    });
    let ((first, _), _) = wrong.max_by_key(|((_, dated), _)| dated.date)?;
    let team = first.team?;
    let topic = instance.topics.get(first.to).map(|topic| topic.id.as_str());
    let has = allocation.topic(team).map(|topic| instance.topics[topic].id.as_str());
    Some(Fault {
        code: "not-by-lottery",
        at: path("allocation", &instance.teams[team].id),
        params: [("better", topic.into()), ("found", has.into())].into(),
    })
}

/// Whether an arc can lie on a cycle of no cost.
fn is_tight(residual: &Residual, distances: &Distances, arc: &Arc) -> bool {
    match (distances.of(arc.from), distances.of(arc.to)) {
        (Some(from), Some(to)) => residual.costs.compare(from, arc, to).is_eq(),
        _ => false,
    }
}

/// Whether the arc gives its team a better rank, or of the same rank a topic with a smaller number.
fn is_better(instance: &Instance, allocation: &Allocation, arc: &Arc) -> bool {
    let Some(team) = arc.team else { return false };
    let Some(to) = instance.teams[team].pair(arc.to) else { return false };
    let value = |pair: &super::instance::Pair| (pair.rank, instance.topics[pair.topic].lottery);
    allocation.has[team].is_none_or(|has| value(&to) < value(&has))
}
