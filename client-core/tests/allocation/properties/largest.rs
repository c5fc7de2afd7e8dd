//! Stable with ties left as ties, and large; and what is claimed of the size.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{cases, is_unmet};
use crate::allocator::{self, Rule};
use crate::enumerate;
use crate::instance::{Instance, Team};
use crate::instances::small;
use crate::market::Allocation;
use crate::stability::Blocks;
use crate::told::Case;

/// With more teams than this nothing is searched.
const SEARCH_TEAMS_MAX: usize = 500;

/// The same with many teams that rank nothing: only the approximation answers.
fn crowded(mut instance: Instance) -> Instance {
    for number in 0..SEARCH_TEAMS_MAX {
        let idle = Team { size: None, preferences: Vec::new() };
        instance.teams.insert(format!("z{number}"), idle);
    }
    instance
}

/// Lower quotas do not count for the size.
fn without_lower_quotas(mut instance: Instance) -> Instance {
    instance.topics.values_mut().for_each(|topic| topic.lower = None);
    instance.supervisors.values_mut().for_each(|supervisor| supervisor.lower = None);
    instance.districts.values_mut().for_each(|district| district.lower = None);
    instance
}

fn most<'a>(allocations: impl IntoIterator<Item = &'a Allocation>) -> usize {
    allocations.into_iter().map(enumerate::size).max().unwrap()
}

/// The answer with its claim taken out.
fn split(mut answer: Value) -> (Value, Value) {
    let claim = answer.as_object_mut().unwrap().remove("size_claim").unwrap();
    (answer, claim)
}

/// Nothing is searched where the approximation is sure to be the largest.
fn method(instance: &Instance) -> &'static str {
    let crowd = crowded(without_lower_quotas(instance.clone()));
    let (_, claim) = split(allocator::answer(&crowd, Rule::LargestStable).unwrap());
    if claim["largest"] == true { "approximation" } else { "search" }
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn largest_stable_is_the_largest_of_few_teams(instance in small()) {
        let case = Case::of(instance);
        let text = case.instance.to_json();
        let stable = case.stable(Blocks::Preference);
        match allocator::answer(&case.instance, Rule::LargestStable) {
            Ok(answer) => {
                let (answer, claim) = split(answer);
                let allocation = case.market.read(&answer);
                prop_assert!(stable.contains(&allocation), "{}", text);
                let size = most(&stable);
                prop_assert_eq!(answer, case.answer(Rule::LargestStable, &allocation), "{}", text);
                prop_assert_eq!(enumerate::size(&allocation), size, "{}", text);
                prop_assert_eq!(&claim["upper_bound"], &json!(size), "{}", text);
                prop_assert_eq!(&claim["largest"], &json!(true), "{}", text);
                prop_assert_eq!(&claim["method"], method(&case.instance), "{}", text);
            }
            Err(refusal) => {
                let without = Case::of(without_lower_quotas(case.instance.clone()));
                let answer = allocator::answer(&without.instance, Rule::LargestStable).unwrap();
                is_unmet(&case, &refusal, "lower-quota-unmet", &without.market.read(&answer))?;
            }
        }
    }

    #[test]
    fn what_is_not_searched_is_stable_and_misses_at_most_a_third(instance in small()) {
        let case = Case::of(without_lower_quotas(instance));
        let text = case.instance.to_json();
        let crowd = crowded(case.instance.clone());
        let (answer, claim) = split(allocator::answer(&crowd, Rule::LargestStable).unwrap());
        let allocation = case.market.read(&answer);
        let stable = case.stable(Blocks::Preference);
        prop_assert!(stable.contains(&allocation), "{}", text);
        let size = enumerate::size(&allocation);
        prop_assert!(3 * size >= 2 * most(&stable), "{} of {}: {}", size, most(&stable), text);
        let bound = most(&case.all).min(size + size / 2);
        let expected = json!({
            "method": "approximation", "upper_bound": bound, "largest": bound == size
        });
        prop_assert_eq!(claim, expected, "{}", text);
    }
}

