//! The operations of a document one by one, taken out of its columns and put back in whatever order.

use super::{Document, Honest, column, prefixed, signed, unsigned};

/// An operation of a document. Ids are a counter and the place of an actor.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Row {
    pub object: (Option<u64>, Option<u64>),
    pub key_text: Option<String>,
    pub key: (Option<u64>, Option<i64>),
    pub id: (u64, i64),
    pub insert: bool,
    pub action: u64,
    pub value_meta: u64,
    pub value: Vec<u8>,
    pub successors: Vec<(u64, i64)>,
    pub expand: bool,
    pub mark: Option<String>,
}

impl Document {
    /// Its operations; none where an honest client would not have written it.
    #[must_use]
    pub fn rows(&self) -> Option<Vec<Row>> {
        let column = |number| self.column(number);
        let ids = numbers(column(column::ID_ACTOR))?;
        let count = ids.len();
        let mut object = numbers(column(column::OBJECT_ACTOR))?.into_iter();
        let mut object_counter = numbers(column(column::OBJECT_COUNTER))?.into_iter();
        let mut key_actor = numbers(column(column::KEY_ACTOR))?.into_iter();
        let mut key_counter = sums(column(column::KEY_COUNTER))?.into_iter();
        let mut key_text = strings(column(column::KEY_TEXT))?.into_iter();
        let mut id_counter = sums(column(column::ID_COUNTER))?.into_iter();
        let mut insert = truths(column(column::INSERT))?.into_iter();
        let mut action = numbers(column(column::ACTION))?.into_iter();
        let mut meta = numbers(column(column::VALUE_META))?.into_iter();
        let mut values = Honest(column(column::VALUE));
        let mut succ_count = numbers(column(column::SUCC_COUNT))?.into_iter();
        let mut succ_actor = numbers(column(column::SUCC_ACTOR))?.into_iter();
        let mut succ_counter = sums(column(column::SUCC_COUNTER))?.into_iter();
        let mut expand = truths(column(column::EXPAND))?.into_iter();
        let mut mark = strings(column(column::MARK))?.into_iter();
        let mut rows = Vec::with_capacity(count);
        for actor in ids {
            let value_meta = meta.next()??;
            let successors = (0..succ_count.next()??)
                .map(|_| Some((succ_actor.next()??, succ_counter.next()??)))
                .collect::<Option<_>>()?;
            rows.push(Row {
                object: (object.next().flatten(), object_counter.next().flatten()),
                key_text: key_text.next().flatten(),
                key: (key_actor.next().flatten(), key_counter.next().flatten()),
                id: (actor?, id_counter.next()??),
                insert: insert.next().unwrap_or_default(),
                action: action.next()??,
                value_meta,
                value: values.bytes(usize::try_from(value_meta >> 4).ok()?)?.to_vec(),
                successors,
                expand: expand.next().unwrap_or_default(),
                mark: mark.next().flatten(),
            });
        }
        Some(rows)
    }

    /// The same document with these operations.
    #[must_use]
    pub fn with_rows(&self, rows: &[Row]) -> Self {
        let unsigned = |value: &u64| unsigned(*value);
        let text = |text: &String| prefixed(text.as_bytes());
        let of = |value: &dyn Fn(&Row) -> Option<u64>| runs(rows.iter().map(value), unsigned);
        let successors = || rows.iter().flat_map(|row| row.successors.iter());
        let columns = [
            (column::OBJECT_ACTOR, of(&|row| row.object.0)),
            (column::OBJECT_COUNTER, of(&|row| row.object.1)),
            (column::KEY_ACTOR, of(&|row| row.key.0)),
            (column::KEY_COUNTER, differences(rows.iter().map(|row| row.key.1))),
            (column::KEY_TEXT, runs(rows.iter().map(|row| row.key_text.clone()), text)),
            (column::ID_ACTOR, of(&|row| Some(row.id.0))),
            (column::ID_COUNTER, differences(rows.iter().map(|row| Some(row.id.1)))),
            (column::INSERT, alternations(rows.iter().map(|row| row.insert))),
            (column::ACTION, of(&|row| Some(row.action))),
            (column::VALUE_META, of(&|row| Some(row.value_meta))),
            (column::VALUE, rows.iter().flat_map(|row| row.value.clone()).collect()),
            (column::SUCC_COUNT, of(&|row| Some(row.successors.len() as u64))),
            (column::SUCC_ACTOR, runs(successors().map(|(actor, _)| Some(*actor)), unsigned)),
            (column::SUCC_COUNTER, differences(successors().map(|(_, counter)| Some(*counter)))),
            (
                column::EXPAND,
                match rows.iter().any(|row| row.expand) {
                    true => alternations(rows.iter().map(|row| row.expand)),
                    false => Vec::new(),
                },
            ),
            (column::MARK, runs(rows.iter().map(|row| row.mark.clone()), text)),
        ];
        let operations = columns.into_iter().filter(|(_, bytes)| !bytes.is_empty()).collect();
        Self { operations, ..self.clone() }
    }

