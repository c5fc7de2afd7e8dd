//! An independent verifier of student–project allocations.
//!
//! Written from `docs/allocation-format.md` alone, and sharing no code with the allocator, so that both would have to make
//! the same mistake for a wrong answer to pass. It trusts nothing in an answer: what is unique is derived
//! again by another method and compared; what is best is shown to be so by a certificate; every list is
//! found again.
//!
//! | file | checks |
//! |---|---|
//! | `read`, `fields`, `instance` | that the instance is valid |
//! | `answer`, `quotas` | pairs, pins, capacities, lower quotas |
//! | `stability` | stability and `blocking_pairs` |
//! | `strict` | the answer of the two strict rules, derived again |
//! | `residual`, `paths`, `one_sided`, `joined` | that a one-sided answer is best, and selected by lottery |
//! | `claim`, `largest`, `search` | `size_claim` |
//! | `explain`, `queue`, `whole` | `explanations` |
//!
//! Pure and deterministic. No bytes make it panic; its work is bounded by `limits`.

mod answer;
mod claim;
mod explain;
mod fault;
mod fields;
mod instance;
mod joined;
mod json;
mod largest;
mod limits;
mod one_sided;
mod order;
mod paths;
mod queue;
mod quotas;
mod read;
mod residual;
mod search;
mod stability;
mod strict;
mod whole;

#[cfg(test)]
mod tests;

use serde::Serialize;

pub use fault::{Check, Fault, Params, Unproved, Unreadable};
pub use limits::{FAULTS_MAX, FILE_BYTES_MAX};

use answer::{Allocation, Answer, Rule, should_have};
use explain::Explainer;
use fault::{Faults, compare};
use instance::Instance;
use json::Json;
use one_sided::{Optimality, optimality, tie_break};
use order::digest;
use quotas::{Market, Seats, check_pins, check_quotas};
use residual::Residual;
use stability::{Blocking, check_stable};

/// What a verification has found. The answer is right when there are no faults, as far as nothing is unproved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// What was looked at, in this order. Without acceptable pairs, pins and quotas nothing beyond can be.
    pub checked: Vec<Check>,
    /// What is wrong, at most [`FAULTS_MAX`].
    pub faults: Vec<Fault>,
    /// What could not be shown either way within the bounds on work.
    pub unproved: Vec<Unproved>,
}

/// Checks every part of `result` against `instance`, by `docs/allocation-format.md`.
///
/// # Errors
/// [`Unreadable`] when one of the files is longer than [`FILE_BYTES_MAX`], is not JSON, or has another shape; or when the
/// instance is not valid.
pub fn verify(instance: &[u8], result: &[u8]) -> Result<Verdict, Unreadable> {
    let input_digest = digest(instance);
    let instance = read::read(instance)?;
    let result = Json::read("result", result)?;
    let Json::Object(fields) = &result else {
        let (at, expected) = (String::new(), "an object".to_owned());
        return Err(Unreadable { file: "result", code: "wrong-type", at, expected });
    };
    let mut verifier = Verifier::new(&instance);
    if let Some(answer) = Answer::read(fields, &mut verifier.faults) {
        verifier.checked.push(Check::Fields);
        verifier.check(&answer, &input_digest);
    }
    Ok(verifier.into_verdict())
}

struct Verifier<'a> {
    instance: &'a Instance,
    checked: Vec<Check>,
    faults: Faults,
    unproved: Vec<Unproved>,
}

impl<'a> Verifier<'a> {
    fn new(instance: &'a Instance) -> Self {
        Self { instance, checked: Vec::new(), faults: Faults::default(), unproved: Vec::new() }
    }

    fn into_verdict(self) -> Verdict {
        Verdict { checked: self.checked, faults: self.faults.into_vec(), unproved: self.unproved }
    }

    fn check(&mut self, answer: &Answer<'_>, input_digest: &str) {
        self.check_field(answer, "input_digest", &Json::text(input_digest));
        self.check_field(answer, "seed", &Json::text(&self.instance.seed));
        self.checked.push(Check::Origin);
        let Some(allocation) = answer.allocation(self.instance, &mut self.faults) else { return };
        self.checked.push(Check::Pairs);
        self.check_counts(answer, &allocation);
        if self.is_feasible(&allocation) {
            let residual = self.check_rule(answer, &allocation);
            self.check_lists(answer, &allocation, residual.as_ref());
        }
    }

