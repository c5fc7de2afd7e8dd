//! A whole server in this process: listener, hub, store; and the bytes that clients send it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use futures_util::{SinkExt as _, StreamExt as _};
use metrics_exporter_prometheus::PrometheusBuilder;
use samsynk_core::ids::AccountId;
use samsynk_core::wire::Frame;
use samsynk_server::accounts::Authenticator;
use samsynk_server::admin::{AdminReply, AdminRequest};
use samsynk_server::hub::port::HubHandle;
use samsynk_server::hub::{self, HubThread};
use samsynk_server::net::limits::Limits;
use samsynk_server::net::{App, Exposure, serve};
use samsynk_server::store::{DataDir, Store};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

use crate::support::{Socket, upgrade};

pub(crate) struct Town {
    pub(crate) address: SocketAddr,
    hub: HubHandle,
    thread: JoinHandle<Store>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
    _data: DataDir,
    _folder: tempfile::TempDir,
}

impl Town {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path()).unwrap();
        let store = Store::open(&data).unwrap();
        let authenticator = Arc::new(Authenticator::open(store.file()).unwrap());
        let HubThread { handle, thread } = hub::start(store).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = App {
            hub: handle.clone(),
            authenticator,
            metrics: PrometheusBuilder::new().build_recorder().handle(),
            metrics_public: false,
            exposure: Exposure::Loopback,
            origin: None,
            contact: None,
            proxies: Default::default(),
            assets: |_| None,
            limits: Limits::default(),
        };
        let stop = CancellationToken::new();
        let task = tokio::spawn(serve(listener, None, app, stop.clone()));
        Self { address, hub: handle, thread, stop, task, _data: data, _folder: folder }
    }

    async fn ask(&self, request: AdminRequest) -> AdminReply {
        self.hub.admin(request).await.unwrap()
    }

    /// A new account, and a token of it.
    pub(crate) async fn person(&self) -> (AccountId, String) {
        let add = AdminRequest::AccountAdd { name: None, roles: Vec::new(), university: None };
        let AdminReply::Account { account } = self.ask(add).await else { panic!("no account") };
        (account, self.token(account).await)
    }

    /// One more token of an account.
    pub(crate) async fn token(&self, account: AccountId) -> String {
        match self.ask(AdminRequest::Token { account, label: "test".to_owned() }).await {
            AdminReply::Token { token, .. } => token,
            other => panic!("{other:?}"),
        }
    }

    /// A connection that has not said anything yet.
    pub(crate) async fn connect(&self, token: &str) -> Peer {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let authorization = format!("Bearer {token}");
        Peer(upgrade(stream, self.address, &[("authorization", &authorization)]).await.unwrap())
    }

    /// A connection that has joined with protocol version 1, as this.
    pub(crate) async fn joined(&self, token: &str, name: &str) -> Peer {
        let mut peer = self.connect(token).await;
        peer.say(&map(&[("type", text("join")), ("senderId", text(name))])).await;
        assert!(matches!(peer.hears().await, Frame::Peer { .. }));
        peer
    }

    /// Ends the server, which must end well.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
        drop(self.hub);
        let ended = tokio::task::spawn_blocking(|| self.thread.join().is_ok());
        assert!(ended.await.unwrap(), "the hub ended well");
    }
}

/// A client's end of a connection.
pub(crate) struct Peer(pub(crate) Socket<TcpStream>);

impl Peer {
    pub(crate) async fn say(&mut self, bytes: &[u8]) {
        self.0.send(Message::Binary(bytes.to_vec().into())).await.unwrap();
    }

    /// The next message that is not about the connection itself.
    pub(crate) async fn bytes(&mut self) -> Vec<u8> {
        loop {
            match self.0.next().await.unwrap().unwrap() {
                Message::Binary(bytes) => return bytes.into(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("expected a frame, got {other:?}"),
            }
        }
    }

    pub(crate) async fn hears(&mut self) -> Frame {
        Frame::decode(&self.bytes().await).unwrap()
    }

    /// The code and reason with which the server closes, after nothing else.
    pub(crate) async fn closed(mut self) -> (u16, String) {
        loop {
            match self.0.next().await.unwrap().unwrap() {
                Message::Close(Some(close)) => {
                    return (close.code.into(), close.reason.to_string());
                }
                Message::Ping(_) => {}
                other => panic!("expected the end, got {other:?}"),
            }
        }
    }
}

/// A CBOR map as cbor-x writes it: its length always in 16 bits.
pub(crate) fn map(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0xb9];
    bytes.extend(u16::try_from(pairs.len()).unwrap().to_be_bytes());
    for (key, value) in pairs {
        bytes.extend(text(key));
        bytes.extend(value);
    }
    bytes
}

/// A CBOR text.
pub(crate) fn text(words: &str) -> Vec<u8> {
    [head(0x60, words.len()), words.as_bytes().to_vec()].concat()
}

/// A CBOR byte string.
pub(crate) fn bytes(content: &[u8]) -> Vec<u8> {
    [head(0x40, content.len()), content.to_vec()].concat()
}

/// A number as cbor-x writes large ones: float64.
pub(crate) fn float(number: f64) -> Vec<u8> {
    [vec![0xfb], number.to_be_bytes().to_vec()].concat()
}

/// A CBOR array.
pub(crate) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [head(0x80, items.len()), items.concat()].concat()
}

/// What cbor-x writes for a value that is not there.
pub(crate) const UNDEFINED: [u8; 1] = [0xf7];

fn head(major: u8, length: usize) -> Vec<u8> {
    match u8::try_from(length).unwrap() {
        short @ ..24 => vec![major | short],
        long => vec![major | 24, long],
    }
}
