//! Files that say nothing, and instances that are not valid.

use serde_json::{Value, json};

use super::super::verify;
use super::toy::{Dice, Shape, Toy};

fn valid() -> Value {
    json!({
        "teams": { "s1": { "size": 2, "preferences": [["p1"], ["p2"]] }, "s2": { "preferences": [] } },
        "topics": { "p1": { "supervisor": "l1", "lower": 0, "capacity": 1, "team_size": [1, 2] },
            "p2": { "supervisor": "l1", "capacity": 1, "team_size": [1, 1] } },
        "supervisors": { "l1": { "district": "d1", "capacity": 3, "preferences": [["s1", "s2"]] } },
        "districts": { "d1": { "capacity": 10, "district": "city" }, "city": { "capacity": 40 } },
        "pins": { "s1": { "topic": "p1", "reason": "stays" } },
        "seed": "c0ffee",
    })
}

/// The code and place of what is wrong with an instance.
fn refusal(instance: &[u8]) -> Option<(&'static str, String)> {
    verify(instance, b"{}").err().map(|unreadable| (unreadable.code, unreadable.at))
}

#[test]
fn invalid_instances_are_refused() {
    assert_eq!(refusal(valid().to_string().as_bytes()), None);
    let deep: Value = (0..9)
        .map(|i| (format!("e{i}"), json!({ "capacity": 1, "district": format!("e{}", i + 1) })))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let mut nine_deep = deep;
    nine_deep["e8"] = json!({ "capacity": 1 });
    nine_deep["d1"] = json!({ "capacity": 1 });
    let long = "x".repeat(129);
    let changes = [
        ("/seed", json!("c0ffe"), None),
        ("/seed", json!("C0FFEE"), None),
        ("/seed", json!(""), Some(("bad-seed", "seed"))),
        ("/seed", json!("xy"), Some(("bad-seed", "seed"))),
        ("/seed", json!("a".repeat(130)), Some(("bad-seed", "seed"))),
        ("/teams/s1/size", json!(0), Some(("out-of-range", "teams.s1.size"))),
        ("/teams/s1/size", json!(21), Some(("out-of-range", "teams.s1.size"))),
        ("/teams/s1/size", json!(1.5), Some(("wrong-type", "teams.s1.size"))),
        ("/teams/s1/size", json!(3), Some(("pin-unacceptable", "pins.s1"))),
        ("/teams/s1/preferences", json!([[]]), Some(("empty-group", "teams.s1.preferences[0]"))),
        (
            "/teams/s1/preferences",
            json!([["p1"], ["p1"]]),
            Some(("duplicate-id", "teams.s1.preferences[1][0]")),
        ),
        (
            "/teams/s1/preferences",
            json!([["p9"]]),
            Some(("unknown-id", "teams.s1.preferences[0][0]")),
        ),
        ("/teams/s1", json!({}), Some(("missing-field", "teams.s1.preferences"))),
        (
            "/teams/s2",
            json!({ "preferences": [], "name": "x" }),
            Some(("unknown-field", "teams.s2.name")),
        ),
        ("/topics/p1/supervisor", json!("l9"), Some(("unknown-id", "topics.p1.supervisor"))),
        ("/topics/p1/capacity", json!(0), Some(("out-of-range", "topics.p1.capacity"))),
        ("/topics/p1/capacity", json!(1_000_001), Some(("out-of-range", "topics.p1.capacity"))),
        ("/topics/p1/lower", json!(2), Some(("out-of-range", "topics.p1.lower"))),
        ("/topics/p1/team_size", json!([2, 1]), Some(("out-of-range", "topics.p1.team_size[1]"))),
        ("/topics/p1/team_size", json!([1]), Some(("wrong-type", "topics.p1.team_size"))),
        ("/supervisors/l1/district", json!("d9"), Some(("unknown-id", "supervisors.l1.district"))),
        (
            "/supervisors/l1",
            json!({ "capacity": 1 }),
            Some(("missing-field", "supervisors.l1.district")),
        ),
        ("/supervisors/l1/preferences", json!([["s2"]]), Some(("pin-unacceptable", "pins.s1"))),
        (
            "/supervisors/l1/preferences",
            json!([["s9"]]),
            Some(("unknown-id", "supervisors.l1.preferences[0][0]")),
        ),
        (
            "/districts/city",
            json!({ "capacity": 1, "district": "d1" }),
            Some(("districts-too-deep", "districts.city")),
        ),
        ("/districts", nine_deep, Some(("districts-too-deep", "districts.e0"))),
        ("/pins/s1/topic", json!("p2"), Some(("pin-unacceptable", "pins.s1"))),
        ("/pins/s1/topic", json!("p9"), Some(("unknown-id", "pins.s1.topic"))),
        ("/pins/s1/reason", json!("x".repeat(1_001)), Some(("too-long", "pins.s1.reason"))),
        ("/pins", json!({ "s9": { "topic": "p1" } }), Some(("unknown-id", "pins.s9"))),
        ("/teams", json!({ "": { "preferences": [] } }), Some(("bad-id", "teams."))),
        ("/teams", json!({ "a\nb": { "preferences": [] } }), Some(("bad-id", "teams.a\nb"))),
        (
            "/teams",
            json!({ long.clone(): { "preferences": [] } }),
            Some(("bad-id", &format!("teams.{long}"))),
        ),
        ("/teams", json!([]), Some(("wrong-type", "teams"))),
    ];
    for (at, value, expected) in changes {
        let mut changed = valid();
        *changed.pointer_mut(at).unwrap() = value.clone();
        let expected = expected.map(|(code, at): (_, &str)| (code, at.to_owned()));
        assert_eq!(refusal(changed.to_string().as_bytes()), expected, "{at}: {value}");
    }
}

