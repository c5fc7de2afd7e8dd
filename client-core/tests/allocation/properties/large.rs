//! Instances too large to look at everything that they could have: how the rules' answers stand to each other.

use proptest::prelude::*;
use serde_json::Value;

use super::cases;
use crate::allocator::{self, Rule};
use crate::enumerate;
use crate::instance::Instance;
use crate::instances::{LARGE, instance};
use crate::market::{Allocation, Market};
use crate::stability::{self, Blocks};

struct Answers {
    market: Market,
    text: String,
    all: Vec<(Rule, Value, Allocation)>,
}

impl Answers {
    fn of(instance: &Instance) -> Self {
        let market = Market::of(instance);
        let answer = |rule: Rule| {
            let answer = allocator::answer(instance, rule).unwrap();
            let allocation = market.read(&answer);
            (rule, answer, allocation)
        };
        let all = Rule::ALL.into_iter().map(answer).collect();
        Self { market, text: instance.to_json(), all }
    }

    fn by(&self, rule: Rule) -> &Allocation {
        &self.all.iter().find(|(by, ..)| *by == rule).unwrap().2
    }

    fn size(&self, rule: Rule) -> usize {
        enumerate::size(self.by(rule))
    }

    fn profile(&self, rule: Rule) -> Vec<i64> {
        enumerate::profile(&self.market, self.by(rule))
    }

    fn is_stable(&self, rule: Rule, blocks: Blocks) -> bool {
        stability::blocking(&self.market.with_pins_alone(), self.by(rule), blocks).is_empty()
    }
}

const ONE_SIDED: [Rule; 3] = [Rule::Greedy, Rule::Generous, Rule::LeastCost];
const STABLE: [Rule; 3] = [Rule::StudentOptimal, Rule::SupervisorOptimal, Rule::LargestStable];

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn every_answer_keeps_what_it_promises_beside_the_others(instance in instance(LARGE)) {
        let answers = Answers::of(&instance);
        let (market, text) = (&answers.market, &answers.text);
        for (rule, answer, allocation) in &answers.all {
            prop_assert!(enumerate::is_allowed(market, allocation), "{} {}", rule, text);
            prop_assert_eq!(&answer["size"], enumerate::size(allocation), "{} {}", rule, text);
        }
        stable_ones_are_stable(&answers)?;
        one_sided_ones_are_best(&answers)?;
    }
}

fn stable_ones_are_stable(answers: &Answers) -> Result<(), TestCaseError> {
    let (market, text) = (&answers.market, &answers.text);
    let (best, worst) = (Rule::StudentOptimal, Rule::SupervisorOptimal);
    prop_assert!(answers.is_stable(best, Blocks::BothLotteries), "{}", text);
    prop_assert!(answers.is_stable(worst, Blocks::BothLotteries), "{}", text);
    prop_assert!(answers.is_stable(Rule::LargestStable, Blocks::Preference), "{}", text);
    prop_assert!(enumerate::all_like(market, answers.by(best), answers.by(worst)), "{}", text);
    prop_assert_eq!(answers.size(best), answers.size(worst), "{}", text);
    // What is stable by lottery is stable by preference.
    let size = answers.size(Rule::LargestStable);
    prop_assert!(3 * size >= 2 * answers.size(best), "{}", text);
    let claim = &answers.all.iter().find(|(rule, ..)| *rule == Rule::LargestStable).unwrap().1["size_claim"];
    let bound = usize::try_from(claim["upper_bound"].as_u64().unwrap()).unwrap();
    prop_assert!(bound >= size.max(answers.size(best)), "{} {}", claim, text);
    prop_assert!(bound <= answers.size(Rule::Greedy), "{} {}", claim, text);
    prop_assert_eq!(claim["largest"].as_bool().unwrap(), bound == size, "{} {}", claim, text);
    Ok(())
}

fn one_sided_ones_are_best(answers: &Answers) -> Result<(), TestCaseError> {
    let text = &answers.text;
    let size = answers.size(Rule::Greedy);
    let greedy = answers.profile(Rule::Greedy);
    let worst_first = |rule| answers.profile(rule).into_iter().rev().collect::<Vec<_>>();
    let cost = |rule| enumerate::cost(&answers.market, answers.by(rule));
    for rule in ONE_SIDED {
        prop_assert_eq!(answers.size(rule), size, "{} {}", rule, text);
        prop_assert!(greedy >= answers.profile(rule), "{} {}", rule, text);
        prop_assert!(worst_first(Rule::Generous) <= worst_first(rule), "{} {}", rule, text);
        prop_assert!(cost(Rule::LeastCost) <= cost(rule), "{} {}", rule, text);
    }
    for rule in STABLE {
        prop_assert!(answers.size(rule) <= size, "{} {}", rule, text);
    }
    Ok(())
}
