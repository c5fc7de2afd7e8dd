//! An exhaustive search for a stable allocation of more teams, for small instances.
//!
//! To find the largest weakly stable allocation is NP-hard (Manlove, Irving, Iwama, Miyazaki and Morita, *Hard
//! variants of stable marriage*, 2002), so this looks at every allocation that keeps pins and capacities.

use super::answer::Allocation;
use super::instance::{Instance, Pair};
use super::limits::SEARCH_STEPS_MAX;
use super::quotas::{By, Market, Seats};

/// The search goes one call deeper for each team.
const SEARCH_TEAMS_MAX: usize = 200;

/// What a search has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A stable allocation of this many teams.
    Larger(usize),
    /// There is none.
    None,
    /// There were too many allocations to look at.
    TooMany,
}

/// Looks for a stable allocation, by preference in the market of the pins, of more than `size` teams.
pub(super) fn larger_stable(instance: &Instance, size: usize) -> Found {
    if instance.teams.len() > SEARCH_TEAMS_MAX {
        return Found::TooMany;
    }
    let nothing = Allocation { has: vec![None; instance.teams.len()] };
    let counts = vec![0; instance.quotas.len()];
    let mut search = Search { instance, size, has: nothing, counts, taken: 0, steps: 0 };
    search.from(0)
}

struct Search<'a> {
    instance: &'a Instance,
    size: usize,
    has: Allocation,
    counts: Vec<usize>,
    taken: usize,
    steps: u64,
}

impl Search<'_> {
    /// Tries everything for this team and those after it.
    fn from(&mut self, team: usize) -> Found {
        self.steps += 1;
        if self.steps > SEARCH_STEPS_MAX {
            return Found::TooMany;
        }
        let teams = &self.instance.teams;
        if self.taken + (teams.len() - team) <= self.size {
            return Found::None;
        }
        let Some(next) = teams.get(team) else { return self.judge() };
        for pair in next.market_pairs() {
            if self.has_room(&pair) {
                self.put(team, Some(pair), 1);
                let found = self.from(team + 1);
                self.put(team, None, -1);
                if found != Found::None {
                    return found;
                }
            }
        }
        if next.pin.is_some() { Found::None } else { self.from(team + 1) }
    }

    fn has_room(&self, pair: &Pair) -> bool {
        let quotas = &self.instance.topics[pair.topic].quotas;
        quotas.iter().all(|&quota| self.counts[quota] < self.instance.quotas[quota].capacity)
    }

    fn put(&mut self, team: usize, pair: Option<Pair>, by: isize) {
        let has = std::mem::replace(&mut self.has.has[team], pair);
        for &quota in pair.or(has).iter().flat_map(|pair| &self.instance.topics[pair.topic].quotas)
        {
            self.counts[quota] = self.counts[quota].saturating_add_signed(by);
        }
        self.taken = self.taken.saturating_add_signed(by);
    }

    fn judge(&mut self) -> Found {
        self.steps += self.instance.teams.len() as u64;
        let seats = Seats::new(self.instance, &self.has, Market::OfPins);
        let mut teams = self.instance.teams.iter().enumerate();
        let blocked = teams.any(|(index, team)| {
            team.market_pairs().any(|pair| seats.blocks(index, &pair, By::Preference))
        });
        if blocked { Found::None } else { Found::Larger(self.taken) }
    }
}
