//! Sessions: from the upgrade to the close frame.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use samsynk_core::ids::DocumentId;
use samsynk_core::limits::FRAME_BYTES_MAX;
use samsynk_core::wire::{Frame, PeerId};
use samsynk_server::hub::port::{NotSent, ToHub, ToSession};
use samsynk_server::net::limits::Limits;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as Fragment;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::support::{Server, Socket, join, upgrade, welcome};

/// The next frame that the server sends.
async fn frame<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut Socket<S>) -> Frame {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Binary(bytes) => return Frame::decode(&bytes).unwrap(),
            Message::Ping(_) => {}
            other => panic!("expected a frame, got {other:?}"),
        }
    }
}

/// The code and reason of the server's close frame; the connection then ends well.
async fn close_frame<S: AsyncRead + AsyncWrite + Unpin>(mut socket: Socket<S>) -> (u16, String) {
    let close = loop {
        match socket.next().await {
            Some(Ok(Message::Close(Some(close)))) => break close,
            Some(Ok(Message::Ping(_))) => {}
            other => panic!("expected a close frame, got {other:?}"),
        }
    };
    assert!(socket.next().await.is_none(), "nothing follows a close frame");
    (close.code.into(), close.reason.to_string())
}

#[tokio::test]
async fn a_join_over_tls_reaches_the_hub_and_the_answer_comes_back() {
    let mut server = Server::tls(Limits::default()).await;
    let stream = server.connect_tls().await;
    let token = [("authorization", "Bearer alice")];
    let mut alice = upgrade(stream, server.address, &token).await.unwrap();
    let (session, outgoing) = server.opened().await;

    alice.send(Message::Binary(join().encode().into())).await.unwrap();
    match server.hub.recv().await {
        Some(ToHub::Frame { session: from, frame }) => {
            assert_eq!((from, frame), (session, join()));
        }
        other => panic!("expected a frame, got {other:?}"),
    }
    outgoing.try_send(ToSession::Frame(welcome())).unwrap();
    assert_eq!(frame(&mut alice).await, welcome());
    assert_eq!(outgoing.queued_bytes(), 0);

    alice.close(None).await.unwrap();
    drop(alice);
    server.closed(session).await;
    assert_eq!(outgoing.try_send(ToSession::Frame(welcome())), Err(NotSent::Gone));
    server.end().await;
}

#[tokio::test]
async fn a_large_frame_arrives_whole_in_both_directions() {
    let mut server = Server::plain(Limits::default()).await;
    let (mut alice, session, outgoing) = server.alice().await;
    let large = Frame::Sync {
        document: DocumentId([3; 16]),
        sender: PeerId::new("a").unwrap(),
        target: PeerId::new("b").unwrap(),
        data: (0..3_000_000_u32).map(|i| i.to_le_bytes()[0]).collect(),
        seal: None,
    };
    let sent = large.encode();
    let (receives, ()) = tokio::join!(server.hub.recv(), async {
        alice.send(Message::Binary(sent.into())).await.unwrap();
    });
    let Some(ToHub::Frame { frame: received, .. }) = receives else { panic!("no frame") };
    assert_eq!(received, large);
    outgoing.try_send(ToSession::Frame(large.clone())).unwrap();
    assert_eq!(frame(&mut alice).await, large);
    drop(alice);
    server.closed(session).await;
    server.end().await;
}

#[tokio::test]
async fn what_is_not_a_frame_ends_the_session_with_the_code_that_says_why() {
    let mut server = Server::plain(Limits::default()).await;
    for (message, code, reason) in [
        (Message::Text("{}".into()), 1003, "binary-only"),
        (Message::Binary(vec![0; FRAME_BYTES_MAX + 1].into()), 1009, "frame-too-large"),
    ] {
        let (mut alice, session, _outgoing) = server.alice().await;
        alice.send(message).await.unwrap();
        assert_eq!(close_frame(alice).await, (code, reason.to_owned()));
        server.closed(session).await;
    }
    let (mut alice, session, _outgoing) = server.alice().await;
    alice.send(Message::Binary(vec![0xff].into())).await.unwrap();
    assert!(matches!(frame(&mut alice).await, Frame::Error { .. }));
    assert_eq!(close_frame(alice).await, (1002, "unreadable-frame".to_owned()));
    server.closed(session).await;
    server.end().await;
}

#[tokio::test]
async fn the_hub_ends_a_session_by_word_or_by_letting_go() {
    let mut server = Server::plain(Limits::default()).await;
    let (mut alice, session, outgoing) = server.alice().await;
    outgoing.try_send(ToSession::Frame(welcome())).unwrap();
    outgoing.try_send(ToSession::Close { code: 4401, reason: "revoked" }).unwrap();
    assert_eq!(frame(&mut alice).await, welcome(), "what waits before it is still sent");
    assert_eq!(close_frame(alice).await, (4401, "revoked".to_owned()));
    server.closed(session).await;

    let (alice, session, outgoing) = server.alice().await;
    drop(outgoing);
    assert_eq!(close_frame(alice).await, (1013, "try-again-later".to_owned()));
    server.closed(session).await;
    server.end().await;
}

