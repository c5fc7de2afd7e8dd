//! What the definitions promise, whoever computes the answer: shown by enumeration alone.

use proptest::prelude::*;

use crate::enumerate;
use crate::instances::small;
use crate::market::Market;
use crate::stability::Blocks;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn some_allocation_is_stable_and_one_of_them_is_liked_most_by_every_team(instance in small()) {
        let market = Market::of(&instance).with_pins_alone();
        let all = enumerate::allocations(&market);
        let stable = enumerate::stable(&market, &all, Blocks::BothLotteries);
        prop_assert!(!stable.is_empty(), "{}", instance.to_json());
        prop_assert!(enumerate::liked_most(&market, &stable).is_some(), "{}", instance.to_json());
        prop_assert!(enumerate::liked_least(&market, &stable).is_some(), "{}", instance.to_json());
    }

    #[test]
    fn every_stable_allocation_gives_an_outermost_quota_equally_many_teams(instance in small()) {
        let market = Market::of(&instance).with_pins_alone();
        let all = enumerate::allocations(&market);
        let stable = enumerate::stable(&market, &all, Blocks::BothLotteries);
        for quota in (0..market.quotas.len()).filter(|&quota| market.quotas[quota].outermost) {
            let loads: Vec<usize> = stable.iter().map(|one| enumerate::load(&market, one, quota)).collect();
            prop_assert!(loads.windows(2).all(|two| two[0] == two[1]), "{}", instance.to_json());
        }
    }
}
