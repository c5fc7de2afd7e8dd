//! Writing single fields: one Automerge operation each, and checks of what people typed.

use std::collections::BTreeSet;

use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ObjId, ObjType, ReadDoc as _, ScalarValue, Value};

use super::link::{check_link, complete_link};
use super::personal_number::holds_personal_number;
use super::text::{tidy, tidy_line};
use super::{Document, malformed};
use crate::limits::{TEXT_CHARS_MAX, TITLE_CHARS_MAX};
use crate::refusal::Refusal;

/// The map at a path of keys from the root.
///
/// # Errors
///
/// `no-such-item` where the path leads nowhere.
pub(crate) fn map_at(doc: &AutoCommit, path: &[&str]) -> Result<ObjId, Refusal> {
    path.iter().try_fold(automerge::ROOT, |object, key| match doc.get(&object, *key) {
        Ok(Some((Value::Object(ObjType::Map), id))) => Ok(id),
        _ => Err(Refusal::new("no-such-item").with("item", key)),
    })
}

/// Sets one field, also where it already has the value: that is how a conflict is settled.
pub(crate) fn put(
    doc: &mut AutoCommit,
    path: &[&str],
    field: &str,
    value: impl Into<ScalarValue>,
) -> Result<(), Refusal> {
    let object = map_at(doc, path)?;
    doc.put(&object, field, value).map_err(|_| unwritable(field))
}

/// Sets a text field, or refuses text that no field may hold.
pub(crate) fn put_text(
    doc: &mut AutoCommit,
    path: &[&str],
    field: &str,
    text: &str,
) -> Result<(), Refusal> {
    let text = tidy(text);
    check_text(field, &text)?;
    put(doc, path, field, text)
}

/// Sets a text field that heads something: one short line, and not empty.
pub(crate) fn put_title(
    doc: &mut AutoCommit,
    path: &[&str],
    field: &str,
    text: &str,
) -> Result<(), Refusal> {
    let text = tidy_line(text);
    if text.is_empty() {
        return Err(Refusal::new("field-empty").with("field", field));
    }
    check_text(field, &text)?;
    put(doc, path, field, text)
}

/// Sets a link, completed.
pub(crate) fn put_link(
    doc: &mut AutoCommit,
    path: &[&str],
    field: &str,
    link: &str,
) -> Result<(), Refusal> {
    put(doc, path, field, complete_link(link)?)
}

/// Sets a text field, or empties it.
pub(crate) fn put_optional(
    doc: &mut AutoCommit,
    path: &[&str],
    field: &str,
    value: Option<impl ToString>,
) -> Result<(), Refusal> {
    match value {
        Some(value) => put_text(doc, path, field, &value.to_string()),
        None => put(doc, path, field, ScalarValue::Null),
    }
}

/// Puts a new struct under a key.
pub(crate) fn put_new(
    doc: &mut AutoCommit,
    path: &[&str],
    key: &str,
    value: &impl autosurgeon::Reconcile,
) -> Result<(), Refusal> {
    let object = map_at(doc, path)?;
    autosurgeon::reconcile_prop(doc, &object, key, value).map_err(|_| unwritable(key))
}

/// Removes a key, if it is there.
pub(crate) fn remove(doc: &mut AutoCommit, path: &[&str], key: &str) -> Result<(), Refusal> {
    let object = map_at(doc, path)?;
    match doc.get(&object, key) {
        Ok(Some(_)) => doc.delete(&object, key).map_err(|_| unwritable(key)),
        _ => Ok(()),
    }
}

fn unwritable(field: &str) -> Refusal {
    Refusal::new("unwritable-field").with("field", field)
}

/// Fields whose texts people write, by their names in documents. All others hold ids, links, dates and the like.
const WRITTEN: [&str; 12] = [
    "title",
    "name",
    "function",
    "contact",
    "needs",
    "text",
    "room",
    "audience",
    "preparation",
    "bring",
    "address",
    "reason",
];

/// Of these the texts are short and on one line: they stand in lists and as headings.
const SHORT: [&str; 5] = ["title", "name", "function", "room", "address"];

/// Whether people write the texts of a field with this name.
#[must_use]
pub fn is_written(field: &str) -> bool {
    WRITTEN.contains(&field)
}

/// Checks a text that somebody wrote into a field.
///
/// # Errors
///
/// `text-too-long` with `field` and `max` in characters; `field-empty` for what only looks like text;
/// `personal-number`; each with `field`.
pub fn check_text(field: &str, text: &str) -> Result<(), Refusal> {
    let max = if SHORT.contains(&field) { TITLE_CHARS_MAX } else { TEXT_CHARS_MAX };
    if text.chars().count() > max {
        return Err(Refusal::new("text-too-long").with("field", field).with("max", max));
    }
    if !text.is_empty() && tidy(text).is_empty() {
        return Err(Refusal::new("field-empty").with("field", field));
    }
    if holds_personal_number(text) {
        return Err(Refusal::new("personal-number").with("field", field));
    }
    Ok(())
}

