//! Why a team did not get what it would rather have, worked out from all that could have been.

use serde_json::{Value, json};

use crate::allocator::Rule;
use crate::enumerate::{self, OneSided};
use crate::market::{Allocation, Market};
use crate::stability::{self, Blocks};
use crate::told::{Case, listed, one_sided};

/// What one team is told.
pub(crate) fn explanation(case: &Case, rule: Rule, allocation: &Allocation, team: usize) -> Value {
    let market = &case.market;
    let has = allocation[team];
    let rank = has.map(|topic| market.pair(team, topic).unwrap().rank);
    let better = (1..).zip(&market.teams[team].list).filter(|&(of, _)| rank.is_none_or(|r| of < r));
    let missed: Vec<Value> = better
        .flat_map(|(rank, group)| group.iter().map(move |&topic| (rank, topic)))
        .map(|(rank, topic)| {
            let mut missed = why(case, rule, allocation, (team, topic));
            missed["topic"] = json!(market.topics[topic].id);
            missed["rank"] = json!(rank);
            missed
        })
        .collect();
    json!({
        "has": has.map(|topic| &market.topics[topic].id),
        "rank": rank,
        "pinned": market.teams[team].pin.is_some(),
        "missed": missed,
    })
}

fn why(case: &Case, rule: Rule, allocation: &Allocation, pair: (usize, usize)) -> Value {
    let (team, topic) = (&case.market.teams[pair.0], &case.market.topics[pair.1]);
    let unfit = topic.team_size.filter(|(least, most)| !(*least..=*most).contains(&team.size));
    if let Some(team_size) = unfit {
        return json!({ "why": "team-size", "team_size": team_size });
    }
    if case.market.pair(pair.0, pair.1).is_none() {
        return json!({ "why": "not-ranked" });
    }
    if team.pin.is_some() {
        return json!({ "why": "pinned" });
    }
    match one_sided(rule) {
        Some(compares) => whole(case, compares, allocation, pair),
        None if stability::blocking(&case.market, allocation, listed(rule)).contains(&pair) => {
            json!({ "why": "blocked" })
        }
        None => queue(&case.market, rule, allocation, pair),
    }
}

/// The smallest quota that is full of teams with precedence.
fn queue(market: &Market, rule: Rule, allocation: &Allocation, pair: (usize, usize)) -> Value {
    let blocks = listed(rule);
    let mine = market.standing(pair.0, pair.1);
    let is_full = |quota: usize| {
        let in_front = stability::in_front(market, allocation, pair, quota, blocks);
        in_front >= market.quotas[quota].capacity
    };
    let quotas = &market.topics[pair.1].quotas;
    let quota =
        *quotas.iter().find(|&&quota| is_full(quota)).expect("what does not block is refused");
    let is_before = |team: usize| {
        (0..market.topics.len())
            .filter(|&topic| market.under(topic, quota) && market.pair(team, topic).is_some())
            .any(|topic| match blocks {
                Blocks::Preference => market.standing(team, topic).0 < mine.0,
                _ => market.standing(team, topic) < mine,
            })
    };
    let before = (0..market.teams.len()).filter(|&team| team != pair.0 && is_before(team)).count();
    let by_ranking = stability::holders(market, allocation, quota)
        .all(|(team, topic)| market.standing(team, topic).0 < mine.0);
    json!({
        "why": "queue",
        "quota": market.quotas[quota].kind,
        "id": market.quotas[quota].id,
        "seats": market.quotas[quota].capacity,
        "position": before + 1,
        "by": match (by_ranking, rule) {
            (true, _) => "ranking",
            (false, Rule::LargestStable) => "tie",
            (false, _) => "lottery",
        },
    })
}

/// The best allocation with the pair, beside the best of all.
fn whole(case: &Case, rule: OneSided, best: &Allocation, (team, topic): (usize, usize)) -> Value {
    let market = &case.market;
    let with = case.allowed.iter().filter(|one| one[team] == Some(topic));
    let Some(with) = with.max_by_key(|one| rule.merit(market, one)) else {
        return json!({ "why": "impossible" });
    };
    let size = enumerate::size(with).cast_signed() - enumerate::size(best).cast_signed();
    if rule == OneSided::LeastCost {
        let cost = enumerate::cost(market, with) - enumerate::cost(market, best);
        return json!({ "why": "whole", "size": size, "cost": cost });
    }
    let profiles =
        enumerate::profile(market, with).into_iter().zip(enumerate::profile(market, best));
    let profile: Vec<i64> = profiles.map(|(with, best)| with - best).collect();
    json!({ "why": "whole", "size": size, "profile": profile })
}
