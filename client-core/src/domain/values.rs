//! Values inside documents that are written as text: dates, times of day, moments.

use std::fmt;
use std::str::FromStr;

use crate::as_text::as_text;
use crate::ids::InvalidId;

/// A calendar day in Stockholm, `2021-12-13`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub jiff::civil::Date);

/// A time of day in Stockholm, to the minute, `09:30`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clock(u16);

impl Clock {
    /// Minutes since midnight.
    #[must_use]
    pub fn minutes(self) -> u16 {
        self.0
    }
}

/// A moment, in UTC, to the millisecond: `2021-11-30T13:05:00Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(jiff::Timestamp);

impl Moment {
    /// From milliseconds since 1970; the nearest that can be written, if far out.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        let clamped = millis
            .clamp(jiff::Timestamp::MIN.as_millisecond(), jiff::Timestamp::MAX.as_millisecond());
        Self(jiff::Timestamp::from_millisecond(clamped).unwrap_or_default())
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0.as_millisecond()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { what: "date", expected: "a date like 2021-12-13" };
        // The general parser also takes a time and a zone; a day has neither.
        if text.len() != 10 {
            return Err(invalid);
        }
        text.parse().map(Self).map_err(|_| invalid)
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for Clock {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let two = |digits: &str| match digits.as_bytes() {
            [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => digits.parse::<u16>().ok(),
            _ => None,
        };
        text.split_once(':')
            .and_then(|(hours, minutes)| Some((two(hours)?, two(minutes)?)))
            .filter(|(hours, minutes)| *hours < 24 && *minutes < 60)
            .map(|(hours, minutes)| Self(hours * 60 + minutes))
            .ok_or(InvalidId { what: "time", expected: "a time like 09:30" })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Moment {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.parse()
            .map(Self)
            .map_err(|_| InvalidId { what: "moment", expected: "a time like 2021-11-30T13:05:00Z" })
    }
}

as_text!(Day, Clock, Moment);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_two_and_two_digits() {
        assert_eq!("09:30".parse::<Clock>().unwrap().minutes(), 570);
        for wrong in ["9:30", "24:00", "12:60", "12.30", "+9:30", "12:3", ""] {
            assert!(wrong.parse::<Clock>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_is_a_date_and_nothing_more() {
        assert_eq!("2021-12-13".parse::<Day>().unwrap().to_string(), "2021-12-13");
        for wrong in ["2021-13-01", "20211213", "2021-12-13T10:00", "2021-02-29"] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }
}
