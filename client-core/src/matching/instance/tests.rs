//! What is refused, where, and by which code.

use super::{INSTANCE_BYTES_MAX, Instance};

const TOWN: &str = r#"{
  "teams": {"s1": {"size": 2, "preferences": [["p1"], ["p2"]]}, "s2": {"preferences": [["p1", "p2"]]}},
  "topics": {"p1": {"supervisor": "l1", "capacity": 1, "team_size": [1, 2]},
             "p2": {"supervisor": "l1", "capacity": 1, "team_size": [1, 1]}},
  "supervisors": {"l1": {"district": "d1", "capacity": 2, "preferences": [["s2"], ["s1"]]}},
  "districts": {"d1": {"capacity": 2, "district": "d2"}, "d2": {"capacity": 3}},
  "pins": {"s1": {"topic": "p1", "reason": "agreed in spring"}},
  "seed": "C0FFEE"
}"#;

/// The code and the place of each fault of the town after one change.
fn faults(old: &str, new: &str) -> Vec<(String, String)> {
    assert!(TOWN.contains(old), "{old}");
    let changed = TOWN.replacen(old, new, 1);
    let faults = Instance::read(changed.as_bytes(), INSTANCE_BYTES_MAX).unwrap_err();
    faults.into_iter().map(|fault| (fault.refusal.code, fault.at)).collect()
}

#[track_caller]
fn refused(old: &str, new: &str, code: &str, at: &str) {
    assert_eq!(faults(old, new), [(code.to_owned(), at.to_owned())]);
}

#[test]
fn an_instance_is_read_with_its_digest_and_its_seed_in_lower_case() {
    let instance = Instance::read(TOWN.as_bytes(), INSTANCE_BYTES_MAX).unwrap();
    assert_eq!((instance.teams(), instance.seed.as_str()), (2, "c0ffee"));
    assert_eq!(instance.digest.len(), "sha256:".len() + 64);
    assert_eq!(instance.pins, [Some(0), None]);
}

#[test]
fn what_is_ranked_twice_or_unknown_is_told_with_its_place() {
    refused(
        r#"["p2"]]}, "s2""#,
        r#"["p1"]]}, "s2""#,
        "duplicate-rank",
        "teams.s1.preferences[1][0]",
    );
    refused(r#"["p1", "p2"]"#, r#"["p1", "p9"]"#, "unknown-topic", "teams.s2.preferences[0][1]");
    refused(
        r#"[["s2"], ["s1"]]"#,
        r#"[["s2"], ["s2"]]"#,
        "duplicate-rank",
        "supervisors.l1.preferences[1][0]",
    );
    refused(
        r#"[["s2"], ["s1"]]"#,
        r#"[["s2"], ["s1", "x"]]"#,
        "unknown-team",
        "supervisors.l1.preferences[1][1]",
    );
    refused(r#"[["p1"], ["p2"]]"#, r#"[["p1"], []]"#, "empty-tie-group", "teams.s1.preferences[1]");
    refused(
        r#""supervisor": "l1""#,
        r#""supervisor": "l7""#,
        "unknown-supervisor",
        "topics.p1.supervisor",
    );
    refused(
        r#""district": "d1""#,
        r#""district": "d7""#,
        "unknown-district",
        "supervisors.l1.district",
    );
    let twice = r#""s2": {"preferences": []}, "s2": {"preferences""#;
    refused(r#""s2": {"preferences""#, twice, "duplicate-key", "teams.s2");
}

#[test]
fn numbers_out_of_range_are_told_with_the_range() {
    refused(
        r#""capacity": 1, "team_size": [1, 2]"#,
        r#""capacity": 0"#,
        "capacity-out-of-range",
        "topics.p1.capacity",
    );
    refused(
        r#""capacity": 3"#,
        r#""capacity": 1e300"#,
        "capacity-out-of-range",
        "districts.d2.capacity",
    );
    refused(
        r#""capacity": 3"#,
        r#""capacity": -1"#,
        "capacity-out-of-range",
        "districts.d2.capacity",
    );
    refused(
        r#""capacity": 3"#,
        r#""lower": 4, "capacity": 3"#,
        "lower-quota-out-of-range",
        "districts.d2.lower",
    );
    refused(r#""size": 2"#, r#""size": 0"#, "size-out-of-range", "teams.s1.size");
    refused(r#""size": 2"#, r#""size": 1000000000000"#, "size-out-of-range", "teams.s1.size");
    refused("[1, 2]}", "[1, 2, 3]}", "not-two-sizes", "topics.p1.team_size");
    refused("[1, 2]}", "[2, 1]}", "size-out-of-range", "topics.p1.team_size");
    refused("C0FFEE", "coffee", "not-a-seed", "seed");
}

#[test]
fn districts_neither_miss_nor_lie_in_themselves() {
    refused(r#""district": "d1", "#, "", "missing-district", "supervisors.l1.district");
    let circle = faults(r#""d2": {"capacity": 3}"#, r#""d2": {"capacity": 3, "district": "d1"}"#);
    let expected = ["districts.d1.district", "districts.d2.district"];
    assert_eq!(circle, expected.map(|at| ("district-cycle".to_owned(), at.to_owned())));
}

#[test]
fn a_pin_is_a_pair_that_could_be() {
    refused(r#"{"topic": "p1""#, r#"{"topic": "p2""#, "pin-team-size", "pins.s1");
    refused(r#"[["p1"], ["p2"]]"#, r#"[["p2"]]"#, "pin-not-ranked", "pins.s1");
    refused(r#"[["s2"], ["s1"]]"#, r#"[["s2"]]"#, "pin-not-ranked-by-supervisor", "pins.s1");
    refused(r#""s1": {"topic""#, r#""s9": {"topic""#, "unknown-team", "pins.s9");
    let both = r#"{"s2": {"topic": "p1"}, "s1": {"topic""#;
    refused(r#"{"s1": {"topic""#, both, "pins-over-capacity", "topics.p1");
}

#[test]
fn a_file_of_another_shape_is_told_where_it_differs() {
    refused(r#""capacity": 3"#, r#""capacity": "3""#, "malformed", "districts.d2.capacity");
    refused(r#""capacity": 3"#, r#""capcity": 3"#, "malformed", "districts.d2.capcity");
    refused(r#""seed": "C0FFEE""#, r#""sead": "C0FFEE""#, "malformed", "sead");
    refused(r#""size": 2"#, r#""size": null"#, "malformed", "teams.s1.size");
    refused(r#""district": "d2""#, r#""district": null"#, "malformed", "districts.d1.district");
    refused(r#""s2": {"preferences""#, r#""": {"preferences""#, "not-an-id", "teams");
    let codes = |bytes: &[u8]| {
        let faults = Instance::read(bytes, 1_000).unwrap_err();
        faults.into_iter().map(|fault| fault.refusal.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(b"Dear coordinator,"), ["not-json"]);
    assert_eq!(codes(b"\xff\xfe"), ["not-json"]);
    assert_eq!(codes(b""), ["not-json"]);
    assert_eq!(codes(b"[]"), ["malformed"]);
    assert_eq!(codes(format!("{TOWN} and more").as_bytes()), ["not-json"]);
    assert_eq!(codes(b"[{}, {}, {}, {}, {}, \"00\"]"), ["malformed"]);
    assert_eq!(codes(&[b'['; 900]), ["malformed"]);
    assert_eq!(codes(&[b'['; 1_001]), ["file-too-large"]);
}