#[tokio::test]
async fn a_client_that_reads_too_slowly_is_dropped_without_holding_up_the_hub() {
    let mut server = Server::plain(Limits::default()).await;
    let (alice, session, outgoing) = server.alice().await;
    let large = || {
        ToSession::Frame(Frame::Sync {
            document: DocumentId([3; 16]),
            sender: PeerId::new("a").unwrap(),
            target: PeerId::new("b").unwrap(),
            data: vec![0; FRAME_BYTES_MAX],
            seal: None,
        })
    };
    // The session cannot take any of these in between: the test runs on one thread and does not wait.
    let sent = std::iter::repeat_with(|| outgoing.try_send(large())).take_while(Result::is_ok);
    assert_eq!(sent.count(), 15, "64 MiB, less what the frames themselves take");
    assert_eq!(close_frame(alice).await, (1013, "try-again-later".to_owned()));
    server.closed(session).await;
    server.end().await;
}

#[tokio::test]
async fn a_client_that_does_not_answer_pings_is_gone() {
    let limits = Limits {
        ping_interval: Duration::from_millis(20),
        silence_max: Duration::from_millis(100),
        close_timeout: Duration::from_millis(50),
        ..Limits::default()
    };
    let mut server = Server::plain(limits).await;
    // The socket answers pings only when it is read.
    let (_alice, session, _outgoing) = server.alice().await;
    server.closed(session).await;
    server.end().await;
}

#[tokio::test]
async fn a_client_that_answers_pings_stays_though_it_says_nothing() {
    let limits = Limits {
        ping_interval: Duration::from_millis(20),
        silence_max: Duration::from_secs(5),
        ..Limits::default()
    };
    let mut server = Server::plain(limits).await;
    let (mut alice, session, outgoing) = server.alice().await;
    for _ in 0..5 {
        let ping = alice.next().await.unwrap().unwrap();
        assert_eq!(ping, Message::Ping(Vec::new().into()));
    }
    outgoing.try_send(ToSession::Frame(welcome())).unwrap();
    assert_eq!(frame(&mut alice).await, welcome());
    drop(alice);
    server.closed(session).await;
    server.end().await;
}

#[tokio::test]
async fn at_shutdown_sessions_are_closed_and_the_server_ends() {
    let mut server = Server::plain(Limits::default()).await;
    let (alice, session, _outgoing) = server.alice().await;
    server.stop.cancel();
    assert_eq!(close_frame(alice).await, (1001, "shutdown".to_owned()));
    server.closed(session).await;
    (&mut server.task).await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(server.address).await.is_err(), "nobody listens");
}

#[tokio::test]
async fn when_the_hub_has_stopped_a_client_is_told_to_come_back() {
    let server = Server::plain(Limits::default()).await;
    let Server { hub, stop, task, address, .. } = server;
    drop(hub);
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let token = [("authorization", "Bearer alice")];
    let alice = upgrade(stream, address, &token).await.unwrap();
    assert_eq!(close_frame(alice).await, (1012, "restart".to_owned()));
    stop.cancel();
    task.await.unwrap().unwrap();
}

#[tokio::test]
async fn only_a_known_token_opens_a_session() {
    let mut server = Server::plain(Limits::default()).await;
    let ours = format!("http://localhost:{}", server.address.port());
    let none: &[(&str, &str)] = &[];
    for (headers, status, code) in [
        (none, 401, "token-missing"),
        (&[("authorization", "Bearer mallory")], 401, "token-unknown"),
        (&[("authorization", "Bearer broken")], 503, "unavailable"),
        (&[("cookie", "samsynk=alice")], 403, "foreign-origin"),
        (&[("cookie", "samsynk=alice"), ("origin", "http://evil.example")], 403, "foreign-origin"),
        (&[("cookie", "samsynk=mallory"), ("origin", &ours)], 401, "token-unknown"),
    ] {
        let refused = server.sync(headers).await.err();
        assert_eq!(refused, Some((status, format!("{{\"code\":\"{code}\"}}"))));
    }
    assert!(server.hub.try_recv().is_none(), "the hub saw none of them");

    // base64 of "anyone:alice", as `ws` sends the userinfo of a URL.
    let basic = [("authorization", "Basic YW55b25lOmFsaWNl")];
    let cookie = [("cookie", "samsynk=alice"), ("origin", ours.as_str())];
    for headers in [basic.as_slice(), cookie.as_slice()] {
        let socket = server.sync(headers).await.unwrap();
        let (session, _outgoing) = server.opened().await;
        drop(socket);
        server.closed(session).await;
    }
    server.end().await;
}

#[tokio::test]
async fn a_half_sent_head_and_a_half_done_handshake_are_closed_in_time() {
    let short = Duration::from_millis(200);
    let limits = || Limits {
        request_head_timeout: short,
        tls_handshake_timeout: short,
        ..Limits::default()
    };
    for (server, half) in [
        (Server::plain(limits()).await, b"GET /sync HTTP/1.1\r\nHost: loc".as_slice()),
        (Server::tls(limits()).await, b"\x16\x03\x01\x02\x00\x01".as_slice()),
    ] {
        let mut client = server.connect().await;
        client.write_all(half).await.unwrap();
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(5), client.read_to_end(&mut rest));
        assert!(ended.await.is_ok(), "the server closed");
        server.end().await;
    }
}

