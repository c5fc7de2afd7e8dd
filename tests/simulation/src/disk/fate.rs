//! What becomes of changes that were not synced when the power went.

use crate::dice::Dice;

/// How a crash treats what was pending. Real disks do all of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Nothing had been written back.
    LoseAll,
    /// Everything had.
    KeepAll,
    /// Everything up to a point had, in order.
    Prefix { below: u64 },
    /// Writes went in any order, and some were torn.
    Scatter { kept_percent: usize },
}

/// Decides, change by change.
#[derive(Debug)]
pub(super) struct Fate<'a> {
    dice: &'a mut Dice,
    manner: Manner,
}

impl<'a> Fate<'a> {
    /// Draws how this crash will be; the pending changes have numbers from `first` to `last`.
    pub(super) fn draw(dice: &'a mut Dice, first: u64, last: u64) -> Self {
        let manner = match dice.below(10) {
            0..=1 => Manner::LoseAll,
            2 => Manner::KeepAll,
            3..=5 => {
                let span = usize::try_from(last.saturating_sub(first)).unwrap_or(0) + 2;
                Manner::Prefix { below: first + dice.below(span) as u64 }
            }
            _ => Manner::Scatter { kept_percent: 10 + dice.below(80) },
        };
        Self { dice, manner }
    }

    /// Whether this change survives whole.
    pub(super) fn keeps(&mut self, number: u64) -> bool {
        match self.manner {
            Manner::LoseAll => false,
            Manner::KeepAll => true,
            Manner::Prefix { below } => number < below,
            Manner::Scatter { kept_percent } => self.dice.percent(kept_percent),
        }
    }

    /// Whether a write that does not survive whole survives in part.
    pub(super) fn tears(&mut self) -> bool {
        matches!(self.manner, Manner::Scatter { .. }) && self.dice.percent(50)
    }

    pub(super) fn keeps_sector(&mut self) -> bool {
        self.dice.percent(50)
    }

    /// How much of so many bytes arrives.
    pub(super) fn beginning(&mut self, length: usize) -> usize {
        self.dice.below(length + 1)
    }

    pub(super) fn leaves_garbage(&mut self) -> bool {
        self.dice.percent(20)
    }

    pub(super) fn garbage(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.dice.fill(&mut bytes);
        bytes
    }
}
