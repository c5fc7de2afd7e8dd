//! Fields that were given different values by people who could not see each other.

use automerge::{AutoCommit, ObjId, ObjType, ReadDoc as _, ScalarValue, Value};
use serde::{Deserialize, Serialize};

use super::Document;
use super::fields::respelled_text as respelled;
use crate::ids::AccountId;
use crate::limits::{CONFLICT_VALUES_COUNT_MAX, CONFLICTS_COUNT_MAX};

/// One field with several concurrent values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Conflict {
    /// The keys that lead to the field, from the document's root.
    pub path: Vec<String>,
    /// Its values, the one that shows first.
    pub values: Vec<ConflictValue>,
}

/// One of the concurrent values of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ConflictValue {
    /// The value as text; empty for a field that was emptied.
    pub value: String,
    /// Who gave it.
    pub author: AccountId,
}

/// The account that an actor writes for: the first 16 of its bytes.
///
/// `None` for actors of clients that do not follow this rule.
#[must_use]
pub fn author_of(actor: &automerge::ActorId) -> Option<AccountId> {
    match actor.to_bytes() {
        bytes if bytes.len() == 32 => bytes[..16].try_into().ok().map(AccountId),
        _ => None,
    }
}

/// An actor for one account on one device: the account's 16 bytes, then 16 random ones.
#[must_use]
pub fn actor_of(account: AccountId, random: [u8; 16]) -> automerge::ActorId {
    automerge::ActorId::from([account.0, random].concat())
}

/// Fields that hold sets. Whether somebody is in one is no value to choose between: the app adds and removes members, and
/// no other value of theirs counts.
const SETS: [&str; 5] = ["hosts", "members", "shared", "units", "universities"];

/// All conflicts of a document, in the order of its keys.
///
/// Only fields that the content has, here as JSON, are looked at, since no screen could show others, and without recursion: how deep
/// a document nests is its writers' choice. At the most [`CONFLICTS_COUNT_MAX`] are found, with
/// [`CONFLICT_VALUES_COUNT_MAX`] values each.
#[must_use]
pub(super) fn conflicts(
    doc: &AutoCommit,
    content: &Document,
    json: &serde_json::Value,
) -> Vec<Conflict> {
    let mut found = Vec::new();
    let fields = json.as_object().into_iter().flat_map(serde_json::Map::values);
    let mut left: Vec<Level<'_>> =
        fields.map(|fields| Level { object: automerge::ROOT, path: Vec::new(), fields }).collect();
    while let Some(Level { object, path, fields }) = left.pop() {
        let serde_json::Value::Object(fields) = fields else { continue };
        let mut deeper = Vec::new();
        for (key, fields) in fields {
            let is_fixed = path.is_empty() && content.fixed().contains(&key.as_str());
            if is_fixed || SETS.contains(&key.as_str()) {
                continue;
            }
            if found.len() >= CONFLICTS_COUNT_MAX {
                return found;
            }
            let here = doc.get(&object, key.as_str());
            let path: Vec<String> = path.iter().chain([key]).cloned().collect();
            match here {
                Ok(Some((Value::Object(ObjType::Map), object))) => {
                    deeper.push(Level { object, path, fields });
                }
                Ok(Some((Value::Scalar(_), _))) => found.extend(conflict_at(doc, &object, &path)),
                _ => {}
            }
        }
        left.extend(deeper.into_iter().rev());
    }
    found
}

/// A map of a document whose fields are yet to be looked at.
struct Level<'a> {
    object: ObjId,
    /// The keys that lead to it.
    path: Vec<String>,
    /// What the content has there.
    fields: &'a serde_json::Value,
}

fn conflict_at(doc: &AutoCommit, object: &ObjId, path: &[String]) -> Option<Conflict> {
    let values = doc.get_all(object, path.last()?.as_str()).ok()?;
    // Automerge lists the winner last.
    let shown = values.iter().rev().take(CONFLICT_VALUES_COUNT_MAX);
    let field = path.last()?.as_str();
    let mut values: Vec<ConflictValue> =
        shown.filter_map(|value| conflict_value(field, value)).collect();
    values.dedup_by(|a, b| a.value == b.value);
    let differ = values.iter().any(|v| v.value != values[0].value);
    differ.then(|| Conflict { path: path.to_vec(), values })
}

fn conflict_value(field: &str, (value, id): &(Value<'_>, ObjId)) -> Option<ConflictValue> {
    let (Value::Scalar(scalar), ObjId::Id(_, actor, _)) = (value, id) else { return None };
    let value = match scalar.as_ref() {
        ScalarValue::Str(text) => respelled(field, text).unwrap_or_else(|| text.to_string()),
        ScalarValue::Null => String::new(),
        other => other.to_string(),
    };
    Some(ConflictValue { value, author: author_of(actor).unwrap_or(AccountId([0; 16])) })
}

#[cfg(test)]
mod tests {
    use automerge::AutoCommit;
    use automerge::transaction::Transactable as _;

    use super::super::fields::map_at;
    use super::super::{Document, Edit, Projection, VisitEdit};
    use crate::ids::DocumentId;

    #[test]
    fn whether_somebody_hosts_is_nothing_to_choose_between() {
        let id = DocumentId([1; 16]);
        let create = VisitEdit::Create {
            pilot: id,
            group: "g1".parse().unwrap(),
            unit: "kista".parse().unwrap(),
            title: "Visit".to_owned(),
        };
        let slot = serde_json::from_str(
            r#"{"title": "A", "date": "2021-12-13", "start": "09:00", "end": "10:00", "mode": "person", "place": null,
                "room": "", "link": "", "hosts": {}, "audience": "", "preparation": "", "bring": "", "cancelled": false}"#,
        )
        .unwrap();
        let mut doc = AutoCommit::new();
        for edit in [create, VisitEdit::AddSlot { id: "a".parse().unwrap(), slot }] {
            Edit::Visit(edit).apply(id, &mut doc).unwrap();
        }
        let mut other = doc.fork();
        for (doc, is_in) in [(&mut doc, true), (&mut other, false)] {
            let hosts = map_at(doc, &["slots", "a", "hosts"]).unwrap();
            doc.put(&hosts, id.to_string(), is_in).unwrap();
            let slot = map_at(doc, &["slots", "a"]).unwrap();
            doc.put(&slot, "room", is_in.to_string()).unwrap();
        }
        doc.merge(&mut other).unwrap();
        let Projection { content, conflicts } = Projection::of(&doc);
        assert!(matches!(content, Ok(Document::Visit(_))), "{content:?}");
        let paths: Vec<String> = conflicts.iter().map(|conflict| conflict.path.join("/")).collect();
        assert_eq!(paths, ["slots/a/room"]);
    }
}
