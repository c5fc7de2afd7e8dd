//! The parts of the walk by themselves. What whole messages and documents may be is tested in the crate `tests`,
//! beside Automerge and against a running server.

use super::error::{Malformed, Step};
use super::inflate::inflate;
use super::reader::Reader;
use super::runs::{Bools, Delta, Rle};

fn all<T: Copy>(rows: usize, mut next: impl FnMut() -> Step<T>) -> Step<Vec<T>> {
    (0..rows).map(|_| next()).collect()
}

fn malformed<T>(what: &'static str) -> Step<T> {
    Err(Malformed { what })
}

#[test]
fn numbers_take_as_few_bytes_as_they_can() {
    let unsigned = |bytes: &[u8]| Reader::new(bytes).unsigned();
    assert_eq!(unsigned(&[0]), Ok(0));
    assert_eq!(unsigned(&[0x80, 1]), Ok(128));
    assert_eq!(unsigned(&[&[0xff; 9][..], &[1]].concat()), Ok(u64::MAX));
    for wrong in [&[0x80, 0][..], &[&[0xff; 9][..], &[2]].concat(), &[0xff; 11]] {
        assert_eq!(unsigned(wrong), malformed("number-form"), "{wrong:?}");
    }
    assert_eq!(unsigned(&[0x80]), malformed("cut-off"));

    let signed = |bytes: &[u8]| Reader::new(bytes).signed();
    assert_eq!(signed(&[0x7f]), Ok(-1));
    assert_eq!(signed(&[0xc0, 0]), Ok(64));
    assert_eq!(signed(&[&[0x80; 9][..], &[0x7f]].concat()), Ok(i64::MIN));
    assert_eq!(signed(&[&[0xff; 9][..], &[0]].concat()), Ok(i64::MAX));
    for wrong in [&[0x80, 0][..], &[0xff, 0x7f], &[&[0xff; 9][..], &[1]].concat(), &[0x80; 11]] {
        assert_eq!(signed(wrong), malformed("number-form"), "{wrong:?}");
    }
}

#[test]
fn run_lengths() {
    // Twice 5, a null, then 1 and 2.
    let column = [2, 5, 0, 1, 0x7e, 1, 2];
    assert_eq!(Rle::<u64>::count(&column, 5, "rows"), Ok(5));
    assert_eq!(Rle::<u64>::count(&column, 4, "rows"), malformed("rows"));
    let mut rows = Rle::<u64>::new(&column);
    assert_eq!(all(5, || rows.next()), Ok(vec![Some(5), Some(5), None, Some(1), Some(2)]));
    assert_eq!((rows.end(), rows.next()), (Ok(()), malformed("column-short")));
    let mut absent = Rle::<u64>::new(&[]);
    assert_eq!((all(2, || absent.next()), absent.end()), (Ok(vec![None, None]), Ok(())));

    let wrong: [&[u8]; 8] = [
        &[1, 5],                // a run of one
        &[0, 0],                // no nulls
        &[2, 5, 2, 5],          // two runs that are one
        &[2, 5, 0x7f, 5],       // a run goes on
        &[0x7e, 5, 5],          // equal values that are no run
        &[0x7f, 5, 0x7f, 6],    // two literal runs
        &[0, 1, 0, 1],          // nulls twice
        &[0x7f, 5, 0, 1, 0, 1], // and again
    ];
    for column in wrong {
        let mut rows = Rle::<u64>::new(column);
        assert_eq!(all(4, || rows.next()), malformed("run-form"), "{column:?}");
    }
    let endless = [&[0xff; 9][..], &[0, 7]].concat();
    assert_eq!(Rle::<u64>::count(&endless, 1_000, "rows"), malformed("rows"));
}

#[test]
fn differences_and_truth() {
    // 10, 11, 12, then 2.
    let mut rows = Delta::new(&[0x7f, 10, 2, 1, 0x7f, 0x76]);
    assert_eq!(all(4, || rows.within(0, 12, "range")), Ok(vec![10, 11, 12, 2]));
    let most = [&[2][..], &[0xff; 9], &[0]].concat();
    let mut rows = Delta::new(&most);
    assert_eq!((rows.next(), rows.next()), (Ok(Some(i64::MAX)), malformed("number-range")));

    let mut rows = Bools::new(&[0, 1, 2]);
    assert_eq!((all(3, || rows.next()), rows.end()), (Ok(vec![true, false, false]), Ok(())));
    let mut rows = Bools::new(&[1, 0, 1]);
    assert_eq!(all(2, || rows.next()), malformed("run-form"));
    let mut rows = Bools::new(&[1]);
    assert_eq!(all(2, || rows.next()), malformed("column-short"));
}

#[test]
fn inflation_ends_at_the_limit() {
    // A fixed block of 258 zeros and more, by hand: RFC 1951.
    let stored = |bytes: &[u8]| {
        let length = u16::try_from(bytes.len()).unwrap();
        [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes].concat()
    };
    let compressed = stored(&[7; 1_000]);
    let mut out = vec![1];
    assert_eq!(inflate(&compressed, &mut out, 1_001), Ok(()));
    assert_eq!(out[1..], [7; 1_000]);
    let mut out = vec![1];
    assert_eq!(inflate(&compressed, &mut out, 1_000), malformed("inflated-bytes"));
    assert!(out.capacity() <= 1_000);
    for wrong in [&compressed[..100], &[], &[0xff], &[&compressed[..], &[0]].concat()] {
        assert_eq!(inflate(wrong, &mut Vec::new(), 2_000), malformed("compression"));
    }
}
