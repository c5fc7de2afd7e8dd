//! Answers made by looking at every allocation of a toy, straight from the definitions.

use std::cmp::Reverse;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::toy::Toy;

/// A topic or none for each team.
pub(super) type Has = Vec<Option<usize>>;

/// A quota of a toy: kind, index, lower, capacity.
type ToyQuota = (&'static str, usize, usize, usize);

pub(super) struct Brute<'a> {
    pub(super) toy: &'a Toy,
    pub(super) rule: &'a str,
    team_numbers: Vec<Vec<u8>>,
    topic_numbers: Vec<Vec<u8>>,
}

impl<'a> Brute<'a> {
    pub(super) fn new(toy: &'a Toy, rule: &'a str) -> Self {
        let number =
            |kind: &str, id: String| Sha256::digest(format!("{}:{kind}:{id}", toy.seed)).to_vec();
        let teams = (0..toy.teams.len()).map(|team| number("team", format!("t{team}")));
        let topics = (0..toy.topics.len()).map(|topic| number("topic", format!("p{topic}")));
        Self { toy, rule, team_numbers: teams.collect(), topic_numbers: topics.collect() }
    }

    fn quotas(&self, topic: usize) -> Vec<ToyQuota> {
        let own = &self.toy.topics[topic];
        let supervisor = &self.toy.supervisors[own.supervisor];
        let mut quotas = vec![
            ("topic", topic, own.lower, own.capacity),
            ("supervisor", own.supervisor, supervisor.lower, supervisor.capacity),
        ];
        let mut next = supervisor.district;
        while let Some(district) = next {
            let quota = &self.toy.districts[district];
            quotas.push(("district", district, quota.lower, quota.capacity));
            next = quota.parent;
        }
        quotas
    }

    fn all_quotas(&self) -> Vec<ToyQuota> {
        let toy = self.toy;
        let mut all = Vec::new();
        all.extend(toy.topics.iter().enumerate().map(|(i, q)| ("topic", i, q.lower, q.capacity)));
        let supervisors = toy.supervisors.iter().enumerate();
        all.extend(supervisors.map(|(i, q)| ("supervisor", i, q.lower, q.capacity)));
        let districts = toy.districts.iter().enumerate();
        all.extend(districts.map(|(i, q)| ("district", i, q.lower, q.capacity)));
        all
    }

    fn in_quota(&self, topic: usize, quota: &ToyQuota) -> bool {
        self.quotas(topic).contains(quota)
    }

    fn count(&self, has: &Has, quota: &ToyQuota) -> usize {
        has.iter().flatten().filter(|topic| self.in_quota(**topic, quota)).count()
    }

    fn pin(&self, team: usize) -> Option<usize> {
        self.toy.pins.iter().find(|(other, _)| *other == team).map(|(_, topic)| *topic)
    }

    /// Every allocation of acceptable pairs that keeps pins and capacities, and lower quotas if asked.
    pub(super) fn feasible(&self, lower: bool) -> Vec<Has> {
        let mut all = vec![Vec::new()];
        for team in 0..self.toy.teams.len() {
            let mut options: Vec<Option<usize>> = vec![None];
            options.extend(
                (0..self.toy.topics.len()).filter(|p| self.toy.place(team, *p).is_some()).map(Some),
            );
            if let Some(topic) = self.pin(team) {
                options = vec![Some(topic)];
            }
            let longer = |has: &Has| -> Vec<Has> {
                options.iter().map(|option| [has.clone(), vec![*option]].concat()).collect()
            };
            all = all.iter().flat_map(longer).collect();
        }
        let quotas = self.all_quotas();
        all.retain(|has| {
            quotas.iter().all(|quota @ (_, _, min, max)| {
                let count = self.count(has, quota);
                count <= *max && (!lower || count >= *min)
            })
        });
        all
    }

    fn place(&self, team: usize, topic: usize, market: bool) -> i64 {
        if market && self.pin(team).is_some() {
            return -1;
        }
        self.toy.place(team, topic).unwrap()
    }

