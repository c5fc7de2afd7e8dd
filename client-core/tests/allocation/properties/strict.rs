//! The two rules with ties broken by lottery: the best and the worst stable allocation for every team.

use proptest::prelude::*;

use super::{answers_or_refuses, cases};
use crate::allocator::Rule;
use crate::enumerate;
use crate::instances::{ANY, instance};
use crate::stability::Blocks;
use crate::told::Case;

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn student_optimal_gives_every_team_the_best_it_has_in_any_stable_allocation(instance in instance(ANY)) {
        let case = Case::of(instance);
        let stable = case.stable(Blocks::BothLotteries);
        let best = enumerate::liked_most(&case.market, &stable).unwrap();
        answers_or_refuses(&case, Rule::StudentOptimal, &best)?;
    }

    #[test]
    fn supervisor_optimal_gives_every_team_the_worst_it_has_in_any_stable_allocation(instance in instance(ANY)) {
        let case = Case::of(instance);
        let stable = case.stable(Blocks::BothLotteries);
        let worst = enumerate::liked_least(&case.market, &stable).unwrap();
        answers_or_refuses(&case, Rule::SupervisorOptimal, &worst)?;
    }
}
