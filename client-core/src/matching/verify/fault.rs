//! What a verifier says: faults, what it could not prove, and why it could not read.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::json::Json;
use super::limits::FAULTS_MAX;

/// Named values beside a code: `expected`, `found`, and what else explains it.
pub type Params = BTreeMap<&'static str, Value>;

/// One thing in an answer that is not as the specification says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fault {
    /// Stable, in kebab-case.
    pub code: &'static str,
    /// Where in the answer, such as `allocation.s1` or `blocking_pairs[3].has`; empty for the whole.
    pub at: String,
    /// What was expected and what was found.
    pub params: Params,
}

/// One claim of an answer that is neither shown right nor shown wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unproved {
    /// Stable, in kebab-case.
    pub code: &'static str,
    /// Where in the answer.
    pub at: String,
}

/// A file that says nothing: not JSON, not of the shape, or an instance that is not valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{file} at `{at}`: {code}, expected {expected}")]
pub struct Unreadable {
    /// `instance` or `result`.
    pub file: &'static str,
    /// Stable, in kebab-case.
    pub code: &'static str,
    /// Where in the file; empty for the whole.
    pub at: String,
    /// What should be there, in English.
    pub expected: String,
}

/// A group of claims that was compared with the specification, whether or not faults were found in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The fields at the top: none is missing, unknown or there twice.
    Fields,
    /// `input_digest` and `seed` are those of the instance.
    Origin,
    /// Each team once, in order, with an acceptable topic.
    Pairs,
    /// Pins are kept.
    Pins,
    /// Capacities and lower quotas of topics, supervisors and districts are kept.
    Quotas,
    /// `size` and `profile`.
    Counts,
    /// No blocking pair in the market where pinned teams have their pair alone.
    Stability,
    /// The allocation is the best by the rule.
    Optimality,
    /// Of the best ones it is the one that the lottery selects.
    TieBreak,
    /// `size_claim`.
    SizeClaim,
    /// `blocking_pairs`.
    BlockingPairs,
    /// `explanations`.
    Explanations,
}

impl Check {
    /// The name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fields => "fields",
            Self::Origin => "origin",
            Self::Pairs => "pairs",
            Self::Pins => "pins",
            Self::Quotas => "quotas",
            Self::Counts => "counts",
            Self::Stability => "stability",
            Self::Optimality => "optimality",
            Self::TieBreak => "tie-break",
            Self::SizeClaim => "size-claim",
            Self::BlockingPairs => "blocking-pairs",
            Self::Explanations => "explanations",
        }
    }
}

/// Gathers faults, at most [`FAULTS_MAX`] of them.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: Vec<Fault>,
    count: usize,
}

impl Faults {
    /// Notes a fault where `expected` should be and `found` is.
    pub(super) fn differs(
        &mut self,
        code: &'static str,
        at: impl Into<String>,
        expected: Value,
        found: Value,
    ) {
        self.add(code, at, [("expected", expected), ("found", found)]);
    }

    /// Notes a fault with parameters of its own.
    pub(super) fn add<const N: usize>(
        &mut self,
        code: &'static str,
        at: impl Into<String>,
        params: [(&'static str, Value); N],
    ) {
        self.push(Fault { code, at: at.into(), params: params.into_iter().collect() });
    }

    /// Notes a fault.
    pub(super) fn push(&mut self, fault: Fault) {
        self.count += 1;
        if self.found.len() < FAULTS_MAX {
            self.found.push(fault);
        }
    }

    /// How many have been found, listed or not.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// What has been found, in the order of the checks.
    pub(super) fn into_vec(self) -> Vec<Fault> {
        self.found
    }
}

/// Compares any part of an answer with what it should be, and names each difference by its path.
///
/// The order of fields does not count; a missing, unknown or repeated one does. An integer is not
/// equal to the same number written with a fraction.
pub(super) fn compare(
    code: &'static str,
    at: &str,
    expected: &Json,
    found: &Json,
    faults: &mut Faults,
) {
    match (expected, found) {
        (Json::Object(expected), Json::Object(found)) => {
            compare_fields(code, at, expected, found, faults);
        }
        (Json::List(expected), Json::List(found)) => {
            if expected.len() != found.len() {
                let lengths = (expected.len().into(), found.len().into());
                faults.differs("length-differs", at, lengths.0, lengths.1);
            }
            for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                compare(code, &format!("{at}[{index}]"), expected, found, faults);
            }
        }
        _ if expected != found => faults.differs(code, at, expected.brief(), found.brief()),
        _ => {}
    }
}

fn compare_fields(
    code: &'static str,
    at: &str,
    expected: &[(String, Json)],
    found: &[(String, Json)],
    faults: &mut Faults,
) {
    let names: Vec<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
    check_names(at, &names, found, faults);
    for (name, value) in expected {
        if let Some((_, other)) = found.iter().find(|(other, _)| other == name) {
            compare(code, &path(at, name), value, other, faults);
        }
    }
}

/// Names each field that is missing, unknown, or there twice.
pub(super) fn check_names(
    at: &str,
    expected: &[&str],
    found: &[(String, Json)],
    faults: &mut Faults,
) {
    let mut seen = vec![0_usize; expected.len()];
    for (name, value) in found {
        match expected.iter().position(|other| other == name) {
            None => faults.add("unknown-field", path(at, name), [("found", value.brief())]),
            Some(index) => seen[index] += 1,
        }
    }
    for (name, times) in expected.iter().zip(seen) {
        match times {
            0 => faults.add("missing-field", path(at, name), []),
            1 => {}
            _ => faults.add("duplicate-field", path(at, name), [("times", times.into())]),
        }
    }
}

/// The path of a field.
pub(super) fn path(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}
