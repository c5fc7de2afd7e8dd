//! Whether new changes follow on what is known: dependencies, sequence and operation numbers.

use std::collections::HashMap;

use automerge::{ActorId, ChangeHash};
use samsynk_core::refusal::Refusal;

use super::parts::Facts;

/// What the gate asks of a document as it is.
pub trait Known {
    /// The number of the last operation of a change that the document has.
    fn max_op_of(&mut self, hash: &ChangeHash) -> Option<u64>;
    /// How many changes of an actor the document has.
    fn seq_of(&mut self, actor: &ActorId) -> u64;
    /// The number of the document's last operation.
    fn max_op(&mut self) -> u64;
}

/// New changes, in an order in which they can be applied.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ordered {
    /// Places in the list that was asked about, up to the first change that does not follow.
    pub ready: Vec<usize>,
    /// The place of that one, if any: its number or first operation does not follow on what it depends on.
    pub wrong: Option<usize>,
    /// What other new changes wait for. A sender whose Bloom filter was wrong leaves out changes that
    /// the receiver lacks, about one in a hundred; it must be asked for them.
    pub missing: Vec<ChangeHash>,
}

/// The code of changes to a document that has begun anew since.
pub const OF_ANOTHER_EPOCH: &str = "document-replaced";

/// Refuses history that a document with a later epoch does not begin with: its one beginning is known.
///
/// # Errors
///
/// `document-replaced`.
pub fn same_epoch(facts: &[Facts], known: &mut dyn Known) -> Result<(), Refusal> {
    let begins = |fact: &Facts| fact.deps.is_empty();
    if facts.iter().any(|fact| begins(fact) && known.max_op_of(&fact.hash).is_none()) {
        return Err(Refusal::new(OF_ANOTHER_EPOCH));
    }
    Ok(())
}

/// The refusal of a change that does not follow on what it depends on.
#[must_use]
pub fn sequence_wrong() -> Refusal {
    Refusal::new("sequence-wrong")
}

/// Puts the changes that the document does not have in order.
pub fn order(facts: &[Facts], known: &mut dyn Known) -> Ordered {
    let new = new_ones(facts, known);
    let (mut ready, missing) = sort(facts, &new, known);
    let mut checked =
        Checked { seqs: HashMap::new(), max_ops: HashMap::new(), max_op: known.max_op() };
    let first_wrong = ready.iter().position(|i| !checked.follows(&facts[*i], known));
    let wrong = first_wrong.map(|place| ready[place]);
    ready.truncate(first_wrong.unwrap_or(ready.len()));
    Ordered { ready, wrong, missing }
}

/// The changes that the document does not have, each once, by their hashes.
fn new_ones(facts: &[Facts], known: &mut dyn Known) -> HashMap<ChangeHash, usize> {
    let unknown =
        facts.iter().enumerate().filter(|(_, fact)| known.max_op_of(&fact.hash).is_none());
    let mut new = HashMap::new();
    for (i, fact) in unknown {
        new.entry(fact.hash).or_insert(i);
    }
    new
}

/// Kahn's algorithm, with the changes first that came first.
fn sort(
    facts: &[Facts],
    new: &HashMap<ChangeHash, usize>,
    known: &mut dyn Known,
) -> (Vec<usize>, Vec<ChangeHash>) {
    let mut waits_for: HashMap<usize, usize> = HashMap::new();
    let mut followers: HashMap<ChangeHash, Vec<usize>> = HashMap::new();
    let mut missing = Vec::new();
    let mut places: Vec<usize> = new.values().copied().collect();
    places.sort_unstable();
    for i in places {
        let mut count = 0;
        for dep in &facts[i].deps {
            if new.contains_key(dep) {
                followers.entry(*dep).or_default().push(i);
                count += 1;
            } else if known.max_op_of(dep).is_none() {
                missing.push(*dep);
                count += 1;
            }
        }
        waits_for.insert(i, count);
    }
    let mut ready: Vec<usize> =
        waits_for.iter().filter(|(_, count)| **count == 0).map(|(i, _)| *i).collect();
    ready.sort_unstable();
    let mut next = 0;
    while let Some(&i) = ready.get(next) {
        next += 1;
        for follower in followers.remove(&facts[i].hash).unwrap_or_default() {
            let count = waits_for.get_mut(&follower).expect("every new change has a count");
            *count -= 1;
            if *count == 0 {
                ready.push(follower);
            }
        }
    }
    missing.sort_unstable();
    missing.dedup();
    (ready, missing)
}

