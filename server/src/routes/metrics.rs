//! `GET /metrics`: numbers for Prometheus, for this machine alone unless configured otherwise.

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use warp::Filter as _;
use warp::filters::BoxedFilter;

use super::{Response, reply, with};
use crate::net::peer::Peer;
use crate::net::running::Running;

pub(super) fn routes(running: &Arc<Running>) -> BoxedFilter<(Response,)> {
    warp::path!("metrics")
        .and(warp::get())
        .and(with(running))
        .and(warp::ext::get::<Peer>())
        .and(warp::header::headers_cloned())
        .map(answer)
        .boxed()
}

#[expect(clippy::needless_pass_by_value, reason = "warp hands its extracts over by value")]
fn answer(running: Arc<Running>, peer: Peer, headers: HeaderMap) -> Response {
    if !running.app.metrics_public && !peer.is_local(&headers) {
        return reply::refusal(StatusCode::FORBIDDEN, "local-only");
    }
    let mut response = Response::new(running.app.metrics.render().into());
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}