    /// Compares a field with the only value that it may have.
    fn check_field(&mut self, answer: &Answer<'_>, name: &'static str, expected: &Json) {
        if let Some(found) = answer.field(name) {
            compare("value-differs", name, expected, found, &mut self.faults);
        }
    }

    fn check_counts(&mut self, answer: &Answer<'_>, allocation: &Allocation) {
        let profile = allocation.profile().into_iter().map(Json::count).collect();
        self.check_field(answer, "size", &Json::count(allocation.size()));
        self.check_field(answer, "profile", &Json::List(profile));
        self.checked.push(Check::Counts);
    }

    fn is_feasible(&mut self, allocation: &Allocation) -> bool {
        let before = self.faults.len();
        check_pins(self.instance, allocation, &mut self.faults);
        check_quotas(self.instance, allocation, &mut self.faults);
        self.checked.extend([Check::Pins, Check::Quotas]);
        self.faults.len() == before
    }

    /// Checks that the allocation is the one of its rule. Gives the residual graph of a best one-sided one.
    fn check_rule(&mut self, answer: &Answer<'_>, allocation: &Allocation) -> Option<Residual> {
        let (instance, rule) = (self.instance, answer.rule);
        if rule.is_stable() {
            check_stable(instance, allocation, rule, &mut self.faults);
            self.checked.push(Check::Stability);
        }
        match rule {
            Rule::StudentOptimal => {
                self.check_derived(allocation, strict::student_optimal(instance));
            }
            Rule::SupervisorOptimal => {
                self.check_derived(allocation, strict::supervisor_optimal(instance));
            }
            Rule::LargestStable => {
                if let Some(claim) = answer.field("size_claim") {
                    let (faults, unproved) = (&mut self.faults, &mut self.unproved);
                    claim::check_claim(instance, allocation, claim, faults, unproved);
                    self.checked.push(Check::SizeClaim);
                }
            }
            Rule::Greedy | Rule::Generous | Rule::LeastCost => {
                let residual = Residual::new(instance, allocation, rule);
                return self.check_one_sided(allocation, &residual).then_some(residual);
            }
        }
        None
    }

    fn check_derived(&mut self, allocation: &Allocation, derived: Option<strict::Topics>) {
        let Some(derived) = derived else { return self.leave_open("derivation-too-long") };
        for (team, expected) in derived.into_iter().enumerate() {
            let found = allocation.topic(team);
            if found != expected {
                let fault = should_have("not-optimal", self.instance, team, expected, found);
                self.faults.push(fault);
            }
        }
        self.checked.push(Check::Optimality);
    }

    /// Whether nothing speaks against the allocation being the best.
    fn check_one_sided(&mut self, allocation: &Allocation, residual: &Residual) -> bool {
        let distances = match optimality(self.instance, residual) {
            Optimality::Best(distances) => distances,
            Optimality::Worse(fault) => {
                self.faults.push(fault);
                self.checked.push(Check::Optimality);
                return false;
            }
            Optimality::Unproved => {
                self.leave_open("certificate-too-long");
                return true;
            }
        };
        self.checked.extend([Check::Optimality, Check::TieBreak]);
        if let Some(fault) = tie_break(self.instance, allocation, residual, &distances) {
            self.faults.push(fault);
        }
        true
    }

    fn leave_open(&mut self, code: &'static str) {
        self.unproved.push(Unproved { code, at: "allocation".to_owned() });
    }

    fn check_lists(
        &mut self,
        answer: &Answer<'_>,
        allocation: &Allocation,
        residual: Option<&Residual>,
    ) {
        let (instance, rule) = (self.instance, answer.rule);
        let seats = Seats::new(instance, allocation, Market::AsItStands);
        let blocking = Blocking::find(instance, &seats, allocation, rule);
        if let Some(listed) = answer.field("blocking_pairs") {
            blocking.compare(instance, listed, &mut self.faults);
            self.checked.push(Check::BlockingPairs);
        }
        // What a one-sided rule's whole would lose can be said of a best allocation alone.
        if let Some(explanations) = answer.field("explanations")
            && (rule.is_stable() || residual.is_some())
        {
            let blocking = &blocking;
            let explainer =
                Explainer { instance, allocation, rule, seats: &seats, blocking, residual };
            explainer.check(explanations, &mut self.faults, &mut self.unproved);
            self.checked.push(Check::Explanations);
        }
    }
}
