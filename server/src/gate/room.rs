//! Whether a document has room for more: everyone who may read it must be able to load it.

use samsynk_core::limits::{
    ACTORS_COUNT_MAX, CHANGES_COUNT_MAX, DEPS_COUNT_MAX, HEADS_COUNT_MAX, INFLATED_BYTES_MAX,
    OPS_COUNT_MAX,
};
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::walk::Walked;

use super::parts::Facts;
use crate::limits::SERVER_CHANGES_COUNT_MAX;

/// How much a document holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Changes.
    pub changes: usize,
    /// Operations, deletions among them.
    pub ops: usize,
    /// Dependencies of changes.
    pub deps: usize,
    /// Actors.
    pub actors: usize,
    /// Heads.
    pub heads: usize,
    /// About how many bytes its changes are before they are compressed.
    pub bytes: usize,
}

impl Size {
    /// The size with one more change.
    #[must_use]
    pub fn with(mut self, facts: &Facts) -> Self {
        self.changes += 1;
        self.ops = self.ops.saturating_add(facts.ops());
        self.deps += facts.deps.len();
        // Each actor is new but once.
        self.actors += usize::from(facts.seq == 1);
        self
    }

    /// Whether a document that the server writes should begin anew, so that it never comes near what nobody could load.
    #[must_use]
    pub fn is_half_full(&self) -> bool {
        self.changes > SERVER_CHANGES_COUNT_MAX
            || self.ops > OPS_COUNT_MAX / 2
            || self.deps > DEPS_COUNT_MAX / 2
            || self.actors > ACTORS_COUNT_MAX / 2
            || self.bytes > INFLATED_BYTES_MAX / 2
    }

    /// Whether a document of this size may be kept.
    ///
    /// # Errors
    ///
    /// `document-too-large`, with `max` and `why`.
    pub fn check(&self) -> Result<(), Refusal> {
        let bounds = [
            ("changes", self.changes, CHANGES_COUNT_MAX),
            ("operations", self.ops, OPS_COUNT_MAX),
            ("dependencies", self.deps, DEPS_COUNT_MAX),
            ("actors", self.actors, ACTORS_COUNT_MAX),
            ("heads", self.heads, HEADS_COUNT_MAX),
            ("bytes", self.bytes, INFLATED_BYTES_MAX),
        ];
        match bounds.into_iter().find(|(_, size, max)| size > max) {
            Some((why, _, max)) => {
                Err(Refusal::new("document-too-large").with("max", max).with("why", why))
            }
            None => Ok(()),
        }
    }
}

/// Whether a document has used most of a bound, nine tenths of it.
#[must_use]
pub fn nears_bounds(walked: &Walked) -> bool {
    let nears = |count: usize, max: usize| count > max / 10 * 9;
    nears(walked.changes, CHANGES_COUNT_MAX)
        || nears(walked.ops, OPS_COUNT_MAX)
        || nears(walked.deps, DEPS_COUNT_MAX)
        || nears(walked.inflated_bytes, INFLATED_BYTES_MAX)
}
