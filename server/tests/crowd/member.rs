//! Clients that do as little as a client can: join, answer pings, and count what they hear.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::{DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use samsynk_core::wire::{Frame, PeerId, PeerMetadata};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use crate::server::Server;

/// How many connect at the same time; the system's queue of connections holds 128.
const CONNECTING_MAX: usize = 100;

/// The longest message that a member expects.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// Sessions that have joined and compared catalogues, and then wait.
pub(crate) struct Crowd {
    size: usize,
    /// One entry for each frame that a member hears after that.
    heard: mpsc::UnboundedReceiver<usize>,
    _members: JoinSet<()>,
}

impl Crowd {
    pub(crate) async fn join(server: &Server, size: usize) -> Self {
        let (joined, mut arrivals) = mpsc::unbounded_channel();
        let (hears, heard) = mpsc::unbounded_channel();
        let doors = Arc::new(Semaphore::new(CONNECTING_MAX));
        let tls = server.over_tls.then(|| TlsConnector::from(Arc::new(trusting())));
        let mut members = JoinSet::new();
        for n in 0..size {
            let (address, token) = (server.address, server.token.clone());
            let (doors, tls) = (Arc::clone(&doors), tls.clone());
            let (joined, hears) = (joined.clone(), hears.clone());
            members.spawn(async move {
                let door = doors.acquire().await.unwrap();
                let stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let name = ServerName::try_from("localhost").unwrap();
                let member = Member { n, token, joined, hears };
                match tls {
                    None => member.stay(stream, door).await,
                    Some(tls) => member.stay(tls.connect(name, stream).await.unwrap(), door).await,
                }
            });
        }
        let mut arrived = 0;
        while arrived < size {
            tokio::select! {
                Some(()) = arrivals.recv() => arrived += 1,
                Some(ended) = members.join_next() => panic!("a member is gone: {ended:?}"),
            }
        }
        Self { size, heard, _members: members }
    }

    /// Waits until each has heard something.
    pub(crate) async fn all_hear_of_it(&mut self) {
        let mut heard = vec![false; self.size];
        let mut left = self.size;
        while left > 0 {
            let n = self.heard.recv().await.expect("members hold the sender");
            left -= usize::from(!std::mem::replace(&mut heard[n], true));
        }
    }
}

struct Member {
    n: usize,
    token: String,
    joined: mpsc::UnboundedSender<()>,
    hears: mpsc::UnboundedSender<usize>,
}

impl Member {
    /// Joins, compares catalogues, lets the next one in and stays.
    async fn stay<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        mut stream: S,
        door: tokio::sync::SemaphorePermit<'_>,
    ) {
        let Self { n, token, joined, hears } = self;
        stream.write_all(upgrade(&token).as_bytes()).await.unwrap();
        read_head(&mut stream).await;
        let sender = PeerId::new(format!("member-{n}")).unwrap();
        let versions = vec!["samsynk-1".to_owned()];
        let join = Frame::Join { sender, versions, metadata: PeerMetadata::default() };
        send(&mut stream, 0x2, &join.encode()).await;
        assert!(matches!(next(&mut stream).await, Frame::Peer { .. }));
        let digest = Frame::CatalogueDigest { entries: Vec::new() };
        send(&mut stream, 0x2, &digest.encode()).await;
        assert!(matches!(next(&mut stream).await, Frame::CatalogueAnswer { .. }));
        drop(door);
        joined.send(()).unwrap();
        loop {
            next(&mut stream).await;
            // The test may have heard enough.
            if hears.send(n).is_err() {
                return;
            }
        }
    }
}

/// The request for a session.
pub(crate) fn upgrade(token: &str) -> String {
    format!(
        "GET /sync HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// The head of the answer to the upgrade.
pub(crate) async fn read_head<S: AsyncRead + Unpin>(stream: &mut S) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
}

/// The next frame; pings are answered.
async fn next<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Frame {
    loop {
        let kind = stream.read_u8().await.unwrap() & 0xf;
        let length = match stream.read_u8().await.unwrap() {
            126 => stream.read_u16().await.unwrap().into(),
            short => usize::from(short),
        };
        assert!(length <= MESSAGE_BYTES_MAX);
        let mut message = vec![0; length];
        stream.read_exact(&mut message).await.unwrap();
        match kind {
            0x2 => return Frame::decode(&message).unwrap(),
            0x9 => send(stream, 0xa, &message).await,
            other => panic!("{other:#x} {message:?}"),
        }
    }
}

/// Sends a message, masked with zeros.
async fn send<S: AsyncWrite + Unpin>(stream: &mut S, kind: u8, message: &[u8]) {
    let length = u8::try_from(message.len()).unwrap();
    let mut bytes = vec![0x80 | kind];
    if length < 126 {
        bytes.push(0x80 | length);
    } else {
        bytes.extend([0x80 | 126, 0, length]);
    }
    bytes.extend([0; 4]);
    bytes.extend_from_slice(message);
    stream.write_all(&bytes).await.unwrap();
    stream.flush().await.unwrap();
}

/// Trusts every server: this one has made its own certificate.
fn trusting() -> rustls::ClientConfig {
    let provider = Arc::new(ring::default_provider());
    rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting(provider)))
        .with_no_client_auth()
}

#[derive(Debug)]
struct Trusting(Arc<rustls::crypto::CryptoProvider>);

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