    fn gains(&self, has: &Has, team: usize, topic: usize) -> bool {
        let rank = |topic| self.toy.rank(team, topic);
        self.toy.place(team, topic).is_some() && has[team].is_none_or(|own| rank(topic) < rank(own))
    }

    /// Whether as many teams as the quota's capacity have precedence over this pair.
    fn full_before(
        &self,
        has: &Has,
        team: usize,
        topic: usize,
        quota: &ToyQuota,
        how: (bool, bool),
    ) -> bool {
        let (by_preference, market) = how;
        let own = self.place(team, topic, market);
        let before = (0..has.len()).filter(|&other| {
            let Some(seat) = has[other].filter(|seat| self.in_quota(*seat, quota)) else {
                return false;
            };
            let place = self.place(other, seat, market);
            let earlier = (place, &self.team_numbers[other]) < (own, &self.team_numbers[team]);
            if other == team {
                return place < own;
            }
            if by_preference { place <= own } else { earlier }
        });
        before.count() >= quota.3
    }

    fn blocks(&self, has: &Has, team: usize, topic: usize, how: (bool, bool)) -> bool {
        self.gains(has, team, topic)
            && !self
                .quotas(topic)
                .iter()
                .any(|quota| self.full_before(has, team, topic, quota, how))
    }

    fn is_strict(&self) -> bool {
        self.rule.ends_with("-optimal")
    }

    fn is_stable_rule(&self) -> bool {
        self.is_strict() || self.rule == "largest-stable"
    }

    /// Whether no team but the pinned ones blocks in the market of the pins: for strict rules the one where the
    /// lottery has broken the teams' ties as well.
    pub(super) fn is_stable(&self, has: &Has) -> bool {
        let how = (!self.is_strict(), true);
        let mut teams = (0..has.len()).filter(|team| self.pin(*team).is_none());
        !teams.any(|team| {
            (0..self.toy.topics.len()).any(|topic| {
                let other = {
                    let mut other = has.clone();
                    other[team] = Some(topic);
                    other
                };
                let strictly = self.is_strict()
                    && self.toy.place(team, topic).is_some()
                    && self.value(team, &other) < self.value(team, has);
                let full = |quota: &ToyQuota| self.full_before(has, team, topic, quota, how);
                (strictly || self.gains(has, team, topic)) && !self.quotas(topic).iter().any(full)
            })
        })
    }

    fn value(&self, team: usize, has: &Has) -> (usize, &[u8]) {
        match has[team] {
            Some(topic) => (self.toy.rank(team, topic).unwrap(), &self.topic_numbers[topic]),
            None => (usize::MAX, &[]),
        }
    }

    fn profile(&self, has: &Has) -> Vec<i64> {
        let longest = self.toy.teams.iter().map(|team| team.lists.len()).max().unwrap_or(0);
        let mut profile = vec![0; longest];
        for (team, topic) in has.iter().enumerate() {
            if let Some(topic) = topic {
                profile[self.toy.rank(team, *topic).unwrap() - 1] += 1;
            }
        }
        profile
    }

    /// The larger, the better by the rule.
    fn quality(&self, has: &Has) -> (usize, Vec<i64>) {
        let profile = self.profile(has);
        let quality = match self.rule {
            "greedy" => profile,
            "generous" => profile.iter().rev().map(|count| -count).collect(),
            _ => vec![-profile.iter().zip(1..).map(|(count, rank)| count * rank).sum::<i64>()],
        };
        (has.iter().flatten().count(), quality)
    }

