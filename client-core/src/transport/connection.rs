//! One connection to the server: messages out, messages in.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use http::header::AUTHORIZATION;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::{Endpoint, TransportError};
use crate::engine::EndReason;
use crate::limits::FRAME_BYTES_MAX;

/// How long connecting may take, from the name look-up to the answer to the upgrade.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(20);

/// How long the server may be silent. It pings every 5 s; a phone that changed networks hears nothing more.
const SILENCE_TIME_MAX: Duration = Duration::from_secs(30);

/// How long one message may take to leave: 4 MiB at 0.6 Mbit/s.
const SEND_TIME_MAX: Duration = Duration::from_secs(60);

/// How long the close handshake may take before the socket is dropped.
const CLOSE_TIME_MAX: Duration = Duration::from_secs(2);

/// The buffer that messages are read through; the default of 128 KiB is more than most phones ever receive.
const READ_BUFFER_BYTES: usize = 4 * 1024;

/// What is gathered before it is written.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// A stream of bytes, encrypted or not.
trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Socket for S {}

/// An open connection. Dropping it closes the socket without saying goodbye.
pub struct Connection {
    socket: WebSocketStream<Box<dyn Socket>>,
    /// When the server last gave a sign of life.
    heard: Instant,
    silence_max: Duration,
    /// Whether the server has closed the connection.
    closed: bool,
    close_code: Option<u16>,
    /// Why the server has ended this device's access, if it closed the connection for that.
    ended: Option<EndReason>,
}

/// Connects to the server and shows it the token.
///
/// # Errors
/// `Unreachable` and `TimedOut` when there is no server, `Untrusted` when it may be another's, `Unauthorised`
/// when it does not admit this device, and others as they say.
pub async fn connect(endpoint: &Endpoint) -> Result<Connection, TransportError> {
    let opening = async {
        let request = request(endpoint)?;
        let socket = open(endpoint).await?;
        let (socket, _response) = client_async_with_config(request, socket, Some(config()))
            .await
            .map_err(TransportError::from_upgrade)?;
        Ok(Connection {
            socket,
            heard: Instant::now(),
            silence_max: SILENCE_TIME_MAX,
            closed: false,
            close_code: None,
            ended: None,
        })
    };
    timeout(CONNECT_TIME_MAX, opening).await.unwrap_or(Err(TransportError::TimedOut))
}

impl Connection {
    /// Sends one binary message and waits until it has left.
    ///
    /// # Errors
    /// `TooLarge` over `FRAME_BYTES_MAX`, and the connection lives on; `Closed` or `TimedOut` when it does not.
    pub async fn send(&mut self, message: Vec<u8>) -> Result<(), TransportError> {
        if message.len() > FRAME_BYTES_MAX {
            return Err(TransportError::TooLarge);
        }
        let sent = timeout(SEND_TIME_MAX, self.socket.send(Message::binary(message))).await;
        sent.map_err(|_| TransportError::TimedOut)?.map_err(|e| TransportError::from_open(&e))
    }

    /// Waits for the next binary message; `None` when the server has closed the connection. Pings are
    /// answered meanwhile, so keep receiving. Dropping the future loses no message.
    ///
    /// # Errors
    /// `TimedOut` when the server gives no sign of life; `Closed`, `TooLarge` or `Protocol` when the
    /// connection is of no more use.
    pub async fn receive(&mut self) -> Result<Option<Vec<u8>>, TransportError> {
        while !self.closed {
            let next = timeout_at(self.heard + self.silence_max, self.socket.next()).await;
            let Some(message) = next.map_err(|_| TransportError::TimedOut)? else {
                return Ok(None);
            };
            let message = message.map_err(|e| TransportError::from_open(&e))?;
            self.heard = Instant::now();
            match message {
                Message::Binary(bytes) => return Ok(Some(bytes.into())),
                Message::Close(frame) => {
                    self.closed = true;
                    self.ended = frame.as_ref().and_then(ended);
                    self.close_code = frame.map(|frame| frame.code.into());
                    // Sends our half of the handshake; the server need not wait for it.
                    let _ = timeout(CLOSE_TIME_MAX, self.socket.flush()).await;
                }
                Message::Text(_) => return Err(TransportError::Protocol),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
        Ok(None)
    }

    /// The code with which the server closed the connection, if it did and said why.
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        self.close_code
    }

    /// Returns why this device's access has ended, if the server closed the connection for that.
    #[must_use]
    pub fn ended(&self) -> Option<EndReason> {
        self.ended
    }

    /// Says goodbye, waits a moment for the answer, and closes the socket.
    pub async fn close(mut self) {
        let goodbye = async {
            if self.socket.close(None).await.is_ok() {
                while let Some(Ok(_)) = self.socket.next().await {}
            }
        };
        // An answer that does not come changes nothing: the socket is dropped either way.
        let _ = timeout(CLOSE_TIME_MAX, goodbye).await;
    }

    /// The same with another patience, for tests.
    #[cfg(test)]
    pub(super) fn with_silence_max(self, silence_max: Duration) -> Self {
        Self { silence_max, ..self }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("close_code", &self.close_code).finish_non_exhaustive()
    }
}

/// The upgrade request with the token. The token is in no part that is ever shown.
fn request(endpoint: &Endpoint) -> Result<Request, TransportError> {
    let url = endpoint.url.to_string();
    let mut request = url.into_client_request().map_err(|_| TransportError::InvalidUrl)?;
    request.headers_mut().insert(AUTHORIZATION, endpoint.token.authorization());
    Ok(request)
}

async fn open(endpoint: &Endpoint) -> Result<Box<dyn Socket>, TransportError> {
    let url = &endpoint.url;
    let tls = url.tls().then(|| tls(endpoint)).transpose()?;
    let socket =
        TcpStream::connect((url.host(), url.port())).await.map_err(TransportError::Unreachable)?;
    // Frames are small and people wait for them.
    socket.set_nodelay(true).map_err(TransportError::Unreachable)?;
    let Some(tls) = tls else { return Ok(Box::new(socket)) };
    let socket = tls.connect(url.server_name()?, socket).await.map_err(TransportError::from_tls)?;
    Ok(Box::new(socket))
}

fn tls(endpoint: &Endpoint) -> Result<TlsConnector, TransportError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports the versions that rustls does")
        .with_root_certificates(endpoint.roots.store()?)
        .with_no_client_auth();
    // WebSockets are HTTP/1.1 only.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        // One largest message beside what is gathered, and room for headers and pongs.
        .max_write_buffer_size(FRAME_BYTES_MAX + 2 * WRITE_BUFFER_BYTES)
        .max_message_size(Some(FRAME_BYTES_MAX))
        .max_frame_size(Some(FRAME_BYTES_MAX))
}

/// The close code for a device that is not to come back with its token.
const DENIED_CODE: u16 = 4401;

fn ended(frame: &CloseFrame) -> Option<EndReason> {
    match (u16::from(frame.code), frame.reason.as_str()) {
        (DENIED_CODE, "revoked") => Some(EndReason::Revoked),
        (DENIED_CODE, "erased") => Some(EndReason::Erased),
        _ => None,
    }
}
