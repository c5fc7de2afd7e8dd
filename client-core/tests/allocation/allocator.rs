//! The allocator as its users meet it: a file in, an answer's text out. Nothing else of it is used.

use samsynk_core::matching::{self, INSTANCE_BYTES_MAX};
pub(crate) use samsynk_core::matching::{Explain, Rule};
pub(crate) use samsynk_core::refusal::Refusal;
use serde_json::Value;

use crate::instance::Instance;

/// What is printed for an instance that must be right.
pub(crate) fn printed(text: &str, rule: Rule, explain: &Explain) -> Result<String, Refusal> {
    let instance = matching::Instance::read(text.as_bytes(), INSTANCE_BYTES_MAX)
        .unwrap_or_else(|faults| panic!("{faults:?} in {text}"));
    Ok(matching::allocate(&instance, rule, explain)?.to_json())
}

/// The answer, with every team told why.
pub(crate) fn answer(instance: &Instance, rule: Rule) -> Result<Value, Refusal> {
    let everyone = Explain::Teams(instance.teams.keys().cloned().collect());
    let text = printed(&instance.to_json(), rule, &everyone)?;
    Ok(serde_json::from_str(&text).unwrap())
}
