//! One session: a WebSocket whose frames go to the hub, and the hub's to it.
//!
//! Reading and writing run side by side in one task, so that a client that sends much is still written to. When
//! either ends, the session ends, for the reason given in [`Ending`]. Frames are decoded here and not in
//! the hub, so that sessions do so in parallel and the hub only sees what is well-formed.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use samsynk_core::limits::{FRAME_BYTES_MAX, OVERSIZED_FRAME_BYTES_MAX};
use samsynk_core::wire::{Frame, WireError};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as Fragment;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error as SocketError, Message};

use super::limits::{DRAIN_BYTES_MAX, FRAGMENT_BYTES_MAX, Limits, SOCKET_READ_BUFFER_BYTES};
use super::pace::Payers;
use super::pongs::Pongs;
use super::running::Running;
use super::unfinished::{Counted, Unfinished};
use crate::hub::port::{
    HubGone, Identity, Lane, SessionId, SessionInbox, ToHub, ToSession, session_queue,
};

/// A WebSocket over whatever stream.
type Socket<S> = Box<WebSocketStream<S>>;

/// Why a session ends.
#[derive(Debug, PartialEq)]
enum Ending {
    /// The client closed, or its connection broke.
    Gone,
    /// We close.
    Close { code: u16, reason: &'static str },
    /// We close, after telling the client what was wrong with its frame.
    Unreadable { why: String },
}

impl Ending {
    const SHUTDOWN: Self = Self::close(1001, "shutdown");
    const PROTOCOL: Self = Self::close(1002, "protocol");
    const NOT_BINARY: Self = Self::close(1003, "binary-only");
    const TOO_LARGE: Self = Self::close(1009, "frame-too-large");
    const HUB_GONE: Self = Self::close(1012, "restart");
    const DROPPED: Self = Self::close(1013, "try-again-later");
    const TOO_MANY: Self = Self::close(1013, "too-many-sessions");
    const UNFINISHED: Self = Self::close(1008, "message-unfinished");

    const fn close(code: u16, reason: &'static str) -> Self {
        Self::Close { code, reason }
    }
}

/// Since when the client has been silent. It is not while it is not listened to, because the hub's queue is full.
struct Silence {
    begun: Instant,
    since_ms: AtomicU64,
}

impl Silence {
    const NOT_LISTENING: u64 = u64::MAX;

    fn new() -> Self {
        Self { begun: Instant::now(), since_ms: AtomicU64::new(0) }
    }

    fn listen(&self) {
        self.since_ms.store(self.elapsed_ms(), Ordering::Relaxed);
    }

    fn pause(&self) {
        self.since_ms.store(Self::NOT_LISTENING, Ordering::Relaxed);
    }

    fn lasts(&self) -> Duration {
        let since_ms = self.since_ms.load(Ordering::Relaxed);
        Duration::from_millis(self.elapsed_ms().saturating_sub(since_ms))
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis())
            .expect("a session ends within 500 million years")
    }
}

/// Runs a session from the upgraded stream to its end.
pub async fn run<S>(running: Arc<Running>, identity: Identity, payers: Option<Payers>, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let place = running.account_places.take(identity.account);
    let session = running.next_session();
    let (outgoing, inbox) = session_queue(running.meter(payers), &running.outbox);
    let hub = &running.app.hub;
    let unfinished = Unfinished::new(Arc::clone(&running.unfinished), identity.account);
    let stream = Counted::new(stream, Arc::clone(&unfinished));
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config())).await;
    // Boxed, since every function that it passes through has room for it in the session's task.
    let socket = Box::new(socket);
    let Some(_place) = place else {
        return close(socket, Ending::TOO_MANY, &running.app.limits).await;
    };
    let opened = hub.send(ToHub::Opened { session, identity, outgoing }).await;
    if opened.is_err() {
        return close(socket, Ending::HUB_GONE, &running.app.limits).await;
    }
    metrics::gauge!("samsynk_sessions").increment(1);
    tracing::debug!(%session, device = %identity.device, "a session begins");
    let lane = Lane::default();
    let who = Reader { running: &running, session, payers, lane, unfinished: &unfinished };
    let (socket, ending) = pump(&who, socket, inbox).await;
    tracing::debug!(%session, ?ending, "a session ends");
    metrics::gauge!("samsynk_sessions").decrement(1);
    // The hub is told before the client is, which may come back at once.
    let _ = hub.send(ToHub::Closed { session }).await;
    unfinished.over();
    if let Some(socket) = socket {
        close(socket, ending, &running.app.limits).await;
    }
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(SOCKET_READ_BUFFER_BYTES)
        .max_message_size(Some(OVERSIZED_FRAME_BYTES_MAX))
        .max_frame_size(Some(OVERSIZED_FRAME_BYTES_MAX))
        .write_buffer_size(0)
        // A fragment, and the pings, pongs and close frame that may come before it has left.
        .max_write_buffer_size(2 * FRAGMENT_BYTES_MAX)
}

