//! A server on a free port, its hub in the hands of the test, and clients.

use std::net::SocketAddr;
use std::sync::Arc;

use http::Request;
use metrics_exporter_prometheus::PrometheusBuilder;
use rustls::crypto::ring;
use rustls_pki_types::{CertificateDer, ServerName};
use samsynk_core::ids::{AccountId, DeviceId};
use samsynk_core::wire::{Frame, PeerId, PeerMetadata, Version};
use samsynk_server::hub::port::{HubInbox, Identity, Outgoing, SessionId, ToHub, hub_queue};
use samsynk_server::net::credentials::{Authenticate, AuthenticationFailed, Denied};
use samsynk_server::net::limits::Limits;
use samsynk_server::net::proxy::TrustedProxies;
use samsynk_server::net::{App, Exposure, serve, tls};
use samsynk_server::routes::app::Asset;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::{WebSocketStream, client_async};
use tokio_util::sync::CancellationToken;

pub(crate) const ALICE: Identity =
    Identity { account: AccountId([1; 16]), device: DeviceId([2; 16]) };

/// Knows one token: `alice`.
struct OnlyAlice;

impl Authenticate for OnlyAlice {
    fn authenticate(&self, token: &str) -> Result<Result<Identity, Denied>, AuthenticationFailed> {
        match token {
            "alice" => Ok(Ok(ALICE)),
            "broken" => Err(AuthenticationFailed("the disk is gone".into())),
            _ => Ok(Err(Denied::Unknown)),
        }
    }
}

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) hub: HubInbox,
    pub(crate) stop: CancellationToken,
    pub(crate) task: JoinHandle<std::io::Result<()>>,
    certificate: Option<CertificateDer<'static>>,
}

/// A client's WebSocket over whatever stream.
pub(crate) type Socket<S> = WebSocketStream<S>;

impl Server {
    /// In clear text with these limits.
    pub(crate) async fn plain(limits: Limits) -> Self {
        Self::start(limits, false, &[]).await
    }

    /// In clear text, with proxies that it believes.
    pub(crate) async fn behind(proxies: &[&str], limits: Limits) -> Self {
        Self::start(limits, false, proxies).await
    }

    /// Over TLS with a certificate of its own.
    pub(crate) async fn tls(limits: Limits) -> Self {
        Self::start(limits, true, &[]).await
    }

    async fn start(limits: Limits, over_tls: bool, proxies: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let self_signed = over_tls.then(|| tls::self_signed().unwrap());
        let certificate = self_signed.as_ref().map(|made| made.certificate.clone());
        let (handle, hub) = hub_queue();
        let app = App {
            hub: handle,
            authenticator: Arc::new(OnlyAlice),
            metrics: PrometheusBuilder::new().build_recorder().handle(),
            metrics_public: false,
            exposure: if over_tls { Exposure::Tls } else { Exposure::Loopback },
            origin: None,
            contact: None,
            proxies: TrustedProxies::new(
                proxies.iter().map(|proxy| proxy.parse().unwrap()).collect(),
            ),
            assets: |path| {
                let index = || Asset { bytes: b"<!doctype html>"[..].into(), hash: [1; 32] };
                (path == "index.html").then(index)
            },
            limits,
        };
        let stop = CancellationToken::new();
        let acceptor = self_signed.map(|made| made.acceptor);
        let task = tokio::spawn(serve(listener, acceptor, app, stop.clone()));
        Self { address, hub, stop, task, certificate }
    }

    /// A TCP connection.
    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A TLS connection that trusts this server's certificate alone.
    pub(crate) async fn connect_tls(&self) -> impl AsyncRead + AsyncWrite + Unpin + use<> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate.clone().expect("a server over TLS")).unwrap();
        let config = rustls::ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, self.connect().await).await.unwrap()
    }

    /// A WebSocket with these headers beside those it needs, or the status and body of the refusal.
    pub(crate) async fn sync(
        &self,
        headers: &[(&str, &str)],
    ) -> Result<Socket<TcpStream>, (u16, String)> {
        upgrade(self.connect().await, self.address, headers).await
    }

    /// Alice's session: her socket and the hub's end of it.
    pub(crate) async fn alice(&mut self) -> (Socket<TcpStream>, SessionId, Outgoing) {
        let socket = self.sync(&[("authorization", "Bearer alice")]).await.unwrap();
        let (session, outgoing) = self.opened().await;
        (socket, session, outgoing)
    }

    /// The next event, which must be the opening of a session of Alice's.
    pub(crate) async fn opened(&mut self) -> (SessionId, Outgoing) {
        match self.hub.recv().await {
            Some(ToHub::Opened { session, identity: ALICE, outgoing }) => (session, outgoing),
            other => panic!("expected a session of Alice's, got {other:?}"),
        }
    }

    /// The next event, which must be the end of this session.
    pub(crate) async fn closed(&mut self, expected: SessionId) {
        match self.hub.recv().await {
            Some(ToHub::Closed { session }) => assert_eq!(session, expected),
            other => panic!("expected the end of a session, got {other:?}"),
        }
        assert!(self.hub.try_recv().is_none(), "nothing comes after a session's end");
    }

    /// Sends a whole request in clear text and gives the whole answer.
    pub(crate) async fn ask(&self, request: &str) -> Answer {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        Answer::read(stream).await
    }

    /// Ends the server, which must end well.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }
}

/// Asks for a WebSocket on `/sync`.
pub(crate) async fn upgrade<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    address: SocketAddr,
    headers: &[(&str, &str)],
) -> Result<Socket<S>, (u16, String)> {
    let mut request = Request::get(format!("ws://localhost:{}/sync", address.port()))
        .header("host", format!("localhost:{}", address.port()))
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    match client_async(request.body(()).unwrap(), stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => {
            let status = response.status().as_u16();
            let body = response.into_body().unwrap_or_default();
            Err((status, String::from_utf8(body).unwrap()))
        }
        Err(other) => panic!("{other}"),
    }
}

/// An answer, read to the end of the connection.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// Reads until the server closes.
    pub(crate) async fn read(mut stream: impl AsyncRead + Unpin) -> Self {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer has a head");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// A header's value, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }
}

pub(crate) fn join() -> Frame {
    Frame::Join {
        sender: PeerId::new("alice's phone").unwrap(),
        versions: vec!["samsynk-1".into(), "1".into()],
        metadata: PeerMetadata::default(),
    }
}

pub(crate) fn welcome() -> Frame {
    Frame::Peer {
        sender: PeerId::new("server").unwrap(),
        target: PeerId::new("alice's phone").unwrap(),
        version: Version::Samsynk1,
        metadata: PeerMetadata::default(),
    }
}
