//! Random small instances.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::instance::{District, Instance, Pin, Preferences, Supervisor, Team, Topic};
use crate::market::Market;

/// How an instance is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) districts: bool,
    /// There are ties in lists, and indifferent supervisors.
    pub(crate) ties: bool,
    /// Every team ranks every topic, every supervisor every team, and sizes fit.
    pub(crate) full: bool,
    /// All supervisors have the same list.
    pub(crate) master: bool,
    pub(crate) pins: bool,
    pub(crate) lower: bool,
    pub(crate) teams_count_max: usize,
    pub(crate) topics_count_max: usize,
    pub(crate) supervisors_count_max: usize,
    /// The most seats of a supervisor or a district.
    pub(crate) capacity_max: usize,
    /// The most topics that a team ranks.
    pub(crate) list_count_max: usize,
    /// As many allocations, feasible or not, as an instance may have: lists are the shorter for it.
    pub(crate) allocations_count_max: usize,
}

/// All that the format has.
pub(crate) const ANY: Kind = Kind {
    districts: true,
    ties: true,
    full: false,
    master: false,
    pins: true,
    lower: true,
    teams_count_max: 6,
    topics_count_max: 5,
    supervisors_count_max: 4,
    capacity_max: 4,
    list_count_max: 4,
    allocations_count_max: 1_000,
};

/// Full lists on both sides and few seats: often more than one stable allocation.
const CONTESTED: Kind = Kind {
    full: true,
    teams_count_max: 4,
    topics_count_max: 4,
    supervisors_count_max: 4,
    capacity_max: 2,
    ..ANY
};

/// Too large to look at everything that it could be.
pub(crate) const LARGE: Kind = Kind {
    lower: false,
    teams_count_max: 40,
    topics_count_max: 20,
    supervisors_count_max: 12,
    capacity_max: 12,
    allocations_count_max: usize::MAX,
    ..ANY
};

/// Teams that rank few topics: there a third or more may be missed.
const SHORT: Kind =
    Kind { lower: false, pins: false, topics_count_max: 6, list_count_max: 2, ..ANY };

fn ids(prefix: &str, count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("{prefix}{number}")).collect()
}

/// A list of these: some of them unless `full`, more often many, in any order, in groups where there may be `ties`.
fn list(
    of: Vec<String>,
    full: bool,
    ties: bool,
    most: usize,
) -> impl Strategy<Value = Preferences> {
    let count = of.len();
    let most = if full { count } else { most.min(count) };
    let least = if full { count } else { 0 };
    let some = prop_oneof![1 => subsequence(of.clone(), least..=most), 2 => subsequence(of, most)];
    (some.prop_shuffle(), vec(any::<bool>(), count)).prop_map(move |(order, tied)| {
        let mut groups = Preferences::new();
        for (id, tied) in order.into_iter().zip(tied) {
            match groups.last_mut() {
                Some(group) if ties && tied => group.push(id),
                _ => groups.push(vec![id]),
            }
        }
        groups
    })
}

fn lower(kind: Kind) -> impl Strategy<Value = Option<usize>> {
    // Seldom: most lower quotas at random cannot be met.
    prop_oneof![14 => Just(None), 1 => Just(kind.lower.then_some(1))]
}

fn team(topics: Vec<String>, kind: Kind, most: usize) -> impl Strategy<Value = Team> {
    let size = if kind.full {
        Just(None).boxed()
    } else {
        proptest::option::weighted(0.3, 1_u32..4).boxed()
    };
    (size, list(topics, kind.full, kind.ties, most))
        .prop_map(|(size, preferences)| Team { size, preferences })
}

fn topic(supervisors: Vec<String>, kind: Kind) -> impl Strategy<Value = Topic> {
    let capacity = prop_oneof![2 => Just(1_usize), 1 => 2_usize..4];
    let sizes = proptest::option::weighted(0.2, (1_u32..3, 0_u32..3));
    (proptest::sample::select(supervisors), lower(kind), capacity, sizes).prop_map(
        move |(supervisor, lower, capacity, sizes)| Topic {
            supervisor,
            lower,
            capacity,
            team_size: sizes.filter(|_| !kind.full).map(|(least, more)| (least, least + more)),
        },
    )
}

fn supervisor(
    teams: Vec<String>,
    districts: Vec<String>,
    kind: Kind,
) -> impl Strategy<Value = Supervisor> {
    let district = if districts.is_empty() {
        Just(None).boxed()
    } else {
        proptest::sample::select(districts).prop_map(Some).boxed()
    };
    let count = teams.len();
    let ranking = list(teams, kind.full, kind.ties, count);
    let preferences = if kind.ties {
        proptest::option::weighted(0.8, ranking).boxed()
    } else {
        ranking.prop_map(Some).boxed()
    };
    (district, lower(kind), 1..=kind.capacity_max, preferences).prop_map(
        |(district, lower, capacity, preferences)| Supervisor {
            district,
            lower,
            capacity,
            preferences,
        },
    )
}

