//! Small instances with answers worked out by hand.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::Check;
use super::{faults, verdict};

/// The answer of a rule to the file, with these parts.
fn answer(file: &str, rule: &str, parts: &Value) -> Value {
    let digest: String = Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut answer = json!({ "rule": rule, "seed": "c0ffee", "input_digest": format!("sha256:{digest}"),
        "blocking_pairs": [], "explanations": {} });
    let fields = answer.as_object_mut().unwrap();
    fields.extend(parts.as_object().unwrap().clone());
    answer
}

/// The instance in the README of the library `algmatch`: two supervisors, one topic for each team.
fn readme() -> String {
    json!({
        "teams": {
            "s1": { "preferences": [["p1"], ["p2"]] }, "s2": { "preferences": [["p2"], ["p3"]] },
            "s3": { "preferences": [["p3"], ["p1"]] }, "s4": { "preferences": [["p4"], ["p1"]] },
        },
        "topics": {
            "p1": { "supervisor": "l1", "capacity": 1 }, "p2": { "supervisor": "l1", "capacity": 1 },
            "p3": { "supervisor": "l2", "capacity": 1 }, "p4": { "supervisor": "l2", "capacity": 1 },
        },
        "supervisors": {
            "l1": { "capacity": 2, "preferences": [["s3"], ["s1"], ["s2"], ["s4"]] },
            "l2": { "capacity": 2, "preferences": [["s2"], ["s4"], ["s3"]] },
        },
        "seed": "c0ffee",
    })
    .to_string()
}

#[test]
fn every_team_may_have_its_first_choice() {
    let file = readme();
    for rule in ["student-optimal", "greedy", "generous", "least-cost"] {
        let best = json!({ "allocation": { "s1": "p1", "s2": "p2", "s3": "p3", "s4": "p4" },
            "profile": [4], "size": 4 });
        assert_eq!(faults(&file, &answer(&file, rule, &best)), [], "{rule}");
    }
}

#[test]
fn supervisors_have_it_their_way() {
    let file = readme();
    let parts = json!({ "allocation": { "s1": "p2", "s2": "p3", "s3": "p1", "s4": "p4" },
        "profile": [1, 3], "size": 4,
        "explanations": { "s1": { "has": "p2", "rank": 2, "pinned": false, "missed": [{
            "topic": "p1", "rank": 1, "why": "queue", "quota": "topic", "id": "p1", "seats": 1,
            "position": 2, "by": "ranking" }] } } });
    let right = answer(&file, "supervisor-optimal", &parts);
    let verdict = verdict(&file, &right).unwrap();
    assert_eq!((verdict.faults, verdict.unproved), (vec![], vec![]));
    use Check::*;
    let checked = [
        Fields,
        Origin,
        Pairs,
        Counts,
        Pins,
        Quotas,
        Stability,
        Optimality,
        BlockingPairs,
        Explanations,
    ];
    assert_eq!(verdict.checked, checked);

    let mut wrong = right;
    wrong["explanations"]["s1"]["missed"][0]["position"] = json!(1);
    let at = "explanations.s1.missed[0].position".to_owned();
    assert_eq!(faults(&file, &wrong), [("explanation-wrong", at)]);
}

#[test]
fn one_stable_allocation_is_not_the_other() {
    let file = readme();
    let parts = json!({ "allocation": { "s1": "p1", "s2": "p2", "s3": "p3", "s4": "p4" },
        "profile": [4], "size": 4 });
    let at = |team: &str| ("not-optimal", format!("allocation.{team}"));
    let found = faults(&file, &answer(&file, "supervisor-optimal", &parts));
    assert_eq!(found, [at("s1"), at("s2"), at("s3")]);
}

/// Codes and places.
type Named<'a> = &'a [(&'a str, &'a str)];

