//! Bytes that cbor-x 1.6 wrote, with the options of automerge-repo 2.5.6 (`tagUint8Array: false, useRecords:
//! false`), from objects with the keys in the order in which its adapters give them.

use automerge::ChangeHash;

use super::*;

/// `{type: "join", senderId: "alice", peerMetadata: {storageId: "store-1", isEphemeral: false}, …}`
const JOIN: &str = "\
    b900046474797065646a6f696e6873656e646572496465616c6963656c706565724d65746164617461b90002\
    6973746f7261676549646773746f72652d316b6973457068656d6572616cf47819737570706f727465645072\
    6f746f636f6c56657273696f6e73816131";

/// The same with `storageId: undefined` and `isEphemeral: true`.
const JOIN_UNDEFINED: &str = "\
    b900046474797065646a6f696e6873656e646572496465616c6963656c706565724d65746164617461b90002\
    6973746f726167654964f76b6973457068656d6572616cf57819737570706f7274656450726f746f636f6c56\
    657273696f6e73816131";

/// `{type: "peer", senderId: "hub", peerMetadata: {}, selectedProtocolVersion: "1", targetId: "alice"}`
const PEER: &str = "\
    b90005647479706564706565726873656e6465724964636875626c706565724d65746164617461b900007773\
    656c656374656450726f746f636f6c56657273696f6e613168746172676574496465616c696365";

/// `{senderId: "alice", targetId: "hub", type: "sync", data: …, documentId: …}`
const SYNC: &str = "\
    b900056873656e646572496465616c6963656874617267657449646368756264747970656473796e63646461\
    74614542000000006a646f63756d656e744964781b36674d48586a735a356378646e34715362674759595938\
    436e4b4b";

/// `{type: "request", targetId: "hub", documentId: …, data: …, senderId: "alice"}`
const REQUEST: &str = "\
    b9000564747970656772657175657374687461726765744964636875626a646f63756d656e744964781b3667\
    4d48586a735a356378646e34715362674759595938436e4b4b64646174614542000000006873656e64657249\
    6465616c696365";

/// `{type: "doc-unavailable", senderId: "hub", targetId: "alice", documentId: …}`
const UNAVAILABLE: &str = "\
    b9000464747970656f646f632d756e617661696c61626c656873656e64657249646368756268746172676574\
    496465616c6963656a646f63756d656e744964781b36674d48586a735a356378646e34715362674759595938\
    436e4b4b";

/// `{type: "ephemeral", …, count: 2 ** 33, sessionId: "s1", documentId: …, data: …}`: the count as float64.
const EPHEMERAL: &str = "\
    b90007647479706569657068656d6572616c6873656e646572496465616c6963656874617267657449646368\
    756265636f756e74fb42000000000000006973657373696f6e49646273316a646f63756d656e744964781b36\
    674d48586a735a356378646e34715362674759595938436e4b4b646461746143010203";

/// `{type: "error", senderId: "hub", message: "unsupported protocol version", targetId: "alice"}`
const ERROR: &str = "\
    b900046474797065656572726f726873656e646572496463687562676d657373616765781c756e737570706f\
    727465642070726f746f636f6c2076657273696f6e68746172676574496465616c696365";

/// `{type: "remote-subscription-change", …, add: ["store-2"], remove: undefined}`
const SUBSCRIBE: &str = "\
    b900056474797065781a72656d6f74652d737562736372697074696f6e2d6368616e67656873656e64657249\
    6465616c6963656874617267657449646368756263616464816773746f72652d326672656d6f7665f7";

/// `{type: "remote-heads-changed", …, newHeads: {"store-2": {heads: […], timestamp: 1760000000000}}}`
const HEADS: &str = "\
    b9000564747970657472656d6f74652d68656164732d6368616e6765646873656e6465724964636875626874\
    6172676574496465616c6963656a646f63756d656e744964781b36674d48586a735a356378646e3471536267\
    4759595938436e4b4b686e65774865616473b900016773746f72652d32b9000265686561647381783134796f\
    355a7a5044554b43736f75637954583247666b74676f796a784d39636a465557716b695173554a72574c644c\
    53376974696d657374616d70fb42799c82cc000000";

/// `{type: "leave", senderId: "alice"}`
const LEAVE: &str = "\
    b900026474797065656c656176656873656e646572496465616c696365";

/// A sync from an encoder that tags byte strings (cbor-x by default: tag 64).
const TAGGED: &str = "\
    b9000564747970656473796e636873656e646572496465616c696365687461726765744964636875626a646f\
    63756d656e744964781b36674d48586a735a356378646e34715362674759595938436e4b4b6464617461d840\
    43010203";

