//! JSON values that keep the order of fields and fields that are there twice.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::fault::Unreadable;
use super::limits::{BRIEF_BYTES_MAX, BRIEF_VALUES_MAX, FILE_BYTES_MAX};

/// A value as it is written: `serde_json`'s own would silently keep the last of two equal fields.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number without fraction and exponent.
    Int(i128),
    /// Any other number.
    Real(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, as written.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a file. Never panics: the length is bounded here, the depth by `serde_json`.
    ///
    /// # Errors
    /// `too-long` and `not-json`.
    pub(super) fn read(file: &'static str, bytes: &[u8]) -> Result<Self, Unreadable> {
        let refuse =
            |code, expected: String| Unreadable { file, code, at: String::new(), expected };
        if bytes.len() > FILE_BYTES_MAX {
            return Err(refuse("too-long", format!("at most {FILE_BYTES_MAX} bytes")));
        }
        serde_json::from_slice(bytes).map_err(|error| refuse("not-json", format!("JSON: {error}")))
    }

    /// An object of these fields.
    pub(super) fn object<const N: usize>(fields: [(&str, Json); N]) -> Self {
        Self::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// A text.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A text, or null.
    pub(super) fn text_or_null(text: Option<&str>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    /// A count.
    pub(super) fn count(number: usize) -> Self {
        Self::Int(number as i128)
    }

    /// The value for a fault: long texts are cut, long and nested lists only named.
    pub(super) fn brief(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => int(*value),
            Self::Real(value) => (*value).into(),
            Self::Text(text) => cut(text).into(),
            Self::List(values) if values.len() <= BRIEF_VALUES_MAX => {
                values.iter().map(Self::brief_inside).collect()
            }
            Self::List(values) => format!("a list of {}", values.len()).into(),
            Self::Object(_) => "an object".into(),
        }
    }

    fn brief_inside(&self) -> Value {
        match self {
            Self::List(_) => "a list".into(),
            value => value.brief(),
        }
    }
}

fn int(value: i128) -> Value {
    i64::try_from(value).map_or_else(|_| value.to_string().into(), Value::from)
}

/// The beginning of a text.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(BRIEF_BYTES_MAX)]
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AsWritten)
    }
}

struct AsWritten;

impl<'de> Visitor<'de> for AsWritten {
    type Value = Json;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Int(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Int(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Real(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::text(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Json::Object(fields))
    }
}
