//! Who has a seat in which quota, and whether quotas and pins are kept.

use super::answer::{Allocation, should_have};
use super::fault::Faults;
use super::instance::{Instance, Pair, Team};
use super::order::Standing;

/// Which teams have precedence over a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Those with a smaller (place, lottery).
    Lottery,
    /// Those with the same or a smaller place: a supervisor sends nobody away for an equal.
    Preference,
}

/// Which market is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Market {
    /// The instance as it stands: pinned teams count by their place and lottery.
    AsItStands,
    /// Pinned teams have their pair alone, and are at the head of every queue.
    OfPins,
}

impl Market {
    fn standing(self, team: &Team, pair: &Pair) -> Standing {
        match self {
            Self::AsItStands => team.standing(pair),
            Self::OfPins => team.market_standing(pair),
        }
    }
}

/// The seats of an allocation.
pub(super) struct Seats<'a> {
    instance: &'a Instance,
    allocation: &'a Allocation,
    market: Market,
    /// For each quota the teams that have a seat, first in the queue first.
    taken: Vec<Vec<(Standing, usize)>>,
}

impl<'a> Seats<'a> {
    /// The seats that an allocation of acceptable pairs takes.
    pub(super) fn new(instance: &'a Instance, allocation: &'a Allocation, market: Market) -> Self {
        let mut taken = vec![Vec::new(); instance.quotas.len()];
        for (index, (team, has)) in instance.teams.iter().zip(&allocation.has).enumerate() {
            let Some(pair) = has else { continue };
            for &quota in &instance.topics[pair.topic].quotas {
                taken[quota].push((market.standing(team, pair), index));
            }
        }
        taken.iter_mut().for_each(|seats| seats.sort_unstable());
        Self { instance, allocation, market, taken }
    }

    /// How many teams with a seat in `quota` have precedence over this pair of `team`. Its own seat counts
    /// when its place is smaller: then the team holds it more firmly than it would hold the pair.
    pub(super) fn precedence(&self, quota: usize, team: usize, pair: &Pair, by: By) -> usize {
        let own = self.market.standing(&self.instance.teams[team], pair);
        let precedes = |seat: Standing| match by {
            By::Lottery => seat < own,
            By::Preference => seat.place <= own.place,
        };
        let before = self.taken[quota].partition_point(|(seat, _)| precedes(*seat));
        let as_firm = |seat: Standing| precedes(seat) && seat.place >= own.place;
        before - usize::from(self.seat(quota, team).is_some_and(as_firm))
    }

    /// Where the team itself sits in this quota.
    pub(super) fn seat(&self, quota: usize, team: usize) -> Option<Standing> {
        let pair = self.allocation.has[team]?;
        let inside = self.instance.topics[pair.topic].quotas.contains(&quota);
        inside.then(|| self.market.standing(&self.instance.teams[team], &pair))
    }

    /// The seats of a quota, first in the queue first.
    pub(super) fn of(&self, quota: usize) -> &[(Standing, usize)] {
        &self.taken[quota]
    }

    /// The smallest quota of the pair's topic in which as many teams as its capacity have precedence.
    pub(super) fn full_before(&self, team: usize, pair: &Pair, by: By) -> Option<usize> {
        let quotas = &self.instance.topics[pair.topic].quotas;
        quotas.iter().copied().find(|&quota| {
            self.precedence(quota, team, pair, by) >= self.instance.quotas[quota].capacity
        })
    }

    /// Whether the team gains by the pair and no quota of its topic is full before it.
    pub(super) fn blocks(&self, team: usize, pair: &Pair, by: By) -> bool {
        self.allocation.gains(team, pair) && self.full_before(team, pair, by).is_none()
    }

    /// The smallest quota of a topic that has no free seat.
    pub(super) fn smallest_full(&self, topic: usize) -> Option<usize> {
        let quotas = &self.instance.topics[topic].quotas;
        let full =
            |quota: &usize| self.taken[*quota].len() >= self.instance.quotas[*quota].capacity;
        quotas.iter().copied().find(full)
    }
}

/// Names pinned teams that do not have their pair.
pub(super) fn check_pins(instance: &Instance, allocation: &Allocation, faults: &mut Faults) {
    for (index, team) in instance.teams.iter().enumerate() {
        let has = allocation.topic(index);
        if team.pin.is_some() && team.pin != has {
            faults.push(should_have("pin-not-kept", instance, index, team.pin, has));
        }
    }
}

/// Names quotas with too many or too few teams.
pub(super) fn check_quotas(instance: &Instance, allocation: &Allocation, faults: &mut Faults) {
    for (quota, count) in instance.quotas.iter().zip(allocation.counts(instance)) {
        let (code, bound) = if count > quota.capacity {
            ("over-capacity", quota.capacity)
        } else if count < quota.lower {
            ("under-lower-quota", quota.lower)
        } else {
            continue;
        };
        let params = [
            ("quota", quota.kind.name().into()),
            ("id", quota.id.clone().into()),
            ("expected", bound.into()),
            ("found", count.into()),
        ];
        faults.add(code, "allocation", params);
    }
}
