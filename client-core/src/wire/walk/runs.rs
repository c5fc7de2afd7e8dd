//! Columns as Automerge compresses them, one row after the other.
//!
//! The walker knows how many rows there are before it takes the first, and stops there: a run that claims
//! more costs nothing.

use super::error::{Step, ensure, no};
use super::reader::Reader;

/// A value in a run-length-encoded column.
pub(super) trait Item<'a>: Copy + PartialEq {
    fn read(reader: &mut Reader<'a>) -> Step<Self>;
}

impl Item<'_> for u64 {
    #[inline]
    fn read(reader: &mut Reader<'_>) -> Step<Self> {
        reader.unsigned()
    }
}

impl Item<'_> for i64 {
    #[inline]
    fn read(reader: &mut Reader<'_>) -> Step<Self> {
        reader.signed()
    }
}

impl<'a> Item<'a> for &'a str {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Step<Self> {
        std::str::from_utf8(reader.prefixed()?).or(no("text-encoding"))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Repeat,
    Literal,
    Null,
}

/// A run-length-encoded column. One without bytes is null in every row.
#[derive(Debug, Clone)]
pub(super) struct Rle<'a, T> {
    reader: Reader<'a>,
    absent: bool,
    run: Option<Kind>,
    left: u64,
    /// The value of the last row.
    last: Option<T>,
}

impl<'a, T: Item<'a>> Rle<'a, T> {
    pub(super) fn new(column: &'a [u8]) -> Self {
        Self {
            reader: Reader::new(column),
            absent: column.is_empty(),
            run: None,
            left: 0,
            last: None,
        }
    }

    /// The next row.
    #[inline]
    pub(super) fn next(&mut self) -> Step<Option<T>> {
        if self.left == 0 {
            if self.absent {
                return Ok(None);
            }
            self.next_run()?;
        } else if self.run == Some(Kind::Literal) {
            let value = T::read(&mut self.reader)?;
            ensure(self.last != Some(value), "run-form")?;
            self.last = Some(value);
        }
        self.left -= 1;
        Ok(self.last)
    }

    /// The next row, which may not be null.
    #[inline]
    pub(super) fn some(&mut self, what: &'static str) -> Step<T> {
        self.next()?.map_or_else(|| no(what), Ok)
    }

    /// Begins the next run and reads its first value. As Automerge does when it loads a document, only the one
    /// form is accepted that its encoder writes: neighbouring runs could not have been one.
    fn next_run(&mut self) -> Step {
        ensure(!self.reader.is_empty(), "column-short")?;
        let head = self.reader.signed()?;
        let (kind, left) = match head {
            0 => (Kind::Null, self.reader.unsigned()?),
            2.. => (Kind::Repeat, head.unsigned_abs()),
            ..0 => (Kind::Literal, head.unsigned_abs()),
            1 => return no("run-form"),
        };
        ensure(left > 0 && (kind == Kind::Repeat || self.run != Some(kind)), "run-form")?;
        let value = if kind == Kind::Null { None } else { Some(T::read(&mut self.reader)?) };
        ensure(self.run.is_none() || self.last != value, "run-form")?;
        (self.run, self.left, self.last) = (Some(kind), left, value);
        Ok(())
    }

    /// Whether all of the column has been taken.
    pub(super) fn end(&self) -> Step {
        ensure(self.left == 0 && self.reader.is_empty(), "column-long")
    }

    /// How many rows the column has, at most `max`; in time that depends on its bytes alone.
    pub(super) fn count(column: &'a [u8], max: usize, what: &'static str) -> Step<usize> {
        let mut reader = Reader::new(column);
        let mut rows = 0_u64;
        while !reader.is_empty() {
            let head = reader.signed()?;
            let count = match head {
                0 => reader.unsigned()?,
                1.. => {
                    T::read(&mut reader)?;
                    head.unsigned_abs()
                }
                ..0 => {
                    let count = head.unsigned_abs();
                    for _ in 0..count.min(reader.len() as u64 + 1) {
                        T::read(&mut reader)?;
                    }
                    count
                }
            };
            rows = rows.saturating_add(count);
            ensure(rows <= max as u64, what)?;
        }
        usize::try_from(rows).or(no(what))
    }
}

/// A column of numbers as their differences.
#[derive(Debug, Clone)]
pub(super) struct Delta<'a> {
    rle: Rle<'a, i64>,
    sum: i64,
}

impl<'a> Delta<'a> {
    pub(super) fn new(column: &'a [u8]) -> Self {
        Self { rle: Rle::new(column), sum: 0 }
    }

    /// The next row.
    #[inline]
    pub(super) fn next(&mut self) -> Step<Option<i64>> {
        let Some(difference) = self.rle.next()? else { return Ok(None) };
        match self.sum.checked_add(difference) {
            Some(sum) => {
                self.sum = sum;
                Ok(Some(sum))
            }
            None => no("number-range"),
        }
    }

    /// The next row, which must be a number in this range.
    #[inline]
    pub(super) fn within(&mut self, least: i64, most: i64, what: &'static str) -> Step<i64> {
        match self.next()? {
            Some(number) if (least..=most).contains(&number) => Ok(number),
            _ => no(what),
        }
    }

    pub(super) fn end(&self) -> Step {
        self.rle.end()
    }
}

/// A column of truth values: how many are false, how many true, and so on. One without bytes is false in
/// every row.
#[derive(Debug, Clone)]
pub(super) struct Bools<'a> {
    reader: Reader<'a>,
    absent: bool,
    first: bool,
    value: bool,
    left: u64,
}

impl<'a> Bools<'a> {
    pub(super) fn new(column: &'a [u8]) -> Self {
        let reader = Reader::new(column);
        Self { reader, absent: column.is_empty(), first: true, value: true, left: 0 }
    }

    /// The next row.
    #[inline]
    pub(super) fn next(&mut self) -> Step<bool> {
        if self.absent {
            return Ok(false);
        }
        while self.left == 0 {
            ensure(!self.reader.is_empty(), "column-short")?;
            self.left = self.reader.unsigned()?;
            self.value = !self.value;
            // Only a column that begins with true has an empty run: its first.
            ensure(self.left > 0 || self.first, "run-form")?;
            self.first = false;
        }
        self.left -= 1;
        Ok(self.value)
    }

    pub(super) fn end(&self) -> Step {
        ensure(self.left == 0 && self.reader.is_empty(), "column-long")
    }
}
