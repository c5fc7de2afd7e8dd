//! The queues of the quotas: who would be seated before whom.

use std::collections::BTreeMap;

use super::instance::{Instance, Pair, Team};
use super::order::Standing;
use super::quotas::By;

/// For each quota where each team's first acceptable pair stands, first first.
pub(super) struct Queues {
    first: Vec<Vec<Standing>>,
    /// The same by the team's lottery.
    by_team: Vec<BTreeMap<usize, Standing>>,
}

impl Queues {
    /// The queues of an instance as it stands.
    pub(super) fn new(instance: &Instance) -> Self {
        let mut first = vec![Vec::new(); instance.quotas.len()];
        let mut by_team = vec![BTreeMap::new(); instance.teams.len()];
        for team in &instance.teams {
            let own: &mut BTreeMap<usize, Standing> = &mut by_team[team.lottery];
            for pair in team.pairs() {
                let standing = team.standing(&pair);
                for &quota in &instance.topics[pair.topic].quotas {
                    let best = own.entry(quota).or_insert(standing);
                    *best = standing.min(*best);
                }
            }
            own.iter().for_each(|(&quota, &standing)| first[quota].push(standing));
        }
        first.iter_mut().for_each(|queue: &mut Vec<Standing>| queue.sort_unstable());
        Self { first, by_team }
    }

    /// How many other teams precede this pair in the queue, each counted once: for [`By::Preference`] only
    /// those with a smaller place.
    pub(super) fn teams_before(&self, quota: usize, team: &Team, pair: &Pair, by: By) -> usize {
        let own = team.standing(pair);
        let precedes = |other: &Standing| match by {
            By::Lottery => *other < own,
            By::Preference => other.place < own.place,
        };
        let itself = self.by_team[team.lottery].get(&quota).is_some_and(precedes);
        self.first[quota].partition_point(precedes) - usize::from(itself)
    }
}