/// All of them, for those who bend them.
pub(super) const ALL: [&str; 12] = [
    JOIN,
    JOIN_UNDEFINED,
    PEER,
    SYNC,
    REQUEST,
    UNAVAILABLE,
    EPHEMERAL,
    ERROR,
    SUBSCRIBE,
    HEADS,
    LEAVE,
    TAGGED,
];

/// The bytes of hexadecimal digits.
pub(super) fn bytes(hex: &str) -> Vec<u8> {
    assert!(hex.len().is_multiple_of(2) && hex.is_ascii());
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}

/// Decodes, and checks that encoding again gives a frame that means the same.
fn frame(hex: &str) -> Frame {
    let frame = Frame::decode(&bytes(hex)).unwrap();
    assert_eq!(Frame::decode(&frame.encode()).as_ref(), Ok(&frame));
    frame
}

fn join(storage_id: Option<&str>, is_ephemeral: bool) -> Frame {
    let metadata = PeerMetadata {
        storage_id: storage_id.map(str::to_owned),
        is_ephemeral: Some(is_ephemeral),
        time: None,
    };
    Frame::Join { sender: peer("alice"), versions: vec!["1".into()], metadata }
}

#[test]
fn a_javascript_client_joins_and_leaves() {
    assert_eq!(frame(JOIN), join(Some("store-1"), false));
    assert_eq!(frame(JOIN_UNDEFINED), join(None, true));
    assert_eq!(frame(LEAVE), Frame::Leave { sender: peer("alice") });
    let welcome = Frame::Peer {
        sender: peer("hub"),
        target: peer("alice"),
        version: Version::One,
        metadata: PeerMetadata::default(),
    };
    assert_eq!(frame(PEER), welcome);
    let error = Frame::Error {
        message: "unsupported protocol version".into(),
        sender: Some(peer("hub")),
        target: Some(peer("alice")),
    };
    assert_eq!(frame(ERROR), error);
}

#[test]
fn a_javascript_client_syncs() {
    let data = vec![0x42, 0, 0, 0, 0];
    let (alice, hub) = (peer("alice"), peer("hub"));
    let sync = |data| Frame::Sync {
        document: document(),
        sender: alice.clone(),
        target: hub.clone(),
        data,
        seal: None,
    };
    assert_eq!(frame(SYNC), sync(data.clone()));
    assert_eq!(frame(TAGGED), sync(vec![1, 2, 3]));
    let request =
        Frame::Request { document: document(), sender: alice.clone(), target: hub.clone(), data };
    assert_eq!(frame(REQUEST), request);
    let unavailable =
        Frame::DocUnavailable { document: document(), sender: hub.clone(), target: alice.clone() };
    assert_eq!(frame(UNAVAILABLE), unavailable);
    let ephemeral = Frame::Ephemeral {
        document: document(),
        sender: alice,
        target: hub,
        session: "s1".into(),
        count: 1 << 33,
        data: vec![1, 2, 3],
    };
    assert_eq!(frame(EPHEMERAL), ephemeral);
}

#[test]
fn a_javascript_client_gossips_about_heads() {
    let subscribe = Frame::RemoteSubscriptionChange {
        sender: peer("alice"),
        target: peer("hub"),
        add: vec!["store-2".into()],
        remove: vec![],
    };
    assert_eq!(frame(SUBSCRIBE), subscribe);
    let heads = Heads::new(vec![ChangeHash([9; 32])]);
    let changed = Frame::RemoteHeadsChanged {
        document: document(),
        sender: peer("hub"),
        target: peer("alice"),
        heads: [("store-2".into(), RemoteHeads { heads, timestamp: 1_760_000_000_000 })].into(),
    };
    assert_eq!(frame(HEADS), changed);
}

/// Where our order of keys is that of the JavaScript peers, the bytes are the same to the last.
#[test]
fn we_write_the_very_bytes_that_cbor_x_writes() {
    for hex in [JOIN, PEER, UNAVAILABLE, EPHEMERAL, ERROR, HEADS, LEAVE] {
        assert_eq!(frame(hex).encode(), bytes(hex));
    }
}

/// Crafted: `{_ "type": "join", "senderId": "a", 1: [_ {}], "extra": {"deep": [1, h'00', 1.5, null]}}`.
#[test]
fn maps_without_length_and_keys_from_the_future_are_read() {
    let hex = "bf6474797065646a6f696e6873656e64657249646161019fa0ff656578747261a1646465657084014100\
               fb3ff8000000000000f6ff";
    let join = Frame::Join {
        sender: peer("a"),
        versions: vec!["1".into()],
        metadata: PeerMetadata::default(),
    };
    assert_eq!(frame(hex), join);
}

