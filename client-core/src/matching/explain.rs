//! Why a team did not get a topic that it would rather have.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use serde::Serialize;

use super::answer::Answered;
use super::instance::Choice;
use super::market::Market;
use super::one_sided::Change;
use super::queues::Queues;
use super::rule::Rule;
use super::seats::Seats;

/// What a team is told: what it has, and about each topic of a better rank. It names no other team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The topic that the team has.
    pub has: Option<String>,
    /// Its rank in the team's list, from 1.
    pub rank: Option<u32>,
    /// Whether it was pinned.
    pub pinned: bool,
    /// Topics of a better rank, in the order of the team's list.
    pub missed: Vec<Missed>,
}

/// A topic that a team would rather have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// Which.
    pub topic: String,
    /// Its rank in the team's list, from 1.
    pub rank: u32,
    /// Why it went elsewhere.
    #[serde(flatten)]
    pub why: Why,
}

/// Why a topic went elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Why {
    /// The team is smaller or larger than the topic allows.
    TeamSize {
        /// The smallest and the largest team that may take it.
        team_size: (u32, u32),
    },
    /// The supervisor does not rank the team.
    NotRanked,
    /// The team is pinned to another topic.
    Pinned,
    /// It is one of the blocking pairs, which only pins can leave.
    Blocked,
    /// All seats went to teams that precede this one.
    Queue {
        /// `topic`, `supervisor` or `district`.
        quota: &'static str,
        /// Which.
        id: String,
        /// How many seats there are.
        seats: u32,
        /// The team's position in the queue, from 1.
        position: usize,
        /// What decided.
        by: Precedence,
    },
    /// The whole would be worse, or as good and the lottery decided.
    Whole(Change),
    /// No allocation with it keeps pins and lower quotas.
    Impossible,
}

/// What gave the others precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Precedence {
    /// The supervisor's list.
    Ranking,
    /// The lottery, among those whom supervisors placed alike.
    Lottery,
    /// Neither: supervisors placed them alike, and with ties left as they are somebody had to go without.
    Tie,
}

/// Explains an allocation to its teams.
pub(super) struct Explainer<'a> {
    market: &'a Market<'a>,
    answered: &'a Answered,
    seats: &'a Seats<'a>,
    /// Made when the first team asks for its position: one-sided rules have no queues.
    queues: OnceCell<Queues<'a>>,
}

impl<'a> Explainer<'a> {
    pub(super) fn new(
        market: &'a Market<'a>,
        answered: &'a Answered,
        seats: &'a Seats<'a>,
    ) -> Self {
        Self { market, answered, seats, queues: OnceCell::new() }
    }

    /// What each of the teams is told, by id.
    pub(super) fn all(&self, teams: &[usize]) -> BTreeMap<String, Explanation> {
        let told = |&team: &usize| (self.market.instance.teams[team].id.clone(), self.team(team));
        teams.iter().map(told).collect()
    }

    fn team(&self, team: usize) -> Explanation {
        let market = self.market;
        let pair = self.answered.assignment[team].map(|pair| market.pairs[pair]);
        let rank = pair.map(|pair| pair.rank);
        let list = &market.instance.teams[team].preferences;
        let better = list.iter().filter(|choice| rank.is_none_or(|rank| choice.rank < rank));
        Explanation {
            has: pair.map(|pair| market.instance.topics[pair.topic].id.clone()),
            rank,
            pinned: market.pins[team].is_some(),
            missed: better.map(|&choice| self.missed(team, choice)).collect(),
        }
    }

    fn missed(&self, team: usize, choice: Choice) -> Missed {
        let topic = &self.market.instance.topics[choice.topic];
        let why = match topic.team_size {
            Some(team_size) if !self.market.instance.teams[team].fits(topic) => {
                Why::TeamSize { team_size }
            }
            _ => self.fitting(team, choice.topic),
        };
        Missed { topic: topic.id.clone(), rank: choice.rank, why }
    }

    fn fitting(&self, team: usize, topic: usize) -> Why {
        let Some(pair) = self.market.pair(team, topic) else { return Why::NotRanked };
        if self.market.pins[team].is_some() {
            return Why::Pinned;
        }
        if !self.answered.rule.is_stable() {
            let change = self.answered.changes.get(&pair).cloned().flatten();
            return change.map_or(Why::Impossible, Why::Whole);
        }
        match self.seats.refusing(pair, self.answered.rule.order()) {
            Some(quota) => self.queued(pair, quota),
            None => Why::Blocked,
        }
    }

    fn queued(&self, pair: usize, quota: usize) -> Why {
        let (kind, id) = self.market.name(quota);
        let order = self.answered.rule.order();
        let queues = self.queues.get_or_init(|| Queues::new(self.market));
        let by_list = self.seats.last_place(quota) < Some(self.market.pairs[pair].place);
        Why::Queue {
            quota: kind,
            id: id.to_owned(),
            seats: self.market.quotas[quota].capacity,
            position: queues.position(quota, pair, order),
            by: match (by_list, self.answered.rule) {
                (true, _) => Precedence::Ranking,
                (false, Rule::LargestStable) => Precedence::Tie,
                (false, _) => Precedence::Lottery,
            },
        }
    }
}
