//! Bytes from those who mean harm, or whose connection broke.

use minicbor::Encoder;
use proptest::prelude::*;

use super::*;
use crate::limits::{
    CATALOGUE_ENTRIES_MAX, COMMAND_BYTES_MAX, FRAME_BYTES_MAX, HEADS_COUNT_MAX, NESTING_DEPTH_MAX,
    PEER_ID_BYTES_MAX, STORAGE_IDS_COUNT_MAX, VERSIONS_COUNT_MAX,
};

/// The bytes of a map of `count` entries that `fill` writes.
fn map(count: u64, fill: impl FnOnce(&mut Encoder<Vec<u8>>)) -> Vec<u8> {
    let mut to = Encoder::new(Vec::new());
    to.map(count).unwrap();
    fill(&mut to);
    to.into_writer()
}

/// A `leave` with one more entry, whose value is `value`.
fn leave_with(key: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = map(3, |to| {
        to.str("type").unwrap().str("leave").unwrap();
        to.str("senderId").unwrap().str("mallory").unwrap();
        to.str(key).unwrap();
    });
    bytes.extend_from_slice(value);
    bytes
}

#[test]
fn a_frame_cut_off_anywhere_is_refused() {
    for hex in golden::ALL {
        let whole = golden::bytes(hex);
        for end in 0..whole.len() {
            assert_eq!(Frame::decode(&whole[..end]), Err(WireError::Malformed), "{hex} at {end}");
        }
        let longer = [&whole[..], &[0]].concat();
        assert_eq!(Frame::decode(&longer), Err(WireError::Malformed));
    }
}

#[test]
fn what_is_not_a_map_is_refused() {
    // Nothing, a number, a list, a text, a break, and bytes that RFC 8949 reserves.
    for bytes in [&[][..], &[0x01], &[0x80], &[0x60], &[0xff], &[0x1c], &[0xbf, 0x1f], &[0xfc]] {
        assert_eq!(Frame::decode(bytes), Err(WireError::Malformed), "{bytes:?}");
    }
    assert_eq!(Frame::decode(&[0xa0]), Err(WireError::Missing { key: "type" }));
}

#[test]
fn lengths_that_are_claimed_but_not_there_are_refused() {
    let huge = u64::MAX.to_be_bytes();
    // Byte string, text, list, map and indefinite forms of the same, each claiming 2^64 − 1.
    for first in [0x5b, 0x7b, 0x9b, 0xbb] {
        let value = [&[first][..], &huge].concat();
        for key in ["extra", "data", "heads", "peerMetadata"] {
            assert_eq!(Frame::decode(&leave_with(key, &value)), Err(WireError::Malformed));
        }
    }
    let map = [&[0xbb][..], &huge].concat();
    assert_eq!(Frame::decode(&map), Err(WireError::Malformed));
}

#[test]
fn what_is_nested_too_deep_is_refused_wherever_it_stands() {
    let bomb = |open: &[u8], levels: usize| [&open.repeat(levels)[..], &[0x00]].concat();
    // Lists of one, lists without length, tags, and maps whose key is a map.
    for open in [&[0x81][..], &[0x9f], &[0xd8, 0x40], &[0xa1]] {
        let bytes = leave_with("extra", &bomb(open, 1_000_000));
        assert_eq!(Frame::decode(&bytes), Err(WireError::TooDeep), "{open:?}");
    }
    // The message's own map is the first level.
    let deepest = leave_with("extra", &bomb(&[0x81], NESTING_DEPTH_MAX - 1));
    assert_eq!(Frame::decode(&deepest), Ok(Frame::Leave { sender: peer("mallory") }));
    let deeper = leave_with("extra", &bomb(&[0x81], NESTING_DEPTH_MAX));
    assert_eq!(Frame::decode(&deeper), Err(WireError::TooDeep));
    assert_eq!(Frame::decode(&bomb(&[0xa1], 1_000_000)), Err(WireError::TooDeep));
}

#[test]
fn a_message_over_the_limit_is_not_even_looked_at() {
    let bytes = vec![0; FRAME_BYTES_MAX + 1];
    assert_eq!(Frame::decode(&bytes), Err(WireError::TooLarge { bytes: bytes.len() }));
}

#[test]
fn a_key_that_stands_twice_has_no_meaning() {
    let twice = leave_with("senderId", &[0x61, b'x']);
    assert_eq!(Frame::decode(&twice), Err(WireError::Duplicate { key: "senderId" }));
}

