//! The lottery that breaks ties: numbers that anyone can compute again with `sha256sum`.

use sha2::{Digest as _, Sha256};

/// Positions in the lottery for ids of one kind, `team` or `topic`: 0 is drawn first.
///
/// An id's number is the SHA-256 of `SEED:KIND:ID`. It does not depend on who else takes part, so one
/// more team changes nobody's luck among the others.
pub(super) fn positions<'a>(
    seed: &str,
    kind: &str,
    ids: impl ExactSizeIterator<Item = &'a str>,
) -> Vec<u32> {
    let prefix = Sha256::new_with_prefix(format!("{seed}:{kind}:"));
    let mut positions = vec![0; ids.len()];
    let number = |id: &str| -> [u8; 32] { prefix.clone().chain_update(id).finalize().into() };
    let mut drawn: Vec<_> = (0_u32..).zip(ids).map(|(at, id)| (number(id), at)).collect();
    drawn.sort_unstable();
    for (position, &(_, at)) in (0..).zip(&drawn) {
        positions[at as usize] = position;
    }
    positions
}

#[cfg(test)]
mod tests {
    use super::positions;

    #[test]
    fn the_numbers_are_those_that_sha256sum_prints() {
        // `printf %s c0ffee:team:s1 | sha256sum` prints 4813…; the others' are 2294…, 3181… and 2d1d….
        let ids = ["s1", "s2", "s3", "s4"];
        let drawn = positions("c0ffee", "team", ids.into_iter());
        let other = positions("c0ffef", "team", ids.into_iter());
        assert_eq!(drawn, [3, 0, 2, 1]);
        assert_ne!(drawn, other);
    }

    #[test]
    fn who_else_takes_part_changes_nobodys_luck_among_the_others() {
        let before = positions("00", "topic", ["a", "b", "c"].into_iter());
        let after = positions("00", "topic", ["a", "b", "c", "d", "e"].into_iter());
        for (x, y) in [(0, 1), (0, 2), (1, 2)] {
            assert_eq!(before[x] < before[y], after[x] < after[y]);
        }
    }
}
