//! A device against a real server on this machine, over TLS.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, coding::CloseCode};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

use super::*;
use crate::limits::FRAME_BYTES_MAX;

const TOKEN: &str = "dGhpcyBpcyB0aGUgdG9rZW4";

type ServerSocket = WebSocketStream<TlsStream<TcpStream>>;

/// A server that admits one device with the right token.
struct Server {
    listener: TcpListener,
    certificate: CertifiedKey<KeyPair>,
}

impl Server {
    async fn start() -> Self {
        let certificate = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap(), certificate }
    }

    fn endpoint(&self) -> Endpoint {
        let port = self.listener.local_addr().unwrap().port();
        Endpoint {
            url: format!("https://localhost:{port}").parse().unwrap(),
            token: TOKEN.parse().unwrap(),
            roots: Roots::from_pem(self.certificate.cert.pem().as_bytes()).unwrap(),
        }
    }

    /// The TLS handshake and upgrade with the next device; `None` when either fails.
    async fn accept(&self) -> Option<ServerSocket> {
        let key = PrivateKeyDer::try_from(self.certificate.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.cert.der().clone()], key)
            .unwrap();
        let (socket, _) = self.listener.accept().await.unwrap();
        let socket = TlsAcceptor::from(Arc::new(config)).accept(socket).await.ok()?;
        accept_hdr_async(socket, admit).await.ok()
    }
}

// The size of the error is tungstenite's choice.
#[allow(clippy::result_large_err)]
fn admit(request: &Request, response: Response) -> Result<Response, ErrorResponse> {
    assert_eq!(request.uri().path(), "/sync");
    assert_eq!(request.uri().query(), None, "secrets do not belong in addresses");
    let shown = request.headers().get("authorization").map(|value| value.as_bytes());
    if shown == Some(format!("Bearer {TOKEN}").as_bytes()) {
        return Ok(response);
    }
    let mut refusal = ErrorResponse::new(None);
    *refusal.status_mut() = http::StatusCode::UNAUTHORIZED;
    Err(refusal)
}

/// A device and the server's end of its connection.
async fn connected(server: &Server) -> (Connection, ServerSocket) {
    let endpoint = server.endpoint();
    let (device, socket) = tokio::join!(connect(&endpoint), server.accept());
    (device.unwrap(), socket.unwrap())
}

#[tokio::test]
async fn a_device_connects_talks_and_says_goodbye() {
    let server = Server::start().await;
    let (mut device, mut socket) = connected(&server).await;
    let echo = tokio::spawn(async move {
        let mut pongs = 0;
        socket.send(Message::Ping("alive?".into())).await.unwrap();
        while let Some(Ok(message)) = socket.next().await {
            match message {
                Message::Binary(_) => socket.send(message).await.unwrap(),
                Message::Pong(_) => pongs += 1,
                _ => {}
            }
        }
        pongs
    });
    for size in [1, 100_000, FRAME_BYTES_MAX] {
        device.send(vec![7; size]).await.unwrap();
        assert_eq!(device.receive().await.unwrap(), Some(vec![7; size]));
    }
    device.close().await;
    assert_eq!(echo.await.unwrap(), 1, "the ping was answered while the device received");
}

#[tokio::test]
async fn a_message_over_the_limit_goes_neither_way() {
    let server = Server::start().await;
    let (mut device, mut socket) = connected(&server).await;
    let refused = device.send(vec![7; FRAME_BYTES_MAX + 1]).await;
    assert!(matches!(refused, Err(TransportError::TooLarge)), "{refused:?}");
    device.send(vec![8]).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::binary(vec![8]));

    // The device hangs up before it has read all, so the server's own sending may fail.
    let sending = socket.send(Message::binary(vec![7; FRAME_BYTES_MAX + 1]));
    let receiving = async {
        let refused = device.receive().await;
        drop(device);
        refused
    };
    let (_, refused) = tokio::join!(sending, receiving);
    assert!(matches!(refused, Err(TransportError::TooLarge)), "{refused:?}");
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_no_token() {
    let server = Server::start().await;
    let other = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let trusted = server.endpoint();
    let wrong_root =
        Endpoint { roots: Roots::from_der(vec![other.cert.der().to_vec()]), ..trusted.clone() };
    let no_root = Endpoint { roots: Roots::default(), ..trusted.clone() };
    let url = trusted.url.to_string().replace("localhost", "127.0.0.1").parse().unwrap();
    let wrong_name = Endpoint { url, ..trusted };
    for endpoint in [wrong_root, no_root, wrong_name] {
        let (device, socket) = tokio::join!(connect(&endpoint), server.accept());
        assert!(matches!(device, Err(TransportError::Untrusted(_))), "{device:?}");
        assert!(socket.is_none());
    }
}

