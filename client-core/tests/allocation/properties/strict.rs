//! The two rules with ties broken by lottery: the best and the worst stable allocation for every team.

use proptest::prelude::*;
use serde_json::json;

use super::{answers_or_refuses, cases};
use crate::allocator::{self, Rule};
use crate::enumerate;
use crate::instance::Instance;
use crate::instances::{ANY, Kind, instance, small};
use crate::market::{Allocation, Market};
use crate::stability::Blocks;
use crate::told::Case;

const ALIKE: Kind = Kind { master: true, pins: false, ..ANY };

/// Each team in its turn has the best for which there are seats.
fn in_turns(market: &Market) -> Allocation {
    let mut allocation = vec![None; market.teams.len()];
    let standing =
        |team: usize| market.pairs_of(team).map(|topic| market.standing(team, topic)).min();
    let mut turns = market.teams_by_lottery();
    turns.sort_by_key(|&team| standing(team));
    for team in turns {
        let has_seats = |topic: &usize| {
            let quotas = &market.topics[*topic].quotas;
            let load = |quota| enumerate::load(market, &allocation, quota);
            quotas.iter().all(|&quota| load(quota) < market.quotas[quota].capacity)
        };
        let free = market.pairs_of(team).filter(has_seats);
        allocation[team] = free.min_by_key(|&topic| market.broken_rank(team, Some(topic)));
    }
    allocation
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn student_optimal_gives_every_team_the_best_it_has_in_any_stable_allocation(instance in small()) {
        let case = Case::of(instance);
        let stable = case.stable(Blocks::BothLotteries);
        let best = enumerate::liked_most(&case.market, &stable).unwrap();
        answers_or_refuses(&case, Rule::StudentOptimal, &best)?;
    }

    #[test]
    fn supervisor_optimal_gives_every_team_the_worst_it_has_in_any_stable_allocation(instance in small()) {
        let case = Case::of(instance);
        let stable = case.stable(Blocks::BothLotteries);
        let worst = enumerate::liked_least(&case.market, &stable).unwrap();
        answers_or_refuses(&case, Rule::SupervisorOptimal, &worst)?;
    }

    #[test]
    fn where_all_supervisors_rank_alike_the_teams_choose_in_that_order(instance in instance(ALIKE)) {
        let case = Case::of(instance);
        let expected = in_turns(&case.market);
        answers_or_refuses(&case, Rule::StudentOptimal, &expected)?;
        answers_or_refuses(&case, Rule::SupervisorOptimal, &expected)?;
    }
}

/// s1 leaves p1 for p3, which the district can give it only after p1. Its seat goes to s2, the next at p1, and not to s3.
#[test]
fn a_seat_that_a_team_leaves_is_offered_to_the_next_in_the_queue_of_the_district() {
    let instance = Instance::parse(
        r#"{"teams": {"s1": {"preferences": [["p3"], ["p1"]]}, "s2": {"preferences": [["p1"]]},
                      "s3": {"preferences": [["p4"]]}, "s4": {"preferences": [["p2"]]}},
            "topics": {"p1": {"supervisor": "l1", "capacity": 1}, "p2": {"supervisor": "l1", "capacity": 1},
                       "p3": {"supervisor": "l2", "capacity": 1}, "p4": {"supervisor": "l2", "capacity": 1}},
            "supervisors": {
                "l1": {"district": "d1", "capacity": 2, "preferences": [["s1"], ["s2"], ["s3"], ["s4"]]},
                "l2": {"district": "d1", "capacity": 2, "preferences": [["s2"], ["s1"], ["s3"]]}},
            "districts": {"d1": {"capacity": 2}}, "seed": "00"}"#,
    );
    let answer = allocator::answer(&instance, Rule::SupervisorOptimal).unwrap();
    let expected = json!({"s1": "p3", "s2": "p1", "s3": null, "s4": null});
    assert_eq!((&answer["allocation"], &answer["blocking_pairs"]), (&expected, &json!([])));
}
