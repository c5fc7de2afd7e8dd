//! Text → file, or where it went wrong.

use samsynk_core::domain::{check_text, complete_link, is_written};
use samsynk_core::ids::{PlaceId, UnitId, UniversityId};
use samsynk_core::refusal::Refusal;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::Source;
use super::format::{self, File, Name, Person, Pilot, Unit, University, Visit};
use super::named::{Named, Object};
use super::problem::{self, Place, Problem};
use crate::limits::IMPORT_BYTES_MAX;

/// The digits of a personal identity number without its century.
const PERSONAL_NUMBER_DIGITS_MIN: usize = 10;

pub(super) fn parse(source: &Source<'_>) -> Result<File, Vec<Problem>> {
    let problem = |place, reason| Problem { file: source.name.to_owned(), place, reason };
    if source.text.len() > IMPORT_BYTES_MAX {
        let reason = Refusal::new("file-too-large").with("max", IMPORT_BYTES_MAX);
        return Err(vec![problem(Place::default(), reason)]);
    }
    let mut json = serde_json::Deserializer::from_str(source.text);
    let read: Result<Object<File>, _> = serde_path_to_error::deserialize(&mut json);
    let read = read.map_err(|error| {
        let pointer = pointer(error.path());
        let inner = error.into_inner();
        let place = Place { pointer, line: Some((inner.line(), inner.column())) };
        problem(place, malformed(&inner))
    });
    let file = read.and_then(|Object(file)| match json.end() {
        Ok(()) => Ok(file),
        Err(end) => {
            let line = Some((end.line(), end.column()));
            Err(problem(Place { pointer: String::new(), line }, malformed(&end)))
        }
    });
    let mut found = Vec::new();
    if let Ok(value) = serde_json::from_str::<Value>(source.text) {
        let mut note = |pointer: &str, reason| {
            let place = Place { pointer: pointer.to_owned(), line: None };
            found.push(problem(place, reason));
        };
        if file.is_err() {
            check_entries(&value, &mut note);
        }
        check_texts("", "", &value, &mut note);
    }
    match file {
        Ok(file) if found.is_empty() => Ok(file),
        Ok(_) => Err(found),
        Err(first) => {
            // It is known with its line.
            found.retain(|other| {
                (&other.place.pointer, &other.reason) != (&first.place.pointer, &first.reason)
            });
            found.insert(0, first);
            Err(found)
        }
    }
}

fn malformed(error: &serde_json::Error) -> Refusal {
    Refusal::new("malformed").with("reason", without_position(error))
}

/// Looks at each person, round and so on alone, so that one that cannot be read hides none of the others.
fn check_entries(value: &Value, found: &mut impl FnMut(&str, Refusal)) {
    for (part, entries) in value.as_object().into_iter().flatten() {
        for (id, entry) in entries.as_object().into_iter().flatten() {
            let alone = Value::Object([(id.clone(), entry.clone())].into_iter().collect());
            let error = match part.as_str() {
                "units" => unread::<Named<UnitId, Unit>>(alone),
                "universities" => unread::<Named<UniversityId, University>>(alone),
                "places" => unread::<Named<PlaceId, format::Place>>(alone),
                "people" => unread::<Named<Name, Person>>(alone),
                "pilots" => unread::<Named<Name, Pilot>>(alone),
                "visits" => unread::<Named<Name, Visit>>(alone),
                _ => None,
            };
            if let Some((below, reason)) = error {
                found(&format!("/{part}{below}"), reason);
            }
        }
    }
}

/// Where a value cannot be read, and why.
fn unread<T: DeserializeOwned>(value: Value) -> Option<(String, Refusal)> {
    let error = serde_path_to_error::deserialize::<_, T>(value).err()?;
    let pointer = pointer(error.path());
    Some((pointer, malformed(&error.into_inner())))
}

/// What the parser expects, in its words and in those of JSON.
const EXPECTED: [(&str, &str); 2] = [("f64", "a number"), ("a sequence", "an array")];

/// What the parser says, without the line and column that it puts at the end.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&position).unwrap_or(&text);
    match text.rsplit_once("expected ") {
        Some((found, expected)) => {
            let word = EXPECTED.iter().find(|(of_parser, _)| *of_parser == expected);
            format!("{found}expected {}", word.map_or(expected, |(_, of_json)| of_json))
        }
        None => text.to_owned(),
    }
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => problem::push(&mut pointer, &index.to_string()),
            Segment::Map { key } => problem::push(&mut pointer, key),
            Segment::Enum { variant } => problem::push(&mut pointer, variant),
            Segment::Unknown => {}
        }
    }
    pointer
}

/// Finds texts that no field may hold, names included: personal numbers, and texts without end.
fn check_texts(pointer: &str, field: &str, value: &Value, found: &mut impl FnMut(&str, Refusal)) {
    let below = |key: &str| {
        let mut pointer = pointer.to_owned();
        problem::push(&mut pointer, key);
        pointer
    };
    match value {
        Value::String(text) => {
            let checked = match field {
                "link" => complete_link(text).map(drop),
                _ if is_written(field) => check_text(field, text),
                _ => Ok(()),
            };
            if let Err(refusal) = checked {
                found(pointer, refusal);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                check_texts(&below(&index.to_string()), field, item, found);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                match check_id(name) {
                    Ok(()) => check_texts(&below(name), name, value, found),
                    // Its place is the object's: the id itself is not repeated.
                    Err(refusal) => found(pointer, refusal),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Ids are kept where names are not: in lists, links and logs. Most hold too few digits to be worth a look.
fn check_id(id: &str) -> Result<(), Refusal> {
    let digits = id.bytes().filter(u8::is_ascii_digit).count();
    if digits < PERSONAL_NUMBER_DIGITS_MIN { Ok(()) } else { check_text("id", id) }
}
