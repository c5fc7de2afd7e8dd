//! A bounded walk over a CBOR map: where the value of each known key begins, and how to read it.
//!
//! The walk allocates nothing and visits each byte once; what is read later is already known to be
//! well-formed. `undefined` and `null` count as absent, since cbor-x writes the former for missing values.

use minicbor::Decoder;
use minicbor::data::Type;

use super::WireError;
use super::key::Key;
use crate::limits::NESTING_DEPTH_MAX;

/// The tag of a typed array of unsigned bytes (RFC 8746), which some encoders put before byte strings.
const TAG_BYTES: u64 = 64;

/// The first number that float64 cannot tell from its successor: 2^53.
const FLOAT_INTEGERS_END: f64 = 9_007_199_254_740_992.0;

/// The known keys of one map.
pub(super) struct Fields<'b> {
    input: &'b [u8],
    at: [Option<usize>; Key::COUNT],
}

impl<'b> Fields<'b> {
    /// Walks the one map that `input` consists of.
    pub(super) fn of_message(input: &'b [u8]) -> Result<Self, WireError> {
        let mut decoder = Decoder::new(input);
        let fields = Self::walk(&mut decoder)?;
        if decoder.position() == input.len() { Ok(fields) } else { Err(WireError::Malformed) }
    }

    /// Walks the map that begins where `decoder` stands, and leaves `decoder` behind it.
    pub(super) fn walk(decoder: &mut Decoder<'b>) -> Result<Self, WireError> {
        let mut fields = Self { input: decoder.input(), at: [None; Key::COUNT] };
        let count = decoder.map().map_err(malformed)?;
        items(decoder, count, |decoder| fields.entry(decoder))?;
        Ok(fields)
    }

    fn entry(&mut self, decoder: &mut Decoder<'b>) -> Result<(), WireError> {
        let key = match decoder.datatype().map_err(malformed)? {
            Type::String => Key::from_name(decoder.str().map_err(malformed)?),
            _ => {
                skip(decoder, NESTING_DEPTH_MAX - 1)?;
                None
            }
        };
        let start = decoder.position();
        let absent = matches!(self.input.get(start), Some(0xf6 | 0xf7));
        skip(decoder, NESTING_DEPTH_MAX - 1)?;
        let Some(key) = key.filter(|_| !absent) else { return Ok(()) };
        match self.at[key as usize].replace(start) {
            None => Ok(()),
            Some(_) => Err(WireError::Duplicate { key: key.name() }),
        }
    }

    /// A decoder that stands at the value of `key`, unless it is absent.
    pub(super) fn value(&self, key: Key) -> Option<Decoder<'b>> {
        let mut decoder = Decoder::new(self.input);
        decoder.set_position(self.at[key as usize]?);
        Some(decoder)
    }

    /// The text of `key`, of at most `max` bytes.
    pub(super) fn text(&self, key: Key, max: usize) -> Result<Option<&'b str>, WireError> {
        self.value(key).map(|mut decoder| text(&mut decoder, key, max)).transpose()
    }

    /// The byte string of `key`, tagged or not.
    pub(super) fn bytes(&self, key: Key) -> Result<Option<&'b [u8]>, WireError> {
        let Some(mut decoder) = self.value(key) else { return Ok(None) };
        if decoder.datatype().is_ok_and(|kind| kind == Type::Tag) {
            let tag = decoder.tag().map_err(|_| invalid(key))?;
            if tag.as_u64() != TAG_BYTES {
                return Err(invalid(key));
            }
        }
        decoder.bytes().map(Some).map_err(|_| invalid(key))
    }

    /// The truth value of `key`.
    pub(super) fn flag(&self, key: Key) -> Result<Option<bool>, WireError> {
        self.value(key).map(|mut decoder| decoder.bool().map_err(|_| invalid(key))).transpose()
    }

    /// The whole number of `key`. cbor-x writes those above 2^32 as float64.
    pub(super) fn number(&self, key: Key) -> Result<Option<u64>, WireError> {
        let Some(mut decoder) = self.value(key) else { return Ok(None) };
        if let Ok(number) = decoder.clone().u64() {
            return Ok(Some(number));
        }
        let float = decoder.f64().map_err(|_| invalid(key))?;
        if (0.0..FLOAT_INTEGERS_END).contains(&float) && float.fract() == 0.0 {
            // Just found to be a whole number below 2^53: the conversion is exact.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            return Ok(Some(float as u64));
        }
        Err(invalid(key))
    }

    /// The items of the list of `key`, at most `max` of them.
    pub(super) fn list<T>(
        &self,
        key: Key,
        max: usize,
        mut item: impl FnMut(&mut Decoder<'b>) -> Result<T, WireError>,
    ) -> Result<Option<Vec<T>>, WireError> {
        let Some(mut decoder) = self.value(key) else { return Ok(None) };
        let count = decoder.array().map_err(|_| invalid(key))?;
        let over = WireError::OverLimit { key: key.name(), max };
        if count.is_some_and(|count| count > max as u64) {
            return Err(over);
        }
        let mut list = Vec::new();
        items(&mut decoder, count, |decoder| {
            if list.len() == max {
                return Err(over.clone());
            }
            list.push(item(decoder)?);
            Ok(())
        })?;
        Ok(Some(list))
    }
}

/// The text where `decoder` stands, of at most `max` bytes.
pub(super) fn text<'b>(
    decoder: &mut Decoder<'b>,
    key: Key,
    max: usize,
) -> Result<&'b str, WireError> {
    let text = decoder.str().map_err(|_| invalid(key))?;
    if text.len() > max {
        return Err(WireError::OverLimit { key: key.name(), max });
    }
    Ok(text)
}

/// Reads the items of a list, or the entries of a map, of `count` or up to the break.
pub(super) fn items<'b>(
    decoder: &mut Decoder<'b>,
    count: Option<u64>,
    mut item: impl FnMut(&mut Decoder<'b>) -> Result<(), WireError>,
) -> Result<(), WireError> {
    match count {
        // However many are claimed: each takes at least one byte, and the input ends.
        Some(count) => (0..count).try_for_each(|_| item(decoder)),
        None => {
            while decoder.datatype().map_err(malformed)? != Type::Break {
                item(decoder)?;
            }
            decoder.set_position(decoder.position() + 1);
            Ok(())
        }
    }
}

/// The error of a value that is not of its kind.
pub(super) fn invalid(key: Key) -> WireError {
    WireError::Invalid { key: key.name() }
}

fn malformed(_: minicbor::decode::Error) -> WireError {
    WireError::Malformed
}

/// Passes over one value with at most `depth` levels inside; recursion goes no deeper than that.
fn skip(decoder: &mut Decoder<'_>, depth: usize) -> Result<(), WireError> {
    let deeper = || depth.checked_sub(1).ok_or(WireError::TooDeep);
    match decoder.datatype().map_err(malformed)? {
        Type::Array | Type::ArrayIndef => {
            let depth = deeper()?;
            let count = decoder.array().map_err(malformed)?;
            items(decoder, count, |decoder| skip(decoder, depth))
        }
        Type::Map | Type::MapIndef => {
            let depth = deeper()?;
            let count = decoder.map().map_err(malformed)?;
            items(decoder, count, |decoder| {
                skip(decoder, depth)?;
                skip(decoder, depth)
            })
        }
        Type::Tag => {
            let depth = deeper()?;
            decoder.tag().map_err(malformed)?;
            skip(decoder, depth)
        }
        Type::Break => Err(WireError::Malformed),
        // What is left has nothing inside but the pieces of a string.
        _ => decoder.skip().map_err(malformed),
    }
}
