//! People who edit one document in every way that Automerge offers, together and apart.

use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{ActorId, AutoCommit, ObjId, ObjType, ROOT, ReadDoc as _, ScalarValue, Value};
use proptest::prelude::*;

/// What one of them does.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Deed {
    Put(u8, u8, Scalar),
    Make(u8, u8, ObjType),
    Insert(u8, u8, Scalar),
    InsertObject(u8, u8, ObjType),
    Splice(u8, u8, u8, String),
    Mark(u8, u8, u8, bool),
    Increment(u8, i8),
    Delete(u8, u8),
    Commit(i64, Option<String>),
    Empty,
    Merge(u8),
    Again,
}

/// A value that clients write.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Scalar {
    Null,
    Bool(bool),
    Uint(u64),
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    Counter(i32),
    Timestamp(i32),
}

impl From<Scalar> for ScalarValue {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(value) => Self::Boolean(value),
            Scalar::Uint(value) => Self::Uint(value),
            Scalar::Int(value) => Self::Int(value),
            Scalar::Float(value) => Self::F64(value),
            Scalar::Text(value) => Self::Str(value.into()),
            Scalar::Bytes(value) => Self::Bytes(value),
            Scalar::Counter(value) => Self::counter(i64::from(value)),
            Scalar::Timestamp(value) => Self::Timestamp(i64::from(value)),
        }
    }
}

fn scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        Just(Scalar::Null),
        any::<bool>().prop_map(Scalar::Bool),
        any::<u64>().prop_map(Scalar::Uint),
        any::<i64>().prop_map(Scalar::Int),
        any::<f64>().prop_map(Scalar::Float),
        "\\PC{0,20}".prop_map(Scalar::Text),
        proptest::collection::vec(any::<u8>(), 0..300).prop_map(Scalar::Bytes),
        any::<i32>().prop_map(Scalar::Counter),
        any::<i32>().prop_map(Scalar::Timestamp),
    ]
}

fn object_type() -> impl Strategy<Value = ObjType> {
    prop_oneof![Just(ObjType::Map), Just(ObjType::List), Just(ObjType::Text)]
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (any::<u8>(), 0..5_u8, scalar()).prop_map(|(o, k, v)| Deed::Put(o, k, v)),
        2 => (any::<u8>(), 0..5_u8, object_type()).prop_map(|(o, k, t)| Deed::Make(o, k, t)),
        4 => (any::<u8>(), any::<u8>(), scalar()).prop_map(|(o, i, v)| Deed::Insert(o, i, v)),
        1 => (any::<u8>(), any::<u8>(), object_type())
            .prop_map(|(o, i, t)| Deed::InsertObject(o, i, t)),
        4 => (any::<u8>(), any::<u8>(), 0..4_u8, "[a-zåäö🙂]{0,8}")
            .prop_map(|(o, i, d, t)| Deed::Splice(o, i, d, t)),
        2 => (any::<u8>(), any::<u8>(), any::<u8>(), any::<bool>())
            .prop_map(|(o, s, l, e)| Deed::Mark(o, s, l, e)),
        2 => (any::<u8>(), any::<i8>()).prop_map(|(o, by)| Deed::Increment(o, by)),
        3 => (any::<u8>(), any::<u8>()).prop_map(|(o, i)| Deed::Delete(o, i)),
        4 => (any::<i32>(), proptest::option::of("\\PC{0,9}"))
            .prop_map(|(t, m)| Deed::Commit(i64::from(t), m)),
        1 => Just(Deed::Empty),
        3 => any::<u8>().prop_map(Deed::Merge),
        1 => Just(Deed::Again),
    ]
}

/// What some people do, one after the other.
pub fn deeds(most: usize) -> impl Strategy<Value = Vec<(u8, Deed)>> {
    proptest::collection::vec((0..3_u8, deed()), 0..most)
}

/// Lets three do all of it, and gives what each has in the end.
///
/// # Panics
///
/// Automerge refuses what an honest client does.
pub fn live(deeds: Vec<(u8, Deed)>) -> [AutoCommit; 3] {
    // The second is a client whose name is short, the third one that comes first in order.
    let names = [vec![5; 32], vec![9; 16], vec![1, 2]];
    let mut people = names.map(|name| AutoCommit::new().with_actor(ActorId::from(name)));
    for (n, (who, deed)) in deeds.into_iter().enumerate() {
        let who = usize::from(who);
        match deed {
            Deed::Merge(with) => {
                let with = usize::from(with) % 3;
                people[with].commit();
                people[who].commit();
                let mut other = people[with].clone();
                people[who].merge(&mut other).expect("they are at the same document");
            }
            // A client that opens the document again is another actor.
            Deed::Again => {
                people[who].commit();
                let name = [&[7, 7][..], &n.to_be_bytes()].concat();
                people[who].set_actor(ActorId::from(name));
            }
            deed => act(&mut people[who], deed),
        }
    }
    people.each_mut().map(|person| {
        person.commit();
        person.clone()
    })
}

