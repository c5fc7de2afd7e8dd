//! Drawn toys against answers by brute force.

use serde_json::{Value, json};

use super::brute::Brute;
use super::toy::{Dice, Shape, Toy};
use super::{faults, verdict};

const RULES: [&str; 6] =
    ["student-optimal", "supervisor-optimal", "largest-stable", "greedy", "generous", "least-cost"];

fn shapes() -> Vec<Shape> {
    let bools = [false, true];
    let mut shapes = Vec::new();
    for districts in bools {
        for pins in bools {
            shapes.extend(bools.map(|lower| Shape { districts, pins, lower }));
        }
    }
    shapes
}

/// Draws toys with an answer for the rule.
fn each(
    rule: &str,
    toys: u64,
    mut look: impl FnMut(&Toy, &Brute<'_>, &[Option<usize>], &str),
) -> usize {
    let mut answered = 0;
    for seed in 0..toys {
        for (number, shape) in shapes().into_iter().enumerate() {
            let toy = Toy::draw(&mut Dice(seed * 64 + number as u64), shape);
            let brute = Brute::new(&toy, rule);
            let Some(best) = brute.best() else { continue };
            if brute.feasible(true).contains(&best) {
                answered += 1;
                look(&toy, &brute, &best, &toy.file());
            }
        }
    }
    answered
}

#[test]
fn right_answers_have_no_faults() {
    for rule in RULES {
        let answered = each(rule, 25, |toy, brute, best, file| {
            let answer = brute.answer(&best.to_vec());
            let verdict = verdict(file, &answer).unwrap();
            assert!(verdict.faults.is_empty(), "{toy:?}\n{answer}\n{:?}", verdict.faults);
            assert!(verdict.unproved.is_empty(), "{toy:?}\n{answer}\n{:?}", verdict.unproved);
        });
        assert!(answered > 80, "{rule}: {answered}");
    }
}

/// Without lower quotas there is a stable allocation, one that all teams like best and one that all like least.
#[test]
fn strict_rules_always_have_an_answer() {
    for rule in ["student-optimal", "supervisor-optimal"] {
        for seed in 0..500_u64 {
            let shape = Shape { districts: true, pins: seed % 2 == 0, lower: false };
            let toy = Toy::draw(&mut Dice(seed), shape);
            let brute = Brute::new(&toy, rule);
            let best = brute.best().unwrap_or_else(|| panic!("{rule}: {toy:?}"));
            assert_eq!(faults(&toy.file(), &brute.answer(&best)), [], "{rule}: {toy:?}");
        }
    }
}

/// Each other allocation, with all that an answer says of it right for that allocation.
#[test]
fn other_allocations_have_faults() {
    for rule in RULES {
        each(rule, 5, |toy, brute, best, file| {
            let others = brute.feasible(false).into_iter().filter(|other| other != best);
            for other in others.take(60) {
                if rule == "largest-stable" && brute.is_stable(&other) {
                    continue;
                }
                // An unstable allocation may have no explanation that the format can express.
                let answer = brute.answer_unexplained(&other);
                assert!(!faults(file, &answer).is_empty(), "{toy:?}\n{answer}");
            }
        });
    }
}

/// Every single change of an answer: another number, another text, something missing, something added.
#[test]
fn every_change_is_found() {
    for rule in RULES {
        each(rule, 2, |toy, brute, best, file| {
            let answer = brute.answer(&best.to_vec());
            for (what, changed) in changes(&answer) {
                if is_allowed(&what) {
                    continue;
                }
                let found =
                    verdict(file, &changed).map_or(true, |verdict| !verdict.faults.is_empty());
                assert!(found, "{what}\n{toy:?}\n{answer}\n{changed}");
            }
        });
    }
}

/// Any set of teams may be explained; and whether there was a search nobody can see.
fn is_allowed(change: &str) -> bool {
    (change.starts_with("/explanations/")
        && change.matches('/').count() == 2
        && change.ends_with(" removed"))
        || change == "/size_claim/method is \"search\""
}

/// Each value in `value` changed in turn.
fn changes(value: &Value) -> Vec<(String, Value)> {
    let mut paths = Vec::new();
    collect(value, String::new(), &mut paths);
    let mut all = Vec::new();
    for path in paths {
        for other in others(value.pointer(&path).unwrap()) {
            let mut changed = value.clone();
            *changed.pointer_mut(&path).unwrap() = other.clone();
            if changed != *value {
                let what = if other.is_object() || other.is_array() {
                    "changed".into()
                } else {
                    other.to_string()
                };
                all.push((format!("{path} is {what}"), changed));
            }
        }
        let Some((parent, key)) = path.rsplit_once('/') else { continue };
        let mut changed = value.clone();
        match changed.pointer_mut(parent).unwrap() {
            Value::Object(fields) => drop(fields.remove(key)),
            Value::Array(list) => drop(list.remove(key.parse().unwrap())),
            _ => {}
        }
        all.push((format!("{path} removed"), changed));
    }
    all
}

fn collect(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| collect(value, format!("{path}/{key}"), paths));
        }
        Value::Array(list) => {
            let list = list.iter().enumerate();
            list.for_each(|(key, value)| collect(value, format!("{path}/{key}"), paths));
        }
        _ => {}
    }
    paths.push(path);
}

fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![json!("p0"), json!("t0"), json!(1), json!(false)],
        Value::Bool(value) => vec![json!(!value), json!(null)],
        Value::Number(number) => {
            let number = number.as_i64().unwrap();
            vec![
                json!(number + 1),
                json!(number - 1),
                json!(-number - 7),
                json!(number as f64),
                json!(null),
            ]
        }
        Value::String(text) => {
            let mut others: Vec<Value> =
                ["p0", "p1", "t0", "t1", "l0", "l1", "d0", "queue", "whole", "blocked", "search"]
                    .map(Value::from)
                    .into();
            others.extend(["lottery", "preference", "ranking", "size"].map(Value::from));
            others.extend([json!(null), json!(7), json!(format!("{text} "))]);
            others
        }
        Value::Array(list) => {
            let mut longer = list.clone();
            longer.push(list.last().cloned().unwrap_or(json!(0)));
            let mut reversed = list.clone();
            reversed.reverse();
            vec![longer.into(), reversed.into(), json!(null)]
        }
        Value::Object(fields) => {
            let mut more = fields.clone();
            more.insert("more".to_owned(), json!(1));
            vec![more.into(), json!(null)]
        }
    }
}
