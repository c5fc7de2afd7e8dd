//! Fields that were given different values by people who could not see each other.

use automerge::{AutoCommit, ObjId, ObjType, ReadDoc as _, ScalarValue, Value};
use serde::{Deserialize, Serialize};

use crate::ids::AccountId;

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
#[must_use]
pub(super) fn conflicts(doc: &AutoCommit) -> Vec<Conflict> {
    let mut found = Vec::new();
    walk(doc, &automerge::ROOT, &mut Vec::new(), &mut found);
    found
}

fn walk(doc: &AutoCommit, object: &ObjId, path: &mut Vec<String>, found: &mut Vec<Conflict>) {
    let keys: Vec<String> = doc.keys(object).collect();
    for key in keys {
        path.push(key);
        let key = path.last().expect("just pushed").as_str();
        match doc.get(object, key) {
            Ok(Some((Value::Object(ObjType::Map), child))) => walk(doc, &child, path, found),
            Ok(Some((Value::Scalar(_), _))) => found.extend(conflict_at(doc, object, path)),
            _ => {}
        }
        path.pop();
    }
}

fn conflict_at(doc: &AutoCommit, object: &ObjId, path: &[String]) -> Option<Conflict> {
    let values = doc.get_all(object, path.last()?.as_str()).ok()?;
    // Automerge lists the winner last.
    let mut values: Vec<ConflictValue> = values.iter().rev().filter_map(conflict_value).collect();
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
