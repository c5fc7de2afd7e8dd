//! Lower quotas that an allocation does not meet.

use super::market::{Assignment, Market};
use crate::refusal::Refusal;

/// Checks that each quota has as many teams as its lower bound.
///
/// # Errors
///
/// A refusal with `code` about the first, topics before supervisors before districts, that has fewer.
pub(super) fn check_lower_quotas(
    market: &Market<'_>,
    assignment: &Assignment,
    code: &str,
) -> Result<(), Refusal> {
    let counts = market.counts(assignment);
    let unmet = (0..counts.len()).find(|&quota| counts[quota] < market.quotas[quota].lower);
    let Some(quota) = unmet else { return Ok(()) };
    let (kind, id) = market.name(quota);
    let refusal = Refusal::new(code).with("quota", kind).with("id", id);
    Err(refusal.with("lower", market.quotas[quota].lower).with("teams", counts[quota]))
}
