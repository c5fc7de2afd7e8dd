//! Whose event is next: all who have something waiting take turns, so that whoever sends much waits for
//! those who send little, and not they for it. Accounts take turns, and within its turn each account's sessions: who
//! opens twenty has no more turns than who opens one.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use samsynk_core::ids::AccountId;

use super::port::SessionId;

/// Who waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Source {
    /// The account; none for all who ask by other ways than sessions.
    pub account: Option<AccountId>,
    /// Its session.
    pub session: Option<SessionId>,
}

/// What waits, first by whose it is, then in the order it came. Bounded by who fills it.
#[derive(Debug)]
pub(super) struct Turns<T>(Ring<Option<AccountId>, Ring<Option<SessionId>, VecDeque<T>>>);

/// Those who have something waiting, each once; the first is next.
#[derive(Debug)]
struct Ring<K, Q> {
    waiting: HashMap<K, Q>,
    order: VecDeque<K>,
}

impl<K, Q> Default for Ring<K, Q> {
    fn default() -> Self {
        Self { waiting: HashMap::new(), order: VecDeque::new() }
    }
}

impl<K: Copy + Eq + Hash, Q: Default> Ring<K, Q> {
    /// What waits of one, who has the last turn if nothing did, or else the first.
    fn of(&mut self, key: K, first: bool) -> &mut Q {
        let order = &mut self.order;
        self.waiting.entry(key).or_insert_with(|| {
            if first {
                order.push_front(key);
            } else {
                order.push_back(key);
            }
            Q::default()
        })
    }

    /// Takes something of whoever is next, who has the next turn after all others if there is more.
    fn next<T>(&mut self, take: impl FnOnce(&mut Q) -> (T, bool)) -> Option<(K, T)> {
        let key = self.order.pop_front()?;
        let waiting = self.waiting.get_mut(&key).expect("whoever is in the order waits");
        let (taken, more) = take(waiting);
        if more {
            self.order.push_back(key);
        } else {
            self.waiting.remove(&key);
        }
        Some((key, taken))
    }
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self(Ring::default())
    }
}

impl<T> Turns<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.order.is_empty()
    }

    /// How many wait.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let sessions = self.0.waiting.values().flat_map(|sessions| sessions.waiting.values());
        sessions.map(VecDeque::len).sum()
    }

    /// Adds what comes last of its source.
    pub(super) fn push(&mut self, Source { account, session }: Source, item: T) {
        self.0.of(account, false).of(session, false).push_back(item);
    }

    /// Adds what comes first of its source, which is then the first to have a turn if nothing of it waited.
    pub(super) fn push_first(&mut self, Source { account, session }: Source, item: T) {
        self.0.of(account, true).of(session, true).push_front(item);
    }

    /// Lets all others have a turn before this account, also those who came later.
    pub(super) fn after_others(&mut self, account: Option<AccountId>) {
        let order = &mut self.0.order;
        if order.front() == Some(&account) {
            order.rotate_left(1);
        }
    }

    /// The next, with its source.
    pub(super) fn next(&mut self) -> Option<(Source, T)> {
        let (account, (session, item)) = self.0.next(|sessions| {
            let taken = sessions.next(|items| {
                let item = items.pop_front().expect("whoever waits has something");
                (item, !items.is_empty())
            });
            let taken = taken.expect("an account that waits has a session that does");
            (taken, !sessions.order.is_empty())
        })?;
        Some((Source { account, session }, item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(account: u8, session: u64) -> Source {
        Source { account: Some(AccountId([account; 16])), session: Some(SessionId(session)) }
    }

    fn drain(turns: &mut Turns<u32>) -> Vec<u32> {
        std::iter::from_fn(|| turns.next().map(|(_, item)| item)).collect()
    }

    #[test]
    fn who_has_one_event_waits_for_one_of_each_other_and_each_keeps_its_order() {
        let (flood, also, quiet) = (of(1, 1), of(2, 2), Source::default());
        let mut turns = Turns::default();
        for n in 0..3 {
            turns.push(flood, 10 + n);
            turns.push(also, 20 + n);
        }
        turns.push(quiet, 30);
        assert_eq!(drain(&mut turns), [10, 20, 30, 11, 21, 12, 22]);
        assert!(turns.is_empty());
        assert!(turns.0.waiting.is_empty(), "nothing is kept of those who wait no more");
    }

    #[test]
    fn the_sessions_of_an_account_share_its_turns() {
        let mut turns = Turns::default();
        for session in 1..=20_u32 {
            turns.push(of(1, session.into()), session);
            turns.push(of(1, session.into()), 100 + session);
        }
        turns.push(of(2, 99), 1_000);
        turns.push(of(2, 99), 1_001);
        let drained = drain(&mut turns);
        assert_eq!(drained[..4], [1, 1_000, 2, 1_001], "as many as if the first had one session");
        assert_eq!(drained[4..6], [3, 4], "and its sessions take turns among each other");
        assert_eq!(drained[22..24], [101, 102]);
        assert_eq!(drained.len(), 42);
    }

    #[test]
    fn what_was_left_over_comes_first_of_its_source_and_newcomers_do_not_wait_for_all_of_it() {
        let (flood, quiet) = (of(1, 1), of(2, 2));
        let mut turns = Turns::default();
        (1..=4).for_each(|n| turns.push(flood, n));
        let batch: Vec<_> = std::iter::from_fn(|| turns.next()).take(3).collect();
        turns.push(quiet, 9);
        // The hub handled the first of them.
        for (source, item) in batch.into_iter().skip(1).rev() {
            turns.push_first(source, item);
        }
        turns.after_others(flood.account);
        assert_eq!(drain(&mut turns), [9, 2, 3, 4]);
    }
}
