//! `GET /session`: whose device the cookie of this request stands for, for an app whose storage was emptied.

use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use serde_json::json;
use warp::filters::BoxedFilter;
use warp::{Filter as _, Reply as _};

use super::sync::identify;
use super::{Response, reply, with};
use crate::net::credentials::{self, NoToken};
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
    let (exposure, origin) = (running.app.exposure, running.app.origin.as_deref());
    // A browser that was never here asks, too: to it, nobody is an answer and no error.
    if matches!(credentials::token(&headers, exposure, origin), Err(NoToken::Missing)) {
        return StatusCode::NO_CONTENT.into_response();
    }
    match identify(&running, &headers).await {
        Ok(identity) => {
            let value = json!({ "account": identity.account, "device": identity.device });
            reply::json(StatusCode::OK, &value)
        }
        Err(refused) => refused,
    }
}
