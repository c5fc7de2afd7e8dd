//! `GET /metrics`: numbers for Prometheus, for this machine alone unless configured otherwise.

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};
use warp::Filter as _;
use warp::filters::BoxedFilter;

use super::{Response, reply, with};
use crate::hub::TURN_SECONDS;
use crate::net::peer::Peer;
use crate::net::running::Running;

/// The bounds between which turns of the hub are counted, in seconds: from an edit alone to what a person notices.
const TURN_SECONDS_BUCKETS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0];

/// Collects the metrics in the form in which they are shown.
///
/// # Errors
///
/// None: there are buckets.
pub fn collector() -> Result<PrometheusBuilder, BuildError> {
    let turns = Matcher::Full(TURN_SECONDS.to_owned());
    PrometheusBuilder::new().set_buckets_for_metric(turns, &TURN_SECONDS_BUCKETS)
}

pub(super) fn routes(running: &Arc<Running>) -> BoxedFilter<(Response,)> {
    warp::path!("metrics")
        .and(warp::get())
        .and(with(running))
        .and(warp::ext::get::<Peer>())
        .map(answer)
        .boxed()
}

#[expect(clippy::needless_pass_by_value, reason = "warp hands its extracts over by value")]
fn answer(running: Arc<Running>, peer: Peer) -> Response {
    if !running.app.metrics_public && !peer.may_measure() {
        return reply::refusal(StatusCode::FORBIDDEN, "local-only");
    }
    let mut response = Response::new(running.app.metrics.render().into());
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}
