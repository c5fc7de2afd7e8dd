//! What an allocation says, as `samsynk allocate` prints it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::blocking::{self, BlockingPair};
use super::explain::{Explainer, Explanation};
use super::market::{Assignment, Market};
use super::one_sided::Changes;
use super::rule::Rule;
use super::seats::Seats;
use super::stable::SizeClaim;

/// An allocation with all that is needed to check it. `docs/allocation-format.md` says what each field means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The rule.
    pub rule: Rule,
    /// The lottery's seed, as in the instance.
    pub seed: String,
    /// `sha256:` and the digest of the instance's bytes.
    pub input_digest: String,
    /// Each team's topic.
    pub allocation: BTreeMap<String, Option<String>>,
    /// How many teams have their first, second, … choice.
    pub profile: Vec<usize>,
    /// How many teams have a topic.
    pub size: usize,
    /// What is known of the size, for `largest-stable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_claim: Option<SizeClaim>,
    /// Pairs that would both gain by each other.
    pub blocking_pairs: Vec<BlockingPair>,
    /// Why teams did not get what they would rather have.
    pub explanations: BTreeMap<String, Explanation>,
}

impl Answer {
    /// The answer as text: the same bytes for the same instance on every machine.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("strings and numbers are JSON");
        text.push('\n');
        text
    }
}

/// An allocation before it is put into words.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) rule: Rule,
    pub(super) assignment: Assignment,
    pub(super) size_claim: Option<SizeClaim>,
    /// What pairs that were asked for would cost the whole, for one-sided rules.
    pub(super) changes: Changes,
}

/// Puts an allocation into words; `explained` are the teams that are told why.
pub(super) fn told(market: &Market<'_>, answered: &Answered, explained: &[usize]) -> Answer {
    let instance = market.instance;
    let seats = Seats::new(market, &answered.assignment);
    let order = answered.rule.order();
    let blocking = blocking::positions(market, &seats, order);
    let topic = |team| seats.topic_of(team).map(|topic| instance.topics[topic].id.clone());
    let ids = instance.teams.iter().map(|team| team.id.clone());
    let explanations = if explained.is_empty() {
        BTreeMap::new()
    } else {
        Explainer::new(market, answered, &seats).all(explained)
    };
    Answer {
        rule: answered.rule,
        seed: instance.seed.clone(),
        input_digest: instance.digest.clone(),
        allocation: ids.zip((0..market.teams()).map(topic)).collect(),
        profile: profile(market, &answered.assignment),
        size: answered.assignment.iter().flatten().count(),
        size_claim: answered.size_claim,
        blocking_pairs: blocking.iter().map(|&pair| blocking::told(market, &seats, pair)).collect(),
        explanations,
    }
}

fn profile(market: &Market<'_>, assignment: &Assignment) -> Vec<usize> {
    let mut profile = Vec::new();
    for &pair in assignment.iter().flatten() {
        let rank = market.pairs[pair].rank as usize;
        if profile.len() < rank {
            profile.resize(rank, 0);
        }
        profile[rank - 1] += 1;
    }
    profile
}