#[test]
fn values_of_the_wrong_kind_are_named() {
    let invalid = |key| Err(WireError::Invalid { key });
    let ephemeral = |count: &[u8]| {
        let head = map(7, |to| {
            to.str("type").unwrap().str("ephemeral").unwrap();
            to.str("senderId").unwrap().str("a").unwrap();
            to.str("targetId").unwrap().str("b").unwrap();
            to.str("sessionId").unwrap().str("s").unwrap();
            to.str("documentId").unwrap().str(&document().to_string()).unwrap();
            to.str("data").unwrap().bytes(&[1]).unwrap();
            to.str("count").unwrap();
        });
        Frame::decode(&[&head[..], count].concat())
    };
    // Minus one, a half, minus one as a float, 2^53, infinity, not a number, a text.
    for wrong in [-0.5, 0.5, -1.0, 9_007_199_254_740_992.0, f64::INFINITY, f64::NAN] {
        let count = [&[0xfb][..], &wrong.to_be_bytes()].concat();
        assert_eq!(ephemeral(&count), invalid("count"), "{wrong}");
    }
    assert_eq!(ephemeral(&[0x20]), invalid("count"));
    assert_eq!(ephemeral(&[0x61, b'1']), invalid("count"));
    let Ok(Frame::Ephemeral { count, .. }) = ephemeral(&[0xfa, 0x40, 0x40, 0x00, 0x00]) else {
        panic!("3 as a 32-bit float is a count");
    };
    assert_eq!(count, 3);

    // A document id with a digit changed fails its checksum.
    let withdrawn = Frame::Withdrawn { document: document(), epoch: 0, reason: "erased".into() };
    let mut broken = withdrawn.encode();
    let at = broken.windows(27).position(|w| w == document().to_string().as_bytes()).unwrap();
    broken[at] = b'7';
    assert_eq!(Frame::decode(&broken), invalid("documentId"));
}

#[test]
fn an_unknown_tag_does_not_make_bytes_data() {
    let tagged = golden::bytes(golden::ALL[11]);
    let at = tagged.windows(2).position(|w| w == [0xd8, 0x40]).unwrap();
    let mut other = tagged;
    other[at + 1] = 0x41;
    assert_eq!(Frame::decode(&other), Err(WireError::Invalid { key: "data" }));
}

#[test]
fn lists_and_texts_over_their_limit_are_refused() {
    let over = |key, max| Err(WireError::OverLimit { key, max });
    let join = |versions: usize| Frame::Join {
        sender: peer("a"),
        versions: vec![String::new(); versions],
        metadata: PeerMetadata::default(),
    };
    assert!(Frame::decode(&join(VERSIONS_COUNT_MAX).encode()).is_ok());
    let many = join(VERSIONS_COUNT_MAX + 1).encode();
    assert_eq!(Frame::decode(&many), over("supportedProtocolVersions", VERSIONS_COUNT_MAX));

    let subscribe = Frame::RemoteSubscriptionChange {
        sender: peer("a"),
        target: peer("b"),
        add: vec![String::new(); STORAGE_IDS_COUNT_MAX + 1],
        remove: vec![],
    };
    assert_eq!(Frame::decode(&subscribe.encode()), over("add", STORAGE_IDS_COUNT_MAX));

    let hash = |i: usize| {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&(i as u64).to_be_bytes());
        automerge::ChangeHash(hash)
    };
    let receipt = |count: usize| Frame::Receipt {
        document: document(),
        heads: (0..count).map(hash).collect(),
    };
    assert_eq!(Frame::decode(&receipt(HEADS_COUNT_MAX).encode()), Ok(receipt(HEADS_COUNT_MAX)));
    assert_eq!(
        Frame::decode(&receipt(HEADS_COUNT_MAX + 1).encode()),
        over("heads", HEADS_COUNT_MAX)
    );

    let entries = vec![(document(), 0); CATALOGUE_ENTRIES_MAX + 1];
    let answer = Frame::CatalogueAnswer { entries };
    assert_eq!(Frame::decode(&answer.encode()), over("entries", CATALOGUE_ENTRIES_MAX));

    let id = crate::ids::CommandId([1; 16]);
    let command = Frame::Command { id, command: "x".repeat(COMMAND_BYTES_MAX + 1) };
    assert_eq!(Frame::decode(&command.encode()), over("command", COMMAND_BYTES_MAX));

    assert!(PeerId::new("x".repeat(PEER_ID_BYTES_MAX)).is_ok());
    assert!(PeerId::new("x".repeat(PEER_ID_BYTES_MAX + 1)).is_err());
}

#[test]
fn a_list_without_length_is_held_to_the_same_limit() {
    let mut bytes = map(3, |to| {
        to.str("type").unwrap().str("join").unwrap();
        to.str("senderId").unwrap().str("mallory").unwrap();
        to.str("supportedProtocolVersions").unwrap().begin_array().unwrap();
    });
    bytes.extend([0x60; VERSIONS_COUNT_MAX + 1]);
    bytes.push(0xff);
    let over = WireError::OverLimit { key: "supportedProtocolVersions", max: VERSIONS_COUNT_MAX };
    assert_eq!(Frame::decode(&bytes), Err(over));
}

#[test]
fn packed_bytes_of_an_odd_length_are_refused() {
    let bytes = map(2, |to| {
        to.str("type").unwrap().str("catalogue-answer").unwrap();
        to.str("entries").unwrap().bytes(&[0; 21]).unwrap();
    });
    assert_eq!(Frame::decode(&bytes), Err(WireError::Invalid { key: "entries" }));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        // Whatever comes out is a frame or an error; what comes in again must be the same frame.
        if let Ok(frame) = Frame::decode(&bytes) {
            prop_assert_eq!(Frame::decode(&frame.encode()), Ok(frame));
        }
    }

    #[test]
    fn bent_frames_never_panic(
        which in 0..golden::ALL.len(),
        bends in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = golden::bytes(golden::ALL[which]);
        for (index, byte) in bends {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(frame) = Frame::decode(&bytes) {
            prop_assert_eq!(Frame::decode(&frame.encode()), Ok(frame));
        }
    }
}
