//! Who wants a seat in each quota, in the order of the queue.

use std::collections::HashMap;

use super::market::Market;
use super::seats::Order;

/// A team's place and its position in the lottery.
type Standing = (u32, u32);

/// Each quota's queue: every team that could have a topic there, once, as its first pair stands.
#[derive(Debug)]
pub(super) struct Queues<'a> {
    market: &'a Market<'a>,
    waiting: Vec<Vec<Standing>>,
    /// Each team's first standing in each quota.
    own: HashMap<(usize, usize), Standing>,
}

impl<'a> Queues<'a> {
    pub(super) fn new(market: &'a Market<'a>) -> Self {
        let mut queues =
            Self { market, waiting: vec![Vec::new(); market.quotas.len()], own: HashMap::new() };
        for team in 0..market.teams() {
            let mut standings: Vec<_> =
                market.pairs_of(team).flat_map(|pair| queues.standings(pair)).collect();
            standings.sort_unstable();
            standings.dedup_by_key(|&mut (quota, _)| quota);
            for (quota, standing) in standings {
                queues.waiting[quota].push(standing);
                queues.own.insert((team, quota), standing);
            }
        }
        for waiting in &mut queues.waiting {
            waiting.sort_unstable();
        }
        queues
    }

    fn standings(&self, pair: usize) -> impl Iterator<Item = (usize, Standing)> + use<'a> {
        let market = self.market;
        let standing = (market.pairs[pair].place, market.lottery[market.pairs[pair].team]);
        market.quotas_from(market.pairs[pair].topic).map(move |quota| (quota, standing))
    }

    /// A pair's position, from 1: one more than the number of other teams that precede it.
    pub(super) fn position(&self, quota: usize, pair: usize, order: Order) -> usize {
        let team = self.market.pairs[pair].team;
        let own = (self.market.pairs[pair].place, self.market.lottery[team]);
        let precedes = |&standing: &Standing| match order {
            Order::Preference => standing.0 < own.0,
            Order::Lottery => standing < own,
        };
        let itself = self.own.get(&(team, quota)).is_some_and(precedes);
        self.waiting[quota].partition_point(precedes) - usize::from(itself) + 1
    }
}
