//! Lower quotas that an allocation does not meet.

use super::market::{Assignment, Market};
use crate::refusal::Refusal;

/// A quota with fewer teams than its lower bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unmet {
    /// `topic`, `supervisor` or `district`.
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) lower: u32,
    pub(super) teams: u32,
}

impl Unmet {
    pub(super) fn refusal(self, code: &str) -> Refusal {
        Refusal::new(code)
            .with("quota", self.kind)
            .with("id", self.id)
            .with("lower", self.lower)
            .with("teams", self.teams)
    }
}

/// The first quota, topics before supervisors before districts, whose lower bound is not met.
pub(super) fn unmet(market: &Market<'_>, assignment: &Assignment) -> Option<Unmet> {
    let counts = market.counts(assignment);
    let quota = (0..counts.len()).find(|&quota| counts[quota] < market.quotas[quota].lower)?;
    let (kind, id) = market.name(quota);
    let lower = market.quotas[quota].lower;
    Some(Unmet { kind, id: id.to_owned(), lower, teams: counts[quota] })
}
