//! `GET /session`: whose device the cookie of this request stands for, for an app whose storage was emptied.

use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use serde_json::json;
use warp::Filter as _;
use warp::filters::BoxedFilter;

use super::sync::identify;
use super::{Response, reply, with};
use crate::net::running::Running;

pub(super) fn routes(running: &Arc<Running>) -> BoxedFilter<(Response,)> {
    warp::path!("session")
        .and(warp::get())
        .and(with(running))
        .and(warp::header::headers_cloned())
        .then(answer)
        .boxed()
}

async fn answer(running: Arc<Running>, headers: HeaderMap) -> Response {
    match identify(&running, &headers).await {
        Ok(identity) => {
            let value = json!({ "account": identity.account, "device": identity.device });
            reply::json(StatusCode::OK, &value)
        }
        Err(refused) => refused,
    }
}
