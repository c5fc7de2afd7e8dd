//! The shape of an instance's JSON, before anything in it is believed.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde_json::Number;

use super::fault::Fault;
use crate::refusal::Refusal;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InstanceFile {
    pub(super) teams: Entries<TeamFile>,
    pub(super) topics: Entries<TopicFile>,
    pub(super) supervisors: Entries<SupervisorFile>,
    #[serde(default)]
    pub(super) districts: Entries<DistrictFile>,
    #[serde(default)]
    pub(super) pins: Entries<PinFile>,
    pub(super) seed: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TeamFile {
    #[serde(default, deserialize_with = "present")]
    pub(super) size: Option<Number>,
    pub(super) preferences: Vec<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicFile {
    pub(super) supervisor: String,
    #[serde(default, deserialize_with = "present")]
    pub(super) lower: Option<Number>,
    pub(super) capacity: Number,
    #[serde(default, deserialize_with = "present")]
    pub(super) team_size: Option<Vec<Number>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SupervisorFile {
    #[serde(default, deserialize_with = "present")]
    pub(super) district: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub(super) lower: Option<Number>,
    pub(super) capacity: Number,
    #[serde(default)]
    pub(super) preferences: Vec<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DistrictFile {
    #[serde(default, deserialize_with = "present")]
    pub(super) lower: Option<Number>,
    pub(super) capacity: Number,
    /// The district around it.
    #[serde(default, deserialize_with = "present")]
    pub(super) district: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PinFile {
    pub(super) topic: String,
    #[serde(default)]
    pub(super) reason: String,
}

/// A value that is there: serde would take `null` for one that is left out.
fn present<'de, T: Deserialize<'de>, D: de::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// An object's entries as they stand in the file: an id that is there twice is still seen.
#[derive(Debug)]
pub(super) struct Entries<T>(pub(super) Vec<(String, T)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with an entry for each id")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((id, Object(entry))) = map.next_entry()? {
                    entries.push((id, entry));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

/// A structure as an object only: serde would also take a list of its fields' values.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

/// The file's shape.
///
/// # Errors
///
/// `not-json` with line and column, `malformed` where a value is of another type, misses a field or has one too many.
pub(super) fn read(bytes: &[u8]) -> Result<InstanceFile, Fault> {
    if let Some(reason) = no_text(bytes) {
        let refusal = Refusal::new("not-json").with("reason", reason);
        return Err(Fault { at: String::new(), refusal });
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let Object(file) = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        fault(if path == "." { String::new() } else { path }, error.inner())
    })?;
    reader.end().map_err(|error| fault(String::new(), &error))?;
    Ok(file)
}

/// What office programs write in the place of JSON in UTF-8.
fn no_text(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [] => Some("the file is empty"),
        [0xef, 0xbb, 0xbf, ..] => {
            Some("begins with a byte-order mark; save it as UTF-8 without one")
        }
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] => Some("is UTF-16; save it as UTF-8"),
        _ => None,
    }
}

fn fault(at: String, error: &serde_json::Error) -> Fault {
    let code = if error.is_data() { "malformed" } else { "not-json" };
    Fault { at, refusal: Refusal::new(code).with("reason", error) }
}
