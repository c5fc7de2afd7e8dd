//! Pairs of a team and a topic that would both gain by each other.

use serde::Serialize;

use super::market::Market;
use super::seats::{Order, Seats};

/// A team that would rather have a topic whose supervisor, and all quotas around, would rather have the team.
///
/// The definition is that of Abraham, Irving and Manlove (2007), for quotas nested to any depth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlockingPair {
    /// Who would gain.
    pub team: String,
    /// What it would rather have.
    pub topic: String,
    /// Who would gain, too, or whom the lottery would have given this team.
    pub supervisor: String,
    /// The topic that the team has.
    pub has: Option<String>,
    /// The team that would lose its topic.
    pub displaces: Option<String>,
    /// By the supervisors' lists, or only by lottery.
    pub by: Gain,
}

/// Why a supervisor would gain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Gain {
    /// It has a free seat, or ranks the team higher.
    Preference,
    /// It ranks the teams alike, but the lottery drew this one first.
    Lottery,
}

/// The positions of all pairs that block, in the order of teams and topics.
pub(super) fn positions(market: &Market<'_>, seats: &Seats<'_>, order: Order) -> Vec<usize> {
    let gains = |&pair: &usize| seats.gains(pair);
    let blocks = |&pair: &usize| seats.refusing(pair, order).is_none();
    let mut blocking: Vec<_> = (0..market.pairs.len()).filter(gains).filter(blocks).collect();
    blocking.sort_unstable_by_key(|&pair| (market.pairs[pair].team, market.pairs[pair].topic));
    blocking
}

/// A pair that blocks, with who would gain.
pub(super) fn told(market: &Market<'_>, seats: &Seats<'_>, pair: usize) -> BlockingPair {
    let instance = market.instance;
    let by_preference = seats.refusing(pair, Order::Preference).is_none();
    let (team, topic) = (market.pairs[pair].team, market.pairs[pair].topic);
    let full = market.quotas_from(topic).find(|&quota| seats.is_full(quota));
    let loser =
        full.filter(|&quota| !seats.has_seat(team, quota)).and_then(|quota| seats.last(quota));
    BlockingPair {
        team: instance.teams[team].id.clone(),
        topic: instance.topics[topic].id.clone(),
        supervisor: instance.supervisors[instance.topics[topic].supervisor].id.clone(),
        has: seats.topic_of(team).map(|topic| instance.topics[topic].id.clone()),
        displaces: loser.map(|loser| instance.teams[loser].id.clone()),
        by: if by_preference { Gain::Preference } else { Gain::Lottery },
    }
}
