//! Each rule on random small instances, against everything that it could have answered.

mod explained;
mod incentives;
mod large;
mod largest;
mod one_sided;
mod same;
mod strict;

use proptest::prelude::{ProptestConfig, TestCaseError};
use proptest::{prop_assert, prop_assert_eq};

use crate::allocator::{self, Rule};
use crate::enumerate;
use crate::market::Allocation;
use crate::told::Case;

/// As many cases unless `PROPTEST_CASES` says otherwise. A failure prints its instance, so nothing is written beside the tests.
fn cases(count: u32) -> ProptestConfig {
    let asked = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { asked.cases } else { count };
    ProptestConfig { cases, ..asked }
}

/// The allocation of a stable rule is this one, with all that is said of it; or it is refused because it has too few somewhere.
fn answers_or_refuses(case: &Case, rule: Rule, expected: &Allocation) -> Result<(), TestCaseError> {
    let text = case.instance.to_json();
    match allocator::answer(&case.instance, rule) {
        Ok(answer) => {
            prop_assert!(enumerate::meets_lower_quotas(&case.market, expected), "{}", text);
            prop_assert_eq!(answer, case.answer(rule, expected), "{}", text);
        }
        Err(refusal) => is_unmet(case, &refusal, "lower-quota-unmet", expected)?,
    }
    Ok(())
}

/// The refusal names a quota below its lower bound, and how many teams it has.
fn is_unmet(
    case: &Case,
    refusal: &allocator::Refusal,
    code: &str,
    allocation: &Allocation,
) -> Result<(), TestCaseError> {
    let text = case.instance.to_json();
    prop_assert_eq!(&refusal.code, code, "{}", text);
    let named = |quota: &&crate::market::Quota| {
        quota.kind == refusal.params["quota"] && quota.id == refusal.params["id"]
    };
    let at = case.market.quotas.iter().position(|quota| named(&quota)).unwrap();
    let load = enumerate::load(&case.market, allocation, at);
    prop_assert!(load < case.market.quotas[at].lower, "{:?} {}", refusal, text);
    prop_assert_eq!(&refusal.params["teams"], &load.to_string(), "{}", text);
    prop_assert_eq!(&refusal.params["lower"], &case.market.quotas[at].lower.to_string());
    Ok(())
}
