//! What honest clients send and store is accepted, and what is found agrees with Automerge.

use automerge::AutoCommit;
use automerge::sync::{Message, State, SyncDoc as _};
use proptest::prelude::*;

use samsynk_core::wire::walk::*;
use samsynk_tests::people::{deeds, live};

/// How many changes and operations a document has, as Automerge counts them.
fn counted(doc: &mut AutoCommit) -> (usize, usize) {
    let changes = doc.get_changes(&[]);
    (changes.len(), changes.iter().map(|change| change.len()).sum())
}

fn found(walked: Walked) -> (usize, usize) {
    (walked.changes, walked.ops)
}

struct Counting(usize);

impl<'a> Operations<'a> for Counting {
    fn operation(&mut self, _: &Actors<'a>, _: &Op<'a>) -> Result<(), Malformed> {
        self.0 += 1;
        Ok(())
    }
    fn predecessor(&mut self, _: &Actors<'a>, _: OpId) -> Result<(), Malformed> {
        Ok(())
    }
}

proptest! {
    #[test]
    fn saved_documents_are_accepted(deeds in deeds(60)) {
        for mut doc in live(deeds) {
            let counted = counted(&mut doc);
            for saved in [doc.save(), doc.save_nocompress()] {
                if counted.0 > 0 {
                    prop_assert_eq!(saved_as(&saved), Ok(counted));
                }
            }
            // As the store keeps them: a snapshot and changes after it, or changes alone.
            let pieces = doc.save_after(&[]);
            prop_assert_eq!(saved_as(&pieces), Ok(counted));
            for mut change in doc.get_changes(&[]) {
                let alone = (1, change.len());
                prop_assert_eq!(saved_as(change.raw_bytes()), Ok(alone));
                prop_assert_eq!(saved_as(&change.bytes()), Ok(alone));
                let mut shown = Counting(0);
                prop_assert_eq!(operations(change.raw_bytes(), &mut shown), Ok(()));
                prop_assert_eq!(shown.0, change.len());
            }
        }
    }

    #[test]
    fn sync_messages_are_accepted(deeds in deeds(60)) {
        let [mut one, mut two, _] = live(deeds);
        let (mut to_two, mut to_one) = (State::new(), State::new());
        for round in 0.. {
            prop_assert!(round < 20, "they never stop talking");
            let there = one.sync().generate_sync_message(&mut to_two);
            let back = two.sync().generate_sync_message(&mut to_one);
            if there.is_none() && back.is_none() {
                break;
            }
            if let Some(message) = there {
                let bytes = message.encode();
                prop_assert!(sync_message(&bytes).is_ok(), "{:?}", sync_message(&bytes));
                let message = Message::decode(&bytes).unwrap();
                two.sync().receive_sync_message(&mut to_one, message).unwrap();
            }
            if let Some(message) = back {
                let bytes = message.encode();
                prop_assert!(sync_message(&bytes).is_ok(), "{:?}", sync_message(&bytes));
                let message = Message::decode(&bytes).unwrap();
                one.sync().receive_sync_message(&mut to_two, message).unwrap();
            }
        }
        prop_assert_eq!(one.get_heads(), two.get_heads());
    }
}

fn saved_as(bytes: &[u8]) -> Result<(usize, usize), Malformed> {
    saved(bytes).map(found)
}
