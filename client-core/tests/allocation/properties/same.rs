//! The same answer whenever and however the same is asked.

use proptest::prelude::*;
use serde_json::Value;

use super::cases;
use crate::allocator::{self, Explain, Rule};
use crate::instances::small;
use crate::told::digest;

/// The same JSON with the keys of every object the other way around, and with spaces.
fn turned_around(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .rev()
                .map(|(name, value)| {
                    format!(" {} : {}", Value::from(name.as_str()), turned_around(value))
                })
                .collect();
            format!("{{{}\n}}", fields.join(",\n"))
        }
        Value::Array(entries) => {
            let entries: Vec<String> = entries.iter().map(turned_around).collect();
            format!("[ {} ]", entries.join(" , "))
        }
        plain => plain.to_string(),
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn asked_again_the_answer_has_the_same_bytes(instance in small()) {
        let text = instance.to_json();
        for rule in Rule::ALL {
            let first = allocator::printed(&text, rule, &Explain::Missed);
            prop_assert_eq!(first, allocator::printed(&text, rule, &Explain::Missed));
        }
    }

    #[test]
    fn the_order_of_keys_and_the_case_of_the_seed_change_the_digest_alone(instance in small()) {
        let text = instance.to_json();
        let mut value: Value = serde_json::from_str(&text).unwrap();
        value["seed"] = Value::from(instance.seed.to_uppercase());
        let other = turned_around(&value);
        for rule in Rule::ALL {
            let answer = allocator::printed(&text, rule, &Explain::Missed);
            let again = allocator::printed(&other, rule, &Explain::Missed);
            let expected = answer.map(|answer| answer.replace(&digest(&text), &digest(&other)));
            prop_assert_eq!(again, expected, "{} {}", rule, text);
        }
    }
}

#[test]
fn teams_are_printed_in_the_order_of_their_ids_as_bytes() {
    let text = r#"{"teams": {"é": {"preferences": []}, "a": {"preferences": []}, "s10": {"preferences": []},
        "s9": {"preferences": []}, "Z": {"preferences": []}}, "topics": {}, "supervisors": {}, "seed": "00"}"#;
    for rule in Rule::ALL {
        let answer = allocator::printed(text, rule, &Explain::Teams(Vec::new())).unwrap();
        let at: Vec<usize> = ["Z", "a", "s10", "s9", "é"]
            .iter()
            .map(|id| answer.find(&format!("\"{id}\"")).unwrap())
            .collect();
        assert!(at.is_sorted(), "{answer}");
    }
}
