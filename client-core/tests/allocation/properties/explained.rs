//! Who is told why. What they are told is compared with each rule's answer, all of it.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use super::cases;
use crate::allocator::{self, Explain, Rule};
use crate::instances::small;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn those_without_their_first_choice_are_told_why_and_nobody_else(
        instance in small(),
        rule in proptest::sample::select(Rule::ALL.to_vec()),
    ) {
        let text = instance.to_json();
        let Ok(answer) = allocator::printed(&text, rule, &Explain::Missed) else { return Ok(()) };
        let answer = parsed(&answer);
        let everyone = allocator::answer(&instance, rule).unwrap();
        let told: BTreeSet<&String> = answer["explanations"].as_object().unwrap().keys().collect();
        let missed = instance.teams.keys().filter(|id| everyone["explanations"][id]["rank"] != 1);
        prop_assert_eq!(&told, &missed.collect(), "{}", text);
        for id in told {
            prop_assert_eq!(&answer["explanations"][id], &everyone["explanations"][id], "{}", text);
        }
    }

    #[test]
    fn a_team_is_told_the_same_whoever_else_asks(
        instance in small(),
        rule in proptest::sample::select(Rule::ALL.to_vec()),
    ) {
        let text = instance.to_json();
        let Ok(everyone) = allocator::answer(&instance, rule) else { return Ok(()) };
        for id in instance.teams.keys() {
            let alone = Explain::Teams(vec![id.clone()]);
            let mut expected = everyone.clone();
            expected["explanations"] =
                serde_json::json!({ id: everyone["explanations"][id].clone() });
            let answer = parsed(&allocator::printed(&text, rule, &alone).unwrap());
            prop_assert_eq!(answer, expected, "{}", text);
        }
    }
}

#[test]
fn a_team_that_is_not_there_cannot_be_told() {
    let text = r#"{"teams": {}, "topics": {}, "supervisors": {}, "seed": "00"}"#;
    let nobody = Explain::Teams(vec!["s1".to_owned()]);
    for rule in Rule::ALL {
        let refusal = allocator::printed(text, rule, &nobody).unwrap_err();
        assert_eq!((refusal.code.as_str(), refusal.params["id"].as_str()), ("unknown-team", "s1"));
    }
}
