//! What is wrong with a file, and where.

use std::fmt;

use serde::Serialize;

use crate::refusal::Refusal;

/// The most faults that are told of one file: the rest usually follow from the first.
pub(super) const FAULTS_MAX: usize = 50;

/// One fault of an instance: where it is, and a refusal with a stable code that says what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The place as a path of keys and positions, as in `teams.s1.preferences[2][0]`; empty for the file as a whole.
    pub at: String,
    /// The code and what the sentence names.
    pub refusal: Refusal,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.at.is_empty() { "the file" } else { &self.at };
        write!(f, "{place}: {}", self.refusal)
    }
}

impl std::error::Error for Fault {}

/// Collects faults, up to [`FAULTS_MAX`].
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, at: impl fmt::Display, refusal: Refusal) {
        if self.0.len() < FAULTS_MAX {
            self.0.push(Fault { at: at.to_string(), refusal });
        }
    }

    /// `Err` with what was found, if anything was.
    pub(super) fn none(self) -> Result<(), Vec<Fault>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}