/// Who reads from a client.
struct Reader<'a> {
    running: &'a Running,
    session: SessionId,
    /// Who pays for what the hub does for it, if anybody does.
    payers: Option<Payers>,
    lane: Lane,
    /// The message that it is in the middle of.
    unfinished: &'a Unfinished,
}

impl Reader<'_> {
    /// Gives a frame to the hub, and waits until the client may send another.
    async fn hand_over(&self, frame: Frame) -> Result<(), HubGone> {
        self.running.app.hub.send_frame(&self.lane, self.session, frame).await?;
        if let Some(payers) = &self.payers {
            self.running.wait_for_allowance(payers).await;
        }
        Ok(())
    }
}

/// Reads and writes until one of them ends. Gives the socket back whole.
async fn pump<S>(
    reader: &Reader<'_>,
    socket: Socket<S>,
    mut inbox: SessionInbox,
) -> (Option<Socket<S>>, Ending)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut sink, mut stream) = socket.split();
    let silence = Silence::new();
    let pongs = Pongs::default();
    let overflow = inbox.overflow();
    let running = reader.running;
    let ending = tokio::select! {
        biased;
        () = running.stop.cancelled() => Ending::SHUTDOWN,
        () = overflow.cancelled() => Ending::DROPPED,
        ending = read(reader, &mut stream, &silence, &pongs) => ending,
        ending = write(reader, &mut inbox, &mut sink, &silence, &pongs) => ending,
    };
    (sink.reunite(stream).ok(), ending)
}

/// Takes frames from the client to the hub.
async fn read<S>(
    reader: &Reader<'_>,
    stream: &mut SplitStream<Socket<S>>,
    silence: &Silence,
    pongs: &Pongs,
) -> Ending
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = stream.next().await {
        silence.pause();
        let bytes = match message {
            Ok(Message::Binary(bytes)) => bytes,
            Ok(Message::Text(_)) => return Ending::NOT_BINARY,
            Ok(Message::Close(_)) => return Ending::Gone,
            Ok(Message::Ping(payload) | Message::Pong(payload)) => {
                reader.unfinished.passed(payload.len());
                silence.listen();
                continue;
            }
            Ok(Message::Frame(_)) => {
                silence.listen();
                continue;
            }
            Err(SocketError::Capacity(_)) => return Ending::TOO_LARGE,
            Err(SocketError::Protocol(_) | SocketError::Utf8(_)) => return Ending::PROTOCOL,
            Err(SocketError::Io(error)) if error.kind() == ErrorKind::QuotaExceeded => {
                return Ending::UNFINISHED;
            }
            Err(_) => return Ending::Gone,
        };
        reader.unfinished.finished();
        metrics::counter!("samsynk_frames_received_total").increment(1);
        metrics::counter!("samsynk_bytes_received_total").increment(bytes.len() as u64);
        let decoded = match bytes.len() {
            ..=FRAME_BYTES_MAX => Frame::decode(&bytes),
            _ => Frame::decode_oversized(&bytes),
        };
        let frame = match decoded {
            Ok(frame) => frame,
            Err(WireError::TooLarge { .. }) => return Ending::TOO_LARGE,
            Err(error) => return Ending::Unreadable { why: error.to_string() },
        };
        drop(bytes);
        if let Frame::Ping { count } = frame {
            pongs.answer(count);
        } else if pongs.repeat_during(Box::pin(reader.hand_over(frame))).await.is_err() {
            return Ending::HUB_GONE;
        }
        silence.listen();
    }
    Ending::Gone
}