#[test]
fn too_many_pins_and_double_fields_are_refused() {
    let mut crowded = valid();
    crowded["teams"]["s2"] = json!({ "preferences": [["p1"]] });
    crowded["pins"]["s2"] = json!({ "topic": "p1" });
    let at = "pins.s2".to_owned();
    assert_eq!(refusal(crowded.to_string().as_bytes()), Some(("pins-over-capacity", at)));
    let double = valid().to_string().replace(r#""s2":{"#, r#""s1":{"preferences":[]},"s2":{"#);
    let at = "teams.s1".to_owned();
    assert_eq!(refusal(double.as_bytes()), Some(("duplicate-field", at)));
}

#[test]
fn results_that_are_no_objects_are_refused() {
    let instance = valid().to_string();
    for (result, code) in
        [("", "not-json"), ("[]", "wrong-type"), ("{} x", "not-json"), ("nul", "not-json")]
    {
        let refused = verify(instance.as_bytes(), result.as_bytes()).unwrap_err();
        assert_eq!((refused.file, refused.code), ("result", code), "{result}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(verify(instance.as_bytes(), deep.as_bytes()).unwrap_err().code, "not-json");
    assert!(!verify(instance.as_bytes(), b"{}").unwrap().faults.is_empty());
}

/// Bytes changed at random, in either file, never panic.
#[test]
fn damaged_bytes_do_not_panic() {
    let mut dice = Dice(7);
    for _ in 0..40 {
        let toy = Toy::draw(&mut dice, Shape { districts: true, pins: true, lower: true });
        let brute = super::brute::Brute::new(&toy, "generous");
        let Some(best) = brute.best() else { continue };
        let (instance, answer) = (toy.file(), brute.answer(&best).to_string());
        for _ in 0..100 {
            let mut files = [instance.clone().into_bytes(), answer.clone().into_bytes()];
            let file = &mut files[dice.below(2)];
            for _ in 0..=dice.below(3) {
                let at = dice.below(file.len());
                file[at] = b"0123456789\"[]{},:tpld-\xff"[dice.below(23)];
            }
            let _ = verify(&files[0], &files[1]);
        }
    }
}
