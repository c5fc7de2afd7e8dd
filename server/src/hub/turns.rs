//! Whose event is next: all who have something waiting take turns, so that whoever sends much waits for
//! those who send little, and not they for it.

use std::collections::{HashMap, VecDeque};

use super::port::SessionId;

/// Who waits: a session; or none, for all who ask by other ways than sessions.
pub(super) type Source = Option<SessionId>;

/// What waits, first by whose it is, then in the order it came. Bounded by who fills it.
#[derive(Debug)]
pub(super) struct Turns<T> {
    waiting: HashMap<Source, VecDeque<T>>,
    /// Those with something waiting, each once; the first is next.
    order: VecDeque<Source>,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self { waiting: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T> Turns<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// How many wait.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.waiting.values().map(VecDeque::len).sum()
    }

    /// Adds what comes last of its source.
    pub(super) fn push(&mut self, source: Source, item: T) {
        let waiting = self.waiting.entry(source).or_default();
        if waiting.is_empty() {
            self.order.push_back(source);
        }
        waiting.push_back(item);
    }

    /// Adds what comes first of its source, which is then the first to have a turn.
    pub(super) fn push_first(&mut self, source: Source, item: T) {
        let waiting = self.waiting.entry(source).or_default();
        if waiting.is_empty() {
            self.order.push_front(source);
        }
        waiting.push_front(item);
    }

    /// The next, with its source.
    pub(super) fn next(&mut self) -> Option<(Source, T)> {
        let source = self.order.pop_front()?;
        let waiting = self.waiting.get_mut(&source).expect("whoever is in the order waits");
        let item = waiting.pop_front().expect("whoever is in the order has something");
        if waiting.is_empty() {
            self.waiting.remove(&source);
        } else {
            self.order.push_back(source);
        }
        Some((source, item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(turns: &mut Turns<u32>) -> Vec<u32> {
        std::iter::from_fn(|| turns.next().map(|(_, item)| item)).collect()
    }

    #[test]
    fn who_has_one_event_waits_for_one_of_each_other_and_each_keeps_its_order() {
        let (flood, also, quiet) = (Some(SessionId(1)), Some(SessionId(2)), None);
        let mut turns = Turns::default();
        for n in 0..3 {
            turns.push(flood, 10 + n);
            turns.push(also, 20 + n);
        }
        turns.push(quiet, 30);
        assert_eq!(drain(&mut turns), [10, 20, 30, 11, 21, 12, 22]);
        assert!(turns.is_empty());
        assert!(turns.waiting.is_empty(), "nothing is kept of those who wait no more");
    }

    #[test]
    fn what_was_left_over_comes_first_of_its_source_and_newcomers_do_not_wait_for_all_of_it() {
        let (flood, quiet) = (Some(SessionId(1)), Some(SessionId(2)));
        let mut turns = Turns::default();
        (1..=4).for_each(|n| turns.push(flood, n));
        let batch: Vec<_> = std::iter::from_fn(|| turns.next()).take(3).collect();
        turns.push(quiet, 9);
        // The hub handled the first of them.
        for (source, item) in batch.into_iter().skip(1).rev() {
            turns.push_first(source, item);
        }
        assert_eq!(drain(&mut turns), [2, 9, 3, 4]);
    }
}