#[tokio::test]
async fn a_connection_without_a_place_is_dropped_and_a_session_keeps_its_place() {
    let limits = Limits { connections_max: 1, ..Limits::default() };
    let mut server = Server::plain(limits).await;
    let (mut alice, session, outgoing) = server.alice().await;
    let mut second = server.connect().await;
    let mut rest = Vec::new();
    second.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"");
    outgoing.try_send(ToSession::Frame(welcome())).unwrap();
    assert_eq!(frame(&mut alice).await, welcome());
    drop(alice);
    server.closed(session).await;
    server.end().await;
}

#[tokio::test]
async fn an_account_has_a_bounded_number_of_sessions_and_a_place_comes_back() {
    let limits = Limits { account_sessions_max: 2, ..Limits::default() };
    let mut server = Server::plain(limits).await;
    let (first, session, _first) = server.alice().await;
    let (_second, _, _outgoing) = server.alice().await;
    let third = server.sync(&[("authorization", "Bearer alice")]).await.unwrap();
    assert_eq!(close_frame(third).await, (1013, "too-many-sessions".to_owned()));

    drop(first);
    server.closed(session).await;
    // The place is given back when the session's task has ended, a moment after the hub was told.
    loop {
        let mut again = server.sync(&[("authorization", "Bearer alice")]).await.unwrap();
        again.send(Message::Binary(join().encode().into())).await.unwrap();
        if let Some(ToHub::Opened { .. }) = server.hub.recv().await {
            break;
        }
    }
    server.end().await;
}

/// The first fragment of a message of so many bytes, which never ends.
fn beginning(bytes: usize) -> Message {
    Message::Frame(Fragment::message(vec![0; bytes], OpCode::Data(Data::Binary), false))
}

#[tokio::test]
async fn a_message_that_does_not_end_ends_its_session() {
    let limits = Limits {
        ping_interval: Duration::from_millis(20),
        message_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let mut server = Server::plain(limits).await;
    let (mut alice, session, _outgoing) = server.alice().await;
    alice.send(beginning(100)).await.unwrap();
    // Pongs, which go out when the socket is read, do not make it look alive.
    assert_eq!(close_frame(alice).await, (1008, "message-unfinished".to_owned()));
    server.closed(session).await;
    server.end().await;
}

#[tokio::test]
async fn unfinished_messages_of_one_account_share_a_budget() {
    let mut server = Server::plain(Limits::default()).await;
    let mut sockets = HashMap::new();
    for _ in 0..3 {
        let (mut alice, session, outgoing) = server.alice().await;
        alice.send(beginning(FRAME_BYTES_MAX - 1)).await.unwrap();
        sockets.insert(session, (alice, outgoing));
    }
    // One of them is read beyond the budget first.
    let Some(ToHub::Closed { session }) = server.hub.recv().await else { panic!("a session ends") };
    let (alice, _outgoing) = sockets.remove(&session).unwrap();
    assert_eq!(close_frame(alice).await, (1008, "message-unfinished".to_owned()));

    // What sessions held comes back with their end, and a whole message passes.
    sockets.clear();
    for _ in 0..2 {
        assert!(matches!(server.hub.recv().await, Some(ToHub::Closed { .. })));
    }
    let (mut fourth, _, _outgoing) = server.alice().await;
    let data = vec![0; FRAME_BYTES_MAX / 2];
    let (document, sender, target) = (DocumentId([1; 16]), label("alice"), label("server"));
    let large = Frame::Sync { document, sender, target, data, seal: None };
    fourth.send(Message::Binary(large.encode().into())).await.unwrap();
    match server.hub.recv().await {
        Some(ToHub::Frame { frame, .. }) => assert_eq!(frame, large),
        other => panic!("{other:?}"),
    }
    server.stop.cancel();
}

fn label(text: &str) -> PeerId {
    PeerId::new(text).unwrap()
}

#[tokio::test]
async fn a_document_that_is_too_large_costs_its_sender_that_document_and_not_the_connection() {
    let mut server = Server::plain(Limits::default()).await;
    let (mut alice, _, _outgoing) = server.alice().await;
    let (document, sender, target) = (DocumentId([1; 16]), label("alice"), label("server"));
    let of = |data: Vec<u8>| {
        let (sender, target) = (sender.clone(), target.clone());
        Frame::Sync { document, sender, target, data, seal: None }
    };
    let too_large = of(vec![7; FRAME_BYTES_MAX + 500_000]);
    for sent in [too_large, of(vec![7; 100])] {
        alice.send(Message::Binary(sent.encode().into())).await.unwrap();
    }
    for expected in [of(Vec::new()), of(vec![7; 100])] {
        match server.hub.recv().await {
            Some(ToHub::Frame { frame, .. }) => assert_eq!(frame, expected),
            other => panic!("{other:?}"),
        }
    }
    server.stop.cancel();
}
