//! Whether a team can gain by ranking otherwise than it wishes.

use proptest::prelude::*;

use super::cases;
use crate::allocator::{self, Rule};
use crate::instance::{Instance, Preferences};
use crate::instances::{ANY, Kind, instance};

/// Small enough to try every list.
const FEW: Kind =
    Kind { pins: false, lower: false, teams_count_max: 4, topics_count_max: 3, ..ANY };
const FULL_LISTS: Kind = Kind { full: true, topics_count_max: 4, ..FEW };

/// Every strict list of some of these, the empty one included.
fn lists(of: &[String]) -> Vec<Preferences> {
    let mut all = vec![Vec::new()];
    for (at, first) in of.iter().enumerate() {
        let rest = [&of[..at], &of[at + 1..]].concat();
        for rest in lists(&rest) {
            all.push([vec![vec![first.clone()]], rest].concat());
        }
    }
    all
}

/// The rank of no topic, and that of one which the team does not want.
const NOTHING: usize = usize::MAX - 1;
const UNWANTED: usize = usize::MAX;

/// The rank, from 0, in the list that a team truly has of the topic that it gets by saying another.
fn rank_by_saying(instance: &Instance, rule: Rule, team: &str, said: &Preferences) -> usize {
    let mut reported = instance.clone();
    said.clone_into(&mut reported.teams.get_mut(team).unwrap().preferences);
    let answer = allocator::answer(&reported, rule).unwrap();
    let Some(topic) = answer["allocation"][team].as_str() else { return NOTHING };
    let truth = &instance.teams[team].preferences;
    let rank = truth.iter().position(|group| group.iter().any(|id| id == topic));
    rank.unwrap_or(UNWANTED)
}

/// A list of a team by which it gets a better topic than by its true one.
fn gainful(
    instance: &Instance,
    rule: Rule,
    lists: impl IntoIterator<Item = Preferences>,
) -> Option<(String, Preferences)> {
    let lists: Vec<Preferences> = lists.into_iter().collect();
    instance.teams.iter().find_map(|(team, member)| {
        let honest = rank_by_saying(instance, rule, team, &member.preferences);
        let gains = |said: &&Preferences| rank_by_saying(instance, rule, team, said) < honest;
        lists.iter().find(gains).map(|said| (team.clone(), said.clone()))
    })
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn by_student_optimal_no_team_gains_by_any_list_but_its_true_one(instance in instance(FEW)) {
        let topics: Vec<String> = instance.topics.keys().cloned().collect();
        let gain = gainful(&instance, Rule::StudentOptimal, lists(&topics));
        prop_assert!(gain.is_none(), "{:?} {}", gain, instance.to_json());
    }

    #[test]
    fn by_student_optimal_no_team_gains_by_reordering_a_list_of_all_topics(instance in instance(FULL_LISTS)) {
        let topics: Vec<String> = instance.topics.keys().cloned().collect();
        let all = lists(&topics).into_iter().filter(|said| said.len() == topics.len());
        let gain = gainful(&instance, Rule::StudentOptimal, all);
        prop_assert!(gain.is_none(), "{:?} {}", gain, instance.to_json());
    }
}

fn list(topics: &[&str]) -> Preferences {
    topics.iter().map(|&id| vec![id.to_owned()]).collect()
}

/// Both teams would have p1, and the lottery gives it to s2. By saying that p2 would be its last choice s1 makes it dear to send it there.
#[test]
fn by_the_one_sided_rules_a_team_gains_by_ranking_what_it_would_be_left_with_last() {
    let instance = Instance::parse(
        r#"{"teams": {"s1": {"preferences": [["p1"], ["p2"], ["p3"]]}, "s2": {"preferences": [["p1"], ["p2"], ["p3"]]}},
            "topics": {"p1": {"supervisor": "l1", "capacity": 1}, "p2": {"supervisor": "l2", "capacity": 1},
                       "p3": {"supervisor": "l1", "capacity": 1}},
            "supervisors": {"l1": {"capacity": 1}, "l2": {"capacity": 1}}, "seed": "a0aa"}"#,
    );
    for rule in [Rule::Greedy, Rule::Generous, Rule::LeastCost] {
        let honest = rank_by_saying(&instance, rule, "s1", &list(&["p1", "p2", "p3"]));
        let gaming = rank_by_saying(&instance, rule, "s1", &list(&["p1", "p3", "p2"]));
        assert_eq!((honest, gaming), (1, 0), "{rule}");
    }
}

/// Each team would rather have the topic whose supervisor would rather have the other.
#[test]
fn by_supervisor_optimal_a_team_gains_by_leaving_out_what_it_would_get() {
    let instance = Instance::parse(
        r#"{"teams": {"s1": {"preferences": [["p1"], ["p2"]]}, "s2": {"preferences": [["p2"], ["p1"]]}},
            "topics": {"p1": {"supervisor": "l1", "capacity": 1}, "p2": {"supervisor": "l2", "capacity": 1}},
            "supervisors": {"l1": {"capacity": 1, "preferences": [["s2"], ["s1"]]},
                            "l2": {"capacity": 1, "preferences": [["s1"], ["s2"]]}}, "seed": "00"}"#,
    );
    let said =
        |said: &[&str]| rank_by_saying(&instance, Rule::SupervisorOptimal, "s1", &list(said));
    assert_eq!((said(&["p1", "p2"]), said(&["p1"])), (1, 0));
}

/// Where a team may rank only one topic, the safe one pays. Where it may rank both, its true list does as well.
#[test]
fn by_student_optimal_a_team_that_may_not_rank_all_it_would_take_gains_by_ranking_a_safe_topic() {
    let instance = Instance::parse(
        r#"{"teams": {"s1": {"preferences": [["p1"]]}, "s2": {"preferences": [["p1"], ["p2"]]}},
            "topics": {"p1": {"supervisor": "l1", "capacity": 1}, "p2": {"supervisor": "l2", "capacity": 1}},
            "supervisors": {"l1": {"capacity": 1, "preferences": [["s1"], ["s2"]]}, "l2": {"capacity": 1}}, "seed": "00"}"#,
    );
    let said = |said: &[&str]| rank_by_saying(&instance, Rule::StudentOptimal, "s2", &list(said));
    assert_eq!((said(&["p1"]), said(&["p2"]), said(&["p1", "p2"])), (NOTHING, 1, 1));
}
