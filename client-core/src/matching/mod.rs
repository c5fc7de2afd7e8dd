//! The allocation of teams to thesis topics: pure and deterministic, and checked by code that shares nothing with it.
//!
//! ```text
//!   rule         the rules, and what each promises
//!   instance     a file → teams, topics, supervisors, districts, pins; or what is wrong with it, and where
//!   lottery      the numbers that break ties
//!   market       an instance as the algorithms see it: acceptable pairs, nested quotas, queues
//!   stable       deferred acceptance from either side, with ties, and the search for the largest
//!   one_sided    the largest allocations with the best profile or the least cost, by flow
//!   seats        who has a seat where          queues     who wants one
//!   blocking     who would gain by each other  explain    why a team did not get a topic
//!   lower_quotas whether they are met          answer     what is printed
//!   verify       checks an answer against its instance, from the files alone
//! ```
//!
//! `docs/allocation-format.md` defines every word; `docs/allocation.md` says which rule to choose.

mod answer;
mod blocking;
mod explain;
mod instance;
mod lottery;
mod lower_quotas;
mod market;
mod one_sided;
mod queues;
mod rule;
mod seats;
mod stable;
pub mod verify;

pub use answer::Answer;
pub use blocking::{BlockingPair, Gain};
pub use explain::{Explanation, Missed, Precedence, Why};
pub use instance::{Fault, INSTANCE_BYTES_MAX, Instance};
pub use one_sided::Change;
pub use rule::{Rule, UnknownRule};
pub use stable::{Method, SizeClaim};

use answer::Answered;
use lower_quotas::check_lower_quotas;
use market::{Assignment, Market};
use one_sided::Changes;

use crate::refusal::Refusal;

/// Which teams are told why they did not get what they would rather have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explain {
    /// Each that does not have its first choice.
    Missed,
    /// These, by id.
    Teams(Vec<String>),
}

/// Allocates topics to teams by a rule. The same instance, rule and teams to explain give the same answer on every machine.
///
/// # Errors
///
/// - `lower-quota-unmet`: the stable allocation has fewer teams somewhere than the lower quota says.
/// - `lower-quota-infeasible`: no allocation meets all lower quotas.
/// - `ranks-too-many`, `reasons-too-many`: a one-sided rule would take too much memory.
/// - `unknown-team`: a team that is to be explained is not in the instance.
pub fn allocate(instance: &Instance, rule: Rule, explain: &Explain) -> Result<Answer, Refusal> {
    let named = named(instance, explain)?;
    let market = Market::new(instance);
    let explained = |assignment: &Assignment| match explain {
        Explain::Missed => missed(&market, assignment),
        Explain::Teams(_) => named.clone(),
    };
    let answered = answered(&market, rule, |assignment| {
        explained(assignment).iter().flat_map(|&team| wished(&market, assignment, team)).collect()
    })?;
    Ok(answer::told(&market, &answered, &explained(&answered.assignment)))
}

fn answered(
    market: &Market<'_>,
    rule: Rule,
    asked: impl Fn(&Assignment) -> Vec<usize>,
) -> Result<Answered, Refusal> {
    let (assignment, size_claim) = match rule {
        Rule::StudentOptimal => (stable::student_optimal(market), None),
        Rule::SupervisorOptimal => (stable::supervisor_optimal(market), None),
        Rule::LargestStable => {
            let (assignment, claim) = stable::largest(market);
            (assignment, Some(claim))
        }
        Rule::Greedy | Rule::Generous | Rule::LeastCost => {
            let (assignment, changes) = one_sided::best(market, rule, asked)?;
            return Ok(Answered { rule, assignment, size_claim: None, changes });
        }
    };
    check_lower_quotas(market, &assignment, "lower-quota-unmet")?;
    Ok(Answered { rule, assignment, size_claim, changes: Changes::new() })
}

/// The teams that are named.
fn named(instance: &Instance, explain: &Explain) -> Result<Vec<usize>, Refusal> {
    let Explain::Teams(ids) = explain else { return Ok(Vec::new()) };
    let find =
        |id: &String| instance.team(id).ok_or_else(|| Refusal::new("unknown-team").with("id", id));
    ids.iter().map(find).collect()
}

/// The teams that do not have their first choice.
fn missed(market: &Market<'_>, assignment: &Assignment) -> Vec<usize> {
    let has_first = |team: usize| assignment[team].is_some_and(|pair| market.pairs[pair].rank == 1);
    (0..market.teams()).filter(|&team| !has_first(team)).collect()
}

/// The pairs that a team competed for and that are better than what it has.
fn wished(market: &Market<'_>, assignment: &Assignment, team: usize) -> Vec<usize> {
    if market.pins[team].is_some() {
        return Vec::new();
    }
    let rank = assignment[team].map(|pair| market.pairs[pair].rank);
    let is_better = |&pair: &usize| rank.is_none_or(|rank| market.pairs[pair].rank < rank);
    market.pairs_of(team).filter(is_better).collect()
}
