//! A document's present content as a new document with one change.

use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{
    ActorId, AutoCommit, AutomergeError, ObjId, ObjType, Prop, ROOT, ReadDoc as _, ScalarValue,
    Value,
};
use samsynk_core::domain::{Document, Moment};
use samsynk_core::refusal::Refusal;

/// Writes the content of a document of a kind: its fields, and nothing that somebody else put beside them.
///
/// # Errors
///
/// `unwritable-field`.
pub(super) fn written(
    content: &Document,
    actor: ActorId,
    now: Moment,
) -> Result<AutoCommit, Refusal> {
    let mut to = content.create(actor)?;
    to.commit_with(CommitOptions::default().with_time(now.millis() / 1000));
    Ok(to)
}

/// Copies all that a document shows which is of no kind, or of one that this program cannot read: of values that are
/// in conflict the one that shows, of texts the characters without marks.
///
/// # Errors
///
/// `unwritable-field`.
pub(super) fn copied(
    from: &AutoCommit,
    actor: ActorId,
    now: Moment,
) -> Result<AutoCommit, Refusal> {
    let unwritable = |_| Refusal::new("unwritable-field").with("field", "content");
    copy(from, actor, now).map_err(unwritable)
}

fn copy(from: &AutoCommit, actor: ActorId, now: Moment) -> Result<AutoCommit, AutomergeError> {
    let mut to = AutoCommit::new().with_actor(actor);
    // A list of what is left to copy instead of recursion: an unmodified client may nest as deep as it likes.
    let mut left = vec![(ObjType::Map, ROOT, ROOT)];
    while let Some((kind, source, target)) = left.pop() {
        match kind {
            ObjType::Map | ObjType::Table => {
                let keys: Vec<String> = from.keys(&source).collect();
                for key in keys {
                    if let Some((value, child)) = from.get(&source, key.as_str())? {
                        let new = put(&mut to, &target, key.into(), value)?;
                        left.extend(new.map(|(kind, new)| (kind, child, new)));
                    }
                }
            }
            ObjType::List => {
                for index in 0..from.length(&source) {
                    if let Some((value, child)) = from.get(&source, index)? {
                        let new = put(&mut to, &target, index.into(), value)?;
                        left.extend(new.map(|(kind, new)| (kind, child, new)));
                    }
                }
            }
            ObjType::Text => to.splice_text(&target, 0, 0, &from.text(&source)?)?,
        }
    }
    to.commit_with(CommitOptions::default().with_time(now.millis() / 1000));
    Ok(to)
}

/// Puts a value under a key, or into a list; the new object where it is one.
fn put(
    to: &mut AutoCommit,
    object: &ObjId,
    at: Prop,
    value: Value<'_>,
) -> Result<Option<(ObjType, ObjId)>, AutomergeError> {
    match (value, at) {
        (Value::Object(kind), Prop::Map(key)) => {
            to.put_object(object, key, kind).map(|new| Some((kind, new)))
        }
        (Value::Object(kind), Prop::Seq(index)) => {
            to.insert_object(object, index, kind).map(|new| Some((kind, new)))
        }
        (Value::Scalar(scalar), at) => {
            let scalar = match scalar.into_owned() {
                // What it has been counted to; what it was counted from is history.
                ScalarValue::Counter(counter) => ScalarValue::counter(i64::from(&counter)),
                other => other,
            };
            match at {
                Prop::Map(key) => to.put(object, key, scalar)?,
                Prop::Seq(index) => to.insert(object, index, scalar)?,
            }
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_shows_is_copied_and_nothing_else() {
        let mut doc = AutoCommit::new().with_actor(ActorId::from([1; 16]));
        doc.put(ROOT, "secret", "811218").unwrap();
        doc.put(ROOT, "count", ScalarValue::counter(3)).unwrap();
        doc.increment(ROOT, "count", 4).unwrap();
        let list = doc.put_object(ROOT, "list", ObjType::List).unwrap();
        doc.insert(&list, 0, 1_u64).unwrap();
        let inner = doc.insert_object(&list, 1, ObjType::Map).unwrap();
        doc.put(&inner, "deep", true).unwrap();
        doc.insert(&list, 2, "last").unwrap();
        let text = doc.put_object(ROOT, "text", ObjType::Text).unwrap();
        doc.splice_text(&text, 0, 0, "Hej 🌍").unwrap();
        doc.delete(ROOT, "secret").unwrap();
        doc.commit();
        // Deep enough to end a thread that recursed.
        let mut object = ROOT;
        for _ in 0..3_000 {
            object = doc.put_object(&object, "in", ObjType::Map).unwrap();
        }
        doc.commit();

        let mut copy = copied(&doc, ActorId::from([2; 16]), Moment::from_millis(5_000)).unwrap();
        let shown =
            |doc: &AutoCommit, key: &str| doc.get(ROOT, key).unwrap().map(|(v, _)| v.to_string());
        for key in ["count", "list", "text", "in", "secret"] {
            assert_eq!(shown(&copy, key), shown(&doc, key), "{key}");
        }
        assert_eq!(shown(&copy, "count").as_deref(), Some("Counter: 7"));
        let (_, list) = copy.get(ROOT, "list").unwrap().unwrap();
        let (_, inner) = copy.get(&list, 1).unwrap().unwrap();
        assert_eq!(copy.get(&inner, "deep").unwrap().unwrap().0, true.into());
        assert_eq!(copy.get(&list, 2).unwrap().unwrap().0, "last".into());
        let (_, text) = copy.get(ROOT, "text").unwrap().unwrap();
        assert_eq!(copy.text(&text).unwrap(), "Hej 🌍");
        assert_eq!(copy.get_changes_meta(&[]).len(), 1);
        let bytes = copy.save_nocompress();
        assert!(!bytes.windows(6).any(|part| part == b"811218"));
        assert!(doc.save_nocompress().windows(6).any(|part| part == b"811218"));
    }
}
