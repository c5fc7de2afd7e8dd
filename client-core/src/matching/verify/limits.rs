//! Bounds on the work of one verification. What goes beyond one of them is listed as unproved.

/// The longest instance, and the longest result, that is read: 100,000 teams with ten topics each
/// and their explanations take some 50 MiB.
pub const FILE_BYTES_MAX: usize = 64 << 20;

/// How many faults are listed: more do not help anyone to mend an answer.
pub const FAULTS_MAX: usize = 1_000;

/// The longest text of a file that a fault repeats, in bytes.
pub(super) const BRIEF_BYTES_MAX: usize = 200;

/// The longest list of a file that a fault repeats, in values.
pub(super) const BRIEF_VALUES_MAX: usize = 32;

/// How many moves of a negative cycle a fault shows.
pub(super) const CYCLE_MOVES_MAX: usize = 32;

/// Looks at pairs while a strict rule's answer is derived again; about half a minute.
pub(super) const DERIVE_STEPS_MAX: u64 = 10_000_000_000;

/// Looks at arcs while shortest paths are found for a certificate; about half a minute.
pub(super) const CERTIFICATE_STEPS_MAX: u64 = 3_000_000_000;

/// Looks at arcs while the explanations of a one-sided rule are found again.
pub(super) const EXPLAIN_STEPS_MAX: u64 = 3_000_000_000;

/// Numbers in the table of distances, of 8 bytes each: nodes times the width of a cost.
pub(super) const DISTANCE_NUMBERS_MAX: usize = 100_000_000;

/// Looks at arcs while the largest allocation without regard to stability is found.
pub(super) const LARGEST_STEPS_MAX: u64 = 3_000_000_000;

/// Partial allocations looked at by the exhaustive search for a larger stable one.
pub(super) const SEARCH_STEPS_MAX: u64 = 2_000_000;
