//! `GET /contact`: whom people write to who find something that they cannot use, for the app's accessibility statement.

use std::sync::Arc;

use http::StatusCode;
use warp::Filter as _;
use warp::filters::BoxedFilter;

use super::{Response, reply, with};
use crate::net::running::Running;

pub(super) fn routes(running: &Arc<Running>) -> BoxedFilter<(Response,)> {
    warp::path!("contact")
        .and(warp::get())
        .and(with(running))
        .map(|running: Arc<Running>| {
            reply::json(StatusCode::OK, &serde_json::json!({ "contact": running.app.contact }))
        })
        .boxed()
}
