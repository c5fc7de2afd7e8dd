//! Right answers pass, and whatever is changed in one is found.

mod brute;
mod by_hand;
mod random;
mod toy;
mod unreadable;

use serde_json::Value;

use super::{Unreadable, Verdict, verify};

/// Verifies an answer that is given as a value.
fn verdict(instance: &str, answer: &Value) -> Result<Verdict, Unreadable> {
    verify(instance.as_bytes(), answer.to_string().as_bytes())
}

/// The codes and places of what is wrong.
fn faults(instance: &str, answer: &Value) -> Vec<(&'static str, String)> {
    let verdict = verdict(instance, answer).unwrap();
    verdict.faults.into_iter().map(|fault| (fault.code, fault.at)).collect()
}