/// What the changes so far lead to.
struct Checked {
    seqs: HashMap<ActorId, u64>,
    max_ops: HashMap<ChangeHash, u64>,
    max_op: u64,
}

impl Checked {
    /// Whether a change follows on those before it; notes it if so.
    fn follows(&mut self, fact: &Facts, known: &mut dyn Known) -> bool {
        let seq = match self.seqs.get(&fact.actor) {
            Some(seq) => *seq,
            None => known.seq_of(&fact.actor),
        };
        let after_deps = fact.deps.iter().map(|dep| {
            self.max_ops.get(dep).copied().or_else(|| known.max_op_of(dep)).unwrap_or(0)
        });
        let after_deps = after_deps.max().unwrap_or(0);
        // A change on top of an older state is numbered after all that its writer has, and its writer
        // has no more than what is known now. So numbers cannot be pushed towards their limit.
        let possible = after_deps + 1..=self.max_op.max(after_deps) + 1;
        // A saved document tells where a change ends, not where it starts: without operations it has no number
        // of its own, and Automerge would look for those up to its start.
        let starts = fact.ops() > 0 || fact.start_op == after_deps + 1;
        if fact.seq != seq + 1 || !possible.contains(&fact.start_op) || !starts {
            return false;
        }
        self.seqs.insert(fact.actor.clone(), fact.seq);
        self.max_ops.insert(fact.hash, fact.max_op);
        self.max_op = self.max_op.max(fact.max_op);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl Known for Nothing {
        fn max_op_of(&mut self, _: &ChangeHash) -> Option<u64> {
            None
        }
        fn seq_of(&mut self, _: &ActorId) -> u64 {
            0
        }
        fn max_op(&mut self) -> u64 {
            0
        }
    }

    fn fact(n: u8, seq: u64, start_op: u64, deps: &[u8]) -> Facts {
        Facts {
            hash: ChangeHash([n; 32]),
            actor: ActorId::from([9; 16]),
            seq,
            start_op,
            max_op: start_op + 1,
            deps: deps.iter().map(|n| ChangeHash([*n; 32])).collect(),
        }
    }

    #[test]
    fn changes_are_put_in_order_and_gaps_are_named() {
        let facts =
            [fact(2, 2, 3, &[1]), fact(1, 1, 1, &[]), fact(5, 4, 9, &[4]), fact(1, 1, 1, &[])];
        let ordered = order(&facts, &mut Nothing);
        let missing = vec![ChangeHash([4; 32])];
        assert_eq!(ordered, Ordered { ready: vec![1, 0], wrong: None, missing });
    }

    #[test]
    fn numbers_that_do_not_follow_are_refused() {
        let wrong = [
            vec![fact(1, 2, 1, &[])],
            vec![fact(1, 1, 2, &[])],
            vec![fact(1, 1, 1, &[]), fact(2, 2, 2, &[1])],
            vec![fact(1, 1, 1, &[]), fact(2, 2, 4_000_000_000, &[1])],
            vec![fact(1, 1, 1, &[]), fact(2, 1, 3, &[1])],
            vec![fact(1, 1, 1, &[]), Facts { max_op: 2, ..fact(2, 2, 3, &[]) }],
        ];
        for facts in wrong {
            let last = facts.len() - 1;
            let ordered = order(&facts, &mut Nothing);
            assert_eq!(ordered.wrong, Some(last));
            assert_eq!(ordered.ready, (0..last).collect::<Vec<_>>(), "what is before it is right");
        }
    }
}
