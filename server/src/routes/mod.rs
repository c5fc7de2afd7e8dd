//! What the server answers: the table of contents.
//!
//! ```text
//!   GET  /sync      sync      a session: WebSocket
//!   POST /enrol     enrol     an invitation for a device's token
//!   POST /invitation enrol    what an invitation is for; changes nothing
//!   GET  /session   session   whose device a cookie stands for
//!   POST /access    access    devices and invitations, one's own or those one looks after
//!   POST /leave     leave     revokes the device's token
//!   GET  /contact   contact   whom people write to
//!   GET  /healthz   health    is it up?
//!   GET  /metrics   metrics   Prometheus
//!   GET  …          app       the app's files
//! ```
//!
//! Each group is boxed: long chains of `or` make futures so large that they overflow the stack.
//! `guard` stands before all of them, `headers` behind them.

mod access;
pub mod app;
mod contact;
pub mod enrol;
mod guard;
mod headers;
mod health;
mod leave;
pub mod metrics;
mod reply;
mod session;
mod sync;

use std::convert::Infallible;
use std::sync::Arc;

use http::StatusCode;
use warp::filters::BoxedFilter;
use warp::reject::MethodNotAllowed;
use warp::{Filter as _, Rejection};

use crate::net::Exposure;
use crate::net::running::Running;

/// An answer.
pub type Response = warp::reply::Response;

/// All routes of a server.
#[must_use]
pub fn all(running: &Arc<Running>) -> BoxedFilter<(Response,)> {
    let exposure = running.app.exposure;
    let groups = sync::routes(running)
        .or(enrol::routes(running))
        .unify()
        .or(leave::routes(running))
        .unify()
        .boxed()
        .or(session::routes(running))
        .unify()
        .or(access::routes(running))
        .unify()
        .boxed()
        .or(health::routes())
        .unify()
        .or(contact::routes(running))
        .unify()
        .or(metrics::routes(running))
        .unify()
        .or(app::routes(running.app.assets))
        .unify()
        .boxed();
    guard::host(exposure)
        .and(groups)
        .recover(rejected)
        .unify()
        .map(move |response| headers::secured(response, exposure))
        .boxed()
}

/// The answer to a client who has as many connections through a proxy as one address may have.
#[must_use]
pub fn crowded(exposure: Exposure) -> Response {
    let refused = reply::refusal(StatusCode::TOO_MANY_REQUESTS, "too-many-connections");
    headers::secured(refused, exposure)
}

/// The answer to a request that no route took.
async fn rejected(rejection: Rejection) -> Result<Response, Infallible> {
    if rejection.find::<guard::Misdirected>().is_some() {
        return Ok(reply::refusal(StatusCode::MISDIRECTED_REQUEST, "unknown-host"));
    }
    // Every path has its files, so that what remains is a known path with another method.
    if rejection.find::<MethodNotAllowed>().is_some() {
        return Ok(reply::refusal(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed"));
    }
    Ok(reply::refusal(StatusCode::BAD_REQUEST, "bad-request"))
}

/// Gives a route what all connections share.
fn with(
    running: &Arc<Running>,
) -> impl warp::Filter<Extract = (Arc<Running>,), Error = Infallible> + Clone + use<> {
    let running = Arc::clone(running);
    warp::any().map(move || Arc::clone(&running))
}
