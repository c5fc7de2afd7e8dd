//! The rules that look at the teams' lists alone: the one best allocation that the lottery chooses, or none that keeps lower quotas.

use proptest::prelude::*;

use super::cases;
use crate::allocator::{self, Rule};
use crate::instance::Instance;
use crate::instances::{ANY, Kind, instance, small, stretched};
use crate::told::{Case, one_sided};

fn answers_the_best(instance: Instance, rule: Rule) -> Result<(), TestCaseError> {
    let case = Case::of(instance);
    let text = case.instance.to_json();
    let best = one_sided(rule).unwrap().best(&case.market, case.allowed.iter());
    match (allocator::answer(&case.instance, rule), best) {
        (Ok(answer), Some(best)) => prop_assert_eq!(answer, case.answer(rule, best), "{}", text),
        (Err(refusal), None) => {
            prop_assert_eq!(&refusal.code, "lower-quota-infeasible", "{}", text);
            prop_assert!(is_short_somewhere(&case, &refusal), "{:?} {}", refusal, text);
        }
        (answer, best) => prop_assert!(false, "{:?} but {:?} for {}", answer, best, text),
    }
    Ok(())
}

/// The refusal names a quota, and fewer teams than its lower bound.
fn is_short_somewhere(case: &Case, refusal: &allocator::Refusal) -> bool {
    let number = |name: &str| refusal.params[name].parse::<usize>().unwrap();
    case.market.quotas.iter().any(|quota| {
        quota.kind == refusal.params["quota"]
            && quota.id == refusal.params["id"]
            && quota.lower == number("lower")
            && quota.lower > number("teams")
    })
}

/// Few teams, as every rank counts: lists are to be long.
const FEW: Kind = Kind { teams_count_max: 4, topics_count_max: 4, ..ANY };

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn greedy_has_the_most_first_choices_then_second_of_the_largest(instance in small()) {
        answers_the_best(instance, Rule::Greedy)?;
    }

    #[test]
    fn generous_has_the_fewest_of_the_worst_choices_of_the_largest(instance in small()) {
        answers_the_best(instance, Rule::Generous)?;
    }

    #[test]
    fn least_cost_has_the_smallest_sum_of_ranks_of_the_largest(instance in small()) {
        answers_the_best(instance, Rule::LeastCost)?;
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_long_list_is_compared_rank_by_rank(
        instance in instance(FEW),
        longer in prop_oneof![Just(9_usize), Just(40), Just(190)],
    ) {
        for rule in [Rule::Greedy, Rule::Generous, Rule::LeastCost] {
            answers_the_best(stretched(instance.clone(), longer), rule)?;
        }
    }
}