/// Takes frames from the hub to the client, and pings it.
async fn write<S>(
    reader: &Reader<'_>,
    inbox: &mut SessionInbox,
    sink: &mut SplitSink<Socket<S>, Message>,
    silence: &Silence,
    pongs: &Pongs,
) -> Ending
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limits = &reader.running.app.limits;
    let mut ticks = tokio::time::interval(limits.ping_interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks.reset();
    loop {
        // One place sends, whatever it is: its future is kept once in the session's task.
        let frame = tokio::select! {
            message = inbox.recv() => match message {
                Some(ToSession::Frame(frame)) => Some(frame),
                Some(ToSession::Close { code, reason }) => return Ending::Close { code, reason },
                None => return Ending::DROPPED,
            },
            count = pongs.next() => Some(Frame::Pong { count }),
            _ = ticks.tick() => None,
        };
        let is_unfinished =
            reader.unfinished.lasts().is_some_and(|lasts| lasts > limits.message_timeout);
        let sent = match frame {
            Some(frame) => send_frame(limits, sink, &frame).await,
            None if silence.lasts() > limits.silence_max => return Ending::Gone,
            None if is_unfinished => return Ending::UNFINISHED,
            None => send(limits.write_timeout, sink, Message::Ping(Bytes::new())).await,
        };
        if let Err(ending) = sent {
            return ending;
        }
    }
}

async fn send_frame<S>(
    limits: &Limits,
    sink: &mut SplitSink<Socket<S>, Message>,
    frame: &Frame,
) -> Result<(), Ending>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let bytes = Bytes::from(frame.encode());
    metrics::counter!("samsynk_frames_sent_total").increment(1);
    metrics::counter!("samsynk_bytes_sent_total").increment(bytes.len() as u64);
    let deadline = Instant::now() + limits.write_timeout;
    for fragment in fragments(bytes) {
        send(deadline - Instant::now(), sink, fragment).await?;
    }
    Ok(())
}

/// The message in pieces, so that a socket that once sent a large one does not keep a buffer for it.
fn fragments(bytes: Bytes) -> impl Iterator<Item = Message> {
    let count = bytes.len().div_ceil(FRAGMENT_BYTES_MAX).max(1);
    (0..count).map(move |i| {
        let piece =
            bytes.slice(i * FRAGMENT_BYTES_MAX..bytes.len().min((i + 1) * FRAGMENT_BYTES_MAX));
        let kind = if i == 0 { Data::Binary } else { Data::Continue };
        Message::Frame(Fragment::message(piece, OpCode::Data(kind), i + 1 == count))
    })
}

async fn send<S>(
    limit: Duration,
    sink: &mut SplitSink<Socket<S>, Message>,
    message: Message,
) -> Result<(), Ending>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match timeout(limit, sink.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Ending::Gone),
    }
}

/// Sends the close frame and waits, boundedly, for the client to end the connection: closing with unread
/// bytes would reset it, and the client might never see the frame.
async fn close<S>(mut socket: Socket<S>, ending: Ending, limits: &Limits)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let _ = timeout(limits.close_timeout, async {
        let frame = match ending {
            Ending::Gone => None,
            Ending::Close { code, reason } => Some((code, reason)),
            Ending::Unreadable { why } => {
                let error = Frame::Error { message: why, sender: None, target: None };
                socket.send(Message::Binary(error.encode().into())).await?;
                Some((1002, "unreadable-frame"))
            }
        };
        if let Some((code, reason)) = frame {
            metrics::counter!("samsynk_sessions_closed_total", "code" => code.to_string())
                .increment(1);
            let code = CloseCode::from(code);
            socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await?;
        } else {
            // The answer to the client's own close frame may wait to be written.
            let _ = socket.flush().await;
        }
        let stream = socket.get_mut();
        stream.shutdown().await?;
        let mut rest = stream.take(DRAIN_BYTES_MAX as u64);
        tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
        Ok::<_, SocketError>(())
    })
    .await;
}