    fn column(&self, number: u64) -> &[u8] {
        let found = self.operations.iter().find(|(other, _)| *other == number);
        found.map_or(&[], |(_, bytes)| bytes)
    }
}

fn items<T: Clone>(
    column: &[u8],
    read: impl Fn(&mut Honest<'_>) -> Option<T>,
) -> Option<Vec<Option<T>>> {
    let (mut rest, mut items) = (Honest(column), Vec::new());
    while !rest.0.is_empty() {
        match rest.signed()? {
            0 => items.extend((0..rest.unsigned()?).map(|_| None)),
            count @ 1.. => {
                let value = read(&mut rest)?;
                items.extend((0..count).map(|_| Some(value.clone())));
            }
            count => {
                for _ in 0..count.unsigned_abs() {
                    items.push(Some(read(&mut rest)?));
                }
            }
        }
    }
    Some(items)
}

fn numbers(column: &[u8]) -> Option<Vec<Option<u64>>> {
    items(column, |rest| rest.unsigned())
}

fn strings(column: &[u8]) -> Option<Vec<Option<String>>> {
    items(column, |rest| String::from_utf8(rest.prefixed()?).ok())
}

fn sums(column: &[u8]) -> Option<Vec<Option<i64>>> {
    let mut sum = 0;
    let differences = items(column, |rest| rest.signed())?;
    let sums = differences.into_iter().map(|difference| {
        difference.map(|difference| {
            sum += difference;
            sum
        })
    });
    Some(sums.collect())
}

fn truths(column: &[u8]) -> Option<Vec<bool>> {
    let (mut rest, mut truths, mut truth) = (Honest(column), Vec::new(), false);
    while !rest.0.is_empty() {
        truths.extend((0..rest.unsigned()?).map(|_| truth));
        truth = !truth;
    }
    Some(truths)
}

/// A run-length-encoded column; of nulls alone it has no bytes.
fn runs<T: PartialEq>(
    items: impl Iterator<Item = Option<T>>,
    write: impl Fn(&T) -> Vec<u8>,
) -> Vec<u8> {
    let mut runs: Vec<(u64, Option<T>)> = Vec::new();
    for item in items {
        match runs.last_mut() {
            Some((count, last)) if *last == item => *count += 1,
            _ => runs.push((1, item)),
        }
    }
    if runs.iter().all(|(_, item)| item.is_none()) {
        return Vec::new();
    }
    let mut bytes = Vec::new();
    let is_single = |run: &(u64, Option<T>)| run.0 == 1 && run.1.is_some();
    for group in runs.chunk_by(|one, next| is_single(one) && is_single(next)) {
        if is_single(&group[0]) {
            bytes.extend(signed(-(group.len() as i64)));
            bytes.extend(group.iter().filter_map(|(_, item)| item.as_ref()).flat_map(&write));
            continue;
        }
        match &group[0] {
            (count, Some(item)) => bytes.extend([signed(*count as i64), write(item)].concat()),
            (count, None) => bytes.extend([signed(0), unsigned(*count)].concat()),
        }
    }
    bytes
}

fn differences(items: impl Iterator<Item = Option<i64>>) -> Vec<u8> {
    let mut last = 0;
    let differences = items.map(|item| {
        item.map(|item| {
            let difference = item - last;
            last = item;
            difference
        })
    });
    runs(differences, |difference| signed(*difference))
}

fn alternations(items: impl Iterator<Item = bool>) -> Vec<u8> {
    let (mut bytes, mut truth, mut count) = (Vec::new(), false, 0);
    for item in items {
        if item != truth {
            bytes.extend(unsigned(count));
            (truth, count) = (item, 0);
        }
        count += 1;
    }
    if count > 0 {
        bytes.extend(unsigned(count));
    }
    bytes
}
