//! A client that speaks samsynk-1 over a real socket.

use std::collections::BTreeMap;
use std::sync::Arc;

use automerge::sync::{Message as SyncMessage, State, SyncDoc as _};
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ROOT, ReadDoc as _};
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::crypto::ring;
use rustls_pki_types::ServerName;
use samsynk_core::domain::actor_of;
use samsynk_core::ids::DocumentId;
use samsynk_core::limits::FRAME_BYTES_MAX;
use samsynk_core::wire::{Frame, PeerId, PeerMetadata};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::town::{Enrolled, Town};

/// A stream of bytes, encrypted or not.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What came from the server.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    Frame(Frame),
    Closed(u16),
}

/// A device.
pub(crate) struct Phone {
    pub(crate) enrolled: Enrolled,
    pub(crate) documents: BTreeMap<DocumentId, (AutoCommit, State)>,
    socket: WebSocketStream<Box<dyn Stream>>,
}

impl Phone {
    pub(crate) async fn connect(town: &Town, enrolled: &Enrolled) -> Self {
        let stream = TcpStream::connect(town.address).await.unwrap();
        Self::over(town, enrolled, stream, "samsynk-1").await
    }

    /// Joins as a client that knows nothing of us, and hears what is said in passing.
    pub(crate) async fn unmodified(town: &Town, enrolled: &Enrolled) -> Self {
        let stream = TcpStream::connect(town.address).await.unwrap();
        Self::over(town, enrolled, stream, "1").await
    }

    /// Joins over a connection that is there, and speaks this version.
    pub(crate) async fn over(
        town: &Town,
        enrolled: &Enrolled,
        stream: TcpStream,
        version: &str,
    ) -> Self {
        let stream = encrypted(town, stream).await;
        let mut request = "ws://localhost/sync".into_client_request().unwrap();
        let bearer = format!("Bearer {}", enrolled.token).parse().unwrap();
        request.headers_mut().insert(http::header::AUTHORIZATION, bearer);
        // From this machine itself it would not be paced.
        request.headers_mut().insert("x-forwarded-for", "192.0.2.1".parse().unwrap());
        let config = WebSocketConfig::default().max_frame_size(Some(FRAME_BYTES_MAX));
        let (socket, _) = client_async_with_config(request, stream, Some(config)).await.unwrap();
        let mut phone = Self { enrolled: enrolled.clone(), documents: BTreeMap::new(), socket };
        let versions = vec![version.to_owned()];
        let metadata = PeerMetadata::default();
        phone.send(&Frame::Join { sender: phone.name(), versions, metadata }).await;
        assert!(matches!(phone.next().await, Heard::Frame(Frame::Peer { .. })));
        phone
    }

    /// Comes back over a new connection, with what it has.
    pub(crate) async fn again(self, town: &Town) -> Self {
        let mut phone = Self::connect(town, &self.enrolled).await;
        let fresh = |(id, (doc, _))| (id, (doc, State::new()));
        phone.documents = self.documents.into_iter().map(fresh).collect();
        phone
    }

    pub(crate) fn name(&self) -> PeerId {
        PeerId::new(format!("phone-{}", self.enrolled.device)).unwrap()
    }

    pub(crate) async fn send(&mut self, frame: &Frame) {
        self.socket.send(Message::Binary(frame.encode().into())).await.unwrap();
    }

    /// Puts a value into a document, without sending it.
    pub(crate) fn edit(&mut self, id: DocumentId, key: &str, value: i64) {
        let account = self.enrolled.account;
        let random = self.enrolled.device.0;
        let (doc, _) = self.documents.entry(id).or_default();
        doc.set_actor(actor_of(account, random));
        doc.put(ROOT, key, value).unwrap();
        doc.commit();
    }

    pub(crate) fn read(&self, id: DocumentId, key: &str) -> Option<i64> {
        self.documents.get(&id)?.0.get(ROOT, key).unwrap()?.0.as_i64()
    }

    /// The connection below the frames.
    pub(crate) fn into_stream(self) -> Box<dyn Stream> {
        self.socket.into_inner()
    }

    /// Sends the next sync message of a document, if there is one.
    pub(crate) async fn push(&mut self, id: DocumentId) {
        let (doc, state) = self.documents.entry(id).or_default();
        let Some(message) = doc.sync().generate_sync_message(state) else { return };
        let frame = self.sync_frame(id, message.encode());
        self.send(&frame).await;
    }

    pub(crate) fn sync_frame(&self, document: DocumentId, data: Vec<u8>) -> Frame {
        let target = PeerId::new("server").unwrap();
        Frame::Sync { document, sender: self.name(), target, data, seal: None }
    }

    /// What comes next; sync messages are taken and answered.
    pub(crate) async fn next(&mut self) -> Heard {
        loop {
            let bytes = match self.socket.next().await {
                Some(Ok(Message::Binary(bytes))) => bytes,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Close(close))) => {
                    return Heard::Closed(close.unwrap().code.into());
                }
                other => panic!("{other:?}"),
            };
            let frame = Frame::decode(&bytes).unwrap();
            if let Frame::Sync { document, data, .. } = &frame {
                let (doc, state) = self.documents.entry(*document).or_default();
                let message = SyncMessage::decode(data).unwrap();
                doc.sync().receive_sync_message(state, message).unwrap();
                self.push(*document).await;
            }
            return Heard::Frame(frame);
        }
    }

    /// Answers what comes until the server has said that all of a document is saved.
    pub(crate) async fn saved(&mut self, id: DocumentId) {
        let ours = self.documents.get_mut(&id).unwrap().0.get_heads();
        loop {
            match self.next().await {
                Heard::Frame(Frame::Receipt { document, heads }) if document == id => {
                    if ours.iter().all(|head| heads.as_slice().contains(head)) {
                        return;
                    }
                }
                Heard::Frame(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Answers what comes until a document has this value.
    pub(crate) async fn until(&mut self, id: DocumentId, key: &str, value: i64) {
        while self.read(id, key) != Some(value) {
            match self.next().await {
                Heard::Frame(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

async fn encrypted(town: &Town, stream: TcpStream) -> Box<dyn Stream> {
    let Some(certificate) = &town.certificate else { return Box::new(stream) };
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    Box::new(TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap())
}