    /// The allocation of the rule, if there is one.
    pub(super) fn best(&self) -> Option<Has> {
        let teams = 0..self.toy.teams.len();
        let mut stable = self.feasible(false);
        if self.is_stable_rule() {
            stable.retain(|has| self.is_stable(has));
        }
        match self.rule {
            "student-optimal" => {
                let best = |has: &&Has| {
                    let likes = |team, other| self.value(team, has) <= self.value(team, other);
                    stable.iter().all(|other| teams.clone().all(|team| likes(team, other)))
                };
                stable.iter().find(best).cloned()
            }
            "supervisor-optimal" => {
                let worst = |has: &&Has| {
                    let likes = |team, other| self.value(team, has) >= self.value(team, other);
                    stable.iter().all(|other| teams.clone().all(|team| likes(team, other)))
                };
                stable.iter().find(worst).cloned()
            }
            "largest-stable" => stable.into_iter().max_by_key(|has| has.iter().flatten().count()),
            _ => {
                let mut order: Vec<usize> = teams.collect();
                order.sort_by_key(|team| &self.team_numbers[*team]);
                let lottery = |has: &Has| -> Vec<(usize, Vec<u8>)> {
                    let values = order.iter().map(|team| self.value(*team, has));
                    values.map(|(rank, number)| (rank, number.to_vec())).collect()
                };
                let key = |has: &Has| (self.quality(has), Reverse(lottery(has)));
                self.feasible(true).into_iter().max_by_key(key)
            }
        }
    }

    /// The whole answer for an allocation, with every team explained.
    pub(super) fn answer(&self, has: &Has) -> Value {
        let explanations: Map<String, Value> =
            (0..has.len()).map(|team| (format!("t{team}"), self.explanation(has, team))).collect();
        let mut answer = self.answer_unexplained(has);
        answer["explanations"] = explanations.into();
        answer
    }

    /// The same, with nothing explained.
    pub(super) fn answer_unexplained(&self, has: &Has) -> Value {
        let allocation: Map<String, Value> = has
            .iter()
            .enumerate()
            .map(|(team, topic)| (format!("t{team}"), name("p", *topic)))
            .collect();
        let mut profile = self.profile(has);
        while profile.last() == Some(&0) {
            profile.pop();
        }
        let size = has.iter().flatten().count();
        let digest: String =
            Sha256::digest(self.toy.file()).iter().map(|byte| format!("{byte:02x}")).collect();
        let mut answer = json!({ "rule": self.rule, "seed": self.toy.seed,
            "input_digest": format!("sha256:{digest}"), "allocation": allocation, "profile": profile,
            "size": size, "blocking_pairs": self.blocking_pairs(has), "explanations": {} });
        if self.rule == "largest-stable" {
            let most = self.feasible(false).iter().map(|has| has.iter().flatten().count()).max();
            let bound = most.unwrap().min(size * 3 / 2);
            answer["size_claim"] = json!({ "method": "approximation", "upper_bound": bound,
                "largest": bound == size });
        }
        answer
    }

    fn blocking_pairs(&self, has: &Has) -> Vec<Value> {
        let mut pairs = Vec::new();
        for team in 0..has.len() {
            for topic in 0..self.toy.topics.len() {
                if self.blocks(has, team, topic, (!self.is_strict(), false)) {
                    let by_preference = self.blocks(has, team, topic, (true, false));
                    pairs.push(json!({ "team": format!("t{team}"), "topic": format!("p{topic}"),
                        "supervisor": format!("l{}", self.toy.topics[topic].supervisor),
                        "has": name("p", has[team]), "displaces": name("t", self.displaced(has, team, topic)),
                        "by": if by_preference { "preference" } else { "lottery" } }));
                }
            }
        }
        pairs
    }

    fn displaced(&self, has: &Has, team: usize, topic: usize) -> Option<usize> {
        let quotas = self.quotas(topic);
        let full = quotas.iter().find(|quota| self.count(has, quota) >= quota.3)?;
        let mut seated: Vec<usize> =
            (0..has.len()).filter(|u| has[*u].is_some_and(|x| self.in_quota(x, full))).collect();
        if seated.contains(&team) {
            return None;
        }
        seated.sort_by_key(|u| (self.place(*u, has[*u].unwrap(), false), &self.team_numbers[*u]));
        seated.last().copied()
    }

