//! Published and real instances with known answers, which are kept beside the repository: several may not be copied.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::allocator::{self, Rule};
use crate::instance::Instance;
use crate::literature::Problem;

const KNOWN_ANSWERS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/conformance/spa_instances.json");

/// Students who must be placed together with another one, each having a list of pairs: there are no such teams here.
const NOT_OURS: &str = "pairs-no-stable";

/// What an instance is known to have, and of which kind it must be compared at least once.
const KINDS: [&str; 11] = [
    "student-optimal",
    "supervisor-optimal",
    "stable, strict",
    "stable, ties",
    "largest stable",
    "greedy",
    "generous",
    "least-cost",
    "lower quotas",
    "infeasible",
    "groups",
];

#[derive(Deserialize)]
struct File {
    instances: Vec<Value>,
}

/// An instance, what is known of it, and how many of each kind were compared so far.
struct Known<'a> {
    id: &'a str,
    instance: Instance,
    /// Published where there is one.
    published: &'a Value,
    /// Found by enumerating everything, or by a flow.
    verified: &'a Value,
    compared: &'a mut BTreeMap<&'static str, usize>,
}

#[test]
fn published_and_real_instances_have_their_known_answers() {
    let Ok(text) = std::fs::read_to_string(KNOWN_ANSWERS) else {
        eprintln!("skipped: there is no {KNOWN_ANSWERS}");
        return;
    };
    let file: File = serde_json::from_str(&text).unwrap();
    let mut compared = BTreeMap::new();
    for entry in file.instances.iter().filter(|entry| entry["id"] != NOT_OURS) {
        let problem: Problem = serde_json::from_value(entry.clone()).unwrap();
        let mut known = Known {
            id: entry["id"].as_str().unwrap(),
            instance: problem.instance(),
            published: &entry["published"],
            verified: &entry["verified"],
            compared: &mut compared,
        };
        known.compare();
    }
    eprintln!("compared: {compared:?}");
    for kind in KINDS {
        assert!(compared.contains_key(kind), "nothing of the kind {kind} was compared");
    }
}

impl Known<'_> {
    fn compare(&mut self) {
        if self.verified["feasible_count"] == 0 {
            return self.infeasible();
        }
        let before: usize = self.compared.values().sum();
        self.strict();
        self.stable("all_stable", "stable, strict");
        self.stable("all_weakly_stable", "stable, ties");
        self.largest();
        self.one_sided(Rule::Greedy, "greedy_max_profile");
        self.one_sided(Rule::Generous, "generous_max_profile");
        self.least_cost();
        self.groups();
        let after: usize = self.compared.values().sum();
        assert!(after > before, "{}: nothing is known of it", self.id);
    }

    fn count(&mut self, kind: &'static str) {
        *self.compared.entry(kind).or_default() += 1;
    }

    fn answer(&self, rule: Rule) -> Value {
        allocator::answer(&self.instance, rule)
            .unwrap_or_else(|refusal| panic!("{} by {rule}: {refusal:?}", self.id))
    }

    /// The one answer of a rule, as published and as verified.
    fn is(&mut self, rule: Rule, field: &str) {
        for source in [self.published, self.verified] {
            let expected = &source[field];
            if expected.is_object() {
                let answer = self.answer(rule);
                assert_eq!(&answer["allocation"], expected, "{} by {rule}", self.id);
                assert_eq!(answer["blocking_pairs"], Value::Array(Vec::new()), "{}", self.id);
                self.count(rule.name());
            }
        }
    }

    /// No allocation keeps the lower quotas.
    fn infeasible(&mut self) {
        for rule in [Rule::Greedy, Rule::Generous, Rule::LeastCost] {
            let refusal = allocator::answer(&self.instance, rule).unwrap_err();
            assert_eq!(refusal.code, "lower-quota-infeasible", "{} by {rule}", self.id);
        }
        self.count("infeasible");
    }

    fn strict(&mut self) {
        self.is(Rule::StudentOptimal, "student_optimal");
        self.is(Rule::StudentOptimal, "student_optimal_recalled");
        self.is(Rule::SupervisorOptimal, "lecturer_optimal");
    }

    /// What the stable rules answer is among all stable allocations.
    fn stable(&mut self, field: &str, kind: &'static str) {
        for source in [self.published, self.verified] {
            let Some(all) = source[field].as_array() else { continue };
            for rule in [Rule::StudentOptimal, Rule::SupervisorOptimal, Rule::LargestStable] {
                let answer = self.answer(rule);
                assert!(all.contains(&answer["allocation"]), "{} by {rule}: {answer}", self.id);
            }
            self.count(kind);
        }
    }

    fn largest(&mut self) {
        let Some(sizes) = self.verified["stable_sizes"].as_array() else { return };
        let most = sizes.iter().map(|size| size.as_u64().unwrap()).max().unwrap();
        let answer = self.answer(Rule::LargestStable);
        let (size, claim) = (answer["size"].as_u64().unwrap(), &answer["size_claim"]);
        assert!(3 * size >= 2 * most, "{}: {size} of {most}", self.id);
        assert!(claim["upper_bound"].as_u64().unwrap() >= most, "{}: {claim}", self.id);
        assert_eq!(claim["largest"], Value::Bool(size == most), "{}: {claim}", self.id);
        self.count("largest stable");
    }

    fn has_lower_quotas(&self) -> bool {
        let topics = self.instance.topics.values().map(|topic| topic.lower);
        topics
            .chain(self.instance.supervisors.values().map(|it| it.lower))
            .flatten()
            .any(|it| it > 0)
    }

    fn is_of_groups(&self) -> bool {
        self.instance.teams.values().any(|team| team.size.is_some())
    }

    fn one_sided(&mut self, rule: Rule, field: &str) {
        let Some(profile) = self.verified[field].as_array().filter(|_| !self.is_of_groups()) else {
            return;
        };
        let last = profile.iter().rposition(|count| count != 0).map_or(0, |last| last + 1);
        let answer = self.answer(rule);
        assert_eq!(answer["profile"], Value::from(&profile[..last]), "{} by {rule}", self.id);
        assert_eq!(answer["size"], self.verified["max_size"], "{} by {rule}", self.id);
        let allocation = &self.published[format!("{rule}_maximum")];
        if allocation.is_object() {
            assert_eq!(&answer["allocation"], allocation, "{} by {rule}", self.id);
        }
        self.count(rule.name());
        if self.has_lower_quotas() {
            self.count("lower quotas");
        }
    }

    fn least_cost(&mut self) {
        let Some(cost) = self.verified["min_cost_of_max"].as_u64() else { return };
        let answer = self.answer(Rule::LeastCost);
        assert_eq!(answer["size"], self.verified["max_size"], "{}", self.id);
        let profile = answer["profile"].as_array().unwrap();
        let ranks = (1..).zip(profile.iter().map(|count| count.as_u64().unwrap()));
        assert_eq!(
            ranks.map(|(rank, count): (u64, u64)| rank * count).sum::<u64>(),
            cost,
            "{}",
            self.id
        );
        self.count("least-cost");
    }

    /// Profiles count persons there and teams here. All groups have a topic in the best, so the allocations must agree.
    fn groups(&mut self) {
        for rule in [Rule::Greedy, Rule::Generous] {
            let Some(best) = self.verified[format!("{rule}_max_matchings")].as_array() else {
                continue;
            };
            let answer = self.answer(rule);
            assert!(best.contains(&answer["allocation"]), "{} by {rule}: {answer}", self.id);
            self.count("groups");
        }
    }
}
