//! Costs that are several numbers, compared one after the other.

use std::ops::{Add, Neg, Sub};

use super::super::instance::PREFERENCES_MAX;
use super::super::market::Market;
use super::super::rule::Rule;

/// Numbers of some bits each, packed into words: they add and compare word by word.
///
/// A number is at most half of what its bits hold, in either direction, so a word's sign is that of its first number
/// that is not 0, and words compare as their numbers do one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost<const N: usize>([i128; N]);

impl<const N: usize> Cost<N> {
    pub(super) const ZERO: Self = Self([0; N]);
}

impl<const N: usize> Add for Cost<N> {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
        self
    }
}

impl<const N: usize> Neg for Cost<N> {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.map(|word| -word))
    }
}

impl<const N: usize> Sub for Cost<N> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

/// The bits of a word that numbers use; the rest keeps sums from overflowing.
const WORD_BITS: u32 = 120;
/// A number has at most [`NUMBER_BITS_MAX`] bits, so at least three fit into a word.
pub(super) const WORDS_MAX: usize =
    (PREFERENCES_MAX + 2).div_ceil((WORD_BITS / NUMBER_BITS_MAX) as usize);
/// Six times the arcs of a path through the most entries of each kind fits, times the largest rank.
const NUMBER_BITS_MAX: u32 = 40;

/// What a rule counts, and how it is packed.
///
/// The numbers are: seats below lower quotas that are filled; teams with a topic; then what the rule says. What there should
/// be more of counts downwards.
#[derive(Debug)]
pub(super) struct Scale {
    rule: Rule,
    /// The length of the longest list, in ranks.
    ranks: usize,
    bits: u32,
}

impl Scale {
    pub(super) fn new(market: &Market<'_>, rule: Rule) -> Self {
        let lists = market.instance.teams.iter().map(|team| team.preferences.last());
        let ranks = lists.map(|last| last.map_or(0, |choice| choice.rank)).max().unwrap_or(0);
        let ranks = ranks as usize;
        // A path meets each node once; a cost by which paths are compared is the sum of three of them.
        let arcs = 6 * (market.teams() + market.quotas.len() + 2) as u64;
        let most = if rule == Rule::LeastCost { arcs * ranks.max(1) as u64 } else { arcs };
        Self { rule, ranks, bits: most.ilog2() + 2 }
    }

    /// The length of the longest list, in ranks.
    pub(super) fn ranks(&self) -> usize {
        self.ranks
    }

    /// How many words the numbers take.
    pub(super) fn words(&self) -> usize {
        let numbers = if self.rule == Rule::LeastCost { 3 } else { 2 + self.ranks };
        numbers.div_ceil(self.numbers_of_a_word())
    }

    fn numbers_of_a_word(&self) -> usize {
        (WORD_BITS / self.bits) as usize
    }

    fn put<const N: usize>(&self, cost: &mut Cost<N>, number: usize, value: i128) {
        let word = number / self.numbers_of_a_word();
        cost.0[word] += value << self.shift(number);
    }

    /// How far left a number stands in its word.
    fn shift(&self, number: usize) -> u32 {
        let after = self.numbers_of_a_word() - 1 - number % self.numbers_of_a_word();
        self.bits * u32::try_from(after).expect("fewer numbers than a word has bits")
    }

    /// What it costs to fill a seat below a lower quota.
    pub(super) fn lower<const N: usize>(&self) -> Cost<N> {
        let mut cost = Cost::ZERO;
        self.put(&mut cost, 0, -1);
        cost
    }

    /// What a choice of each rank costs, from the first.
    pub(super) fn choices<const N: usize>(&self) -> Vec<Cost<N>> {
        (0..self.ranks).map(|rank| self.rank(rank)).collect()
    }

    fn rank<const N: usize>(&self, rank: usize) -> Cost<N> {
        let mut cost = Cost::ZERO;
        self.put(&mut cost, 1, -1);
        match self.rule {
            Rule::Greedy => self.put(&mut cost, 2 + rank, -1),
            Rule::Generous => self.put(&mut cost, 2 + self.ranks - 1 - rank, 1),
            _ => self.put(&mut cost, 2, rank as i128 + 1),
        }
        cost
    }

    /// The numbers of a cost.
    fn numbers<const N: usize>(&self, cost: &Cost<N>) -> Vec<i64> {
        let mut rest = cost.0;
        let count = self.words() * self.numbers_of_a_word();
        let mut numbers = vec![0; count];
        for number in (0..count).rev() {
            let word = &mut rest[number / self.numbers_of_a_word()];
            // The lowest number of the word, with its sign.
            let unused = i128::BITS - self.bits;
            let value = *word << unused >> unused;
            *word = (*word - value) >> self.bits;
            numbers[number] = i64::try_from(value).expect("a number has at most 40 bits");
        }
        numbers
    }

    /// What a change of this cost means.
    pub(super) fn meaning<const N: usize>(&self, cost: &Cost<N>) -> Meaning {
        let numbers = self.numbers(cost);
        let by_rank = &numbers[2..];
        let (profile, cost) = match self.rule {
            Rule::Greedy => {
                (Some(by_rank[..self.ranks].iter().map(|count| -count).collect()), None)
            }
            Rule::Generous => (Some(by_rank[..self.ranks].iter().rev().copied().collect()), None),
            _ => (None, Some(by_rank[0])),
        };
        Meaning { lower: -numbers[0], size: -numbers[1], profile, cost }
    }
}

/// A change of the whole in the rule's terms.
#[derive(Debug)]
pub(super) struct Meaning {
    /// More seats below lower quotas that are filled.
    pub(super) lower: i64,
    /// More teams with a topic.
    pub(super) size: i64,
    /// More teams with their first, second, … choice.
    pub(super) profile: Option<Vec<i64>>,
    /// A larger sum of ranks.
    pub(super) cost: Option<i64>,
}