    fn explanation(&self, has: &Has, team: usize) -> Value {
        let own = has[team].and_then(|topic| self.toy.rank(team, topic));
        let mut missed = Vec::new();
        for (group, rank) in self.toy.teams[team].lists.iter().zip(1..) {
            for topic in group.iter().filter(|_| own.is_none_or(|own| rank < own)) {
                let mut entry = self.why(has, team, *topic);
                entry["topic"] = json!(format!("p{topic}"));
                entry["rank"] = json!(rank);
                missed.push(entry);
            }
        }
        json!({ "has": name("p", has[team]), "rank": own, "pinned": self.pin(team).is_some(), "missed": missed })
    }

    fn why(&self, has: &Has, team: usize, topic: usize) -> Value {
        let own = &self.toy.topics[topic];
        let size = self.toy.teams[team].size;
        if let Some((min, max)) = own.team_size.filter(|(min, max)| size < *min || size > *max) {
            return json!({ "why": "team-size", "team_size": [min, max] });
        }
        if self.toy.place(team, topic).is_none() {
            return json!({ "why": "not-ranked" });
        }
        if self.pin(team).is_some() {
            return json!({ "why": "pinned" });
        }
        if !self.is_stable_rule() {
            return self.whole(has, team, topic);
        }
        if self.blocks(has, team, topic, (!self.is_strict(), false)) {
            return json!({ "why": "blocked" });
        }
        self.queue(has, team, topic)
    }

    fn whole(&self, has: &Has, team: usize, topic: usize) -> Value {
        let with_pair = self.feasible(true).into_iter().filter(|other| other[team] == Some(topic));
        let Some(best) = with_pair.max_by_key(|other| self.quality(other)) else {
            return json!({ "why": "impossible" });
        };
        let ((size, quality), (other_size, other_quality)) =
            (self.quality(has), self.quality(&best));
        let size = other_size as i64 - size as i64;
        if self.rule == "least-cost" {
            return json!({ "why": "whole", "size": size, "cost": quality[0] - other_quality[0] });
        }
        let (now, then) = (self.profile(has), self.profile(&best));
        let change: Vec<i64> = then.iter().zip(&now).map(|(then, now)| then - now).collect();
        json!({ "why": "whole", "size": size, "profile": change })
    }

    fn queue(&self, has: &Has, team: usize, topic: usize) -> Value {
        let by_preference = !self.is_strict();
        let quotas = self.quotas(topic);
        let full =
            |quota: &&ToyQuota| self.full_before(has, team, topic, quota, (by_preference, false));
        let quota = quotas.iter().find(full).unwrap();
        let own = self.place(team, topic, false);
        let before = (0..has.len()).filter(|&other| {
            let topics = (0..self.toy.topics.len()).filter(|topic| self.in_quota(*topic, quota));
            let first = topics.filter_map(|topic| self.toy.place(other, topic)).min();
            other != team
                && first.is_some_and(|first| {
                    let earlier =
                        (first, &self.team_numbers[other]) < (own, &self.team_numbers[team]);
                    if by_preference { first < own } else { earlier }
                })
        });
        let ranked = (0..has.len()).all(|other| {
            has[other].is_none_or(|seat| {
                !self.in_quota(seat, quota) || self.place(other, seat, false) < own
            })
        });
        let letter = match quota.0 {
            "topic" => "p",
            "supervisor" => "l",
            _ => "d",
        };
        let among_equals = if by_preference { "tie" } else { "lottery" };
        json!({ "why": "queue", "quota": quota.0, "id": format!("{letter}{}", quota.1), "seats": quota.3,
            "position": before.count() + 1, "by": if ranked { "ranking" } else { among_equals } })
    }
}

fn name(letter: &str, index: Option<usize>) -> Value {
    index.map_or(Value::Null, |index| json!(format!("{letter}{index}")))
}
