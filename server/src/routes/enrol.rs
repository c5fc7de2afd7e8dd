//! `POST /enrol`: an invitation is redeemed for a device's token. `POST /invitation` says what it is for and changes nothing.
//!
//! A browser gets the token as a cookie that scripts cannot read. A program, which sends no `Origin`, also gets it
//! in the answer.

use samsynk_core::ids::AccountId;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use http::header::{CONTENT_TYPE, RETRY_AFTER, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use warp::filters::BoxedFilter;
use warp::{Buf, Filter as _};

use super::{Response, reply, with};
use crate::admin::{AdminReply, AdminRequest};
use crate::limits::{ENROLMENT_BYTES_MAX, ENROLMENT_LABEL_CHARS_MAX};
use crate::net::Exposure;
use crate::net::credentials::{Origin, origin};
use crate::net::peer::Peer;
use crate::net::running::Running;

/// How long a browser keeps the cookie, in seconds: 400 days, the longest that browsers allow.
const COOKIE_SECONDS: u32 = 400 * 24 * 60 * 60;

/// What a device sends.
#[derive(Deserialize)]
struct Enrolment {
    /// The invitation's secret.
    invitation: String,
    /// What the device calls its attempt: with the same it may ask once more when an answer was lost.
    #[serde(default)]
    nonce: Option<String>,
    /// What the person calls the device.
    #[serde(default)]
    label: String,
}

/// What somebody asks about an invitation.
#[derive(Deserialize)]
struct Question {
    /// The invitation's secret.
    invitation: String,
}

pub(super) fn routes(running: &Arc<Running>) -> BoxedFilter<(Response,)> {
    let enrol = warp::path!("enrol")
        .and(warp::post())
        .and(with(running))
        .and(warp::ext::get::<Peer>())
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(answer);
    let peek = warp::path!("invitation")
        .and(warp::post())
        .and(with(running))
        .and(warp::ext::get::<Peer>())
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(peek);
    enrol.or(peek).unify().boxed()
}

async fn answer(
    running: Arc<Running>,
    peer: Peer,
    headers: HeaderMap,
    body: impl Stream<Item = Result<impl Buf, warp::Error>> + Send,
) -> Response {
    let (origin, enrolment) =
        match read::<Enrolment>(&running, Asker::Address(&peer), &headers, body).await {
            Ok(read) => read,
            Err(refused) => return refused,
        };
    let label = enrolment.label.chars().take(ENROLMENT_LABEL_CHARS_MAX).collect();
    let Enrolment { invitation, nonce, .. } = enrolment;
    match running.app.hub.admin(AdminRequest::Redeem { invitation, nonce, label }).await {
        Ok(reply) => answer_of(reply, running.app.exposure, origin),
        Err(_) => reply::refusal(StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    }
}

async fn peek(
    running: Arc<Running>,
    peer: Peer,
    headers: HeaderMap,
    body: impl Stream<Item = Result<impl Buf, warp::Error>> + Send,
) -> Response {
    let question = match read::<Question>(&running, Asker::Address(&peer), &headers, body).await {
        Ok((_, question)) => question,
        Err(refused) => return refused,
    };
    match running.app.hub.admin(AdminRequest::Peek { invitation: question.invitation }).await {
        Ok(AdminReply::Peeked { account, state }) => {
            reply::json(StatusCode::OK, &json!({ "account": account, "state": state }))
        }
        Ok(AdminReply::Refused(refusal)) => reply::json(StatusCode::NOT_FOUND, &refusal),
        _ => reply::refusal(StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    }
}

/// Whose requests are counted.
#[derive(Clone, Copy)]
pub(super) enum Asker<'a> {
    /// Whoever is at an address.
    Address(&'a Peer),
    /// Somebody who is signed in.
    Account(AccountId),
}

/// Reads a small request as JSON, from our own page or from a program, as often as its asker may ask.
pub(super) async fn read<T: DeserializeOwned>(
    running: &Running,
    asker: Asker<'_>,
    headers: &HeaderMap,
    body: impl Stream<Item = Result<impl Buf, warp::Error>> + Send,
) -> Result<(Origin, T), Response> {
    let app = &running.app;
    let origin = origin(headers, app.exposure, app.origin.as_deref());
    if origin == Origin::Foreign {
        return Err(reply::refusal(StatusCode::FORBIDDEN, "foreign-origin"));
    }
    // A form of another page can be sent without asking the browser; JSON cannot.
    if !is_json(headers) {
        return Err(reply::refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "json-only"));
    }
    let taken = match asker {
        Asker::Address(peer) => running.take_enrolment(peer.client()),
        Asker::Account(account) => running.take_access(account),
    };
    taken.map_err(too_many)?;
    let read = tokio::time::timeout(app.limits.request_body_timeout, collect(body)).await;
    let bytes = match read {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(reply::refusal(StatusCode::PAYLOAD_TOO_LARGE, "too-large")),
        Err(_) => return Err(reply::refusal(StatusCode::REQUEST_TIMEOUT, "too-slow")),
    };
    let value = serde_json::from_slice(&bytes);
    let value = value.map_err(|_| reply::refusal(StatusCode::BAD_REQUEST, "bad-request"))?;
    Ok((origin, value))
}

fn answer_of(admin: AdminReply, exposure: Exposure, origin: Origin) -> Response {
    match admin {
        AdminReply::Redeemed { token, account, device, home } => {
            let mut value = json!({ "account": account, "device": device, "home": home });
            if origin == Origin::None {
                value["token"] = token.as_str().into();
            }
            let mut response = reply::json(StatusCode::OK, &value);
            let cookie = cookie(exposure, &token, COOKIE_SECONDS);
            response.headers_mut().insert(SET_COOKIE, cookie);
            response
        }
        AdminReply::Refused(refusal) => {
            let status = match refusal.code.as_str() {
                "invitation-unknown" => StatusCode::UNAUTHORIZED,
                "invitation-used" => StatusCode::CONFLICT,
                "invitation-expired" => StatusCode::GONE,
                _ => StatusCode::FORBIDDEN,
            };
            reply::json(status, &refusal)
        }
        _ => {
            tracing::error!("the hub answered an invitation with something else");
            reply::refusal(StatusCode::INTERNAL_SERVER_ERROR, "broken")
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence =
        headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()?.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn too_many(wait: Duration) -> Response {
    let mut response = reply::refusal(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts");
    let seconds = HeaderValue::from(wait.as_secs() + 1);
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
}

/// The body, however it is sent; `None` when it is too long or breaks off.
async fn collect(body: impl Stream<Item = Result<impl Buf, warp::Error>>) -> Option<Vec<u8>> {
    let mut body = std::pin::pin!(body);
    let mut bytes = Vec::new();
    while let Some(piece) = body.next().await {
        let mut piece = piece.ok()?;
        if bytes.len() + piece.remaining() > ENROLMENT_BYTES_MAX {
            return None;
        }
        while piece.has_remaining() {
            let chunk = piece.chunk();
            bytes.extend_from_slice(chunk);
            let taken = chunk.len();
            piece.advance(taken);
        }
    }
    Some(bytes)
}

/// The cookie with a device's token; an age of 0 removes it.
pub(super) fn cookie(exposure: Exposure, token: &str, age_seconds: u32) -> HeaderValue {
    let name = exposure.cookie_name();
    let secure = if exposure == Exposure::Loopback { "" } else { "; Secure" };
    let text =
        format!("{name}={token}; Path=/; Max-Age={age_seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::try_from(text).expect("tokens are base64url")
}
