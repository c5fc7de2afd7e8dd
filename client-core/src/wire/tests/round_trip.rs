//! Every frame, written and read, is the same frame.

use std::collections::BTreeMap;

use automerge::ChangeHash;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::ids::CommandId;
use crate::refusal::Refusal;

fn peers() -> impl Strategy<Value = PeerId> {
    ".{0,40}".prop_map(|label| PeerId::new(label).unwrap())
}

fn documents() -> impl Strategy<Value = DocumentId> {
    any::<[u8; 16]>().prop_map(DocumentId)
}

fn commands() -> impl Strategy<Value = CommandId> {
    any::<[u8; 16]>().prop_map(CommandId)
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..300)
}

fn seals() -> impl Strategy<Value = Seal> {
    any::<[u8; Seal::BYTES]>().prop_map(Seal)
}

fn hashes() -> impl Strategy<Value = Vec<ChangeHash>> {
    vec(any::<[u8; 32]>().prop_map(ChangeHash), 0..5)
}

fn heads() -> impl Strategy<Value = Heads> {
    hashes().prop_map(Heads::new)
}

fn refusals() -> impl Strategy<Value = Refusal> {
    ("[a-z-]{1,20}", btree_map("[a-z]{1,8}", ".{0,20}", 0..3))
        .prop_map(|(code, params)| Refusal { code, params })
}

/// Small numbers, those on both sides of 2^32 and 2^53, and all others.
fn numbers() -> impl Strategy<Value = u64> {
    prop_oneof![
        0u64..100,
        (1u64 << 32) - 2..(1 << 32) + 2,
        (1u64 << 53) - 2..(1 << 53) + 2,
        any::<u64>()
    ]
}

fn metadata() -> impl Strategy<Value = PeerMetadata> {
    (option::of(".{0,40}"), any::<Option<bool>>(), option::of(numbers())).prop_map(
        |(storage_id, is_ephemeral, time)| PeerMetadata { storage_id, is_ephemeral, time },
    )
}

fn handshakes() -> impl Strategy<Value = Frame> {
    let version = prop_oneof![Just(Version::One), Just(Version::Samsynk1)];
    prop_oneof![
        (peers(), vec("[a-z0-9-]{0,12}", 0..4), metadata())
            .prop_map(|(sender, versions, metadata)| Frame::Join { sender, versions, metadata }),
        (peers(), peers(), version, metadata()).prop_map(|(sender, target, version, metadata)| {
            Frame::Peer { sender, target, version, metadata }
        }),
        peers().prop_map(|sender| Frame::Leave { sender }),
        (".{0,40}", option::of(peers()), option::of(peers()))
            .prop_map(|(message, sender, target)| Frame::Error { message, sender, target }),
        // No known type begins so.
        "x[a-z]{0,20}".prop_map(|kind| Frame::Unknown { kind }),
    ]
}

fn messages() -> impl Strategy<Value = Frame> {
    let envelope = || (documents(), peers(), peers());
    prop_oneof![
        (envelope(), data()).prop_map(|((document, sender, target), data)| Frame::Request {
            document,
            sender,
            target,
            data
        }),
        (envelope(), data(), option::of(seals())).prop_map(
            |((document, sender, target), data, seal)| Frame::Sync {
                document,
                sender,
                target,
                data,
                seal
            }
        ),
        envelope().prop_map(|(document, sender, target)| Frame::DocUnavailable {
            document,
            sender,
            target
        }),
        (envelope(), ".{0,20}", numbers(), data()).prop_map(
            |((document, sender, target), session, count, data)| Frame::Ephemeral {
                document,
                sender,
                target,
                session,
                count,
                data
            }
        ),
    ]
}

fn gossip() -> impl Strategy<Value = Frame> {
    let remote =
        (heads(), numbers()).prop_map(|(heads, timestamp)| RemoteHeads { heads, timestamp });
    let by_storage: BoxedStrategy<BTreeMap<_, _>> = btree_map(".{0,20}", remote, 0..3).boxed();
    let storages = || vec(".{0,20}", 0..3);
    prop_oneof![
        (peers(), peers(), storages(), storages()).prop_map(|(sender, target, add, remove)| {
            Frame::RemoteSubscriptionChange { sender, target, add, remove }
        }),
        (documents(), peers(), peers(), by_storage).prop_map(
            |(document, sender, target, heads)| {
                Frame::RemoteHeadsChanged { document, sender, target, heads }
            }
        ),
    ]
}

fn samsynk() -> impl Strategy<Value = Frame> {
    let entry = (documents(), any::<u32>(), any::<[u8; 8]>())
        .prop_map(|(document, epoch, digest)| CatalogueEntry { document, epoch, digest });
    let result = prop_oneof![numbers().prop_map(Ok), refusals().prop_map(Err)];
    prop_oneof![
        vec(entry, 0..5).prop_map(|entries| Frame::CatalogueDigest { entries }),
        vec((documents(), any::<u32>()), 0..5)
            .prop_map(|entries| Frame::CatalogueAnswer { entries }),
        (documents(), heads()).prop_map(|(document, heads)| Frame::Receipt { document, heads }),
        (documents(), hashes(), refusals()).prop_map(|(document, hashes, refusal)| {
            Frame::Rejected { document, hashes, refusal }
        }),
        (documents(), any::<u32>(), seals(), data()).prop_map(|(document, epoch, seal, data)| {
            Frame::GiveBack { document, epoch, seal, data }
        }),
        (documents(), any::<u32>(), "[a-z-]{0,20}")
            .prop_map(|(document, epoch, reason)| Frame::Withdrawn { document, epoch, reason }),
        (commands(), ".{0,99}").prop_map(|(id, command)| Frame::Command { id, command }),
        (commands(), result).prop_map(|(id, result)| Frame::Outcome { id, result }),
        numbers().prop_map(|count| Frame::Ping { count }),
        numbers().prop_map(|count| Frame::Pong { count }),
    ]
}

proptest! {
    #[test]
    fn every_frame_survives(
        frame in prop_oneof![handshakes(), messages(), gossip(), samsynk()]
    ) {
        prop_assert_eq!(Frame::decode(&frame.encode()), Ok(frame));
    }
}
