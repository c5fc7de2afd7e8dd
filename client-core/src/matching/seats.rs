//! Who has a seat in each quota, in the order of the queue.

use super::market::{Assignment, Market};

/// How teams are compared in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// By the supervisors' lists alone: teams of the same place are equal.
    Preference,
    /// The same, with ties broken by lottery.
    Lottery,
}

/// A seat's place, its team's position in the lottery, and the team.
type Seat = (u32, u32, usize);

/// The seats of an allocation.
#[derive(Debug)]
pub(super) struct Seats<'a> {
    market: &'a Market<'a>,
    assignment: &'a Assignment,
    /// For each quota, in the order of the queue.
    taken: Vec<Vec<Seat>>,
}

impl<'a> Seats<'a> {
    pub(super) fn new(market: &'a Market<'a>, assignment: &'a Assignment) -> Self {
        let mut taken = vec![Vec::new(); market.quotas.len()];
        for &pair in assignment.iter().flatten() {
            let pair = market.pairs[pair];
            for quota in market.quotas_from(pair.topic) {
                taken[quota].push((pair.place, market.lottery[pair.team], pair.team));
            }
        }
        for seats in &mut taken {
            seats.sort_unstable();
        }
        Self { market, assignment, taken }
    }

    /// Whether a team would rather have the topic of one of its pairs than what it has.
    pub(super) fn gains(&self, pair: usize) -> bool {
        let pair = self.market.pairs[pair];
        let has = self.assignment[pair.team];
        has.is_none_or(|has| pair.rank < self.market.pairs[has].rank)
    }

    /// The topic that a team has.
    pub(super) fn topic_of(&self, team: usize) -> Option<usize> {
        self.assignment[team].map(|pair| self.market.pairs[pair].topic)
    }

    /// Whether a team's topic is counted by a quota.
    pub(super) fn has_seat(&self, team: usize, quota: usize) -> bool {
        let topic = self.topic_of(team);
        topic.is_some_and(|topic| self.market.quotas_from(topic).any(|around| around == quota))
    }

    /// Whether the quota has no free seat.
    pub(super) fn is_full(&self, quota: usize) -> bool {
        self.taken[quota].len() >= self.market.quotas[quota].capacity as usize
    }

    /// The smallest quota of the pair's topic that is full of teams with precedence.
    pub(super) fn refusing(&self, pair: usize, order: Order) -> Option<usize> {
        let topic = self.market.pairs[pair].topic;
        self.market.quotas_from(topic).find(|&quota| {
            self.is_full(quota)
                && self.preceding(pair, quota, order) >= self.market.quotas[quota].capacity as usize
        })
    }

    /// How many teams with a seat have precedence; equals do when ties are not broken. The team itself does where it has a seat with a
    /// smaller place.
    fn preceding(&self, pair: usize, quota: usize, order: Order) -> usize {
        let own = self.market.pairs[pair];
        let lottery = self.market.lottery[own.team];
        let precedes = |&(place, drawn, _): &Seat| match order {
            Order::Preference => place <= own.place,
            Order::Lottery => (place, drawn) < (own.place, lottery),
        };
        let count = self.taken[quota].partition_point(precedes);
        let has_equal_seat = self.has_seat(own.team, quota)
            && self.assignment[own.team]
                .is_some_and(|has| self.market.pairs[has].place == own.place);
        count - usize::from(order == Order::Preference && has_equal_seat)
    }

    /// The team with a seat that is last in the queue.
    pub(super) fn last(&self, quota: usize) -> Option<usize> {
        self.taken[quota].last().map(|&(_, _, team)| team)
    }

    /// The largest place of those with a seat.
    pub(super) fn last_place(&self, quota: usize) -> Option<u32> {
        self.taken[quota].last().map(|&(place, _, _)| place)
    }
}