/// Checks the texts and links of a content that were not in it before: what was accepted once stays, or a document with
/// it could not be edited any more.
pub(crate) fn check_written(
    before: Option<&serde_json::Value>,
    after: &serde_json::Value,
) -> Result<(), Refusal> {
    let known: BTreeSet<(&str, &str)> = before.map(texts).unwrap_or_default().into_iter().collect();
    texts(after).into_iter().filter(|text| !known.contains(text)).try_for_each(|(field, text)| {
        match field {
            "link" => check_link(text),
            _ => check_text(field, text),
        }
    })
}

/// The texts that people wrote, with the names of their fields, and links.
fn texts(content: &serde_json::Value) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut left = vec![("", content)];
    while let Some((field, value)) = left.pop() {
        match value {
            // Notes stand under their slots.
            serde_json::Value::String(text) if is_written(field) || field == "link" => {
                found.push((field, text.as_str()));
            }
            serde_json::Value::Object(fields) if field == "notes" => {
                found.extend(fields.values().filter_map(|note| Some((field, note.as_str()?))));
            }
            serde_json::Value::Object(fields) if field == "packing" => {
                found.extend(fields.keys().map(|thing| (field, thing.as_str())));
            }
            serde_json::Value::Object(fields) => {
                left.extend(fields.iter().map(|(name, value)| (name.as_str(), value)));
            }
            _ => {}
        }
    }
    found
}

/// The text that somebody wrote into a field in one spelling, where that is another.
pub(crate) fn respelled_text(field: &str, text: &str) -> Option<String> {
    let is_short = SHORT.contains(&field);
    let tidied = match is_written(field) {
        true if is_short => tidy_line(text),
        true => tidy(text),
        false => return None,
    };
    (tidied != text).then_some(tidied)
}

/// The content with the texts that people wrote in one spelling.
///
/// # Errors
///
/// `malformed-document`, which would be an error of ours.
pub(crate) fn respelled(
    content: Document,
    mut json: serde_json::Value,
) -> Result<Document, Refusal> {
    let mut is_other = false;
    let mut left = vec![(String::new(), &mut json)];
    while let Some((field, value)) = left.pop() {
        match value {
            serde_json::Value::String(text) => {
                if let Some(tidied) = respelled_text(&field, text) {
                    *text = tidied;
                    is_other = true;
                }
            }
            serde_json::Value::Object(fields) => {
                left.extend(fields.iter_mut().map(|(name, value)| {
                    // Notes stand under their slots.
                    let name = if field == "notes" { "text".to_owned() } else { name.clone() };
                    (name, value)
                }));
            }
            _ => {}
        }
    }
    match is_other {
        true => serde_json::from_str(&json.to_string()).map_err(|_| malformed("content")),
        false => Ok(content),
    }
}

/// Refuses a set that has grown beyond its bound. One that was larger before may shrink.
pub(crate) fn bounded(
    field: &str,
    max: usize,
    count: usize,
    before: Option<usize>,
) -> Result<(), Refusal> {
    if count <= max || before.is_some_and(|before| count <= before) {
        return Ok(());
    }
    Err(Refusal::new("too-many-items").with("field", field).with("max", max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_counted_in_characters_and_looked_through() {
        assert_eq!(check_text("bring", &"å".repeat(TEXT_CHARS_MAX)), Ok(()));
        let refused = |field: &str, text: &str| check_text(field, text).unwrap_err();
        let long = refused("bring", &"x".repeat(TEXT_CHARS_MAX + 1));
        assert_eq!((long.code.as_str(), &*long.params["max"]), ("text-too-long", "8000"));
        assert_eq!(refused("title", &"x".repeat(TITLE_CHARS_MAX + 1)).code, "text-too-long");
        assert_eq!(refused("title", " \u{200b}").code, "field-empty");
        let number = Refusal::new("personal-number").with("field", "bring");
        assert_eq!(refused("bring", "811218-9876"), number);
    }

    #[test]
    fn only_what_people_write_is_looked_at_and_only_once() {
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let number = json(r#"{"visit": {"slots": {"s": {"bring": "811218-9876"}}}}"#);
        assert_eq!(check_written(None, &number).unwrap_err().code, "personal-number");
        assert_eq!(check_written(Some(&number), &number), Ok(()));
        let packed = json(r#"{"diary": {"packing": {"811218-9876": true}, "notes": {}}}"#);
        assert_eq!(check_written(None, &packed).unwrap_err().code, "personal-number");
        let noted = json(r#"{"diary": {"notes": {"s": "811218-9876"}}}"#);
        assert_eq!(check_written(None, &noted).unwrap_err().code, "personal-number");
        let ids = json(r#"{"visit": {"group": "811218-9876", "account": "811218-9876"}}"#);
        assert_eq!(check_written(None, &ids), Ok(()));
        let link = json(r#"{"visit": {"slots": {"s": {"link": "javascript:alert(1)"}}}}"#);
        assert_eq!(check_written(None, &link).unwrap_err().code, "link-invalid");
    }

    #[test]
    fn a_set_may_shrink_towards_its_bound() {
        assert_eq!(bounded("shared", 3, 3, None), Ok(()));
        assert_eq!(bounded("shared", 3, 5, Some(6)), Ok(()));
        assert_eq!(bounded("shared", 3, 4, Some(3)).unwrap_err().code, "too-many-items");
    }
}
