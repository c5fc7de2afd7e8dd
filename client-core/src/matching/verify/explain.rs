//! Why a team does not have a better topic: every explanation in an answer is found again.

use std::collections::BTreeMap;

use super::answer::{Allocation, Rule};
use super::fault::{Faults, Unproved, compare, path};
use super::instance::{Choice, Fitness, Instance, Pair};
use super::json::Json;
use super::queue::Queues;
use super::quotas::{By, Seats};
use super::residual::Residual;
use super::stability::{Blocking, blocking_of};
use super::whole::Whole;

/// What explanations speak of.
pub(super) struct Explainer<'a> {
    pub(super) instance: &'a Instance,
    pub(super) allocation: &'a Allocation,
    pub(super) rule: Rule,
    pub(super) seats: &'a Seats<'a>,
    pub(super) blocking: &'a Blocking,
    /// For one-sided rules.
    pub(super) residual: Option<&'a Residual>,
}

impl Explainer<'_> {
    /// Compares each explanation. Any set of known teams may be explained, each once.
    pub(super) fn check(
        &self,
        explanations: &Json,
        faults: &mut Faults,
        unproved: &mut Vec<Unproved>,
    ) {
        let Json::Object(entries) = explanations else {
            let found = explanations.brief();
            return faults.differs("wrong-type", "explanations", "an object".into(), found);
        };
        let mut known = BTreeMap::new();
        for (id, entry) in entries {
            let at = path("explanations", id);
            match self.instance.team(id) {
                None => faults.add("unknown-team", at, []),
                Some(team) if known.insert(team, entry).is_some() => {
                    faults.add("duplicate-team", at, []);
                }
                Some(_) => {}
            }
        }
        // Teams at the same topic share the shortest paths to it.
        let mut by_topic: Vec<(usize, &Json)> = known.into_iter().collect();
        by_topic.sort_by_key(|(team, _)| self.allocation.topic(*team));
        let queues = self.rule.is_stable().then(|| Queues::new(self.instance));
        let mut whole = self.residual.map(Whole::new);
        for (team, entry) in by_topic {
            let at = path("explanations", &self.instance.teams[team].id);
            match self.explain(team, queues.as_ref(), &mut whole) {
                Some(expected) => compare("explanation-wrong", &at, &expected, entry, faults),
                None => unproved.push(Unproved { code: "paths-too-long", at }),
            }
        }
    }

    /// The explanation of a team. None when it takes too much work.
    fn explain(
        &self,
        index: usize,
        queues: Option<&Queues>,
        whole: &mut Option<Whole<'_>>,
    ) -> Option<Json> {
        let team = &self.instance.teams[index];
        let has = self.allocation.has[index];
        let better = |choice: &&Choice| has.is_none_or(|has| choice.rank < has.rank);
        let missed = team.choices.iter().filter(better).map(|choice| {
            let why = self.why(index, choice, queues, whole)?;
            let mut fields = vec![
                ("topic".to_owned(), Json::text(&self.instance.topics[choice.topic].id)),
                ("rank".to_owned(), Json::count(choice.rank)),
            ];
            fields.extend(why.into_iter().map(|(name, value)| (name.to_owned(), value)));
            Some(Json::Object(fields))
        });
        let missed = missed.collect::<Option<Vec<_>>>()?;
        let topic = has.map(|pair| self.instance.topics[pair.topic].id.as_str());
        Some(Json::object([
            ("has", Json::text_or_null(topic)),
            ("rank", has.map_or(Json::Null, |pair| Json::count(pair.rank))),
            ("pinned", Json::Bool(team.pin.is_some())),
            ("missed", Json::List(missed)),
        ]))
    }

    /// `why` and what stands beside it, the first reason that holds.
    fn why(
        &self,
        index: usize,
        choice: &Choice,
        queues: Option<&Queues>,
        whole: &mut Option<Whole<'_>>,
    ) -> Option<Vec<(&'static str, Json)>> {
        let why = |why| ("why", Json::text(why));
        let pair = match (choice.fitness, choice.pair()) {
            (_, Some(pair)) => pair,
            (Fitness::TeamSize, _) => {
                let sizes = self.instance.topics[choice.topic].team_size;
                let sizes = sizes.map(|(min, max)| vec![Json::Int(min), Json::Int(max)]);
                let sizes = ("team_size", Json::List(sizes.unwrap_or_default()));
                return Some(vec![why("team-size"), sizes]);
            }
            _ => return Some(vec![why("not-ranked")]),
        };
        if self.instance.teams[index].pin.is_some() {
            return Some(vec![why("pinned")]);
        }
        if let Some(whole) = whole {
            return whole.why(self.allocation, index, &pair);
        }
        if self.blocking.contains(index, pair.topic) {
            return Some(vec![why("blocked")]);
        }
        self.queue(index, &pair, queues?)
    }

    /// The smallest quota in which as many teams as its capacity have precedence.
    fn queue(
        &self,
        index: usize,
        pair: &Pair,
        queues: &Queues,
    ) -> Option<Vec<(&'static str, Json)>> {
        let by = blocking_of(self.rule);
        let quota = self.seats.full_before(index, pair, by)?;
        let team = &self.instance.teams[index];
        let before = queues.teams_before(quota, team, pair, by);
        let ranked = self.seats.of(quota).iter().all(|(seat, _)| seat.place < pair.place);
        let among_equals = if by == By::Preference { "tie" } else { "lottery" };
        let full = &self.instance.quotas[quota];
        Some(vec![
            ("why", Json::text("queue")),
            ("quota", Json::text(full.kind.name())),
            ("id", Json::text(&full.id)),
            ("seats", Json::count(full.capacity)),
            ("position", Json::count(before + 1)),
            ("by", Json::text(if ranked { "ranking" } else { among_equals })),
        ])
    }
}
