//! Blocking pairs: that a stable rule's answer has none where it must not, and that those of the
//! instance as it stands are listed.
//!
//! With one supervisor to a queue and strict lists the definition is that of Abraham, Irving and Manlove,
//! *Two algorithms for the student–project allocation problem* (2007); with ties it is that of weak
//! stability.

use std::collections::BTreeMap;

use super::answer::{Allocation, Rule};
use super::fault::{Faults, compare, path};
use super::instance::{Instance, Pair};
use super::json::Json;
use super::quotas::{By, Market, Seats};

/// The kind of blocking pairs that a rule speaks of.
pub(super) fn blocking_of(rule: Rule) -> By {
    if rule.is_strict() { By::Lottery } else { By::Preference }
}

/// Names each team that blocks in the market of the pins. Pinned teams have nothing to gain there.
pub(super) fn check_stable(
    instance: &Instance,
    allocation: &Allocation,
    rule: Rule,
    faults: &mut Faults,
) {
    let seats = Seats::new(instance, allocation, Market::OfPins);
    for (index, team) in instance.teams.iter().enumerate() {
        let gains = |pair: &Pair| {
            allocation.gains(index, pair)
                || rule.is_strict() && gains_by_lottery(instance, allocation, index, pair)
        };
        let blocks = |pair: &Pair| {
            gains(pair) && seats.full_before(index, pair, blocking_of(rule)).is_none()
        };
        if let Some(pair) = team.market_pairs().find(blocks) {
            let topic = instance.topics[pair.topic].id.clone();
            faults.add("unstable", path("allocation", &team.id), [("topic", topic.into())]);
        }
    }
}

/// Whether the pair's topic is of the same rank as what the team has, with a smaller number.
fn gains_by_lottery(
    instance: &Instance,
    allocation: &Allocation,
    team: usize,
    pair: &Pair,
) -> bool {
    let number = |topic: usize| instance.topics[topic].lottery;
    let earlier = |has: Pair| pair.rank == has.rank && number(pair.topic) < number(has.topic);
    allocation.has[team].is_some_and(earlier)
}

/// The blocking pairs of the instance as it stands, by team and topic.
pub(super) struct Blocking {
    pairs: BTreeMap<(usize, usize), Json>,
}

impl Blocking {
    /// All blocking pairs that an answer of this rule must list.
    pub(super) fn find(
        instance: &Instance,
        seats: &Seats<'_>,
        has: &Allocation,
        rule: Rule,
    ) -> Self {
        let mut pairs = BTreeMap::new();
        for (index, team) in instance.teams.iter().enumerate() {
            for pair in team.pairs() {
                if seats.blocks(index, &pair, blocking_of(rule)) {
                    let entry = entry(instance, seats, has.topic(index), index, &pair);
                    pairs.insert((index, pair.topic), entry);
                }
            }
        }
        Self { pairs }
    }

    /// Whether the team blocks with the topic.
    pub(super) fn contains(&self, team: usize, topic: usize) -> bool {
        self.pairs.contains_key(&(team, topic))
    }

    /// Compares the list of an answer: the same pairs, in order, each field right.
    pub(super) fn compare(&self, instance: &Instance, listed: &Json, faults: &mut Faults) {
        let Json::List(listed) = listed else {
            faults.differs("wrong-type", "blocking_pairs", "a list".into(), listed.brief());
            return;
        };
        let mut missing: BTreeMap<_, _> = self.pairs.iter().collect();
        let mut last = None;
        for (index, entry) in listed.iter().enumerate() {
            let at = format!("blocking_pairs[{index}]");
            let Some(key) = key(instance, entry) else {
                faults.add("blocking-pair-wrong", at, [("found", entry.brief())]);
                continue;
            };
            if last.is_some_and(|last| last > key) {
                faults.add("not-sorted", at.clone(), []);
            }
            last = Some(key);
            match (self.pairs.get(&key), missing.remove(&key)) {
                (Some(expected), Some(_)) => {
                    compare("blocking-pair-wrong", &at, expected, entry, faults);
                }
                (Some(_), None) => faults.add("blocking-pair-twice", at, []),
                (None, _) => faults.add("not-a-blocking-pair", at, ids(instance, key)),
            }
        }
        for key in missing.into_keys() {
            faults.add("blocking-pair-missing", "blocking_pairs", ids(instance, *key));
        }
    }
}

fn ids(
    instance: &Instance,
    (team, topic): (usize, usize),
) -> [(&'static str, serde_json::Value); 2] {
    let (team, topic) = (&instance.teams[team].id, &instance.topics[topic].id);
    [("team", team.clone().into()), ("topic", topic.clone().into())]
}

/// The pair that an entry of the list is about.
fn key(instance: &Instance, entry: &Json) -> Option<(usize, usize)> {
    let Json::Object(fields) = entry else { return None };
    let id = |name| match fields.iter().find(|(other, _)| other == name) {
        Some((_, Json::Text(id))) => Some(id),
        _ => None,
    };
    Some((instance.team(id("team")?)?, instance.topic(id("topic")?)?))
}

fn entry(
    instance: &Instance,
    seats: &Seats<'_>,
    has: Option<usize>,
    team: usize,
    pair: &Pair,
) -> Json {
    let topic_id = |topic: usize| instance.topics[topic].id.as_str();
    let by_preference = seats.blocks(team, pair, By::Preference);
    Json::object([
        ("team", Json::text(&instance.teams[team].id)),
        ("topic", Json::text(topic_id(pair.topic))),
        ("supervisor", Json::text(&instance.supervisor(pair.topic).id)),
        ("has", Json::text_or_null(has.map(topic_id))),
        ("displaces", Json::text_or_null(displaced(instance, seats, team, pair.topic))),
        ("by", Json::text(if by_preference { "preference" } else { "lottery" })),
    ])
}

/// Who would lose its topic: the last in the smallest full quota, unless the team has a seat there.
fn displaced<'a>(
    instance: &'a Instance,
    seats: &Seats<'_>,
    team: usize,
    topic: usize,
) -> Option<&'a str> {
    let quota = seats.smallest_full(topic)?;
    if seats.seat(quota, team).is_some() {
        return None;
    }
    let (_, last) = seats.of(quota).last()?;
    Some(&instance.teams[*last].id)
}