#[tokio::test]
async fn a_revoked_device_is_told_apart_from_a_lost_network() {
    let server = Server::start().await;
    let stranger = Endpoint { token: "c3RyYW5nZXI".parse().unwrap(), ..server.endpoint() };
    let (device, _) = tokio::join!(connect(&stranger), server.accept());
    let error = device.unwrap_err();
    assert!(matches!(error, TransportError::Unauthorised), "{error:?}");
    assert!(!error.is_transient());

    let endpoint = server.endpoint();
    drop(server);
    let error = connect(&endpoint).await.unwrap_err();
    assert!(matches!(error, TransportError::Unreachable(_)), "{error:?}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_server_closes_and_says_why() {
    let server = Server::start().await;
    let (mut device, mut socket) = connected(&server).await;
    let frame = CloseFrame { code: CloseCode::from(4001), reason: "revoked".into() };
    socket.close(Some(frame)).await.unwrap();
    assert_eq!(device.close_code(), None);
    assert_eq!(device.receive().await.unwrap(), None);
    assert_eq!(device.receive().await.unwrap(), None, "and stays closed");
    assert!(matches!(socket.next().await, Some(Ok(Message::Close(_)))), "the device answers");
    assert_eq!(device.close_code(), Some(4001));
}

#[tokio::test]
async fn a_server_that_vanishes_or_falls_silent_is_noticed() {
    let server = Server::start().await;
    let (mut device, socket) = connected(&server).await;
    drop(socket);
    let error = device.receive().await.unwrap_err();
    assert!(matches!(error, TransportError::Closed), "{error:?}");

    let (device, _silent) = connected(&server).await;
    let mut device = device.with_silence_max(Duration::from_millis(1));
    let error = device.receive().await.unwrap_err();
    assert!(matches!(error, TransportError::TimedOut), "{error:?}");
}

#[test]
fn addresses_are_read_as_people_write_them() {
    let url = |text: &str| text.parse::<ServerUrl>().map(|url| url.to_string());
    let reads = [
        ("wss://samsynk.example", "wss://samsynk.example:443/sync"),
        ("https://samsynk.example:8443/", "wss://samsynk.example:8443/sync"),
        ("wss://[2001:db8::1]/other", "wss://[2001:db8::1]:443/other"),
        ("ws://localhost:3030", "ws://localhost:3030/sync"),
        ("http://127.0.0.1:3030/sync", "ws://127.0.0.1:3030/sync"),
        ("ws://[::1]:3030", "ws://[::1]:3030/sync"),
    ];
    for (text, meant) in reads {
        assert_eq!(url(text).unwrap(), meant);
    }
    for text in ["", "samsynk.example", "ftp://x", "wss://", "wss://u:p@x", "wss://x/?token=y"] {
        assert!(matches!(url(text), Err(TransportError::InvalidUrl)), "{text}");
    }
    for text in ["ws://samsynk.example", "http://192.0.2.1", "ws://localhost.example", "ws://[::2]"]
    {
        assert!(matches!(url(text), Err(TransportError::Plaintext)), "{text}");
    }
}

#[test]
fn the_token_is_never_shown() {
    let endpoint = Endpoint {
        url: "wss://samsynk.example".parse().unwrap(),
        token: TOKEN.parse().unwrap(),
        roots: Roots::default(),
    };
    assert!(!format!("{endpoint:?}{:?}", endpoint.token).contains(TOKEN));
    for wrong in ["", "two words", "line\r\nbreak", "å"] {
        let refused = wrong.parse::<Token>();
        assert!(matches!(refused, Err(TransportError::InvalidToken)), "{wrong:?}");
    }
}
