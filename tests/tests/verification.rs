//! The allocator and the verifier, which share no code: they agree on every round, and no change of an answer passes.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

use samsynk_core::matching::verify::{Check, verify};
use samsynk_core::matching::{self, Explain, Instance, Rule};
use samsynk_tests::{Round, Seed};
use serde_json::{Map, Value, json};

/// How many rounds are made up.
const ROUNDS: usize = 40;

/// A round with districts in a city, pins and lower quotas.
fn round(seed: usize, teams: usize) -> Value {
    let mut chance = Seed::of(seed as u64);
    let size = Round {
        teams,
        topics: 10 + chance.below(teams),
        supervisors: 3 + chance.below(6),
        districts: 1 + chance.below(3),
        choices: 3 + chance.below(4),
    };
    let mut round: Value = serde_json::from_str(&size.instance(&mut chance)).unwrap();
    for district in round["districts"].as_object_mut().unwrap().values_mut() {
        district["district"] = json!("city");
        district["capacity"] = json!(teams / size.districts);
    }
    round["districts"]["city"] = json!({"capacity": teams - chance.below(3)});
    let pinned = round["teams"].as_object().unwrap().keys().next().unwrap().clone();
    let wish = &round["teams"][&pinned]["preferences"];
    let topic = wish.as_array().unwrap().last().unwrap()[0].as_str().unwrap().to_owned();
    round["teams"][&pinned]["size"] = json!(1);
    round["pins"] = json!({pinned: {"topic": topic, "reason": "agreed before"}});
    if seed.is_multiple_of(4) {
        round["topics"][&topic]["lower"] = json!(1);
        round["supervisors"]["l0"]["lower"] = json!(1);
    }
    round
}

fn answer(file: &str, rule: Rule) -> Option<String> {
    let instance = Instance::read(file.as_bytes(), matching::INSTANCE_BYTES_MAX).unwrap();
    match matching::allocate(&instance, rule, &Explain::Missed) {
        Ok(answer) => Some(answer.to_json()),
        Err(refusal) => {
            assert!(refusal.code.starts_with("lower-quota-"), "{refusal:?}");
            None
        }
    }
}

#[test]
fn the_verifier_finds_nothing_wrong_with_what_the_allocator_says_of_any_round() {
    let mut verified = 0;
    for seed in 0..ROUNDS {
        let file = round(seed, 8 + seed).to_string();
        for rule in Rule::ALL {
            let Some(answer) = answer(&file, rule) else { continue };
            let verdict = verify(file.as_bytes(), answer.as_bytes()).unwrap();
            assert_eq!(verdict.faults, [], "seed {seed}, {rule}:\n{file}\n{answer}");
            assert_eq!(verdict.unproved, [], "seed {seed}, {rule}");
            for check in [Check::Optimality, Check::BlockingPairs, Check::Explanations] {
                let stable_check = rule == Rule::LargestStable && check == Check::Optimality;
                let check = if stable_check { Check::SizeClaim } else { check };
                assert!(verdict.checked.contains(&check), "seed {seed}, {rule}: {check:?}");
            }
            verified += 1;
        }
    }
    assert!(verified > 5 * ROUNDS, "most rounds have an answer by every rule: {verified}");
}

#[test]
fn no_change_of_an_answer_passes_but_leaving_out_reasons() {
    let file = round(3, 10).to_string();
    let mut tried = 0;
    for rule in Rule::ALL {
        let answer = answer(&file, rule).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        for (at, changed) in changes(&answer) {
            let passes = match verify(file.as_bytes(), changed.to_string().as_bytes()) {
                Ok(verdict) => verdict.faults.is_empty(),
                Err(_) => false,
            };
            let reason = at.strip_prefix("without explanations.");
            let is_reason_left_out = reason.is_some_and(|team| !team.contains('.'));
            assert_eq!(passes, is_reason_left_out, "{rule}: {at}");
            tried += 1;
        }
    }
    assert!(tried > 1_000, "{tried}");
}

/// Each answer that differs in one value, one field or one element, with what was changed.
fn changes(value: &Value) -> Vec<(String, Value)> {
    match value {
        Value::Object(fields) => changes_of_fields(fields),
        Value::Array(elements) => changes_of_elements(elements),
        Value::Number(number) => {
            let number = number.as_i64().unwrap();
            let others =
                [json!(number + 1), json!(number - 1), json!(number.to_string()), Value::Null];
            others.into_iter().map(|other| (format!(" = {other}"), other)).collect()
        }
        Value::String(text) => {
            let others = [
                json!(format!("{text}x")),
                json!("s1"),
                json!("p1"),
                json!("lottery"),
                Value::Null,
            ];
            let others = others.into_iter().filter(|other| other != value);
            others.map(|other| (format!(" = {other}"), other)).collect()
        }
        Value::Bool(is) => vec![(format!(" = {}", !is), json!(!is))],
        Value::Null => vec![(" = p1".to_owned(), json!("p1")), (" = 1".to_owned(), json!(1))],
    }
}

fn changes_of_fields(fields: &Map<String, Value>) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (name, value) in fields {
        let mut without = fields.clone();
        without.remove(name);
        all.push((format!("without {name}"), Value::Object(without.clone())));
        let mut renamed = without;
        renamed.insert(format!("{name}x"), value.clone());
        all.push((format!("renamed {name}"), Value::Object(renamed)));
        for (what, changed) in changes(value) {
            let mut other = fields.clone();
            other.insert(name.clone(), changed);
            all.push((within(name, &what), Value::Object(other)));
        }
    }
    all
}

fn changes_of_elements(elements: &[Value]) -> Vec<(String, Value)> {
    let mut more = elements.to_vec();
    more.push(json!(0));
    let mut all = vec![(" and one more".to_owned(), json!(more))];
    for (at, element) in elements.iter().enumerate() {
        let mut without = elements.to_vec();
        without.remove(at);
        all.push((format!("without [{at}]"), json!(without)));
        let twice = [&elements[..=at], &elements[at..]].concat();
        all.push((format!("twice [{at}]"), json!(twice)));
        for (what, changed) in changes(element) {
            let mut other = elements.to_vec();
            other[at] = changed;
            all.push((within(&format!("[{at}]"), &what), json!(other)));
        }
    }
    all
}

/// What was changed, with the name of where it lies put before the place.
fn within(name: &str, what: &str) -> String {
    match what.split_once(' ') {
        Some((kind @ ("without" | "renamed" | "twice"), place)) => format!("{kind} {name}.{place}"),
        _ => format!("{name}{what}"),
    }
}