/// The supervisor of p1 would rather have s1, which likes p2 as much.
#[test]
fn a_team_takes_the_other_of_two_topics_it_likes_alike_where_a_second_team_has_no_other() {
    for seed in 0..16 {
        let mut instance = Instance::parse(
            r#"{"teams": {"s1": {"preferences": [["p1", "p2"]]}, "s2": {"preferences": [["p1"]]}},
                "topics": {"p1": {"supervisor": "l1", "capacity": 1}, "p2": {"supervisor": "l2", "capacity": 1}},
                "supervisors": {"l1": {"capacity": 1, "preferences": [["s1"], ["s2"]]}, "l2": {"capacity": 1}}, "seed": "00"}"#,
        );
        instance.seed = format!("{seed:02x}");
        let answer = allocator::answer(&crowded(instance), Rule::LargestStable).unwrap();
        let claim = json!({"method": "approximation", "upper_bound": 2, "largest": true});
        assert_eq!((&answer["size"], &answer["size_claim"]), (&json!(2), &claim));
    }
}

/// s2 keeps s1 out of their district. Were it at p3, all three would have a topic.
#[test]
fn the_bound_counts_seats_that_others_could_leave_in_a_full_district() {
    let instance = Instance::parse(
        r#"{"teams": {"s1": {"preferences": [["p1"]]}, "s2": {"preferences": [["p2"], ["p3"]]}, "s3": {"preferences": [["p4"]]}},
            "topics": {"p1": {"supervisor": "l1", "capacity": 1}, "p2": {"supervisor": "l2", "capacity": 1},
                       "p3": {"supervisor": "l3", "capacity": 1}, "p4": {"supervisor": "l3", "capacity": 1}},
            "supervisors": {"l1": {"district": "d1", "capacity": 1, "preferences": [["s3"], ["s1"]]},
                            "l2": {"district": "d1", "capacity": 1}, "l3": {"district": "d2", "capacity": 2}},
            "districts": {"d1": {"capacity": 1}, "d2": {"capacity": 2}}, "seed": "00"}"#,
    );
    let answer = allocator::answer(&crowded(instance.clone()), Rule::LargestStable).unwrap();
    let claim = json!({"method": "approximation", "upper_bound": 3, "largest": false});
    assert_eq!((&answer["size"], &answer["size_claim"]), (&json!(2), &claim));
    let searched = allocator::answer(&instance, Rule::LargestStable).unwrap();
    let claim = json!({"method": "search", "upper_bound": 2, "largest": true});
    assert_eq!((&searched["size"], &searched["size_claim"]), (&json!(2), &claim));
}

/// s4 likes p5 better than its p4, but holds the one seat of d1 more firmly by p4: at p5 it would lose it to s5. Among s1, s2 and s3 the
/// approximation misses one, so there is a search.
#[test]
fn the_search_lets_a_team_keep_the_seat_that_it_holds_more_firmly() {
    let instance = Instance::parse(
        r#"{"teams": {"s1": {"preferences": [["p2", "p1"]]}, "s2": {"preferences": [["p1"], ["p3"]]}, "s3": {"preferences": [["p2"]]},
                      "s4": {"preferences": [["p5"], ["p4"]]}, "s5": {"preferences": [["p6"], ["p7"]]}},
            "topics": {"p1": {"supervisor": "l1", "capacity": 1}, "p2": {"supervisor": "l2", "capacity": 1},
                       "p3": {"supervisor": "l3", "capacity": 1}, "p4": {"supervisor": "l4", "capacity": 1},
                       "p5": {"supervisor": "l5", "capacity": 1}, "p6": {"supervisor": "l6", "capacity": 1},
                       "p7": {"supervisor": "l7", "capacity": 1}},
            "supervisors": {"l1": {"district": "d2", "capacity": 1, "preferences": [["s3"], ["s2", "s1"]]},
                            "l2": {"district": "d2", "capacity": 1, "preferences": [["s1"], ["s3"]]},
                            "l3": {"district": "d2", "capacity": 1}, "l4": {"district": "d1", "capacity": 1},
                            "l5": {"district": "d1", "capacity": 1, "preferences": [["s1"], ["s4"]]},
                            "l6": {"district": "d1", "capacity": 1}, "l7": {"district": "d2", "capacity": 1}},
            "districts": {"d1": {"capacity": 1}, "d2": {"capacity": 9}}, "seed": "1b"}"#,
    );
    let answer = allocator::answer(&instance, Rule::LargestStable).unwrap();
    let has = json!({"s1": "p1", "s2": "p3", "s3": "p2", "s4": "p4", "s5": "p7"});
    let claim = json!({"method": "search", "upper_bound": 5, "largest": true});
    assert_eq!((&answer["allocation"], &answer["size_claim"]), (&has, &claim));
    assert_eq!(answer["blocking_pairs"], json!([]));
}
