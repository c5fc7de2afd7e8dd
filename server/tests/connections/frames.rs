//! Frames as bytes, against a whole server: joining, what stands in frames, and how they are cut.

use futures_util::SinkExt as _;
use samsynk_core::ids::DocumentId;
use samsynk_core::limits::OVERSIZED_FRAME_BYTES_MAX;
use samsynk_core::wire::{Frame, Version};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as Fragment;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::town::{Peer, Town, UNDEFINED, bytes, float, list, map, text};

/// A document that nobody has.
const NOTE: DocumentId = DocumentId([9; 16]);

/// An automerge sync message of someone who has nothing: no heads, needs or changes, one empty filter.
const EMPTY_SYNC: [u8; 7] = [0x42, 0, 0, 1, 0, 0, 0];

fn kind(name: &str) -> (&'static str, Vec<u8>) {
    ("type", text(name))
}

fn sender(name: &str) -> (&'static str, Vec<u8>) {
    ("senderId", text(name))
}

/// A frame about the document, to the server.
fn about(name: &str, from: &str, more: &[(&'static str, Vec<u8>)]) -> Vec<u8> {
    let document = ("documentId", text(&NOTE.to_string()));
    let fixed = vec![kind(name), sender(from), ("targetId", text("hub")), document];
    map(&[fixed, more.to_vec()].concat())
}

fn request(from: &str) -> Vec<u8> {
    about("request", from, &[("data", bytes(&EMPTY_SYNC))])
}

/// The server's answer to a question for a document that nobody has.
async fn is_told_that_there_is_none(peer: &mut Peer, name: &str) {
    match peer.hears().await {
        Frame::DocUnavailable { document, target, .. } => {
            assert_eq!((document, target.as_str()), (NOTE, name));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_join_is_answered_whatever_its_body_looks_like() {
    let town = Town::start().await;
    let (_, token) = town.person().await;
    let versions = |offered: &[&str]| {
        let offered: Vec<_> = offered.iter().map(|version| text(version)).collect();
        ("supportedProtocolVersions", list(&offered))
    };
    let metadata = |pairs: &[(&str, Vec<u8>)]| ("peerMetadata", map(pairs));
    let absent = UNDEFINED.to_vec();
    let joins = [
        map(&[kind("join"), sender("a"), metadata(&[]), versions(&["1"])]),
        // As automerge-repo without a storage writes it.
        map(&[
            kind("join"),
            sender("a"),
            metadata(&[("storageId", absent.clone()), ("isEphemeral", vec![0xf5])]),
            versions(&["1"]),
        ]),
        // Keys in another order, one from the future, one that is not there.
        map(&[
            versions(&["7", "1"]),
            ("future", list(&[float(1.5), map(&[])])),
            sender("a"),
            ("peerMetadata", absent),
            kind("join"),
        ]),
        // Without versions.
        map(&[kind("join"), sender("a")]),
    ];
    for join in joins {
        let mut peer = town.connect(&token).await;
        peer.say(&join).await;
        match peer.hears().await {
            Frame::Peer { sender, target, version, metadata } => {
                assert_eq!((target.as_str(), version), ("a", Version::One));
                assert_eq!(metadata.storage_id.as_deref(), Some(sender.as_str()));
                assert_eq!(metadata.is_ephemeral, Some(false));
            }
            other => panic!("{other:?}"),
        }
        peer.say(&request("a")).await;
        is_told_that_there_is_none(&mut peer, "a").await;
    }
    town.end().await;
}

#[tokio::test]
async fn who_does_not_join_as_one_should_is_told_so_and_closed() {
    let town = Town::start().await;
    let (_, token) = town.person().await;
    let versions = |items: &[Vec<u8>]| ("supportedProtocolVersions", list(items));
    let cases = [
        (map(&[kind("join"), sender("a"), versions(&[text("2")])]), "no-version"),
        (map(&[kind("join"), sender("a"), versions(&[])]), "no-version"),
        (map(&[kind("join")]), "unreadable-frame"),
        (map(&[kind("join"), ("senderId", float(1.0))]), "unreadable-frame"),
        (map(&[kind("join"), sender(&"a".repeat(250)), sender("b")]), "unreadable-frame"),
        (map(&[sender("a")]), "unreadable-frame"),
        (Vec::new(), "unreadable-frame"),
        (request("a"), "not-joined"),
        (about("leave", "a", &[]), "not-joined"),
        (map(&[kind("from-the-future")]), "not-joined"),
    ];
    for (frame, reason) in cases {
        let mut peer = town.connect(&token).await;
        peer.say(&frame).await;
        assert!(matches!(peer.hears().await, Frame::Error { .. }), "{reason}");
        assert_eq!(peer.closed().await, (1002, reason.to_owned()));
    }
    town.end().await;
}

#[tokio::test]
async fn who_joins_again_on_one_connection_is_known_by_the_new_name() {
    let town = Town::start().await;
    let (_, token) = town.person().await;
    let mut peer = town.joined(&token, "first").await;
    peer.say(&map(&[kind("join"), sender("second")])).await;
    assert!(
        matches!(peer.hears().await, Frame::Peer { target, .. } if target.as_str() == "second")
    );
    peer.say(&request("second")).await;
    is_told_that_there_is_none(&mut peer, "second").await;
    town.end().await;
}

#[tokio::test]
async fn a_second_connection_by_one_name_ends_the_first_but_not_another_accounts() {
    let town = Town::start().await;
    let (account, token) = town.person().await;
    let (_, foreign) = town.person().await;
    let mut stranger = town.joined(&foreign, "phone").await;
    let first = town.joined(&token, "phone").await;
    // From another device too: the name is the account's.
    let mut second = town.joined(&town.token(account).await, "phone").await;
    assert_eq!(first.closed().await, (4409, "replaced".to_owned()));
    for peer in [&mut stranger, &mut second] {
        peer.say(&request("phone")).await;
        is_told_that_there_is_none(peer, "phone").await;
    }
    town.end().await;
}

#[tokio::test]
async fn quirks_of_encoders_do_not_change_what_a_frame_means() {
    let town = Town::start().await;
    let (account, token) = town.person().await;
    let mut desk = town.joined(&token, "desk").await;
    let mut phone = town.joined(&town.token(account).await, "phone").await;
    // A change that makes the document, in a tagged byte string.
    let mut doc = automerge::AutoCommit::new();
    automerge::transaction::Transactable::put(&mut doc, automerge::ROOT, "free", "form").unwrap();
    let change = doc.get_last_local_change().unwrap().raw_bytes().to_vec();
    let head = doc.get_heads()[0].0;
    let sync = [
        [0x42, 1].as_slice(),
        head.as_slice(),
        &[0, 1, 0, 0, 1, u8::try_from(change.len()).unwrap()],
        &change,
    ];
    let tagged = [vec![0xd8, 64], bytes(&sync.concat())].concat();
    desk.say(&about("sync", "desk", &[("data", tagged)])).await;
    assert!(matches!(desk.hears().await, Frame::Sync { document: NOTE, .. }));

    phone.say(&request("phone")).await;
    assert!(matches!(phone.hears().await, Frame::Sync { document: NOTE, .. }));
    // A count beyond 32 bits comes as float64, and so it leaves.
    let count = 9_007_199_254_740_991_u64;
    let said =
        [("count", float(count as f64)), ("sessionId", text("s")), ("data", bytes(&[1, 2, 3]))];
    desk.say(&about("ephemeral", "desk", &said)).await;
    let passed_on = phone.bytes().await;
    assert!(passed_on.windows(9).any(|window| window == float(count as f64)));
    match Frame::decode(&passed_on).unwrap() {
        Frame::Ephemeral { sender, target, count: heard, data, .. } => {
            assert_eq!((sender.as_str(), target.as_str()), ("desk", "phone"));
            assert_eq!((heard, data), (count, vec![1, 2, 3]));
        }
        other => panic!("{other:?}"),
    }
    town.end().await;
}

#[tokio::test]
async fn frames_that_are_not_for_version_1_and_those_from_the_future_are_passed_over() {
    let town = Town::start().await;
    let (_, token) = town.person().await;
    let mut peer = town.joined(&token, "a").await;
    let id = ("id", text(&"0".repeat(32)));
    for frame in [
        map(&[kind("from-the-future"), ("data", bytes(&[0; 100]))]),
        map(&[kind("catalogue-digest"), ("entries", bytes(&[]))]),
        map(&[kind("command"), id, ("command", text("{}"))]),
        map(&[kind("remote-subscription-change"), sender("a"), ("targetId", text("hub"))]),
        map(&[kind("error"), ("message", text("no"))]),
        about("doc-unavailable", "a", &[]),
        request("a"),
    ] {
        peer.say(&frame).await;
    }
    is_told_that_there_is_none(&mut peer, "a").await;
    peer.say(&map(&[kind("leave"), sender("a")])).await;
    assert_eq!(peer.closed().await, (1000, "left".to_owned()));
    town.end().await;
}

#[tokio::test]
async fn a_message_in_fragments_is_one_frame_and_pings_may_stand_between() {
    let town = Town::start().await;
    let (_, token) = town.person().await;
    let mut peer = town.connect(&token).await;
    let join = map(&[kind("join"), sender("in pieces")]);
    let last = join.len() - 1;
    for (i, byte) in join.into_iter().enumerate() {
        let opcode = OpCode::Data(if i == 0 { Data::Binary } else { Data::Continue });
        let fragment = Fragment::message(vec![byte], opcode, i == last);
        peer.0.send(Message::Frame(fragment)).await.unwrap();
        peer.0.send(Message::Ping(Vec::new().into())).await.unwrap();
    }
    assert!(
        matches!(peer.hears().await, Frame::Peer { target, .. } if target.as_str() == "in pieces")
    );

    // Fragments that are fine one by one, and too much together.
    let part = vec![0; OVERSIZED_FRAME_BYTES_MAX / 2 + 1];
    for opcode in [Data::Binary, Data::Continue] {
        let fragment = Fragment::message(part.clone(), OpCode::Data(opcode), false);
        peer.0.send(Message::Frame(fragment)).await.unwrap();
    }
    assert_eq!(peer.closed().await, (1009, "frame-too-large".to_owned()));
    town.end().await;
}

#[tokio::test]
async fn what_breaks_the_rules_of_websockets_is_closed_as_such() {
    let town = Town::start().await;
    let (_, token) = town.person().await;
    let long_ping = [&[0x89, 0xfe, 0x00, 0x80][..], &[0; 132]].concat();
    let broken: [&[u8]; 5] = [
        &[0x82, 0x01, 0x00],          // not masked, as clients must
        &[0xc2, 0x81, 0, 0, 0, 0, 0], // a reserved bit
        &[0x83, 0x81, 0, 0, 0, 0, 0], // a reserved opcode
        &[0x80, 0x81, 0, 0, 0, 0, 0], // goes on where nothing has begun
        &long_ping,                   // a ping longer than one may be
    ];
    for bytes in broken {
        let mut stream = town.connect(&token).await.0.into_inner();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        // A close frame with code 1002, which is the last that comes.
        let reason = b"protocol";
        let close = [&[0x88, 10], &1002_u16.to_be_bytes()[..], reason].concat();
        assert!(answer.ends_with(&close), "{bytes:02x?}: {answer:02x?}");
    }
    town.end().await;
}
