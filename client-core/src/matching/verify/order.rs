//! The lottery, and where a pair stands in a queue.

use sha2::{Digest, Sha256};

/// A pair's place in the queues of its quotas. The smaller one comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Standing {
    /// The tie group in the supervisor's list; -1 for a pinned pair in the market of the pins.
    pub(super) place: i64,
    /// The team's position in the lottery.
    pub(super) lottery: usize,
}

/// The position of each of `ids` in the lottery: 0 for the one with the smallest number, which is
/// the SHA-256 of `SEED:KIND:ID`.
pub(super) fn lottery<'a>(
    seed: &str,
    kind: &str,
    ids: impl Iterator<Item = &'a str>,
) -> Vec<usize> {
    let mut drawn: Vec<([u8; 32], usize)> = ids
        .enumerate()
        .map(|(index, id)| (Sha256::digest(format!("{seed}:{kind}:{id}")).into(), index))
        .collect();
    drawn.sort_unstable();
    let mut positions = vec![0; drawn.len()];
    for (position, (_, index)) in drawn.into_iter().enumerate() {
        positions[index] = position;
    }
    positions
}

/// `sha256:` and the digest of the bytes in lower-case digits.
pub(super) fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::from("sha256:"), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_is_that_of_sha256sum() {
        assert_eq!(
            digest(b""),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    /// `for i in a b c; do printf %s c0ffee:team:$i | sha256sum; done`: d1…, 93…, 1a….
    #[test]
    fn smallest_digest_comes_first() {
        let drawn = lottery("c0ffee", "team", ["a", "b", "c"].into_iter());
        let mut digests: Vec<_> =
            ["a", "b", "c"].map(|id| (digest(format!("c0ffee:team:{id}").as_bytes()), id)).into();
        digests.sort();
        let order: Vec<_> = digests.iter().map(|(_, id)| *id).collect();
        for (id, position) in ["a", "b", "c"].iter().zip(drawn) {
            assert_eq!(order[position], *id);
        }
    }
}
