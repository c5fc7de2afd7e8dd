//! Why bytes are not what Automerge may parse.

/// What a walk stumbled over: a stable word, which goes to the client and to logs, never a part of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Malformed {
    /// A word or two with hyphens.
    pub what: &'static str,
}

/// The result of a step of the walk.
pub(super) type Step<T = ()> = Result<T, Malformed>;

/// An error as a step's result.
pub(super) fn no<T>(what: &'static str) -> Step<T> {
    Err(Malformed { what })
}

/// Goes on if something holds.
pub(super) fn ensure(holds: bool, what: &'static str) -> Step {
    if holds { Ok(()) } else { no(what) }
}