/// Crafted: `{"type": "from-the-future", "x": 1}`.
#[test]
fn a_type_from_the_future_is_named_and_nothing_more() {
    let hex = "a264747970656f66726f6d2d7468652d667574757265617801";
    assert_eq!(frame(hex), Frame::Unknown { kind: "from-the-future".into() });
}

/// Crafted, as our own server writes it, so that a change of layout does not pass unseen.
#[test]
fn a_catalogue_is_packed() {
    let entry = CatalogueEntry { document: document(), epoch: 0x0102, digest: [0xd1; 8] };
    let digest = Frame::CatalogueDigest { entries: vec![entry] };
    let hex = "b90002\
               64747970657063 6174616c6f6775652d646967657374\
               67656e7472696573\
               581c07070707070707070707070707070707\
               00000102\
               d1d1d1d1d1d1d1d1";
    assert_eq!(digest.encode(), bytes(&hex.replace(' ', "")));
    assert_eq!(frame(&hex.replace(' ', "")), digest);
}

/// Crafted, as our own devices and server write them: the shortest frames, since many are sent.
#[test]
fn a_ping_and_a_pong_are_a_number() {
    let ping = Frame::Ping { count: 300 };
    let hex = "b9000264747970656470696e6765636f756e7419012c";
    assert_eq!((ping.encode(), frame(hex)), (bytes(hex), ping));
    let pong = Frame::Pong { count: 300 };
    let hex = "b90002647479706564706f6e6765636f756e7419012c";
    assert_eq!((pong.encode(), frame(hex)), (bytes(hex), pong));
}

/// Crafted, as our own server and devices write them: the seal behind what unmodified clients read, and given
/// back with a whole document.
#[test]
fn a_seal_is_bytes_beside_the_message() {
    let seal = Seal([0x5e; 32]);
    let hex = "b90006\
               6474797065 6473796e63\
               6873656e6465724964 63687562\
               687461726765744964 65616c696365\
               6a646f63756d656e744964 781b36674d48586a735a356378646e34715362674759595938436e4b4b\
               6464617461 4142\
               647365616c 5820";
    let hex = hex.replace(' ', "") + &"5e".repeat(32);
    let (sender, target) = (peer("hub"), peer("alice"));
    let sealed =
        Frame::Sync { document: document(), sender, target, data: vec![0x42], seal: Some(seal) };
    assert_eq!(sealed.encode(), bytes(&hex));
    assert_eq!(frame(&hex), sealed);

    let given = Frame::GiveBack { document: document(), epoch: 3, seal, data: vec![0x43] };
    let hex = "b90005\
               6474797065 69676976652d6261636b\
               6a646f63756d656e744964 781b36674d48586a735a356378646e34715362674759595938436e4b4b\
               6565706f6368 03\
               647365616c 5820";
    let hex = hex.replace(' ', "") + &"5e".repeat(32) + "64646174614143";
    assert_eq!(given.encode(), bytes(&hex));
    assert_eq!(frame(&hex), given);

    let short =
        hex.replace(&format!("5820{}", "5e".repeat(32)), &format!("581f{}", "5e".repeat(31)));
    assert_eq!(Frame::decode(&bytes(&short)), Err(WireError::Invalid { key: "seal" }));
}

#[test]
fn the_better_version_is_chosen() {
    let offer = |versions: &[&str]| versions.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
    assert_eq!(negotiate(&offer(&["1", "samsynk-1"])), Some(Version::Samsynk1));
    assert_eq!(negotiate(&offer(&["1"])), Some(Version::One));
    assert_eq!(negotiate(&offer(&["2"])), None);
    assert_eq!(negotiate(&[]), None);
}

/// The digest by `printf '\1%.0s' {1..32} ; printf '\2%.0s' {1..32}` through `sha256sum`.
#[test]
fn a_digest_does_not_depend_on_the_order_of_heads() {
    let (one, two) = (ChangeHash([1; 32]), ChangeHash([2; 32]));
    assert_eq!(digest(&[two, one]), digest(&[one, two]));
    assert_eq!(digest(&[two, one, one]), Heads::new(vec![one, two]).digest());
    assert_eq!(digest(&[one, two]).to_vec(), bytes("f818afd37a6dc3bc"));
    assert_eq!(digest(&[]).to_vec(), bytes("e3b0c44298fc1c14"));
}
