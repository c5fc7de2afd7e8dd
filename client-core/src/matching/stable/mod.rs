//! Stable allocations: no team and topic are left that would both gain by each other.
//!
//! ```text
//!   teams_propose         deferred acceptance: the best stable allocation for every team
//!   supervisors_propose   the same from the other side
//!   ties                  the largest with ties: three claims a pair, then deferred acceptance
//!   search                the largest with ties, exactly, within a bounded number of steps
//!   bound                 how large any allocation can be
//! ```
//!
//! Nested quotas form a laminar matroid and the queue is an order of its elements, so a stable allocation is a matroid kernel
//! (Fleiner 2003): it exists, and both sides' best are found by deferred acceptance.

mod bound;
mod search;
mod supervisors_propose;
mod teams_propose;
mod ties;

pub(super) use search::largest;
pub use search::{Method, SizeClaim};
pub(super) use supervisors_propose::supervisor_optimal;

use teams_propose::{Claim, deferred_acceptance};

use super::market::{Assignment, Market};

/// The stable allocation that every team likes best.
pub(super) fn student_optimal(market: &Market<'_>) -> Assignment {
    let claim = |pair| Claim { pair, key: market.queue_key(pair) };
    deferred_acceptance(market, |team| market.open_pairs_of(team).map(claim).collect())
}
