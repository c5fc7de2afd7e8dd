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

/// The rank, in the list that it truly has, of the topic that a team gets by saying another; none is worse than any.
fn rank_by_saying(instance: &Instance, rule: Rule, team: &str, said: &Preferences) -> usize {
    let mut reported = instance.clone();
    said.clone_into(&mut reported.teams.get_mut(team).unwrap().preferences);
    let answer = allocator::answer(&reported, rule).unwrap();
    let Some(topic) = answer["allocation"][team].as_str() else { return usize::MAX - 1 };
    let truth = &instance.teams[team].preferences;
    let rank = truth.iter().position(|group| group.iter().any(|id| id == topic));
    rank.unwrap_or(usize::MAX)
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

    #[test]
    fn find_me(instance in instance(Kind{districts:false, team_ties:false, ..FULL_LISTS})) {
        let topics: Vec<String> = instance.topics.keys().cloned().collect();
        let all = lists(&topics).into_iter().filter(|said| said.len() == topics.len());
        let rule = std::env::var("RULE").map(|r| r.parse().unwrap()).unwrap_or(Rule::StudentOptimal);
        let gain = gainful(&instance, rule, all);
        prop_assert!(gain.is_none(), "{:?} {}", gain, instance.to_json());
    }
}
