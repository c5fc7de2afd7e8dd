//! Reads an answer: its rule, and which topic each team has.

use super::fault::{Fault, Faults, check_names, path};
use super::instance::{Instance, Pair};
use super::json::Json;

/// The rule of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    StudentOptimal,
    SupervisorOptimal,
    LargestStable,
    Greedy,
    Generous,
    LeastCost,
}

impl Rule {
    const ALL: [(&'static str, Self); 6] = [
        ("student-optimal", Self::StudentOptimal),
        ("supervisor-optimal", Self::SupervisorOptimal),
        ("largest-stable", Self::LargestStable),
        ("greedy", Self::Greedy),
        ("generous", Self::Generous),
        ("least-cost", Self::LeastCost),
    ];

    /// Whether the lottery breaks all ties of both sides.
    pub(super) fn is_strict(self) -> bool {
        matches!(self, Self::StudentOptimal | Self::SupervisorOptimal)
    }

    /// Whether the answer is stable.
    pub(super) fn is_stable(self) -> bool {
        self.is_strict() || self == Self::LargestStable
    }
}

/// The fields of an answer, still as written.
pub(super) struct Answer<'a> {
    fields: &'a [(String, Json)],
    pub(super) rule: Rule,
}

impl<'a> Answer<'a> {
    /// Checks the fields at the top. None when the rule is not known.
    pub(super) fn read(fields: &'a [(String, Json)], faults: &mut Faults) -> Option<Self> {
        let given = field(fields, "rule");
        let rule = Rule::ALL.iter().find(|(name, _)| given == Some(&Json::text(name)));
        let mut names = vec![
            "rule",
            "seed",
            "input_digest",
            "allocation",
            "profile",
            "size",
            "blocking_pairs",
            "explanations",
        ];
        let Some(&(_, rule)) = rule else {
            let names: Vec<_> = Rule::ALL.iter().map(|(name, _)| *name).collect();
            let found = given.map_or(serde_json::Value::Null, Json::brief);
            faults.differs("unknown-rule", "rule", names.into(), found);
            return None;
        };
        if rule == Rule::LargestStable {
            names.push("size_claim");
        }
        check_names("", &names, fields, faults);
        Some(Self { fields, rule })
    }

    /// A field, if it is there.
    pub(super) fn field(&self, name: &str) -> Option<&'a Json> {
        field(self.fields, name)
    }

    /// What each team has. None when some entry does not say it, or is of no acceptable pair.
    pub(super) fn allocation(
        &self,
        instance: &Instance,
        faults: &mut Faults,
    ) -> Option<Allocation> {
        let Json::Object(entries) = self.field("allocation")? else {
            faults.differs("wrong-type", "allocation", "an object".into(), "another type".into());
            return None;
        };
        let before = faults.len();
        let mut has: Vec<Option<Option<Pair>>> = vec![None; instance.teams.len()];
        for (id, topic) in entries {
            let at = path("allocation", id);
            let Some(team) = instance.team(id) else {
                faults.add("unknown-team", at, []);
                continue;
            };
            if has[team].is_some() {
                faults.add("duplicate-team", at.as_str(), []);
            }
            has[team] = Some(pair(instance, team, topic, &at, faults));
        }
        for pair in entries.windows(2) {
            if pair[0].0 > pair[1].0 {
                let at = path("allocation", &pair[1].0);
                let before = format!("after {}", pair[0].0);
                faults.differs("not-sorted", at, "sorted by id".into(), before.into());
            }
        }
        for (team, has) in instance.teams.iter().zip(&has) {
            if has.is_none() {
                faults.add("missing-team", path("allocation", &team.id), []);
            }
        }
        let has = has.into_iter().map(Option::flatten).collect();
        (faults.len() == before).then_some(Allocation { has })
    }
}

fn field<'a>(fields: &'a [(String, Json)], name: &str) -> Option<&'a Json> {
    fields.iter().find(|(other, _)| other == name).map(|(_, value)| value)
}

fn pair(
    instance: &Instance,
    team: usize,
    topic: &Json,
    at: &str,
    faults: &mut Faults,
) -> Option<Pair> {
    let id = match topic {
        Json::Null => return None,
        Json::Text(id) => id,
        _ => {
            faults.differs("wrong-type", at, "a topic or null".into(), topic.brief());
            return None;
        }
    };
    let Some(index) = instance.topic(id) else {
        faults.differs("unknown-topic", at, "a topic of the instance".into(), topic.brief());
        return None;
    };
    let pair = instance.teams[team].pair(index);
    if pair.is_none() {
        faults.differs("unacceptable-pair", at, "an acceptable pair".into(), topic.brief());
    }
    pair
}

/// An acceptable pair or nothing for each team, by the team's index.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Allocation {
    pub(super) has: Vec<Option<Pair>>,
}

impl Allocation {
    /// The topic of a team.
    pub(super) fn topic(&self, team: usize) -> Option<usize> {
        self.has[team].map(|pair| pair.topic)
    }

    /// How many teams have a topic.
    pub(super) fn size(&self) -> usize {
        self.has.iter().flatten().count()
    }

    /// How many have their first, second, … choice, up to the worst that anyone has.
    pub(super) fn profile(&self) -> Vec<usize> {
        let ranks = || self.has.iter().flatten().map(|pair| pair.rank);
        let mut profile = vec![0; ranks().max().unwrap_or(0)];
        ranks().for_each(|rank| profile[rank - 1] += 1);
        profile
    }

    /// Whether the team would have more with this pair: it has nothing, or a worse rank.
    pub(super) fn gains(&self, team: usize, pair: &Pair) -> bool {
        self.has[team].is_none_or(|has| pair.rank < has.rank)
    }

    /// How many teams have a topic in each quota.
    pub(super) fn counts(&self, instance: &Instance) -> Vec<usize> {
        let mut counts = vec![0; instance.quotas.len()];
        for pair in self.has.iter().flatten() {
            for &quota in &instance.topics[pair.topic].quotas {
                counts[quota] += 1;
            }
        }
        counts
    }
}

/// A fault that names the topic that a team should have.
pub(super) fn should_have(
    code: &'static str,
    instance: &Instance,
    team: usize,
    expected: Option<usize>,
    found: Option<usize>,
) -> Fault {
    let id = |topic: Option<usize>| topic.map(|topic| instance.topics[topic].id.clone());
    Fault {
        code,
        at: path("allocation", &instance.teams[team].id),
        params: [("expected", id(expected).into()), ("found", id(found).into())].into(),
    }
}
