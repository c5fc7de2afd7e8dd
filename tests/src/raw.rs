//! A client that says what it likes: a WebSocket over TLS, and frames as they come.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::wire::{Frame, PeerId, PeerMetadata, Version};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as Fragment;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::Town;

/// How long a test waits for an answer that must come; on failure only.
const PATIENCE: Duration = Duration::from_secs(60);

/// Numbers the clients: a second one of the same name would end the first.
static NAMES: AtomicU32 = AtomicU32::new(0);

/// One connection.
#[derive(Debug)]
pub struct Raw {
    socket: WebSocketStream<TlsStream<TcpStream>>,
    /// What it calls itself.
    pub peer: PeerId,
    /// What the server calls itself.
    pub server: PeerId,
}

/// What came from the server.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// A frame.
    Frame(Frame),
    /// It closed the connection, with this code.
    Closed(Option<u16>),
}

impl Raw {
    /// Connects with a new token of an account, and joins.
    ///
    /// # Panics
    ///
    /// The server refuses.
    pub async fn join(town: &Town, account: AccountId, version: Version) -> Self {
        Self::join_with(town, &token(town, account).await, version).await
    }

    /// Connects with a token, and joins.
    ///
    /// # Panics
    ///
    /// The server refuses.
    pub async fn join_with(town: &Town, token: &str, version: Version) -> Self {
        let socket = connect(town, token).await;
        let name = format!("raw-{}", NAMES.fetch_add(1, Ordering::Relaxed));
        let peer = PeerId::new(name).expect("a short name");
        let mut raw = Self { socket, server: peer.clone(), peer };
        raw.send(&Frame::Join {
            sender: raw.peer.clone(),
            versions: vec![version.as_str().to_owned()],
            metadata: PeerMetadata::default(),
        })
        .await;
        match raw.next().await {
            Answer::Frame(Frame::Peer { sender, .. }) => raw.server = sender,
            other => panic!("{other:?}"),
        }
        raw
    }

    /// Sends a frame.
    ///
    /// # Panics
    ///
    /// The connection is gone.
    pub async fn send(&mut self, frame: &Frame) {
        self.send_bytes(frame.encode()).await;
    }

    /// Sends a binary message, whatever is in it.
    ///
    /// # Panics
    ///
    /// The connection is gone.
    pub async fn send_bytes(&mut self, bytes: Vec<u8>) {
        self.socket.send(Message::binary(bytes)).await.expect("an open connection");
    }

    /// Sends a sync message for a document, whatever is in it.
    ///
    /// # Panics
    ///
    /// The connection is gone.
    pub async fn sync(&mut self, document: DocumentId, data: Vec<u8>) {
        let (sender, target) = (self.peer.clone(), self.server.clone());
        self.send(&Frame::Sync { document, sender, target, data, seal: None }).await;
    }

    /// Sends frames as fast as the server takes them, and reads what it answers, until the server ends the connection.
    pub async fn flood(self, mut frames: impl FnMut(&PeerId) -> Vec<u8>) {
        let Self { socket, peer, .. } = self;
        let (mut sink, mut stream) = socket.split();
        let sends = async { while sink.send(Message::binary(frames(&peer))).await.is_ok() {} };
        let reads = async { while let Some(Ok(_)) = stream.next().await {} };
        tokio::select! { () = sends => {}, () = reads => {} }
    }

    /// Connects with a token, begins a message of so many bytes that never ends, and waits for the server to end the
    /// connection or to have read all of it, which `read` is told of.
    ///
    /// # Panics
    ///
    /// The server refuses.
    pub async fn begin(town: &Town, token: &str, bytes: usize, read: impl FnOnce()) {
        let socket = connect(town, token).await;
        let data = OpCode::Data(Data::Binary);
        let beginning = Message::Frame(Fragment::message(vec![0; bytes], data, false));
        let (mut sink, mut stream) = socket.split();
        let sends = async {
            let ping = Message::Ping(Bytes::from_static(b"read?"));
            // It may hang up in the middle.
            let _ = sink.send(beginning).await;
            let _ = sink.send(ping).await;
            std::future::pending::<()>().await;
        };
        let mut read = Some(read);
        let reads = async {
            while let Some(Ok(message)) = stream.next().await {
                if message.is_pong()
                    && let Some(read) = read.take()
                {
                    read();
                }
            }
        };
        tokio::select! { () = sends => {}, () = reads => {} }
        if let Some(read) = read {
            read();
        }
    }

    /// What comes next.
    ///
    /// # Panics
    ///
    /// Nothing does, or what is no frame.
    pub async fn next(&mut self) -> Answer {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            match next.expect("an answer or a close") {
                Some(Ok(Message::Binary(bytes))) => {
                    return Answer::Frame(Frame::decode(&bytes).expect("the server's frames"));
                }
                Some(Ok(Message::Close(close))) => {
                    return Answer::Closed(close.map(|close| close.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Answer::Closed(None),
            }
        }
    }

    /// What comes next that is of interest.
    ///
    /// # Panics
    ///
    /// Nothing does.
    pub async fn until<T>(&mut self, mut found: impl FnMut(&Frame) -> Option<T>) -> T {
        loop {
            match self.next().await {
                Answer::Frame(frame) => {
                    if let Some(value) = found(&frame) {
                        return value;
                    }
                }
                closed @ Answer::Closed(_) => panic!("{closed:?}"),
            }
        }
    }
}

async fn connect(town: &Town, token: &str) -> WebSocketStream<TlsStream<TcpStream>> {
    let mut request =
        format!("wss://localhost:{}/sync", town.port()).into_client_request().expect("a URL");
    let bearer = format!("Bearer {token}").parse().expect("the program prints the token alone");
    request.headers_mut().insert("authorization", bearer);
    // A client may send what the server will not take.
    let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
    let stream = encrypted(town).await;
    let connected =
        tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await;
    connected.expect("the server lets its devices in").0
}

/// A new token of an account.
///
/// # Panics
///
/// The program refuses.
pub async fn token(town: &Town, account: AccountId) -> String {
    town.samsynk(&["token", &account.to_string()]).await
}

/// Posts JSON to the server over TLS as whoever has a token; the status of the answer, and its body.
///
/// # Panics
///
/// There is no answer.
pub async fn post(town: &Town, path: &str, token: &str, json: &str) -> (u16, String) {
    let mut stream = encrypted(town).await;
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{json}",
        json.len()
    );
    stream.write_all(request.as_bytes()).await.expect("an open connection");
    let mut answer = Vec::new();
    // Some end the connection without TLS's own word for it.
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).expect("a text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), body.to_owned())
}

async fn encrypted(town: &Town) -> TlsStream<TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&town.certificate()) {
        roots.add(certificate.expect("a certificate")).expect("a certificate");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(("127.0.0.1", town.port())).await.expect("a running server");
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("its own certificate")
}