#[test]
fn planted_faults_are_named() {
    let file = readme();
    let parts = json!({ "allocation": { "s1": "p1", "s2": "p2", "s3": "p3", "s4": "p4" },
        "profile": [4], "size": 4 });
    let right = answer(&file, "student-optimal", &parts);
    let plants: [(&str, Value, Named<'_>); 8] = [
        ("/seed", json!("c0ffef"), &[("value-differs", "seed")]),
        ("/size", json!(3), &[("value-differs", "size")]),
        ("/profile/0", json!(5), &[("value-differs", "profile[0]")]),
        ("/rule", json!("fair"), &[("unknown-rule", "rule")]),
        ("/allocation/s1", json!("p9"), &[("unknown-topic", "allocation.s1")]),
        ("/allocation/s1", json!("p4"), &[("unacceptable-pair", "allocation.s1")]),
        (
            "/allocation/s4",
            json!("p1"),
            &[
                ("length-differs", "profile"),
                ("value-differs", "profile[0]"),
                ("over-capacity", "allocation"),
                ("over-capacity", "allocation"),
            ],
        ),
        (
            "/allocation/s4",
            json!(null),
            &[
                ("value-differs", "size"),
                ("value-differs", "profile[0]"),
                ("unstable", "allocation.s4"),
                ("not-optimal", "allocation.s4"),
                ("blocking-pair-missing", "blocking_pairs"),
            ],
        ),
    ];
    for (at, value, expected) in plants {
        let mut wrong = right.clone();
        *wrong.pointer_mut(at).unwrap() = value;
        let found = faults(&file, &wrong);
        let found: Vec<_> = found.iter().map(|(code, at)| (*code, at.as_str())).collect();
        assert_eq!(found, expected, "{at}");
    }
}

/// What JSON libraries hide: a field twice, and the order of the teams.
#[test]
fn bytes_are_read_as_written() {
    let file = readme();
    let parts = json!({ "allocation": { "s1": "p1", "s2": "p2", "s3": "p3", "s4": "p4" },
        "profile": [4], "size": 4 });
    let right = answer(&file, "greedy", &parts).to_string();
    let codes = |from: &str, to: &str| -> Vec<&'static str> {
        assert!(right.contains(from));
        let verdict = super::verify(file.as_bytes(), right.replace(from, to).as_bytes()).unwrap();
        verdict.faults.iter().map(|fault| fault.code).collect()
    };
    assert_eq!(codes(r#""size":4"#, r#""size":4,"size":4"#), ["duplicate-field"]);
    assert_eq!(codes(r#""s1":"p1","s2":"p2""#, r#""s2":"p2","s1":"p1""#), ["not-sorted"]);
    assert_eq!(codes(r#""s2":"p2""#, r#""s2":"p2","s2":"p2""#), ["duplicate-team"]);
    assert_eq!(codes(r#""size":4"#, r#""size":4.0"#), ["value-differs"]);
    assert_eq!(codes(r#""explanations":{}"#, r#""explanations":{"s9":{}}"#), ["unknown-team"]);
}

/// Three teams in a row: the greedy rule gives two first choices and a third, the generous one second choices.
#[test]
fn one_sided_rules_differ() {
    let file = json!({
        "teams": {
            "a": { "preferences": [["p"], ["q"]] }, "b": { "preferences": [["q"], ["r"]] },
            "c": { "preferences": [["p"], ["x"], ["r"]] },
        },
        "topics": {
            "p": { "supervisor": "l", "capacity": 1 }, "q": { "supervisor": "l", "capacity": 1 },
            "r": { "supervisor": "l", "capacity": 1 },
            "x": { "supervisor": "l", "capacity": 1, "team_size": [2, 2] },
        },
        "supervisors": { "l": { "capacity": 3 } },
        "seed": "c0ffee",
    })
    .to_string();
    let greedy =
        json!({ "allocation": { "a": "p", "b": "q", "c": "r" }, "profile": [2, 0, 1], "size": 3 });
    let generous =
        json!({ "allocation": { "a": "q", "b": "r", "c": "p" }, "profile": [1, 2], "size": 3 });
    assert_eq!(faults(&file, &answer(&file, "greedy", &greedy)), []);
    assert_eq!(faults(&file, &answer(&file, "generous", &generous))[..], []);
    for (rule, parts) in [("greedy", &generous), ("generous", &greedy)] {
        let codes: Vec<_> =
            faults(&file, &answer(&file, rule, parts)).iter().map(|(code, _)| *code).collect();
        assert!(codes.contains(&"not-optimal"), "{rule}: {codes:?}");
    }

    let missed = |change: Value| {
        let mut parts = greedy.clone();
        parts["explanations"] = json!({ "c": { "has": "r", "rank": 3, "pinned": false, "missed": [
            { "topic": "p", "rank": 1, "why": "whole", "size": 0, "profile": change },
            { "topic": "x", "rank": 2, "why": "team-size", "team_size": [2, 2] } ] } });
        faults(&file, &answer(&file, "greedy", &parts))
    };
    assert_eq!(missed(json!([-1, 2, -1])), []);
    let at = "explanations.c.missed[0].profile[1]".to_owned();
    assert_eq!(missed(json!([-1, 1, -1])), [("explanation-wrong", at)]);
}

/// Two teams that are equal in everything: s2's number 2294… is smaller than s1's 4813….
#[test]
fn lottery_decides_between_equals() {
    let file = json!({
        "teams": { "s1": { "preferences": [["p1"]] }, "s2": { "preferences": [["p1"]] } },
        "topics": { "p1": { "supervisor": "l1", "capacity": 1 } },
        "supervisors": { "l1": { "capacity": 1 } },
        "seed": "c0ffee",
    })
    .to_string();
    for rule in ["student-optimal", "supervisor-optimal", "greedy", "generous", "least-cost"] {
        let right = json!({ "allocation": { "s1": null, "s2": "p1" }, "profile": [1], "size": 1 });
        assert_eq!(faults(&file, &answer(&file, rule, &right)), [], "{rule}");
        let wrong = json!({ "allocation": { "s1": "p1", "s2": null }, "profile": [1], "size": 1 });
        let found = faults(&file, &answer(&file, rule, &wrong));
        assert!(!found.is_empty(), "{rule}");
        if !rule.ends_with("optimal") {
            assert_eq!(found, [("not-by-lottery", "allocation.s2".to_owned())], "{rule}");
        }
    }
}

/// A district of one seat, where each team is placed differently by each supervisor: a team holds its seat by
/// the place with which it has it.
#[test]
fn own_seat_of_a_smaller_place_has_precedence() {
    let file = json!({
        "teams": { "t": { "preferences": [["a"], ["b"]] }, "u": { "preferences": [["c"]] },
            "v": { "preferences": [["a"]] } },
        "topics": { "a": { "supervisor": "la", "capacity": 1 }, "b": { "supervisor": "lb", "capacity": 1 },
            "c": { "supervisor": "lc", "capacity": 1 } },
        "supervisors": {
            "la": { "district": "d", "capacity": 1, "preferences": [["u"], ["v"], ["t"]] },
            "lb": { "district": "d", "capacity": 1, "preferences": [["t"]] },
            "lc": { "district": "d", "capacity": 1, "preferences": [["v"], ["u"]] },
        },
        "districts": { "d": { "capacity": 1 } },
        "seed": "c0ffee",
    })
    .to_string();
    let parts = json!({ "allocation": { "t": "b", "u": null, "v": null }, "profile": [0, 1], "size": 1,
        "explanations": { "t": { "has": "b", "rank": 2, "pinned": false, "missed": [{
            "topic": "a", "rank": 1, "why": "queue", "quota": "district", "id": "d", "seats": 1,
            "position": 3, "by": "ranking" }] } } });
    for rule in ["student-optimal", "supervisor-optimal"] {
        assert_eq!(faults(&file, &answer(&file, rule, &parts)), [], "{rule}");
    }
}

/// A pinned team that its supervisor placed last keeps its topic, and the pair that this leaves is listed.
#[test]
fn pins_leave_blocking_pairs() {
    let file = json!({
        "teams": { "s1": { "preferences": [["p1"]] }, "s2": { "preferences": [["p1"]] } },
        "topics": { "p1": { "supervisor": "l1", "capacity": 1 } },
        "supervisors": { "l1": { "capacity": 1, "preferences": [["s1"], ["s2"]] } },
        "pins": { "s2": { "topic": "p1", "reason": "continues" } },
        "seed": "C0FFEE",
    })
    .to_string();
    let blocking = json!({ "team": "s1", "topic": "p1", "supervisor": "l1", "has": null,
        "displaces": "s2", "by": "preference" });
    let explained = json!({ "has": null, "rank": null, "pinned": false,
        "missed": [{ "topic": "p1", "rank": 1, "why": "blocked" }] });
    let parts = json!({ "allocation": { "s1": null, "s2": "p1" }, "profile": [1], "size": 1,
        "blocking_pairs": [blocking], "explanations": { "s1": explained } });
    for rule in ["student-optimal", "supervisor-optimal"] {
        assert_eq!(faults(&file, &answer(&file, rule, &parts)), [], "{rule}");
    }
    let mut whole = parts.clone();
    whole["explanations"]["s1"]["missed"][0]["why"] = json!("impossible");
    assert_eq!(faults(&file, &answer(&file, "greedy", &whole)), []);

    let mut wrong = answer(&file, "student-optimal", &parts);
    wrong["blocking_pairs"][0]["displaces"] = json!("s1");
    wrong["allocation"] = json!({ "s1": "p1", "s2": null });
    assert_eq!(faults(&file, &wrong), [("pin-not-kept", "allocation.s2".to_owned())]);
}

/// With a tie at the only supervisor both teams have a topic only if the tie is broken for the right one.
#[test]
fn size_claims_are_tried() {
    let file = json!({
        "teams": { "s1": { "preferences": [["p1"]] }, "s2": { "preferences": [["p1"], ["p2"]] } },
        "topics": { "p1": { "supervisor": "l1", "capacity": 1 }, "p2": { "supervisor": "l1", "capacity": 1 } },
        "supervisors": { "l1": { "capacity": 2 } },
        "seed": "c0ffee",
    })
    .to_string();
    let found = |allocation: Value, profile: Value, size: usize, claim: Value| {
        let parts = json!({ "allocation": allocation, "profile": profile, "size": size, "size_claim": claim });
        faults(&file, &answer(&file, "largest-stable", &parts))
    };
    let both = || (json!({ "s1": "p1", "s2": "p2" }), json!([1, 1]), 2);
    let one = || (json!({ "s1": null, "s2": "p1" }), json!([1]), 1);
    let claim = |method: &str, bound: i64, largest: bool| json!({ "method": method, "upper_bound": bound, "largest": largest });
    let with = |(allocation, profile, size): (Value, Value, usize), claim| {
        found(allocation, profile, size, claim)
    };
    assert_eq!(with(both(), claim("approximation", 2, true)), []);
    assert_eq!(with(both(), claim("search", 2, true)), []);
    let bound = || "size_claim.upper_bound".to_owned();
    // One of two is less than two thirds, so what the algorithm promises was not kept.
    assert_eq!(with(one(), claim("approximation", 1, true)), [("larger-stable-exists", bound())]);
    assert_eq!(with(both(), claim("search", 3, false)), [("claim-wrong", bound())]);
    let largest = "size_claim.largest".to_owned();
    assert_eq!(with(both(), claim("search", 2, false)), [("claim-inconsistent", largest)]);
}

/// t0 refuses l0 for l1, and the seat that it leaves at p2 goes to t5, before t4 in the district.
#[test]
fn refused_seat_is_offered_to_the_next_in_its_own_queue() {
    let file = json!({
        "teams": {
            "t0": { "preferences": [["p3"], ["p2"]] }, "t1": { "preferences": [["p0"]] },
            "t2": { "preferences": [["p1"]] }, "t3": { "preferences": [["p3"]] },
            "t4": { "preferences": [["p0"]] }, "t5": { "preferences": [["p2"]] },
        },
        "topics": {
            "p0": { "supervisor": "l1", "capacity": 2 }, "p1": { "supervisor": "l0", "capacity": 2 },
            "p2": { "supervisor": "l0", "capacity": 1 }, "p3": { "supervisor": "l1", "capacity": 2 },
        },
        "supervisors": {
            "l0": { "district": "d", "capacity": 2, "preferences": [["t0", "t3"], ["t5"], ["t2", "t4"]] },
            "l1": { "district": "d", "capacity": 4, "preferences": [["t2", "t5"], ["t1", "t3", "t0"], ["t4"]] },
        },
        "districts": { "d": { "capacity": 4 } },
        "seed": "c0ffee",
    })
    .to_string();
    let has = |t4: Value, t5: Value| {
        json!({ "allocation": { "t0": "p3", "t1": "p0", "t2": null, "t3": "p3", "t4": t4, "t5": t5 },
            "profile": [4], "size": 4 })
    };
    let right = answer(&file, "supervisor-optimal", &has(json!(null), json!("p2")));
    assert_eq!(faults(&file, &right), []);
    let wrong = answer(&file, "supervisor-optimal", &has(json!("p0"), json!(null)));
    assert!(faults(&file, &wrong).contains(&("unstable", "allocation.t5".to_owned())));
}
