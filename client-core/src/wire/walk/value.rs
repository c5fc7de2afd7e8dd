//! Values: types and lengths in one column, bytes in another.

use super::error::{Step, ensure, no};
use super::reader::Reader;
use super::runs::Rle;
use crate::limits::{COUNTER_ABS_MAX, TIMESTAMP_ABS_MAX};

/// A value in an operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// An unsigned number.
    Uint(u64),
    /// A signed number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Where a counter starts.
    Counter(i64),
    /// Milliseconds since 1970.
    Timestamp(i64),
}

/// The two columns of values.
#[derive(Debug)]
pub(super) struct Values<'a> {
    meta: Rle<'a, u64>,
    raw: Reader<'a>,
}

impl<'a> Values<'a> {
    pub(super) fn new(meta: &'a [u8], raw: &'a [u8]) -> Self {
        Self { meta: Rle::new(meta), raw: Reader::new(raw) }
    }

    /// The next row. Types that no client writes are refused: readers differ in what they make of them.
    #[inline]
    pub(super) fn next(&mut self) -> Step<Value<'a>> {
        let meta = self.meta.some("value-type")?;
        let length = usize::try_from(meta >> 4).or(no("cut-off"))?;
        let bytes = self.raw.bytes(length)?;
        match meta & 0xf {
            // A length here would be passed over in a document, and not in a change.
            0..=2 if length > 0 => no("value-form"),
            0 => Ok(Value::Null),
            1 => Ok(Value::Bool(false)),
            2 => Ok(Value::Bool(true)),
            3 => Ok(Value::Uint(whole(bytes, Reader::unsigned)?)),
            4 => Ok(Value::Int(whole(bytes, Reader::signed)?)),
            5 => bytes.try_into().map_or_else(
                |_| no("value-form"),
                |bytes| Ok(Value::Float(f64::from_le_bytes(bytes))),
            ),
            6 => std::str::from_utf8(bytes).map_or_else(|_| no("text-encoding"), text),
            7 => Ok(Value::Bytes(bytes)),
            8 => Ok(Value::Counter(bounded(bytes, COUNTER_ABS_MAX)?)),
            9 => Ok(Value::Timestamp(bounded(bytes, TIMESTAMP_ABS_MAX)?)),
            _ => no("value-type"),
        }
    }

    pub(super) fn end(&self) -> Step {
        self.meta.end()?;
        ensure(self.raw.is_empty(), "column-long")
    }
}

fn text(text: &str) -> Step<Value<'_>> {
    Ok(Value::Text(text))
}

/// A number that takes all of the bytes.
fn whole<'a, T>(bytes: &'a [u8], read: impl Fn(&mut Reader<'a>) -> Step<T>) -> Step<T> {
    let mut reader = Reader::new(bytes);
    let number = read(&mut reader)?;
    ensure(reader.is_empty(), "value-form")?;
    Ok(number)
}

fn bounded(bytes: &[u8], max: u64) -> Step<i64> {
    let number = whole(bytes, Reader::signed)?;
    ensure(number.unsigned_abs() <= max, "number-range")?;
    Ok(number)
}
