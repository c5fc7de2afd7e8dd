//! What an answer must say of an allocation, all of it, as `docs/allocation-format.md` has it.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::allocator::Rule;
use crate::enumerate::{self, OneSided};
use crate::instance::Instance;
use crate::market::{Allocation, Market};
use crate::reasons;
use crate::stability::{self, Blocks};

/// An instance with all that it could have been.
pub(crate) struct Case {
    pub(crate) instance: Instance,
    /// As it stands, and with pinned teams having their pinned pair alone.
    pub(crate) market: Market,
    pub(crate) pin_market: Market,
    /// All allocations that keep pins and capacities.
    pub(crate) all: Vec<Allocation>,
    /// Those that keep lower quotas, too.
    pub(crate) allowed: Vec<Allocation>,
}

impl Case {
    pub(crate) fn of(instance: Instance) -> Self {
        let market = Market::of(&instance);
        let all = enumerate::allocations(&market);
        let keeps = |one: &&Allocation| enumerate::meets_lower_quotas(&market, one);
        let allowed = all.iter().filter(keeps).cloned().collect();
        Self { pin_market: market.with_pins_alone(), all, allowed, market, instance }
    }

    /// The stable allocations in the market of the stable rules.
    pub(crate) fn stable(&self, blocks: Blocks) -> Vec<Allocation> {
        enumerate::stable(&self.pin_market, &self.all, blocks)
    }

    /// The answer, every team told why, without the claim of its size.
    pub(crate) fn answer(&self, rule: Rule, allocation: &Allocation) -> Value {
        let market = &self.market;
        let topic = |has: Option<usize>| has.map(|topic| market.topics[topic].id.clone());
        let teams = market.teams.iter().enumerate();
        let has: serde_json::Map<_, _> = teams
            .clone()
            .map(|(at, team)| (team.id.clone(), json!(topic(allocation[at]))))
            .collect();
        let reasons: serde_json::Map<_, _> = teams
            .map(|(at, team)| (team.id.clone(), reasons::explanation(self, rule, allocation, at)))
            .collect();
        let pairs = stability::blocking(market, allocation, listed(rule));
        json!({
            "rule": rule.name(),
            "seed": self.instance.seed.to_lowercase(),
            "input_digest": digest(&self.instance.to_json()),
            "allocation": has,
            "profile": trimmed(enumerate::profile(market, allocation)),
            "size": enumerate::size(allocation),
            "blocking_pairs": pairs
                .into_iter()
                .map(|pair| blocking_pair(market, allocation, pair))
                .collect::<Vec<_>>(),
            "explanations": reasons,
        })
    }
}

/// Which blocking pairs a rule lists.
pub(crate) fn listed(rule: Rule) -> Blocks {
    match rule {
        Rule::StudentOptimal | Rule::SupervisorOptimal => Blocks::Lottery,
        _ => Blocks::Preference,
    }
}

/// What a one-sided rule compares.
pub(crate) fn one_sided(rule: Rule) -> Option<OneSided> {
    match rule {
        Rule::Greedy => Some(OneSided::Greedy),
        Rule::Generous => Some(OneSided::Generous),
        Rule::LeastCost => Some(OneSided::LeastCost),
        _ => None,
    }
}

pub(crate) fn digest(text: &str) -> String {
    let hex: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Up to the worst that anyone has.
fn trimmed(mut profile: Vec<i64>) -> Vec<i64> {
    while profile.last() == Some(&0) {
        profile.pop();
    }
    profile
}

fn blocking_pair(market: &Market, allocation: &Allocation, (team, topic): (usize, usize)) -> Value {
    let id = |topic: usize| &market.topics[topic].id;
    let by_preference =
        stability::blocking(market, allocation, Blocks::Preference).contains(&(team, topic));
    let full = market.topics[topic].quotas.iter().find(|&&quota| {
        enumerate::load(market, allocation, quota) == market.quotas[quota].capacity
    });
    let last = full.and_then(|&quota| {
        let mut holders: Vec<_> = stability::holders(market, allocation, quota).collect();
        holders.sort_by_key(|&(other, has)| market.standing(other, has));
        let is_in = holders.iter().any(|&(other, _)| other == team);
        holders.last().map(|&(other, _)| other).filter(|_| !is_in)
    });
    json!({
        "team": market.teams[team].id,
        "topic": id(topic),
        "supervisor": market.topics[topic].supervisor,
        "has": allocation[team].map(id),
        "displaces": last.map(|last| &market.teams[last].id),
        "by": if by_preference { "preference" } else { "lottery" },
    })
}
