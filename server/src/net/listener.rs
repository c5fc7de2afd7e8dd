//! The accept loop: accept → place → TLS → HTTP/1.1 → routes.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use warp::filters::BoxedFilter;

use super::limits::HEAD_BYTES_MAX;
use super::peer::Peer;
use super::running::Running;
use super::{App, Exposure};
use crate::routes::{self, Response};

/// The pause after an accept that failed for lack of file descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown` is cancelled; then closes sessions with 1001, lets running requests end, and returns when
/// all are done or [`super::limits::Limits::shutdown_timeout`] has passed.
///
/// # Errors
/// When TLS and the app's exposure contradict each other, or the listener has no address.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    app: App,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    if tls.is_some() != (app.exposure == Exposure::Tls) {
        return Err(io::Error::other("TLS needs a certificate, and clear text must not have one"));
    }
    if app.exposure == Exposure::Loopback && !address.ip().to_canonical().is_loopback() {
        return Err(io::Error::other("clear text is for loopback addresses only"));
    }
    let running = Running::new(app, shutdown);
    let routes = routes::all(&running);
    tracing::info!(%address, scheme = running.app.exposure.scheme(), "listening");
    while let Some(accepted) = running.stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, address)) => admit(&running, &routes, tls.clone(), stream, address),
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections");
                running.stop.run_until_cancelled(tokio::time::sleep(ACCEPT_PAUSE)).await;
            }
        }
    }
    drop(listener);
    running.finish().await;
    Ok(())
}

fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// Gives the connection a place and a task, or drops it when there is no place.
fn admit(
    running: &Arc<Running>,
    routes: &BoxedFilter<(Response,)>,
    tls: Option<TlsAcceptor>,
    stream: TcpStream,
    address: SocketAddr,
) {
    let place = match running.app.proxies.has(address.ip()) {
        true => running.places.take_of_proxy(),
        false => running.places.take(address.ip()),
    };
    let Some(place) = place else {
        metrics::counter!("samsynk_connections_refused_total").increment(1);
        return;
    };
    let peer = Peer::new(address, place);
    let (task, routes) = (Arc::clone(running), routes.clone());
    running.spawn(async move {
        // A frame is written whole; waiting to fill a packet would only delay it.
        let _ = stream.set_nodelay(true);
        let Some(tls) = tls else { return speak_http(&task, routes, stream, peer).await };
        let limit = task.app.limits.tls_handshake_timeout;
        match task.stop.run_until_cancelled(timeout(limit, tls.accept(stream))).await {
            Some(Ok(Ok(stream))) => speak_http(&task, routes, stream, peer).await,
            Some(_) => metrics::counter!("samsynk_tls_handshakes_failed_total").increment(1),
            None => {}
        }
    });
}

/// Answers the requests of one connection until it ends or becomes a WebSocket.
async fn speak_http<S>(running: &Running, routes: BoxedFilter<(Response,)>, stream: S, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limits = &running.app.limits;
    let routes = TowerToHyperService::new(warp::service(routes));
    let (proxies, places) = (&running.app.proxies, &running.places);
    let exposure = running.app.exposure;
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        let (peer, routes) = (peer.of_request(proxies, places, request.headers()), routes.clone());
        async move {
            let Some(peer) = peer else { return Ok(routes::crowded(exposure)) };
            request.extensions_mut().insert(peer);
            routes.call(request).await
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.request_head_timeout)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let answered = timeout(limits.http_lifetime_max, async {
        let mut connection = pin!(connection);
        if let Some(ended) = running.stop.run_until_cancelled(connection.as_mut()).await {
            return ended;
        }
        connection.as_mut().graceful_shutdown();
        connection.await
    });
    match answered.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection ended badly"),
        Err(_) => metrics::counter!("samsynk_http_connections_expired_total").increment(1),
    }
}
