//! Fields that were given different values by people who could not see each other.

use automerge::{AutoCommit, ObjId, ObjType, ReadDoc as _, ScalarValue, Value};
use serde::{Deserialize, Serialize};

use super::Document;
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

/// All conflicts of a document, in the order of its keys.
///
/// Only fields that the content has are looked at, since no screen could show others, and without recursion: how deep
/// a document nests is its writers' choice. At the most [`CONFLICTS_COUNT_MAX`] are found, with
/// [`CONFLICT_VALUES_COUNT_MAX`] values each.
#[must_use]
pub(super) fn conflicts(doc: &AutoCommit, content: &Document) -> Vec<Conflict> {
    let mut found = Vec::new();
    // By way of text, as in `Document::check`.
    let json = serde_json::to_string(content).unwrap_or_default();
    let Ok(serde_json::Value::Object(kinds)) = serde_json::from_str(&json) else { return found };
    let fields = kinds.into_iter().map(|(_, fields)| fields);
    let mut left: Vec<Level> =
        fields.map(|fields| Level { object: automerge::ROOT, path: Vec::new(), fields }).collect();
    while let Some(Level { object, path, fields }) = left.pop() {
        let serde_json::Value::Object(fields) = fields else { continue };
        let mut deeper = Vec::new();
        for (key, fields) in fields {
            if path.is_empty() && content.fixed().contains(&key.as_str()) {
                continue;
            }
            if found.len() >= CONFLICTS_COUNT_MAX {
                return found;
            }
            let here = doc.get(&object, key.as_str());
            let path: Vec<String> = path.iter().cloned().chain([key]).collect();
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
struct Level {
    object: ObjId,
    /// The keys that lead to it.
    path: Vec<String>,
    /// What the content has there.
    fields: serde_json::Value,
}

fn conflict_at(doc: &AutoCommit, object: &ObjId, path: &[String]) -> Option<Conflict> {
    let values = doc.get_all(object, path.last()?.as_str()).ok()?;
    // Automerge lists the winner last.
    let shown = values.iter().rev().take(CONFLICT_VALUES_COUNT_MAX);
    let mut values: Vec<ConflictValue> = shown.filter_map(conflict_value).collect();
    values.dedup_by(|a, b| a.value == b.value);
    let differ = values.iter().any(|v| v.value != values[0].value);
    differ.then(|| Conflict { path: path.to_vec(), values })
}

fn conflict_value((value, id): &(Value<'_>, ObjId)) -> Option<ConflictValue> {
    let (Value::Scalar(scalar), ObjId::Id(_, actor, _)) = (value, id) else { return None };
    let value = match scalar.as_ref() {
        ScalarValue::Str(text) => text.to_string(),
        ScalarValue::Null => String::new(),
        other => other.to_string(),
    };
    Some(ConflictValue { value, author: author_of(actor).unwrap_or(AccountId([0; 16])) })
}