fn act(doc: &mut AutoCommit, deed: Deed) {
    // What does not fit what is there is not done.
    let _ = match deed {
        Deed::Put(object, key, value) => {
            let (object, kind) = pick(doc, object);
            match kind {
                ObjType::Map => doc.put(&object, name(key), value),
                _ => match doc.length(&object) {
                    0 => Ok(()),
                    length => doc.put(&object, usize::from(key) % length, value),
                },
            }
        }
        Deed::Make(object, key, made) => {
            let (object, kind) = pick(doc, object);
            match kind {
                ObjType::Map => doc.put_object(&object, name(key), made).map(drop),
                _ => Ok(()),
            }
        }
        Deed::Insert(object, at, value) => {
            let (object, kind) = pick(doc, object);
            let at = usize::from(at) % (doc.length(&object) + 1);
            if kind == ObjType::List { doc.insert(&object, at, value) } else { Ok(()) }
        }
        Deed::InsertObject(object, at, made) => {
            let (object, kind) = pick(doc, object);
            let at = usize::from(at) % (doc.length(&object) + 1);
            match kind {
                ObjType::List => doc.insert_object(&object, at, made).map(drop),
                ObjType::Text => doc.split_block(&object, at).map(drop),
                _ => Ok(()),
            }
        }
        Deed::Splice(object, at, delete, text) => {
            let (object, kind) = pick(doc, object);
            let at = usize::from(at) % (doc.length(&object) + 1);
            let delete = usize::from(delete).min(doc.length(&object) - at);
            match kind {
                ObjType::Text => doc.splice_text(&object, at, delete as isize, &text),
                _ => Ok(()),
            }
        }
        Deed::Mark(object, start, length, expand) => {
            let (object, kind) = pick(doc, object);
            let start = usize::from(start) % (doc.length(&object) + 1);
            let end = (start + usize::from(length)).min(doc.length(&object));
            let expand = if expand { ExpandMark::Both } else { ExpandMark::None };
            match kind {
                ObjType::Text => {
                    let value = ScalarValue::Boolean(true);
                    doc.mark(&object, Mark::new("strong".into(), value, start, end), expand)
                }
                _ => Ok(()),
            }
        }
        Deed::Increment(object, by) => {
            let (object, kind) = pick(doc, object);
            let is_counter = |value: &Value<'_>| matches!(value, Value::Scalar(scalar) if matches!(**scalar, ScalarValue::Counter(_)));
            let key = doc.keys(&object).find(|key| {
                kind == ObjType::Map
                    && doc
                        .get(&object, &key[..])
                        .is_ok_and(|v| v.is_some_and(|(v, _)| is_counter(&v)))
            });
            key.map_or(Ok(()), |key| doc.increment(&object, key, i64::from(by)))
        }
        Deed::Delete(object, at) => {
            let (object, kind) = pick(doc, object);
            match kind {
                ObjType::Map => {
                    let keys: Vec<String> = doc.keys(&object).collect();
                    let key = keys.get(usize::from(at) % keys.len().max(1));
                    key.map_or(Ok(()), |key| doc.delete(&object, &key[..]))
                }
                _ => match doc.length(&object) {
                    0 => Ok(()),
                    length => doc.delete(&object, usize::from(at) % length),
                },
            }
        }
        Deed::Commit(time, message) => {
            let mut options = CommitOptions::default().with_time(time);
            options.message = message;
            doc.commit_with(options);
            Ok(())
        }
        Deed::Empty => {
            doc.commit();
            doc.empty_change(CommitOptions::default());
            Ok(())
        }
        Deed::Merge(_) | Deed::Again => Ok(()),
    };
}

fn name(key: u8) -> String {
    ["title", "days", "ö", "", "🙂"][usize::from(key) % 5].to_owned()
}

/// One of the objects of a document.
fn pick(doc: &AutoCommit, which: u8) -> (ObjId, ObjType) {
    let mut objects = vec![(ROOT, ObjType::Map)];
    let mut next = 0;
    while let Some((object, kind)) = objects.get(next).cloned() {
        next += 1;
        let values: Vec<(Value<'_>, ObjId)> = match kind {
            ObjType::Map => {
                doc.map_range(&object, ..).map(|i| (i.value.to_owned().into(), i.id())).collect()
            }
            _ => doc.list_range(&object, ..).map(|i| (i.value.to_owned().into(), i.id())).collect(),
        };
        objects.extend(values.into_iter().filter_map(|(value, id)| match value {
            Value::Object(kind) => Some((id, kind)),
            Value::Scalar(_) => None,
        }));
    }
    objects[usize::from(which) % objects.len()].clone()
}