/// Districts, of which each may lie in one of those before it: at most two deep.
fn districts(kind: Kind) -> impl Strategy<Value = BTreeMap<String, District>> {
    let most = if kind.districts { 3 } else { 0 };
    vec((lower(kind), 1..=kind.capacity_max, proptest::option::of(0_usize..2)), 0..=most).prop_map(
        |all| {
            let mut districts = BTreeMap::new();
            for (at, (lower, capacity, within)) in all.iter().enumerate() {
                let outer = within.filter(|&outer| outer < at && all[outer].2.is_none());
                let nested = outer.filter(|&outer| outer == 0 || all[0].2.is_none());
                districts.insert(
                    format!("d{}", at + 1),
                    District {
                        lower: *lower,
                        capacity: *capacity,
                        district: nested.map(|outer| format!("d{}", outer + 1)),
                    },
                );
            }
            districts
        },
    )
}

/// From 1 to `most`, more often many.
fn count(most: usize) -> impl Strategy<Value = usize> {
    prop_oneof![1 => 1..=most, 3 => most.div_ceil(2)..=most, 2 => Just(most)]
}

/// The longest lists with which `teams` have few enough allocations.
fn list_count_max(kind: Kind, teams: usize) -> usize {
    let all = |most: usize| (most + 1).checked_pow(u32::try_from(teams).unwrap());
    let is_few = |most: &usize| all(*most).unwrap_or(usize::MAX) <= kind.allocations_count_max;
    (1..=kind.list_count_max).rev().find(is_few).unwrap_or(1)
}

/// An instance of which everything that it could be can be looked at.
pub(crate) fn small() -> impl Strategy<Value = Instance> {
    let strict = Kind { ties: false, districts: false, pins: false, lower: false, ..CONTESTED };
    prop_oneof![
        2 => instance(ANY),
        1 => instance(SHORT),
        1 => instance(CONTESTED),
        1 => instance(strict)
    ]
}

pub(crate) fn instance(kind: Kind) -> impl Strategy<Value = Instance> {
    let counts = (
        count(kind.teams_count_max),
        count(kind.topics_count_max),
        count(kind.supervisors_count_max),
    );
    (counts, districts(kind)).prop_flat_map(move |((teams, topics, supervisors), districts)| {
        let most = list_count_max(kind, teams);
        let (teams, topics) = (ids("s", teams), ids("p", topics));
        let supervisors = ids("l", supervisors);
        let names: Vec<String> = districts.keys().cloned().collect();
        let parts = (
            vec(team(topics.clone(), kind, most), teams.len()),
            vec(topic(supervisors.clone(), kind), topics.len()),
            vec(supervisor(teams.clone(), names, kind), supervisors.len()),
            vec(proptest::option::weighted(0.06, any::<proptest::sample::Index>()), teams.len()),
            "[0-9a-f]{4}",
        );
        parts.prop_map(move |(team, topic, mut supervisor, pins, seed)| {
            if kind.master {
                let master = supervisor[0].preferences.clone();
                supervisor.iter_mut().for_each(|one| one.preferences.clone_from(&master));
            }
            let mut instance = Instance {
                teams: teams.iter().cloned().zip(team).collect(),
                topics: topics.iter().cloned().zip(topic).collect(),
                supervisors: supervisors.iter().cloned().zip(supervisor).collect(),
                districts: districts.clone(),
                pins: BTreeMap::new(),
                seed,
            };
            if kind.pins {
                pin(&mut instance, &pins);
            }
            instance
        })
    })
}

/// The same with `longer` more ranks before each of a list: topics for teams larger than any.
pub(crate) fn stretched(mut instance: Instance, longer: usize) -> Instance {
    let ranks = instance.teams.values().map(|team| team.preferences.len()).max().unwrap_or(0);
    let supervisor = ids("x", 1).remove(0);
    let district = instance.districts.keys().next().cloned();
    instance.supervisors.insert(
        supervisor.clone(),
        Supervisor { district, lower: None, capacity: 1, preferences: None },
    );
    let fillers = ids("x", ranks * longer);
    for team in instance.teams.values_mut() {
        let before = fillers.chunks(longer.max(1));
        let longer = before.zip(team.preferences.drain(..)).flat_map(|(before, group)| {
            before.iter().map(|id| vec![id.clone()]).chain([group]).collect::<Preferences>()
        });
        team.preferences = longer.collect();
    }
    let huge = Topic { supervisor, lower: None, capacity: 1, team_size: Some((20, 20)) };
    instance.topics.extend(fillers.into_iter().map(|id| (id, huge.clone())));
    instance
}

/// Pins a team to one of its acceptable topics, where the pinned ones still fit into all capacities.
fn pin(instance: &mut Instance, wishes: &[Option<proptest::sample::Index>]) {
    let market = Market::of(instance);
    let mut seats: Vec<usize> = market.quotas.iter().map(|quota| quota.capacity).collect();
    for (team, wish) in wishes.iter().enumerate() {
        let acceptable: Vec<usize> =
            (0..market.topics.len()).filter(|&topic| market.pair(team, topic).is_some()).collect();
        let Some(wish) = wish.filter(|_| !acceptable.is_empty()) else { continue };
        let topic = &market.topics[acceptable[wish.index(acceptable.len())]];
        if topic.quotas.iter().all(|&quota| seats[quota] > 0) {
            topic.quotas.iter().for_each(|&quota| seats[quota] -= 1);
            let reason = "continues a placement".to_owned();
            instance
                .pins
                .insert(market.teams[team].id.clone(), Pin { topic: topic.id.clone(), reason });
        }
    }
}
