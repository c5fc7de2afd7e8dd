//! `GET /sync`: authenticates, answers 101 and starts a session.

use std::sync::Arc;

use http::header::{SEC_WEBSOCKET_VERSION, UPGRADE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use warp::Filter as _;
use warp::filters::BoxedFilter;

use super::{Response, reply, with};
use crate::hub::port::Identity;
use crate::net::Exposure;
use crate::net::credentials::{self, NoToken};
use crate::net::handshake::{self, NotAnUpgrade};
use crate::net::pace::Payers;
use crate::net::peer::Peer;
use crate::net::running::Running;
use crate::net::session;

pub(super) fn routes(running: &Arc<Running>) -> BoxedFilter<(Response,)> {
    warp::path!("sync")
        .and(warp::get())
        .and(with(running))
        .and(warp::ext::get::<Peer>())
        .and(warp::ext::optional::<OnUpgrade>())
        .and(warp::header::headers_cloned())
        .then(answer)
        .boxed()
}

async fn answer(
    running: Arc<Running>,
    peer: Peer,
    upgrade: Option<OnUpgrade>,
    headers: HeaderMap,
) -> Response {
    // First of all: the app, which a browser does not tell why a WebSocket failed, asks here plainly.
    let identity = match identify(&running, &headers).await {
        Ok(identity) => identity,
        Err(refused) => return refused,
    };
    let accepted = match handshake::answer(&headers) {
        Ok(accepted) => accepted,
        Err(reason) => return not_an_upgrade(reason),
    };
    let Some(upgrade) = upgrade else { return not_an_upgrade(NotAnUpgrade::NotAsked) };
    // Whoever is on this machine need not flood the server to stop it; load tests and great imports are there.
    let local = running.app.exposure != Exposure::BehindProxy && peer.is_local();
    let payers = (!local).then(|| {
        let Identity { account, device } = identity;
        Payers { device, account, address: peer.client() }
    });
    let task = Arc::clone(&running);
    running.spawn(async move {
        // The session takes the place of the connection that it grew out of.
        let _peer = peer;
        let limit = task.app.limits.request_head_timeout;
        if let Ok(Ok(stream)) = tokio::time::timeout(limit, upgrade).await {
            Box::pin(session::run(task, identity, payers, TokioIo::new(stream))).await;
        }
    });
    let mut response = Response::default();
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.headers_mut().extend(accepted);
    response
}

fn not_an_upgrade(reason: NotAnUpgrade) -> Response {
    if reason == NotAnUpgrade::Malformed {
        return reply::refusal(StatusCode::BAD_REQUEST, "bad-upgrade");
    }
    let mut response = reply::refusal(StatusCode::UPGRADE_REQUIRED, "websocket-only");
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    response
}

/// Whose request it is, or the answer that refuses it.
pub(super) async fn identify(running: &Running, headers: &HeaderMap) -> Result<Identity, Response> {
    let token = credentials::token(headers, running.app.exposure, running.app.origin.as_deref())
        .map_err(|reason| match reason {
            NoToken::Missing => unauthorized("token-missing"),
            NoToken::ForeignOrigin => reply::refusal(StatusCode::FORBIDDEN, "foreign-origin"),
        })?;
    let authenticator = Arc::clone(&running.app.authenticator);
    let looked_up = tokio::task::spawn_blocking(move || authenticator.authenticate(&token)).await;
    match looked_up {
        Ok(Ok(Ok(identity))) => Ok(identity),
        Ok(Ok(Err(denied))) => Err(unauthorized(denied.code())),
        Ok(Err(error)) => {
            tracing::error!(%error, "cannot authenticate");
            Err(reply::refusal(StatusCode::SERVICE_UNAVAILABLE, "unavailable"))
        }
        Err(error) => {
            tracing::error!(%error, "authentication broke");
            Err(reply::refusal(StatusCode::INTERNAL_SERVER_ERROR, "broken"))
        }
    }
}

fn unauthorized(code: &'static str) -> Response {
    metrics::counter!("samsynk_authentications_refused_total", "code" => code).increment(1);
    let mut response = reply::refusal(StatusCode::UNAUTHORIZED, code);
    // Programs that upgrade see the headers alone. RFC 6750, section 3.
    let challenge = format!("Bearer realm=\"samsynk\", error_description=\"{code}\"");
    let challenge = HeaderValue::try_from(challenge).expect("codes are hyphens and letters");
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response
}
