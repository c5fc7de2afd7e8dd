//! What a `largest-stable` answer claims of its size.

use super::answer::Allocation;
use super::fault::{Faults, Unproved, check_names, compare};
use super::instance::Instance;
use super::json::Json;
use super::largest::largest_size;
use super::search::{Found, larger_stable};

const AT: &str = "size_claim";

/// Checks the claim: its fields agree with each other, with the size, and with the bound that is known
/// without a search; and no stable allocation has more teams than it says, where that can be searched for.
pub(super) fn check_claim(
    instance: &Instance,
    allocation: &Allocation,
    claim: &Json,
    faults: &mut Faults,
    unproved: &mut Vec<Unproved>,
) {
    let Json::Object(fields) = claim else {
        return faults.differs("wrong-type", AT, "an object".into(), claim.brief());
    };
    let before = faults.len();
    check_names(AT, &["method", "upper_bound", "largest"], fields, faults);
    if faults.len() > before {
        return;
    }
    let field = |name| fields.iter().find(|(other, _)| other == name).map(|(_, value)| value);
    let (method, bound, largest) = (field("method"), field("upper_bound"), field("largest"));
    let Some(&Json::Int(bound)) = bound else {
        let found = bound.map_or(serde_json::Value::Null, Json::brief);
        return faults.differs("wrong-type", "size_claim.upper_bound", "a count".into(), found);
    };
    let size = allocation.size();
    if let Some(largest) = largest {
        let expected = Json::Bool(bound == size as i128);
        compare("claim-inconsistent", "size_claim.largest", &expected, largest, faults);
    }
    let searched = match method {
        Some(Json::Text(method)) if method == "search" => true,
        Some(Json::Text(method)) if method == "approximation" => false,
        other => {
            let found = other.map_or(serde_json::Value::Null, Json::brief);
            let known = vec!["approximation", "search"];
            return faults.differs("unknown-method", "size_claim.method", known.into(), found);
        }
    };
    check_bound(instance, allocation, Bound { bound, searched }, faults, unproved);
}

struct Bound {
    bound: i128,
    searched: bool,
}

fn check_bound(
    instance: &Instance,
    allocation: &Allocation,
    Bound { bound, searched }: Bound,
    faults: &mut Faults,
    unproved: &mut Vec<Unproved>,
) {
    let at = "size_claim.upper_bound";
    let size = allocation.size();
    let Some(most) = largest_size(instance, allocation) else {
        unproved.push(Unproved { code: "largest-allocation-unknown", at: at.to_owned() });
        return;
    };
    let without_search = most.min(size + size / 2);
    let smallest = if searched { size } else { without_search };
    let within =
        usize::try_from(bound).ok().filter(|bound| (smallest..=without_search).contains(bound));
    let Some(bound) = within else {
        let expected = vec![smallest, without_search];
        return faults.differs("claim-wrong", at, expected.into(), bound.to_string().into());
    };
    if bound == most {
        return;
    }
    match larger_stable(instance, bound) {
        Found::None => {}
        Found::Larger(larger) => {
            faults.differs("larger-stable-exists", at, larger.into(), bound.into());
        }
        Found::TooMany => unproved.push(Unproved { code: "search-too-large", at: at.to_owned() }),
    }
}
