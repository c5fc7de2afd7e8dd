//! Writing single fields: one Automerge operation each, and checks of what people typed.

use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ObjId, ObjType, ReadDoc as _, ScalarValue, Value};

use crate::limits::FIELD_BYTES_MAX;
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
    check_text(field, text)?;
    put(doc, path, field, text)
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

/// What no text field may hold.
///
/// # Errors
///
/// `text-too-long` with `field` and `max` in bytes; `personal-number` with `field`.
pub fn check_text(field: &str, text: &str) -> Result<(), Refusal> {
    if text.len() > FIELD_BYTES_MAX {
        return Err(Refusal::new("text-too-long")
            .with("field", field)
            .with("max", FIELD_BYTES_MAX));
    }
    if holds_personal_number(text) {
        return Err(Refusal::new("personal-number").with("field", field));
    }
    Ok(())
}

/// Checks every text within a value, as [`check_text`] does.
pub(crate) fn check_texts(field: &str, value: &serde_json::Value) -> Result<(), Refusal> {
    match value {
        serde_json::Value::String(text) => check_text(field, text),
        serde_json::Value::Array(items) => {
            items.iter().try_for_each(|item| check_texts(field, item))
        }
        serde_json::Value::Object(fields) => {
            fields.iter().try_for_each(|(name, value)| check_texts(name, value))
        }
        _ => Ok(()),
    }
}

/// Whether the text holds what looks like a Swedish personal identity or co-ordination number:
/// `YYMMDD-NNNN` or `YYYYMMDD-NNNN` with or without the sign, a possible date, and the check digit
/// of the Luhn algorithm (Skatteverket, SKV 704).
fn holds_personal_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        if !bytes[start].is_ascii_digit() {
            start += 1;
            continue;
        }
        let end = (start..bytes.len())
            .find(|&i| !bytes[i].is_ascii_digit() && !matches!(bytes[i], b'-' | b'+'))
            .unwrap_or(bytes.len());
        if is_personal_number(&bytes[start..end]) {
            return true;
        }
        start = end;
    }
    false
}

fn is_personal_number(run: &[u8]) -> bool {
    let digits: Vec<u32> =
        run.iter().filter(|b| b.is_ascii_digit()).map(|b| u32::from(b - b'0')).collect();
    let signs = run.len() - digits.len();
    let sign = run.iter().rev().nth(4);
    let sign_in_place = signs == 0 || (signs == 1 && matches!(sign, Some(b'-' | b'+')));
    let ten = match digits.len() {
        10 if sign_in_place => &digits[..],
        12 if sign_in_place && matches!(digits[..2], [1, 9] | [2, 0]) => &digits[2..],
        _ => return false,
    };
    let month = ten[2] * 10 + ten[3];
    // A co-ordination number adds 60 to the day.
    let day = (ten[4] * 10 + ten[5]) % 60;
    (1..=12).contains(&month) && (1..=31).contains(&day) && luhn_sum(ten).is_multiple_of(10)
}

fn luhn_sum(digits: &[u32]) -> u32 {
    let doubled = |(i, digit): (usize, &u32)| match (i % 2, digit * 2) {
        (0, twice) if twice > 9 => twice - 9,
        (0, twice) => twice,
        _ => *digit,
    };
    digits.iter().enumerate().map(doubled).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_personal_number_is_refused_and_other_digits_are_not() {
        // The Tax Agency's own specimen, and the same with a century, a plus, as co-ordination number.
        for number in ["811218-9876", "call 198112189876 now", "811218+9876", "8112189876"] {
            let refusal = check_text("bring", number).unwrap_err();
            assert_eq!(refusal, Refusal::new("personal-number").with("field", "bring"));
        }
        for fine in [
            "2021-12-13",
            "08-508 15 000",
            "811218-9875",
            "13–15 December",
            "10:15-11:45",
            "kl 9-",
            "1+",
        ] {
            assert_eq!(check_text("bring", fine), Ok(()), "{fine}");
        }
        assert_eq!(
            check_text("bring", &"x".repeat(FIELD_BYTES_MAX + 1)).unwrap_err().code,
            "text-too-long"
        );
    }
}
