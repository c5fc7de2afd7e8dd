//! Typed reading of JSON with paths: the first thing that is wrong is named.

use std::collections::BTreeSet;

use super::fault::{Unreadable, path};
use super::json::Json;

/// The longest id, in bytes.
const ID_BYTES_MAX: usize = 128;

/// A complaint about the instance.
pub(super) fn wrong(code: &'static str, at: &str, expected: impl Into<String>) -> Unreadable {
    Unreadable { file: "instance", code, at: at.to_owned(), expected: expected.into() }
}

/// An object with a known set of fields.
pub(super) struct Fields<'a> {
    at: String,
    value: &'a Json,
}

impl<'a> Fields<'a> {
    /// Checks that `value` is an object with no other fields than `allowed`, each at most once.
    pub(super) fn of(value: &'a Json, at: &str, allowed: &[&str]) -> Result<Self, Unreadable> {
        for (name, _) in entries(value, at)? {
            if !allowed.contains(&name.as_str()) {
                return Err(wrong("unknown-field", &path(at, name), one_of(allowed)));
            }
        }
        Ok(Self { at: at.to_owned(), value })
    }

    /// The field, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<&'a Json> {
        field(self.value, name)
    }

    /// The field, which must be there.
    pub(super) fn need(&self, name: &str) -> Result<&'a Json, Unreadable> {
        self.get(name).ok_or_else(|| wrong("missing-field", &self.at(name), "this field"))
    }

    /// The path of a field.
    pub(super) fn at(&self, name: &str) -> String {
        path(&self.at, name)
    }

    /// A whole number within bounds.
    pub(super) fn number(&self, name: &str, min: i128, max: i128) -> Result<i128, Unreadable> {
        number(self.need(name)?, &self.at(name), min, max)
    }

    /// A text that must be there.
    pub(super) fn text(&self, name: &str) -> Result<&'a str, Unreadable> {
        text(self.need(name)?, &self.at(name))
    }
}

fn one_of(names: &[&str]) -> String {
    format!("one of {}", names.join(", "))
}

/// A field of an object.
pub(super) fn field<'a>(value: &'a Json, name: &str) -> Option<&'a Json> {
    let Json::Object(fields) = value else { return None };
    fields.iter().find(|(other, _)| other == name).map(|(_, value)| value)
}

/// The fields of an object, none of them twice.
pub(super) fn entries<'a>(value: &'a Json, at: &str) -> Result<&'a [(String, Json)], Unreadable> {
    let Json::Object(fields) = value else {
        return Err(wrong("wrong-type", at, "an object"));
    };
    let mut seen = BTreeSet::new();
    for (name, _) in fields {
        if !seen.insert(name.as_str()) {
            return Err(wrong("duplicate-field", &path(at, name), "each field once"));
        }
    }
    Ok(fields)
}

/// The entries of an object whose names are ids, sorted by id as bytes.
pub(super) fn by_id<'a>(value: &'a Json, at: &str) -> Result<Vec<(&'a str, &'a Json)>, Unreadable> {
    let mut sorted = Vec::new();
    for (id, value) in entries(value, at)? {
        check_id(id, &path(at, id))?;
        sorted.push((id.as_str(), value));
    }
    sorted.sort_unstable_by_key(|(id, _)| *id);
    Ok(sorted)
}

fn check_id(id: &str, at: &str) -> Result<(), Unreadable> {
    if id.is_empty() || id.len() > ID_BYTES_MAX || id.chars().any(char::is_control) {
        let expected = format!("an id of 1 to {ID_BYTES_MAX} bytes without control characters");
        return Err(wrong("bad-id", at, expected));
    }
    let parted = id.split(' ').all(|word| !word.is_empty());
    if !parted || id.chars().any(is_deceptive) {
        let expected = "an id of composed letters (NFC) and single spaces that can all be seen";
        return Err(wrong("bad-id", at, expected));
    }
    Ok(())
}

/// Combining marks, other spaces than the plain one, and what has no width: with these two ids look like one.
fn is_deceptive(letter: char) -> bool {
    let code = u32::from(letter);
    letter != ' ' && letter.is_whitespace()
        || matches!(code, 0xad | 0x300..=0x36f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f)
        || matches!(code, 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0x212b | 0x2800 | 0x3164)
        || matches!(code, 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0xe0000..=0xe0fff)
}

/// A whole number within bounds.
pub(super) fn number(value: &Json, at: &str, min: i128, max: i128) -> Result<i128, Unreadable> {
    match value {
        Json::Int(number) if (min..=max).contains(number) => Ok(*number),
        Json::Int(_) => Err(wrong("out-of-range", at, format!("{min} to {max}"))),
        _ => Err(wrong("wrong-type", at, "a whole number")),
    }
}

/// A text.
pub(super) fn text<'a>(value: &'a Json, at: &str) -> Result<&'a str, Unreadable> {
    match value {
        Json::Text(text) => Ok(text),
        _ => Err(wrong("wrong-type", at, "a string")),
    }
}

/// A list.
pub(super) fn list<'a>(value: &'a Json, at: &str) -> Result<&'a [Json], Unreadable> {
    match value {
        Json::List(values) => Ok(values),
        _ => Err(wrong("wrong-type", at, "a list")),
    }
}

/// Tie groups of ids, best first: none empty, each id known to `index` and there once.
pub(super) fn tie_groups(
    value: &Json,
    at: &str,
    index: impl Fn(&str) -> Option<usize>,
) -> Result<Vec<Vec<usize>>, Unreadable> {
    let mut seen = BTreeSet::new();
    let mut groups = Vec::new();
    for (number, group) in list(value, at)?.iter().enumerate() {
        let at = format!("{at}[{number}]");
        let mut ids = Vec::new();
        for (number, id) in list(group, &at)?.iter().enumerate() {
            let at = format!("{at}[{number}]");
            let known = index(text(id, &at)?);
            let id = known.ok_or_else(|| wrong("unknown-id", &at, "an id of this file"))?;
            if !seen.insert(id) {
                return Err(wrong("duplicate-id", &at, "each id once in a list"));
            }
            ids.push(id);
        }
        if ids.is_empty() {
            return Err(wrong("empty-group", &at, "at least one id in a tie group"));
        }
        groups.push(ids);
    }
    Ok(groups)
}
