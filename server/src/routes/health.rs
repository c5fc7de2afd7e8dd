//! `GET /healthz`: for service managers and load balancers.

use http::StatusCode;
use warp::Filter as _;
use warp::filters::BoxedFilter;

use super::{Response, reply};

pub(super) fn routes() -> BoxedFilter<(Response,)> {
    warp::path!("healthz")
        .and(warp::get().or(warp::head()).unify())
        .map(|| reply::json(StatusCode::OK, &serde_json::json!({ "status": "ok" })))
        .boxed()
}
