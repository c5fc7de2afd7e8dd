//! `POST /leave`: the device gives its access back.

use std::sync::Arc;

use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use warp::Filter as _;
use warp::filters::BoxedFilter;

use super::enrol::cookie;
use super::sync::identify;
use super::{Response, reply, with};
use crate::admin::{AdminReply, AdminRequest};
use crate::net::running::Running;

pub(super) fn routes(running: &Arc<Running>) -> BoxedFilter<(Response,)> {
    warp::path!("leave")
        .and(warp::post())
        .and(with(running))
        .and(warp::header::headers_cloned())
        .then(answer)
        .boxed()
}

async fn answer(running: Arc<Running>, headers: HeaderMap) -> Response {
    let identity = match identify(&running, &headers).await {
        Ok(identity) => identity,
        Err(refused) => return refused,
    };
    let request = AdminRequest::DeviceRevoke { device: identity.device };
    match running.app.hub.admin(request).await {
        Ok(AdminReply::Refused(refusal)) => reply::json(StatusCode::CONFLICT, &refusal),
        Ok(_) => {
            let mut response = reply::json(StatusCode::OK, &serde_json::json!({ "left": true }));
            let expired = cookie(running.app.exposure, "", 0);
            response.headers_mut().insert(SET_COOKIE, expired);
            response
        }
        Err(_) => reply::refusal(StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    }
}
