//! Units that succeed each other.

use std::collections::{BTreeMap, BTreeSet};

use samsynk_core::ids::UnitId;

/// Finds the units from which one comes back to them, going from each unit to its successor. Takes each step at most twice.
pub(super) fn in_cycles<'a>(
    next: &BTreeMap<&'a UnitId, Option<&'a UnitId>>,
) -> BTreeSet<&'a UnitId> {
    let after = |unit: &&'a UnitId| next.get(unit).copied().flatten();
    let mut walk_of: BTreeMap<&UnitId, usize> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for (walk, start) in next.keys().enumerate() {
        let mut at = Some(*start);
        while let Some(unit) = at.filter(|unit| !walk_of.contains_key(unit)) {
            walk_of.insert(unit, walk);
            at = after(&unit);
        }
        // Where an earlier walk went, that one has found the cycle.
        let mut around = at.filter(|unit| walk_of[unit] == walk);
        while let Some(unit) = around.filter(|unit| found.insert(*unit)) {
            around = after(&unit);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_units_that_lead_back_to_themselves_are_in_a_cycle() {
        let unit = |name: &str| name.parse::<UnitId>().unwrap();
        let steps = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "a"), ("e", "f"), ("g", "g")];
        let steps = steps.map(|(from, to)| (unit(from), unit(to)));
        let next = steps.iter().map(|(from, to)| (from, Some(to))).collect();
        let found: Vec<_> = in_cycles(&next).into_iter().map(UnitId::as_str).collect();
        assert_eq!(found, ["b", "c", "g"]);
    }
}
